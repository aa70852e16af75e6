"""Engineers in a digest by name, by initials, or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from digests.numbers.cause import Cause
from digests.numbers.digest_report import Digest, Mover, Movers, Part, with_lines
from digests.numbers.engineer_lines import EngineerLines
from digests.numbers.lines import CostLines, is_somebody
from digests.numbers.report import Report
from digests.words import distinct
from providers.money import billionths
from providers.spend import Id
from storage.state.subscriptions import Naming

L = TypeVar("L", CostLines, EngineerLines)


def named(digest: Digest, naming: Naming) -> Digest:
    """Return a digest with engineers named as wished; keys carry names too, so otherwise they are counted."""
    if naming == "names":
        return digest
    called = distinct.initials(_names_in(digest)) if naming == "initials" else {}
    hidden = replace(
        digest,
        keys=_counted(digest.keys),
        part=_part(digest.part, called),
        cause=_cause(digest.cause, called),
    )
    if naming == "totals":
        return replace(hidden, engineers=None, people=Movers(), report=_in_one(digest.report))
    people, engineers = digest.people, digest.engineers
    return replace(
        hidden,
        people=Movers(_with_names(people.up, called), _with_names(people.down, called)),
        engineers=replace(engineers, lines=_initialled(engineers.lines, called)) if engineers else None,
        report=_with_initials(digest.report, called),
    )


def _names_in(digest: Digest) -> Iterator[str]:
    """Yield the names of all people in a digest."""
    if digest.engineers:
        yield from _people_in(digest.engineers.lines)
    if digest.report.question.dimension == "engineer":
        yield from _people_in(digest.report.lines)
    yield from (each.name for each in (*digest.people.up, *digest.people.down))
    if digest.part and digest.part.kind == "engineers":
        yield from digest.part.names
    if digest.cause and "engineer" in digest.cause.names:
        yield digest.cause.names["engineer"]


def _people_in(lines: CostLines | EngineerLines) -> Iterator[str]:
    return (lines.name_of(id_) for id_ in lines.ids if is_somebody(id_))


def _counted(movers: Movers) -> Movers:
    def nameless(each: Mover) -> Mover:
        return replace(each, name="")

    return Movers(new=list(map(nameless, movers.new)), gone=list(map(nameless, movers.gone)))


def _cause(cause: Cause | None, called: Mapping[str, str]) -> Cause | None:
    """Return a cause without the key's name, and with the engineer's initials if there are any."""
    if cause is None:
        return None
    engineer = called.get(cause.names.get("engineer", ""))
    shown = {aspect: name for aspect, name in cause.names.items() if aspect not in ("key", "engineer")}
    return replace(cause, names={**shown, "engineer": engineer} if engineer else shown)


def _part(part: Part | None, called: Mapping[str, str]) -> Part | None:
    if part is None or part.kind != "engineers":
        return part
    return replace(part, names=[called[name] for name in part.names] if called else [])


def _with_names(some: Sequence[Mover], called: Mapping[str, str]) -> list[Mover]:
    return [replace(each, name=called[each.name]) for each in some]


def _with_initials(report: Report, called: Mapping[str, str]) -> Report:
    if report.question.dimension != "engineer":
        return report
    return replace(report, lines=_initialled(report.lines, called))


def _initialled(lines: L, called: Mapping[str, str]) -> L:
    def name_of(id_: Id) -> str:
        name = lines.name_of(id_)
        return called[name] if is_somebody(id_) else name

    return replace(lines, name_of=name_of)


def _in_one(report: Report) -> Report:
    """Return a report with all engineers as one line."""
    if report.question.dimension != "engineer" or not report.lines:
        return report
    lines, previous = report.lines, report.previous.total
    one = CostLines(
        ids=[None],
        name_of=lambda _id: "All engineers",
        amounts={None: lines.totals},
        before=None if previous is None else {None: billionths(previous)},
        links={},
    )
    return with_lines(report, one)
