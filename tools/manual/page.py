"""The manual page of a call, as lines of mdoc."""
import re

from . import docstring, headers, mdoc, regions

TITLES = {"RFC 9420": "The Messaging Layer Security (MLS) Protocol",
          "draft-ietf-mls-extensions": "The Messaging Layer Security (MLS) Extensions",
          "draft-ietf-mls-targeted-messages": "Messaging Layer Security (MLS) Targeted Messages"}
NEIGHBOURS = 3  # calls before and after one, under the same title of the header, that SEE ALSO names
EVERYWHERE = ("base_bytes", "base_buf", "base_err", "mls_ctx", "mls_group", "mls_staged")


class Book:
    """All that pages are made of."""

    def __init__(self, date):
        self.date = date
        self.headers = headers.read_all()
        self.calls = {c.name: c for h in self.headers for c in h.calls}
        self.types = {n: t for h in self.headers for n, t in h.types.items()}
        self.errors = headers.errors()
        self.regions = regions.regions()

    def prose(self, text):
        return mdoc.prose(text, self.calls, self.types)

    def sentence(self, text):
        return self.prose(text[:1].upper() + text[1:].rstrip(".") + ".")


def head(book, name, text):
    return [".\\\" Made by tools/make-man. Do not edit: the header is the source.", ".Dd " + book.date,
            ".Dt %s 3" % name.upper(), ".Os", ".Sh NAME", ".Nm " + name, ".Nd " + text]


def synopsis(call):
    library = "libmls" if call.name in headers.symbols("libmls.sym") or call.is_inline else "libmls-crypto"
    out = [".Sh LIBRARY", ".Ql pkg-config --cflags --libs " + library, ".Sh SYNOPSIS",
           ".In sotto/%s" % headers.included_by(call.header)]
    if not call.is_function:
        return out + [".Vt %s %s ;" % (call.result, call.name)]
    fields = ['.Fa "%s"' % text for text, _ in call.params] or [".Fa void"]
    return out + [".Ft " + call.result, ".Fo " + call.name] + fields + [".Fc"]


def description(book, call):
    out = [".Sh DESCRIPTION"]
    for block in docstring.blocks(call.doc):
        if isinstance(block, list):
            out.append(".Bl -tag -width %s" % max((n for names, _ in block for n in names.split(", ")), key=len))
            for names, text in block:
                out += [".It Fa " + names.replace(", ", " , ")] + book.sentence(text)
            out.append(".El")
        else:
            out += ([".Pp"] if len(out) > 1 else []) + book.prose(block)
    words = re.findall(r"\w+", " ".join(text for text, _ in call.params) + " " + call.result)
    shown = [book.types[w] for w in dict.fromkeys(words) if w in book.types and w not in EVERYWHERE]
    shown = [(source, doc) for source, doc in shown if "{" in source or "(*" in source]
    for i, (source, doc) in enumerate(shown):
        out += [".Ss Types"] if i == 0 else [".Pp"] if doc else []
        out += book.prose(doc) + mdoc.literal(source.split("\n"))
    return out


def errors(book, call):
    if call.result != "base_err":
        return []
    listed, rest = docstring.errors(call.doc) or ([], [])
    out = [".Sh ERRORS"]
    if listed:
        out.append(".Bl -tag -width Ds")
        for code, when in listed:
            text = book.errors.get(code, ("", code))[1]
            out += [".It Bq Er " + code] + book.sentence(text + (", " + when if when else ""))
        out += [".El"]
    more = ["Also " + ", ".join(rest) + "."] if rest else []
    more += [p for h in book.headers if h.name == "mls.h" for p in h.opening.split("\n\n")
             if p.startswith("Errors of any call")]
    return out + ([".Pp"] if listed and more else []) + book.prose(" ".join(more))


def example(book, call):
    if call.name not in book.regions:
        return []
    name, lines = book.regions[call.name]
    return [".Sh EXAMPLES", "From", ".Pa %s ," % name, "one of the programs in", ".Pa doc/libmls/examples ;",
            ".Fn must", "and its like stand in", ".Pa client.h", "beside it."] + mdoc.literal(lines)


def result(call):
    return [".Sh RETURN VALUES", ".Dv BASE_OK ,", "which is 0, or an error."] * (call.result == "base_err")


def see_also(book, call):
    names = {n for n in re.findall(r"(\w+)\(\)", call.doc) if n in book.calls} | {"libmls", "libmls-types"}
    near = [c.name for c in call.header.calls if c.title == call.title]
    at = near.index(call.name)
    names |= set(near[max(0, at - NEIGHBOURS):at + NEIGHBOURS + 1])
    names = sorted((names | ({"libmls-errors"} if call.result == "base_err" else set())) - {call.name})
    out = [".Sh SEE ALSO"] + [".Xr %s 3%s" % (n, " ," if n != names[-1] else "") for n in names]
    found = docstring.sections(call)
    out += [".Sh STANDARDS"] if found else []
    for document, numbers in found:
        out += [".Rs", ".%R " + document] + [".%T " + TITLES[document]] * (document in TITLES)
        out += [".%O sections " + numbers if " " in numbers else ".%O section " + numbers, ".Re"]
    return out


def of_call(book, call):
    return (head(book, call.name, mdoc.summary(call.doc)) + synopsis(call) + description(book, call)
            + result(call) + example(book, call) + errors(book, call) + see_also(book, call))


def of_types(book):
    """libmls-types(3): every type, as the headers have it."""
    out = head(book, "libmls-types", "structs, enumerations and ports of libmls") + [".Sh DESCRIPTION"]
    for header in book.headers:
        for name, (source, doc) in header.types.items():
            title = "%s (sotto/%s)" % (name, header.name)
            out += [".Ss " + title] + (book.prose(doc) if doc else ["Opaque."]) + mdoc.literal(source.split("\n"))
    return out + [".Sh SEE ALSO", ".Xr libmls 3 ,", ".Xr libmls-errors 3"]


def of_errors(book):
    """libmls-errors(3): every code, its class and its text."""
    out = head(book, "libmls-errors", "errors of libmls") + [".Sh DESCRIPTION"]
    out += book.prose("A program decides by base_err_class() and shows base_err_text(). The numbers of codes "
                      "change with versions, their names do not.") + [".Bl -tag -width Ds"]
    for code, (kind, text) in book.errors.items():
        if re.match(r"(BASE|CRYPTO|MLS)_", code):
            out += [".It Bq Er " + code] + book.sentence(text) + ["Class", ".Dv BASE_CLASS_%s ." % kind]
    return out + [".El", ".Sh SEE ALSO", ".Xr base_err_class 3 ,", ".Xr base_err_text 3 ,", ".Xr libmls 3"]
