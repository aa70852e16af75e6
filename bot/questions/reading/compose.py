"""A covered text as readings: one, several that cannot be told apart, or the words that cannot be used.

compose │ draft_of: the parts by kind │ _composed: which verb counts │ _with_command: what it accepts
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice, product
from typing import NamedTuple, TypeVar

from bot.questions.reading.draft import Draft, Place, draft_of
from bot.questions.reading.names import MOST_MATCHES, Name
from bot.questions.reading.parts import (
    By,
    Candidate,
)
from bot.questions.reading.spans import (
    Current,
    Hours,
    Range,
    Rolling,
    Since,
    Span,
    Unit,
    Until,
    Year,
    before,
    year_before,
)
from bot.questions.reading.tokens import Token
from bot.questions.reading.types import OWN, Command, Dimension, Reading

T = TypeVar("T")
MOST_DIMENSIONS = 2
ONE_PERIOD = "I can answer for one period, or compare two."
ONE_EACH = "I can use one number, one time zone, and one kind of file."
ONE_COMMAND = "I can do one thing at a time."
ONE_MEMBER = "I can answer for one {dimension}, or compare two."
TWO_DIMENSIONS = "I can group by up to two things."
TWO_SIDES = "To compare, name two periods or two things of one kind."
ONLY_CLAUDE = "I can group by {dimension} only what Claude Code reports."
_OF_CLIENTS: frozenset[Dimension] = frozenset({"session", "skill", "subagent", "mcp server", "repository"})
"""The dimensions that only `claude` has, because only clients report them."""
_HELP = frozenset({"help", "help me"})
_KINDS: Mapping[Dimension, str] = {"day": "daily", "week": "weekly", "month": "monthly"}
_ACCEPTED: Mapping[Command, str] = {
    "cost": "period dimensions filters compare limit zone",
    "engineers": "period limit zone",
    "me": "period dimensions filters compare limit zone",
    "claude": "period dimensions filters compare limit zone words",
    "why": "period dimensions filters compare limit zone",
    "forecast": "period filters zone",
    "savings": "period filters zone",
    "keys": "period filters",
    "export": "period dimensions filters form zone",
    "budget": "period filters amount words",
    "alerts": "period filters amount words",
    "digest": "filters words",
    "status": "words",
    "audit": "form",
}
_WORDS: Mapping[Command, frozenset[str]] = {
    "budget": frozenset({"add", "edit", "remove", "left", "over"}),
    "alerts": frozenset({"add", "edit", "remove", "on", "off", "over", "mute", "pause", "resume"}),
    "digest": frozenset(
        {"add", "edit", "preview", "pause", "resume", "remove", "now", "daily", "weekly", "monthly"}
    ),
    "status": frozenset({"verbose"}),
    "claude": frozenset({"beside", "blind"}),
}


class Composed(NamedTuple):
    """The readings of a text; without any, the words that are not used or a sentence on why."""

    readings: tuple[Reading, ...] = ()
    unused: tuple[str, ...] = ()
    sentence: str = ""
    instead: tuple[str, ...] = ()


def compose(cover: Sequence[Candidate], tokens: Sequence[Token]) -> Composed:
    """Return the readings of a covered text, or why there is none."""
    draft = draft_of(cover, tokens)
    if draft.unused:
        return Composed(unused=tuple(draft.unused), sentence=_sentence(draft))
    if draft.refusals:
        instead = tuple(text for refusal in draft.refusals for text in refusal.instead)
        return Composed(sentence=_sentence(draft), instead=instead)
    return _composed(draft)


def _sentence(draft: Draft) -> str:
    return " ".join(dict.fromkeys(refusal.sentence for refusal in draft.refusals))


def _composed(draft: Draft) -> Composed:
    commands = list(dict.fromkeys(verb.command for verb in draft.strong))
    if {typed.casefold() for typed in draft.typed.get("verb help", ())} & _HELP:  # about anything
        topics = [command for command in commands if command != "help"]
        return Composed((Reading("help", words=tuple(topics[:1])),))
    if len(commands) > 1:
        return Composed(tuple(Reading(command) for command in commands), sentence=ONE_COMMAND)
    if commands:
        return _with_command(draft, commands[0])
    return _without_verb(draft)


def _without_verb(draft: Draft) -> Composed:
    """Compose a text with weak verbs at most."""
    weak = {verb.command for verb in draft.weak}
    has_parts = bool(draft.typed.keys() - {f"verb {command}" for command in weak})
    if "why" in weak:
        return _with_command(draft, "why")
    if "claude" in weak and "cost" not in weak:
        return _with_command(draft, "claude")
    if has_parts and not weak & {"cost"} and (bare := _bare_noun(draft)):
        return bare
    if "cost" in weak or has_parts:
        return _with_command(draft, "cost")
    return Composed((Reading("summary"),)) if "summary" in weak else Composed()


def _bare_noun(draft: Draft) -> Composed | None:
    """Compose nouns that are commands, too: `engineers last week`, `keys`, `weekly`."""
    nouns = [by.dimension for by in draft.dimensions if by.is_noun]
    kinds = draft.typed.keys()
    if len(nouns) != 1 or len(draft.dimensions) != 1 or kinds - {"dimensions", "period", "zone"}:
        return None
    noun = nouns[0]
    if noun == "engineer":
        typed = {kind: words for kind, words in draft.typed.items() if kind != "dimensions"}
        return _with_command(replace(draft, dimensions=[], typed=typed), "engineers")
    if kinds != {"dimensions"}:
        return None
    by_noun = Reading("cost", dimensions=(noun,))
    if noun == "key":
        keys = Reading("keys")
        return Composed((keys,) if draft.typed["dimensions"][0].casefold().endswith("s") else (by_noun, keys))
    if noun in _KINDS:
        return Composed((by_noun, Reading("digest", words=(_KINDS[noun],))))
    return None


def _with_command(draft: Draft, command: Command) -> Composed:
    draft = replace(draft, spans=list(draft.spans), words=list(draft.words), typed=dict(draft.typed))
    command = _fit_to_command(draft, command)
    if unused := list(_not_accepted(draft, command)):
        return Composed(unused=tuple(dict.fromkeys(unused)))
    if wrong := _wrong_dimensions(draft, command):
        return Composed(_near_dimensions(draft, command), sentence=wrong)
    return _readings(draft, command)


def _fit_to_command(draft: Draft, command: Command) -> Command:
    """Move parts to where the command has them, and return the command that they make of it."""
    if command == "engineers" and draft.typed.keys() & {"dimensions", "filters", "compare", "limit", "own"}:
        draft.dimensions = [By("engineer"), *draft.dimensions]
        command = "cost"
    if command == "cost" and draft.forms:
        command = "export"
    if command == "cost" and draft.is_own:
        command = "me"
    if command == "digest":
        draft.words += [_KINDS[by.dimension] for by in draft.dimensions if by.dimension in _KINDS]
        draft.dimensions = [by for by in draft.dimensions if by.dimension not in _KINDS]
        if not draft.dimensions:
            draft.typed.pop("dimensions", None)
    if command in ("budget", "alerts"):
        _fit_money(draft, command)
    return command


def _fit_money(draft: Draft, command: Command) -> None:
    """Read `monthly` as the period of a budget, `2026` as an amount, `24h` as a length of time."""
    for by in draft.dimensions:
        if by.dimension in _KINDS:
            draft.spans.append(Place(-1, Current(_unit_of(by.dimension))))
    draft.dimensions = [by for by in draft.dimensions if by.dimension not in _KINDS]
    if not draft.dimensions:
        draft.typed.pop("dimensions", None)
    for place in list(draft.spans):
        if isinstance(place.value, Year) and not draft.amounts:
            draft.amounts = [Decimal(place.value.year)]
            draft.spans.remove(place)
        elif command == "alerts" and isinstance(place.value, Hours | Rolling):
            draft.words.append(place.value.text)
            draft.spans.remove(place)
    if not draft.spans:
        draft.typed.pop("period", None)
    if draft.amounts:  # an amount says by itself that a budget is added
        draft.words = [word for word in draft.words if word != "add"]


def _unit_of(dimension: Dimension) -> Unit:
    return "day" if dimension == "day" else "week" if dimension == "week" else "month"


def _not_accepted(draft: Draft, command: Command) -> Iterator[str]:
    """Yield the words of the parts that a command has no use for."""
    accepted = {*_ACCEPTED.get(command, "").split(), f"verb {command}", "verb cost", "verb summary"}
    if command in (
        "cost",
        "why",
        "forecast",
        "savings",
        "export",
        "me",
        "digest",
        "budget",
        "alerts",
        "claude",
    ):
        accepted.add("own")
    if command in ("cost", "me", "engineers", "export", "why", "forecast", "savings"):
        accepted.add("verb claude")
    if command == "why":
        accepted.add("verb why")
    if command == "me":
        accepted.add("own")
        yield from _other_people(draft)
    for kind, typed in draft.typed.items():
        if kind not in accepted:
            yield from typed
    if extra := set(draft.words) - _WORDS.get(command, frozenset()) - _own_words(draft, command):
        yield from (word for word in draft.typed.get("words", sorted(extra)))
    if not draft.dimensions and not draft.limits:  # `most expensive` of what
        yield from draft.typed.get("limit", ())


def _other_people(draft: Draft) -> Iterator[str]:
    """Yield the names of engineers beside `me`, who is one already."""
    for place, typed in zip(draft.names, draft.typed.get("filters", ()), strict=True):
        if any(name.dimension == "engineer" for name in place.value):
            yield typed


def _own_words(draft: Draft, command: Command) -> set[str]:
    """Return the words that a verb brings with it, and lengths of time."""
    words = {word for verb in (*draft.strong, *draft.weak) if verb.command == command for word in verb.words}
    return words | ({word for word in draft.words if word[0].isdigit()} if command == "alerts" else set())


def _wrong_dimensions(draft: Draft, command: Command) -> str:
    dimensions = list(dict.fromkeys(by.dimension for by in draft.dimensions))
    if len(dimensions) > MOST_DIMENSIONS:
        return TWO_DIMENSIONS
    if command != "claude" and (others := [each for each in dimensions if each in _OF_CLIENTS]):
        return ONLY_CLAUDE.format(dimension=others[0])
    return ""


def _near_dimensions(draft: Draft, command: Command) -> tuple[Reading, ...]:
    """Return the readings by the first two dimensions, or by what clients report and without it."""
    others = [by for by in draft.dimensions if by.dimension in _OF_CLIENTS]
    if not others:
        return _readings(replace(draft, dimensions=draft.dimensions[:MOST_DIMENSIONS]), command).readings
    of_clients = _readings(replace(draft, dimensions=others[:1], names=[]), "claude").readings
    return (*of_clients, *_readings(replace(draft, dimensions=[]), command).readings)


class _Sides(NamedTuple):
    """What is left of the periods and names once a comparison took its sides."""

    spans: list[Span]
    names: list[tuple[Name, ...]]
    compare: Span | tuple[Name, ...] | None


def _readings(draft: Draft, command: Command) -> Composed:
    sides = _sides(draft)
    if sides is None:
        return Composed(_each_alone(draft, command), sentence=TWO_SIDES)
    if any(len(set(each)) > 1 for each in (draft.forms, draft.zones, draft.limits, draft.amounts)):
        return Composed(sentence=ONE_EACH)
    spans = list(dict.fromkeys(sides.spans))
    if len(spans) > 1:
        return _many_periods(draft, command, spans)
    base = Reading(
        command,
        period=next(iter(spans), None),
        dimensions=tuple(dict.fromkeys(by.dimension for by in draft.dimensions)),
        limit=next(iter(draft.limits), None),
        form=next(iter(draft.forms), None),
        zone=next(iter(draft.zones), ""),
        words=tuple(dict.fromkeys(draft.words)),
        amount=next(iter(draft.amounts), None),
    )
    own = (OWN,) if draft.is_own and command != "me" else ()
    readings = [
        replace(base, filters=tuple(sorted({*chosen, *own})), compare=compare)
        for chosen, compare in islice(_choices(sides), MOST_MATCHES**2)
    ]
    sound = [reading for reading in readings if _is_sound(reading)]
    if not sound and readings:
        return _many_members(readings[0])
    return Composed(tuple(dict.fromkeys(sound))[:MOST_MATCHES])


def _each_alone(draft: Draft, command: Command) -> tuple[Reading, ...]:
    """Return the readings for each of the periods and names of a comparison that has not two sides."""
    plain = replace(draft, versus=[], compares=False, shifts=[], is_before=False)
    span_at = [replace(plain, spans=[place]) for place in draft.spans]
    name_at = [replace(each, names=[place]) for each in span_at or [plain] for place in draft.names]
    return tuple(reading for each in (name_at or span_at) for reading in _readings(each, command).readings)[
        :MOST_MATCHES
    ]


def _choices(sides: _Sides) -> Iterator[tuple[tuple[Name, ...], Span | Name | None]]:
    """Yield every way to tell apart the names that are filters, with what they are compared with."""
    others: Sequence[Span | Name | None] = (
        sides.compare if isinstance(sides.compare, tuple) else (sides.compare,)
    )
    for chosen in product(*dict.fromkeys(sides.names)):
        for other in others:
            yield chosen, other


def _is_sound(reading: Reading) -> bool:
    """Whether no dimension has two members, and a comparison two of one dimension."""
    dimensions = [each.dimension for each in reading.filters]
    if len(set(dimensions)) < len(dimensions):
        return False
    if isinstance(reading.compare, Name):
        return any(
            each.dimension == reading.compare.dimension and each != reading.compare
            for each in reading.filters
        )
    return True


def _many_members(reading: Reading) -> Composed:
    """Offer each member alone, and the first two compared."""
    dimensions = [each.dimension for each in reading.filters]
    twice = next((each for each in dimensions if dimensions.count(each) > 1), None)
    if twice is None or reading.compare is not None:
        return Composed(sentence=TWO_SIDES)
    members = [each for each in reading.filters if each.dimension == twice]
    others = tuple(each for each in reading.filters if each.dimension != twice)
    alone = [replace(reading, filters=tuple(sorted((*others, member)))) for member in members]
    compared = (
        [replace(alone[0], compare=members[1])] if OWN not in members and _compares(reading.command) else []
    )
    readings = tuple([*compared, *alone][:MOST_MATCHES])
    return Composed(readings, sentence=ONE_MEMBER.format(dimension=twice))


def _compares(command: Command) -> bool:
    return "compare" in _ACCEPTED.get(command, "").split()


def _many_periods(draft: Draft, command: Command, spans: Sequence[Span]) -> Composed:
    """Offer two periods compared and as one range, and each alone."""
    base = replace(draft, spans=[Place(-1, spans[0])], versus=[], compares=False)
    first = _readings(base, command).readings[:1]
    if len(spans) > MOST_DIMENSIONS or not first:
        return Composed(sentence=ONE_PERIOD)
    are_alike = type(spans[0]) is type(spans[1])
    together = [replace(first[0], compare=spans[1])] if are_alike and _compares(command) else []
    are_points = not any(isinstance(span, Since | Until | Range) for span in spans)
    ranged = [replace(first[0], period=Range(*spans))] if draft.has_joint and are_points else []
    alone = [replace(first[0], period=span) for span in spans]
    return Composed(tuple([*ranged, *together, *alone][:MOST_MATCHES]), sentence=ONE_PERIOD)


def _sides(draft: Draft) -> _Sides | None:
    """Return what is compared with what; None where one side is missing."""
    spans, names = [place.value for place in draft.spans], [place.value for place in draft.names]
    if draft.shifts or draft.is_before:
        return _shifted(draft, spans, names) if draft.shifts else _before(draft, spans, names)
    if not draft.versus and not draft.compares:
        return _Sides(spans, names, None)
    if len(draft.versus) > 1:
        return None
    span, name = _right(draft, draft.spans), _right(draft, draft.names)
    if name and not (span and draft.versus and span.at < name.at):
        return _Sides(spans, _without(names, name.value), name.value)
    if span:
        return _Sides(_without(spans, span.value) or [_now(span.value)], names, span.value)
    lists = draft.compares and draft.dimensions and not spans and not names
    return _Sides(spans, names, None) if lists else None


def _before(draft: Draft, spans: list[Span], names: list[tuple[Name, ...]]) -> _Sides | None:
    """Return the period beside the one before it, as in `last week vs the week before`."""
    earlier = before(spans[0]) if len(spans) == 1 and (draft.versus or draft.compares) else None
    return _Sides(spans, names, earlier) if earlier else None


def _now(earlier: Span) -> Span:
    """Return what runs now and is like a period before, as `today` is like yesterday."""
    return Current(earlier.unit) if isinstance(earlier, Current) else Current("month")


def _right(draft: Draft, places: Sequence[Place[T]]) -> Place[T] | None:
    """Return what stands right of `vs`, or after `compare` the second of two."""
    if draft.versus:
        return next((place for place in places if place.at > draft.versus[0]), None)
    return places[1] if len(places) == 2 else None  # noqa: PLR2004 - the second of two


def _without(values: Sequence[T], value: T) -> list[T]:
    """Return values without the last that equals one."""
    at = len(values) - 1 - values[::-1].index(value)
    return [*values[:at], *values[at + 1 :]]


def _shifted(draft: Draft, spans: list[Span], names: list[tuple[Name, ...]]) -> _Sides | None:
    """Return the period of `yoy` and the like beside the one before."""
    shift = draft.shifts[0]
    if not spans:
        return _Sides([shift.unit], names, shift.before)
    is_by_year = isinstance(shift.unit, Current) and shift.unit.unit == "year"
    before = year_before(spans[0]) if is_by_year and len(spans) == 1 else None
    if before is None and len(spans) == 1 and spans[0] == shift.unit:
        before = shift.before
    return _Sides(spans, names, before) if before else None
