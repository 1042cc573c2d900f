"""What a docstring says, in parts: paragraphs, arguments, errors, sections of which document."""
import re

CODE = r"[A-Z0-9]+_E_[A-Z0-9_]+"
DOCUMENT = r"RFC \d+|draft-[a-z-]+[a-z]"
NUMBERS = r"[\d.]*\d(?:(?:, | and | to )[\d.]*\d)*"
SECTION = re.compile(r"(?:(%s)(?:-\d+)?, )?sections? (%s)" % (DOCUMENT, NUMBERS))
# The next item begins after a semicolon, and after a comma or "or" before a code or a known phrase.
NEXT = re.compile(r"; |(?:, (?:or |and )?| or )(?=%s\b)|, (?=the [a-z]+'s?\b|those of )" % CODE)


def paragraphs(doc):
    """The paragraphs that are prose, without Errors."""
    body = doc.partition("Errors:")[0].strip()
    return [p for p in re.split(r"\n\s*\n", body) if not re.match(r"\w+  +\S", p)]


def arguments(doc):
    """[(name, text)] of the lines "name  text", which may go on indented."""
    out = []
    for p in re.split(r"\n\s*\n", doc.partition("Errors:")[0].strip()):
        if re.match(r"\w+  +\S", p):
            for line in p.split("\n"):
                m = re.match(r"(\w+)  +(\S.*)", line)
                if m:
                    out.append((m.group(1), m.group(2)))
                else:
                    out[-1] = (out[-1][0], out[-1][1] + " " + line.strip())
    return out


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
        for named, numbers in SECTION.findall(" ".join(text.split())):
            found.setdefault(named or document(call.header), []).append(numbers)
        if found:
            return [(d, ", ".join(dict.fromkeys(n))) for d, n in sorted(found.items())]
    return []
