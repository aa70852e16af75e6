"""The small checks from which Slack's rules are composed: each yields what Slack would object to in a value.

A problem is a sentence as Slack writes it, with the place: `must be less than 151 characters
[json-pointer:/blocks/0/text/text]`. Lengths are Unicode code points.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[object, str], Iterator[str]]


def problem(words: str, at: str) -> str:
    """Write a problem as Slack does: the words, then the JSON pointer."""
    return f"{words} [json-pointer:{at}]"


def pointer(at: str, key: object) -> str:
    """Point one step deeper, escaped as RFC 6901 asks."""
    return f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"


def as_list(value: object) -> list[Any]:
    """Read a list, or nothing where something else was sent."""
    return value if isinstance(value, list) else []


def string(most: int, *, least: int = 1) -> Check:
    """Accept a string of `least` to `most` characters."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must be a string", at)
        elif len(value) > most:
            yield problem(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            yield problem(f"must be more than {least - 1} characters", at)

    return check


def boolean(value: object, at: str) -> Iterator[str]:
    """Accept true or false."""
    if not isinstance(value, bool):
        yield problem("must be a boolean", at)


def number(least: float = float("-inf"), most: float = float("inf")) -> Check:
    """Accept a number from `least` to `most`."""

    def check(value: object, at: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield problem("must be a number", at)
        elif not least <= value <= most:
            yield problem(f"must be from {least:g} to {most:g}", at)

    return check


def whole(least: int, most: int) -> Check:
    """Accept an integer from `least` to `most`."""

    def check(value: object, at: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield problem("must be an integer", at)
        elif not least <= value <= most:
            yield problem(f"must be from {least} to {most}", at)

    return check


def one_of(*allowed: str) -> Check:
    """Accept one of the given words."""

    def check(value: object, at: str) -> Iterator[str]:
        if value not in allowed:
            yield problem(f"must be one of {', '.join(allowed)}", at)

    return check


def anything(_value: object, _at: str) -> Iterator[str]:
    """Accept what Slack documents but we never send, unread."""
    return iter(())


def items(check_item: Check, most: int, *, least: int = 1) -> Check:
    """Accept a list of `least` to `most` items that each pass `check_item`."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield problem("must be an array", at)
            return
        if len(value) > most:
            yield problem(f"no more than {most} items allowed", at)
        if len(value) < least:
            yield problem(f"must have at least {least} items", at)
        for index, item in enumerate(value):
            yield from check_item(item, pointer(at, index))

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Accept an object with all of `required`, any of `optional`, and nothing undocumented."""
    allowed = {**required, **(optional or {})}

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", at)
            return
        for name in required:
            if name not in value:
                yield problem(f"missing required field: {name}", at)
        for name, part in value.items():
            if name in allowed:
                yield from allowed[name](part, pointer(at, name))
            else:
                yield problem(f"invalid additional property: {name}", at)

    return check


def typed(kinds: Mapping[str, Check]) -> Check:
    """Accept an object whose `type` is one of `kinds` and which passes the check of that type."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", at)
            return
        kind = value.get("type")
        if isinstance(kind, str) and kind in kinds:
            yield from kinds[kind](value, at)
        else:
            yield problem(f"unsupported type: {kind}", pointer(at, "type"))

    return check


def both(*checks: Check) -> Check:
    """Accept what every one of the checks accepts."""

    def check(value: object, at: str) -> Iterator[str]:
        for each in checks:
            yield from each(value, at)

    return check


def exactly_one(*names: str) -> Check:
    """Accept an object that has one of the named properties and no second one."""

    def check(value: object, at: str) -> Iterator[str]:
        if isinstance(value, dict) and sum(name in value for name in names) != 1:
            yield problem(f"must have exactly one of {', '.join(names)}", at)

    return check


def unique(name: str) -> Check:
    """Accept a list of objects no two of which share the named property."""

    def check(value: object, at: str) -> Iterator[str]:
        seen: set[object] = set()
        for index, item in enumerate(as_list(value)):
            key = item.get(name) if isinstance(item, dict) else None
            if key is not None and str(key) in seen:
                yield problem(f"{name} {key!r} is used twice", pointer(pointer(at, index), name))
            seen.add(str(key))

    return check
