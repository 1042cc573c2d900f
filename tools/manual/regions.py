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
LAST = ["client.h", "example.h", "file_store.h", "memory.h"]
BETTER = {  # than the first that uses it
    "base_err_text": "ports.c", "crypto_default": "client.h", "crypto_default_random": "client.h",
    "mls_ctx_free": "client.h", "mls_ctx_new": "ports.c", "mls_group_delete": "leave.c",
    "mls_group_epoch": "members.c", "mls_group_extensions": "members.c", "mls_group_free": "client.h",
    "mls_group_own_leaf": "members.c", "mls_signature_key_new": "client.h"}


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


def code_of(lines):
    """Lines without comments and strings."""
    return re.sub(r"/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"", "", "\n".join(lines), flags=re.S)


def with_callbacks(block, named):
    """A region, after the functions of its file that it hands on without calling them."""
    used = [n for n in named if re.search(r"[({,=] ?%s[,;)}]" % n, code_of(block)) and named[n] != block]
    return [line for n in used for line in named[n] + [""]] + block


def regions():
    """name -> (file, lines): the first region that uses each name, or that of a better file."""
    found = {}
    for path in files():
        with open(path, encoding="utf-8") as f:
            text = f.read()
        named = {re.search(r"(\w+)\(", code_of(f)).group(1): f for f in functions(text)}
        for function in named.values():
            for block in [function] if len(function) <= LONGEST else paragraphs(function):
                for name in set(re.findall(r"\b((?:mls|base|crypto)_\w+)", code_of(block))):
                    file = os.path.basename(path)
                    if name not in found or (BETTER.get(name) == file != found[name][0]):
                        found[name] = (file, with_callbacks(block, named))
    return found
