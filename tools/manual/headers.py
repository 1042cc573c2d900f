"""The public headers of libmls, read: which calls and types there are, and what is said of each.

A docstring is the comment right above a declaration (no blank line between). It opens with a
sentence, names arguments in lines of "name  text", and ends with "Errors: CODE when ..., CODE."
"""
import glob
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMMENT = re.compile(r"/\*.*?\*/", re.S)
ITEM = re.compile(r"""
    (?P<comment>/\*.*?\*/)\n
  | (?P<type>typedef\ (?:struct|enum)\ (?P<tag>\w+)\ \{.*?\}\ \w+;(?:[ ]*/\*[^\n]*\*/)?)\n
  | (?P<alias>typedef\ [^{;]*;)\n
  | (?P<inline>static\ inline\ [^{;]*\))\n\{.*?\n\}\n
  | (?P<variable>extern\ const\ \w+\ (?P<vname>\w+);)\n
  | (?:BASE_MUST_USE\ )?(?P<proto>[a-z][\w\ *]*?[ *]\w+\([^;{]*\));[^\n]*\n
  | (?P<other>[^\n]*)\n""", re.S | re.X)


class Call:
    """A function or variable: name, result, params [(text, name)], source, doc, section, header."""

    def __init__(self, header, source, doc, title):
        self.header, self.doc, self.title = header, doc, title
        self.is_inline = source.startswith("static inline ")
        source = source.replace("static inline ", "")
        self.source = " ".join(source.split())
        m = re.match(r"(.*?[ *])(\w+)\((.*)\)$", self.source)
        self.is_function = m is not None
        if not m:
            m = re.match(r"(extern const \w+ )(\w+)()", self.source)
        self.result, self.name = m.group(1).strip(), m.group(2)
        texts = [t.strip() for t in m.group(3).split(",")] if m.group(3) not in ("", "void") else []
        self.params = [(t, re.search(r"(\w+)(\[\d*\])?$", t).group(1)) for t in texts]


class Header:
    def __init__(self, path):
        self.name = os.path.basename(path)
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        self.calls, self.types = [], {}  # name -> (source with its comment, plain comment)
        first = COMMENT.match(self.text)
        self.opening = plain(first.group(0)) if first else ""
        doc, title, raw = "", "", ""
        for m in ITEM.finditer(self.text):
            if m.group("comment"):
                raw, doc = m.group("comment"), plain(m.group("comment"))
                if re.match(r"-{4} .* -{4}$", doc):
                    raw, doc, title = "", "", doc.strip("- ")
            elif m.group("type") or m.group("alias"):
                source = m.group("type") or m.group("alias")
                name = m.group("tag") or re.search(r"(\w+)(\)\(.*)?;$", source, re.S).group(1)
                self.types[name] = (source, doc)
                doc = ""
            elif m.group("proto") or m.group("inline") or m.group("variable"):
                source = m.group("proto") or m.group("inline") or m.group("variable")
                self.calls.append(Call(self, source, doc, title))
            elif m.group("other") == "" or m.group("other").startswith("#"):
                doc = ""


def plain(comment):
    """A comment without its stars; blank lines part paragraphs, indentation stays."""
    lines = [re.sub(r"^ \* ?|^/\* ?| ?\*/$", "", l).rstrip() for l in comment.splitlines()]
    return re.sub(r" ?\*/$", "", "\n".join(lines)).strip()


def paths():
    """Headers of libmls and libmls-crypto, those of the floor first; err.def and the lists of names."""
    wanted = ["base.h", "crypto.h", "crypto_default.h", "mls*.h", "err.def", "libmls*.sym"]
    return [p for w in wanted for p in sorted(glob.glob(os.path.join(ROOT, "include", "sotto", w)))]


def read_all():
    return [Header(p) for p in paths() if p.endswith(".h")]


def included_by(header):
    """What a program includes for it: itself, or the header that its opening names."""
    m = re.search(r"Included\s+by\s+<sotto/(\w+\.h)>", header.opening)
    return m.group(1) if m else header.name


def errors():
    """name -> (class, text) of err.def."""
    with open(os.path.join(ROOT, "include", "sotto", "err.def"), encoding="utf-8") as f:
        return {m[0]: m[1:] for m in re.findall(r'BASE_ERR\((\w+), (\w+), "(.*?)"\)', f.read())}


def symbols(name):
    """The names that a library exports: libmls.sym, libmls-crypto.sym."""
    with open(os.path.join(ROOT, "include", "sotto", name), encoding="utf-8") as f:
        return f.read().split()
