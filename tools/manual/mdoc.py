"""Prose of a docstring as mdoc: sentences on lines of their own, names marked as what they are."""
import re

MACRO = re.compile(r"^[A-Z%][a-z0-9A-Z]$")
WORD = re.compile(r"^(\(?)(\w+?)(\(\))?([).,;:?!]*)$")


def escape(text):
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[:1] in (".", "'") else text


def argument(text):
    """Words of a macro's line: none of them may be taken for a macro."""
    return " ".join("\\&" + w if MACRO.match(w.strip("().,;:")) else escape(w) for w in text.split())


def mark(word, calls, types):
    """The macro line of a word that is a name, or None."""
    m = WORD.match(word)
    if not m:
        return None
    left, name, is_call, right = m.groups()
    if is_call:
        macro = "Fn"
    elif name in types:
        macro = "Vt"
    elif name in calls or re.match(r"^(MLS|BASE|CRYPTO)_[A-Z0-9_]+$|^NULL$", name):
        macro = "Fn" if name in calls else "Dv"
    else:
        return None
    line = " ".join([name] + list(right))
    if left and right.startswith(")"):
        return ".Pq %s %s" % (macro, " ".join([name] + list(right[1:])))
    return ".%s %s" % (macro, "( " + line if left else line)


def prose(text, calls, types):
    """Lines of mdoc for a paragraph."""
    out, line = [], []

    def flush():
        if line:
            out.append(escape(" ".join(line)))
            line.clear()

    for word in text.split():
        macro = mark(word, calls, types)
        if macro:
            flush()
            out.append(macro)
            continue
        if len(" ".join(line + [word])) > 78:
            flush()
        line.append(word)
        if re.search(r"[.!?]\)?\"?$", word):
            flush()
    flush()
    return out


def literal(lines):
    """Code, as it is."""
    return [".Bd -literal -offset indent"] + [escape(l) for l in lines] + [".Ed"]


def summary(text):
    """The first sentence for NAME: no full stop, no section, small at the beginning."""
    text = re.sub(r" \((?:RFC|draft|sections?)[^)]*\)", "", " ".join(text.split()))
    text = re.split(r"(?<=\w)[.:;](?= |$)", text)[0]
    if re.match(r"[A-Z][a-z]*[ ,]", text):
        text = text[0].lower() + text[1:]
    return argument(text)
