"""Every string that people read, by surface, from the code: templates, words, forms, command line.

`REWRITE_STRINGS=1 pytest tests/test_strings.py` writes docs/strings.md anew; read the difference before you
keep it.
"""

import argparse
import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot.__main__ import parser

ROOT = Path(__file__).parent.parent
HEAD = """\
# Strings

Everything that people read in Slack, on pages, and in a terminal, in one place. It is made from the code by
`REWRITE_STRINGS=1 .venv/bin/python -m pytest tests/test_strings.py`; a test fails when it differs.
Values are in braces.
"""
SENTENCES = (
    "Files",
    "Questions",
    "Syncing",
    "Providers' notes",
    "Conversations",
)  # surfaces whose single words are columns and synonyms
SURFACES: Sequence[tuple[str, Sequence[str]]] = (
    ("Messages", ("digests/templates/*.j2", "digests/messages/**/*.py")),
    ("Forms", ("digests/forms/*.py",)),
    ("Words and sentences", ("digests/words/**/*.py", "digests/layout/*.py", "digests/numbers/**/*.py")),
    ("Pages in a browser", ("digests/templates/pages/*.j2", "digests/pages.py")),
    ("Files", ("digests/files/*.py",)),
    ("Questions", ("bot/questions/*.py", "bot/questions/reading/*.py")),
    ("Syncing", ("bot/sync/**/*.py",)),
    ("Providers' notes", ("providers/note.py", "providers/anthropic/**/*.py", "providers/claude/**/*.py")),
    ("Conversations", ("bot/listeners/**/*.py",)),
    (
        "Terminal",
        ("bot/cli/*.py", "bot/cli/doctor/*.py", "bot/program.py", "bot/settings.py", "bot/env_file.py"),
    ),
)
_TAG = re.compile(r"\{%-?.*?-?%\}|\{#.*?#\}", re.DOTALL)
_VALUE = re.compile(r"\{\{\s*([^}|]*?)\s*(?:\|[^}]*)?\}\}")
_HTML = re.compile(r"<(?!@|#|!)[^>]*>")
_WORD = re.compile(r"[A-Za-z]{2,}")
_INTERNAL = (
    "TypeError",
    "RuntimeError",
    "KeyError",
    "AssertionError",
    "LookupError",
    "TypeVar",
    "compile",
    "getLogger",
)


def document() -> str:
    """Return docs/strings.md as the code has it now."""
    parts = [HEAD]
    for surface, patterns in SURFACES:
        parts.append(f"\n## {surface}\n")
        files = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
        parts += filter(None, (_of_file(path, in_words=surface not in SENTENCES) for path in files))
    parts.append("\n## `stackspend --help`\n")
    parts += (f"* `{name}`: {words}\n" for name, words in _help(parser()))
    return "".join(parts)


def _of_file(path: Path, *, in_words: bool) -> str:
    text = path.read_text(encoding="utf-8")
    found = _of_template(text) if path.suffix == ".j2" else _of_module(ast.parse(text))
    lines = [f"* {line}\n" for line in dict.fromkeys(found) if in_words or _is_sentence(line)]
    return "".join([f"\n### {path.relative_to(ROOT)}\n\n", *lines]) if lines else ""


def _of_template(text: str) -> Iterator[str]:
    words = _HTML.sub(" ", _VALUE.sub(r"{\1}", _TAG.sub("\n", text)))
    for line in words.splitlines():
        shown = " ".join(line.split())
        if _WORD.search(re.sub(r"\{[^}]*\}", "", shown)) and not shown.startswith("<!doctype"):
            yield shown


def _of_module(tree: ast.Module) -> Iterator[str]:
    hidden = set(_hidden(tree))
    for node in _in_order(tree, hidden):
        shown = " ".join(_words(node).split())
        if _is_prose(shown):
            yield shown


def _in_order(node: ast.AST, hidden: set[int]) -> Iterator[ast.expr]:
    """Yield the strings of a tree, of a formatted one the whole, from top to bottom."""
    for child in ast.iter_child_nodes(node):
        if id(child) in hidden:
            continue
        if isinstance(child, ast.JoinedStr) or (
            isinstance(child, ast.Constant) and isinstance(child.value, str)
        ):
            yield child
        else:
            yield from _in_order(child, hidden)


def _hidden(tree: ast.Module) -> Iterator[int]:
    """Yield the nodes that nobody reads: docstrings, types, keys, patterns, log lines, bugs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node)
        elif isinstance(node, ast.Subscript):
            yield id(node.slice)
        elif isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
            yield id(node.annotation)
        elif isinstance(node, ast.FunctionDef) and node.returns:
            yield id(node.returns)
        elif isinstance(node, ast.Dict):
            yield from (id(key) for key in node.keys if key)
        elif isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and _is_internal(node.func)):
            yield id(node)


def _is_internal(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        owner = function.value
        is_log = isinstance(owner, ast.Name) and owner.id == "log"
        return is_log or function.attr in _INTERNAL
    return isinstance(function, ast.Name) and function.id in _INTERNAL


def _words(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(_words(part) if isinstance(part, ast.Constant) else _value(part) for part in parts)


def _value(part: ast.expr) -> str:
    """Return what a value is, in braces; of a choice between strings, both."""
    inner = part.value if isinstance(part, ast.FormattedValue) else part
    if isinstance(inner, ast.IfExp):
        choices = [_words(each) for each in (inner.body, inner.orelse) if _words(each).strip()]
        if choices:
            return f"{{{' | '.join(choices)}}}"
    names = [each.id for each in ast.walk(inner) if isinstance(each, ast.Name)]
    return f"{{{names[-1] if names else '…'}}}"


def _is_prose(text: str) -> bool:
    """Whether people read a string: several words, or one that begins with a capital letter."""
    plain = re.sub(r"\{[^}]*\}", "", text)
    words = _WORD.findall(plain)
    if not words or re.fullmatch(r"[A-Z0-9_,.:/ -]+", plain):
        return False
    is_code = re.search(r"[\\^$]|\(\?|://|\w\.\w+\(|%[a-zA-Z]|^[a-z_]+[:/]", plain)
    return not is_code and (" " in plain.strip() or plain.lstrip("*:_ ")[:1].isupper())


def _is_sentence(text: str) -> bool:
    return " " in text and bool(re.match(r"[*:{]?[A-Z]|:", text))


def _help(of: argparse.ArgumentParser, name: str = "stackspend") -> Iterator[tuple[str, str]]:
    """Yield every verb and option with its help."""
    yield name, of.description or ""
    for action in of._actions:  # noqa: SLF001 - argparse lists them nowhere else
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - likewise
            for verb, verb_parser in action.choices.items():
                yield from _help(verb_parser, f"{name} {verb}")
        elif action.help and action.dest not in ("help", "version"):
            yield f"{name} {_named(action.option_strings) or action.dest}", action.help


def _named(options: Iterable[str]) -> str:
    return ", ".join(options)
