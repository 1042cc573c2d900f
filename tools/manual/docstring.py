"""What a docstring says, in parts: paragraphs, arguments, errors, sections of which document."""
import re

CODE = r"[A-Z0-9]+_E_[A-Z0-9_]+"
DOCUMENT = r"RFC \d+|draft-[a-z-]+[a-z]"
NUMBERS = r"[\d.]*\d(?:(?:, | and | to )[\d.]*\d)*"
SECTION = re.compile(r"(?:(%s)(?:-\d+)?, )?sections? (%s)( of the RFC)?" % (DOCUMENT, NUMBERS))
# The next item begins after a semicolon, and after a comma or "or" before a code or a known phrase.
NEXT = re.compile(r"; |(?:, (?:or |and )?| or )(?=%s\b)|, (?=the [a-z]+'(?:s\b| )|those of )" % CODE)


ARGUMENT = r"(\w+(?:, \w+)*)  +(\S.*)"


def blocks(doc):
    """Paragraphs as text and lines of arguments as [(names, text)], in order, without Errors."""
    for p in re.split(r"\n\s*\n", doc.partition("Errors:")[0].strip()):
        if not re.match(ARGUMENT, p):
            yield p
            continue
        items = []
        for line in p.split("\n"):  # an argument's text may go on in further lines
            m = re.match(ARGUMENT, line)
            if m:
                items.append((m.group(1), m.group(2)))
            else:
                items[-1] = (items[-1][0], items[-1][1] + " " + line.strip())
        yield items


def arguments(doc):
    """The names that are explained."""
    return [name for block in blocks(doc) if isinstance(block, list)
            for names, _ in block for name in names.split(", ")]


def errors(doc):
    """([(code, when)], what is said without a code); None when there is no Errors."""
    _, found, text = doc.partition("Errors:")
    if not found:
        return None
    listed, rest = [], []
    for part in NEXT.split(" ".join(text.split()).rstrip(".")):
        m = re.match(r"(%s)\b[:, ]*(.*)" % CODE, part)
        if m:
            listed.append((m.group(1), m.group(2)))
        elif part and part != "none of its own":
            rest.append(part)
    return listed, rest


def document(header):
    """What "section N" means in a header: the first document that its opening names."""
    m = re.search(DOCUMENT, header.opening)
    return m.group(0) if m else "RFC 9420"


def sections(call):
    """[(document, numbers)] of a docstring, else of the title above it; one entry a document."""
    for text in (call.doc, call.title):
        found = {}
        for named, numbers, rfc in SECTION.findall(" ".join(text.split())):
            found.setdefault("RFC 9420" if rfc else named or document(call.header), []).append(numbers)
        if found:
            return [(d, ", ".join(dict.fromkeys(n))) for d, n in sorted(found.items())]
    return []
