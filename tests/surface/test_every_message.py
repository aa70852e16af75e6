"""Every message and modal, of any number of lines and any name, is one that Slack takes."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import digests
from digests import forms
from digests.layout import blocks
from digests.layout.message import Message
from tests.digests.samples import HOSTILE
from tests.surface.checks import objections
from tests.surface.everything import ELSEWHERE, MESSAGES, MODALS

NAMES = {**HOSTILE, "entities": "&<>" * 70, "mixed": "🚀<!channel> *b* _s_ ~g~ `c`\u202e\n" * 6}
CASES = [*((name, 25) for name in NAMES), *((name, n) for n in (0, 1, 400) for name in ("long", "mixed"))]
PARTS = {"message", "notice", "text_message"}
"""Of which messages are made."""


@pytest.mark.parametrize(("name", "count"), CASES)
def test_every_message_is_accepted(name: str, count: int) -> None:
    refused = [
        (function, each, message.text[:80])
        for function, say in MESSAGES.items()
        for message in say(NAMES[name], count)
        for each in objections("message", {"text": message.text, "blocks": message.blocks})
    ]
    assert refused == []


@pytest.mark.parametrize(("name", "count"), CASES)
def test_no_message_is_cut(name: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is too long is told in other words before it comes to where Slack's limits are kept."""
    too_long: list[int] = []

    def cut(text: str, limit: int) -> str:
        too_long.extend([len(text)] * (len(text) > limit))
        return text[:limit]

    monkeypatch.setattr(blocks, "cut", cut)
    for say in MESSAGES.values():
        list(say(NAMES[name], count))
    assert too_long == []


@pytest.mark.parametrize(("name", "count"), CASES)
def test_every_modal_is_accepted(name: str, count: int) -> None:
    refused = [
        (function, each)
        for function, show in [*MODALS.items(), *ELSEWHERE.items()]
        for view in show(NAMES[name], count)
        for each in objections("modal", view)
    ]
    assert refused == []


def test_no_message_is_forgotten() -> None:
    saying = {
        function.__name__
        for module in pkgutil.walk_packages(digests.__path__, "digests.")
        for function in vars(importlib.import_module(module.name)).values()
        if inspect.isfunction(function) and not function.__name__.startswith("_")
        if function.__annotations__.get("return") in (Message, Message | None)
    }
    assert saying - PARTS == set(MESSAGES)


def test_no_modal_is_forgotten() -> None:
    building = {
        f"{path.stem}.{function}"
        for path in Path(*forms.__path__).glob("*.py")
        for function in _building_forms(ast.parse(path.read_text()))
    }
    assert building == set(MODALS)


def _building_forms(module: ast.Module) -> Iterator[str]:
    for function in module.body:
        if isinstance(function, ast.FunctionDef):
            called = {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
            if called & {"modals.modal", "modals.notice"}:
                yield function.name
