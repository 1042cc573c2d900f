"""What the programs of examples/ show of a call: a function, or a paragraph of a long one.

A region is marked by what marks it for a reader: the braces of a function of at most LONGEST
lines with the comment above it, else the blank lines around a paragraph. So a page shows code
that is compiled and run as a test, and no mark stands in the programs for the tool alone.
"""
import glob
import os
import re

from .headers import ROOT

LONGEST = 26
FIRST = ["two_people.c", "group.c", "persistence.c", "external_join.c"]  # then the others, by name
LAST = ["example.h", "file_store.h", "memory.h"]


def files():
    names = sorted(os.path.basename(p) for p in glob.glob(os.path.join(ROOT, "examples", "*.[ch]")))
    rest = [n for n in names if n not in FIRST + LAST]
    return [os.path.join(ROOT, "examples", n) for n in FIRST + rest + LAST if n in names]


def functions(text):
    """(comment and head and body) of each function, as lists of lines."""
    pattern = r"^(?:/\*(?:(?!\*/).)*\*/\n)?^[a-z][^;{}=]*\)\n\{\n.*?^\}\n"
    return [m.group(0).rstrip("\n").split("\n") for m in re.finditer(pattern, text, re.S | re.M)]


def dedent(lines):
    width = min(len(l) - len(l.lstrip()) for l in lines if l.strip())
    return [l[width:] for l in lines]


def paragraphs(lines):
    body = lines[lines.index("{") + 1:-1]
    for block in "\n".join(body).split("\n\n"):
        if block.strip():
            yield dedent(block.split("\n"))


def regions():
    """name -> (file, lines): the first region that uses each name."""
    found = {}
    for path in files():
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for function in functions(text):
            blocks = [function] if len(function) <= LONGEST else paragraphs(function)
            for block in blocks:
                code = re.sub(r"/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"", "", "\n".join(block), flags=re.S)
                for name in re.findall(r"\b((?:mls|base|crypto)_\w+)(?:\(|\b)", code):
                    found.setdefault(name, (os.path.basename(path), block))
    return found
