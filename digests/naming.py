"""Engineers in a digest as whoever set it up wants them, and as its channel may have them."""

from dataclasses import replace

from msgspec import structs

from digests import wording
from digests.digest_report import Digest, Moved, Movers, Naming, Part, with_lines
from digests.report import EngineerLine, Line, Report


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
        engineers=replace(engineers, lines=tuple(map(_line, engineers.lines))) if engineers else None,
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


def _line(line: EngineerLine) -> EngineerLine:
    return structs.replace(line, name=wording.initials(line.name)) if line.is_somebody else line


def _with_initials(report: Report) -> Report:
    if report.question.dimension != "engineer":
        return report
    return replace(report, lines=tuple(map(_initialled, report.lines)))


def _initialled(line: Line) -> Line:
    is_somebody = line.id is not None and not line.id.startswith("=")
    return structs.replace(line, name=wording.initials(line.name)) if is_somebody else line


def _in_one(report: Report) -> Report:
    """All engineers as one line."""
    if report.question.dimension != "engineer" or not report.lines:
        return report
    whole, previous = report.total, report.previous.total
    one = structs.replace(report.lines[0], id=None, name="All engineers", cost=whole.cost, links={})
    return with_lines(report, [structs.replace(one, estimated=whole.estimated, previous=previous)])
