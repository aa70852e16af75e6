"""The lines of a digest: what costs most, and the engineers who spent most."""

from dataclasses import replace

from digests.messages import cost
from digests.numbers.digest_report import Digest
from digests.numbers.engineer_lines import EngineerLine, EngineerLines, is_person
from digests.numbers.lines import CostLines, Line
from digests.numbers.report import Report
from digests.words import distinct, phrases, wording
from digests.words.shorter import Shortened
from digests.words.shorter import lines as listed

# Lines of a digest, engineers in it and in its thread: a choice, so that each fits a line, or a screen
LINES, ENGINEERS, DETAILED = 3, 3, 10
_NAME = 24  # characters; three names and their figures fit a line on a phone


def line_facts(numbers: Digest) -> dict[str, object]:
    """Return the lines as facts for the templates."""
    report = numbers.report
    return {
        "most": _most(report) if _is_worth_lines(numbers) else "",
        "most_spoken": _most_spoken(report) if report.lines and not is_in_one(report) else "",
        **_engineers(numbers),
    }


def is_in_one(report: Report) -> bool:
    """Whether all engineers are one line."""
    return report.question.dimension == "engineer" and list(report.lines.ids) == [None]


def _is_worth_lines(numbers: Digest) -> bool:
    """Whether the digest lists what costs most; on a loud day the cause says that."""
    report = numbers.report
    return bool(report.lines) and not is_in_one(report) and not (numbers.is_loud and numbers.cause)


def _most(report: Report) -> Shortened:
    """List the most expensive lines, and the sum of the others: `Opus 5.5 $391  ·  2 others $12`."""
    first, rest = _dearest(report)
    names_shown = phrases.names_of(report, list(first))
    shown = [f"{each} {_short(line)}" for each, line in zip(names_shown, first, strict=True)]
    if rest:
        shown.append(f"{wording.counted(len(rest), 'other')} {_short(rest.as_one_line())}")
    words = wording.REMARK.join(shown)
    return lambda _limits: words


def _most_spoken(report: Report) -> Shortened:
    first, rest = _dearest(report)
    ordered = replace(report.lines, ids=[*first.ids, *rest.ids])

    def figure(start: int, last: int) -> str:
        some = ordered[start:last].as_one_line()
        return wording.spoken(wording.spend(some.cost, some.estimated))

    return listed(phrases.names_of(report, list(first)), figure, of=len(ordered))


def _dearest(report: Report) -> tuple[CostLines, CostLines]:
    costs = report.lines.costs
    ordered = replace(report.lines, ids=sorted(costs, key=costs.__getitem__, reverse=True))
    return ordered[:LINES], ordered[LINES:]


def _short(line: Line) -> str:
    return wording.estimated(line.cost) if line.estimated else wording.about(line.cost)


def _engineers(numbers: Digest) -> dict[str, object]:
    split = numbers.engineers if numbers.engineers and not numbers.engineers.extent.unsplit_days else None
    people = split.lines.filter(is_person) if split else None
    if not people:
        return {"engineers": "", "engineers_spoken": "", "people": [], "active": "", "more": ""}

    def figure(first: int, last: int) -> str:
        return wording.spoken(cost.spent(people[first:last].as_one_line()))

    first = list(people[:ENGINEERS])
    has_activity = split is None or split.has_activity
    detailed = list(people[:DETAILED])
    return {
        "engineers": _in_a_line(people),
        "engineers_spoken": listed([line.name for line in first], figure, of=len(people)),
        "people": [
            _engineer(line, name, has_activity=has_activity)
            for line, name in zip(detailed, distinct.cut([line.name for line in detailed]), strict=True)
        ],
        "active": f"{wording.number(len(people))} active",
        "more": _more(people[DETAILED:]),
    }


def _in_a_line(people: EngineerLines) -> str:
    """List the engineers who spent most, and the sum of the others."""
    first, rest = list(people[:ENGINEERS]), people[ENGINEERS:]
    called = distinct.cut([line.name for line in first], _NAME)
    shown = [f"{name} {cost.spent(line)}" for name, line in zip(called, first, strict=True)]
    if rest:
        shown.append(f"{wording.counted(len(rest), 'other')} {cost.spent(rest.as_one_line())}")
    return wording.REMARK.join(shown)


def _engineer(line: EngineerLine, name: str, *, has_activity: bool) -> dict[str, str]:
    done = f"{wording.counted(line.commits, 'commit')}, {wording.counted(line.pull_requests, 'PR')}"
    return {
        "name": name,
        "cost": cost.spent(line),
        "done": done if has_activity else f"{wording.UNKNOWN} commits, {wording.UNKNOWN} PRs",
    }


def _more(rest: EngineerLines) -> str:
    if not rest:
        return ""
    return f"{wording.counted(len(rest), 'other')}{wording.REMARK}{cost.spent(rest.as_one_line())}"
