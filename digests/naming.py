"""Engineers in a digest as whoever set it up wants them, and as its channel may have them."""

from dataclasses import replace
from typing import TypeVar

from digests import wording
from digests.digest_report import Digest, Moved, Movers, Naming, Part, with_lines
from digests.engineer_lines import EngineerLines
from digests.lines import CostLines, is_somebody
from digests.report import Report
from providers.money import billionths
from providers.spend import Id

L = TypeVar("L", CostLines, EngineerLines)


def named(digest: Digest, naming: Naming) -> Digest:
    """Call engineers by name, by their initials, or not at all; keys carry names too, so they are counted."""
    if naming == "names":
        return digest
    hidden = replace(digest, keys=_counted(digest.keys), part=_part(digest.part, naming))
    if naming == "totals":
        return replace(hidden, engineers=None, people=Movers(), report=_in_one(digest.report))
    people, engineers = digest.people, digest.engineers
    return replace(
        hidden,
        people=Movers([_moved(each) for each in people.up], [_moved(each) for each in people.down]),
        engineers=replace(engineers, lines=_initialled(engineers.lines)) if engineers else None,
        report=_with_initials(digest.report),
    )


def _counted(movers: Movers) -> Movers:
    def nameless(each: Moved) -> Moved:
        return replace(each, name="")

    return Movers(new=list(map(nameless, movers.new)), gone=list(map(nameless, movers.gone)))


def _part(part: Part | None, naming: Naming) -> Part | None:
    if part is None or part.kind != "engineers":
        return part
    names = [wording.initials(name) for name in part.names] if naming == "initials" else []
    return replace(part, names=names)


def _moved(each: Moved) -> Moved:
    return replace(each, name=wording.initials(each.name))


def _with_initials(report: Report) -> Report:
    if report.question.dimension != "engineer":
        return report
    return replace(report, lines=_initialled(report.lines))


def _initialled(lines: L) -> L:
    def name_of(id_: Id) -> str:
        name = lines.name_of(id_)
        return wording.initials(name) if is_somebody(id_) else name

    return replace(lines, name_of=name_of)


def _in_one(report: Report) -> Report:
    """All engineers as one line."""
    if report.question.dimension != "engineer" or not report.lines:
        return report
    lines, previous = report.lines, report.previous.total
    one = CostLines(
        ids=[None],
        name_of=lambda _id: "All engineers",
        amounts={None: lines.in_all},
        before=None if previous is None else {None: billionths(previous)},
        links={},
    )
    return with_lines(report, one)
