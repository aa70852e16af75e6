"""The text of a message keeps within Slack's limit, and what it tells still adds up."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digests import render
from digests.layout import blocks
from digests.layout.message import MORE
from digests.numbers.digest_report import Digest, Mover, Movers, Part, with_lines
from digests.numbers.report import Report
from digests.words.shorter import ALL_LIMITS, Limits, lines, name, names
from providers.money import billionths
from providers.spend import BriefAmounts
from tests.digests import samples

COSTS = [Decimal(each) for each in (50, 20, 9, 4)]
_MONEY = re.compile(r"[ (]((?:less than )?-?\$[\d,.]*\d)")


def figure(first: int, last: int) -> str:
    return f"${sum(COSTS[first:last])}"


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (Limits(40, 5), "Opus 5.5 $50, Sonnet 5.5 $20, Haiku 5.5 $9 and 1 more $4"),
        (Limits(6, 5), "Opu….5 $50, Son….5 $20, Hai….5 $9 and 1 more $4"),
        (Limits(6, 1), "Opu….5 $50 and 3 more $33"),
    ],
)
def test_names_are_shortened_and_what_is_not_named_is_added_up(room: Limits, words: str) -> None:
    assert lines(["Opus 5.5", "Sonnet 5.5", "Haiku 5.5"], figure, of=4)(room) == words


def test_names_without_figures_are_counted() -> None:
    assert names(["ci-0", "ci-1", "ci-2"], of=5)(Limits(40, 2)) == "ci-0, ci-1 and 3 more"
    assert names([], of=0)(Limits(40, 2)) == ""
    assert name("Acme & Söhne")(Limits(6, 1)) == "Acm…ne"


def test_there_is_less_room_from_one_step_to_the_next() -> None:
    assert list(ALL_LIMITS) == sorted(ALL_LIMITS, key=lambda room: (-room.name, -room.lines))


def digest_of(called: str, costs: list[int], *, estimated: bool = False) -> Digest:
    """A digest in which everything has the same name."""
    report = samples.by("key", {f"{n}": called for n in range(len(costs))})
    digest = {
        id_: BriefAmounts(0, billionths(Decimal(cost) / 100), billionths(Decimal(estimated)))
        for id_, cost in zip(report.lines.ids, costs, strict=True)
    }
    people = samples.engineers(60)
    moved = [Mover(called, Decimal(n), Decimal(9 * n)) for n in range(30)]
    movers = Movers(moved[:3], moved[3:6], moved, moved)
    return replace(
        samples.daily(),
        report=with_lines(replace(report, organization=called), replace(report.lines, amounts=digest)),
        models=movers,
        people=movers,
        keys=movers,
        part=Part("group", [called] * 30, Decimal(9), 300, 20),
        engineers=replace(people, lines=replace(people.lines, name_of=lambda _id: called)),
    )


def most_in(message: render.Message) -> Decimal:
    """What the lines of a text come to."""
    most = message.text.partition(" Most: ")[2].partition(". ")[0]
    return sum((Decimal(each.replace(",", "").replace("$", "")) for each in _MONEY.findall(most)), Decimal(0))


def whole(report: Report) -> Decimal:
    return report.total.cost.quantize(Decimal("0.01"))


@pytest.mark.parametrize("called", ["Mina", "&<>" * 70, "🚀" * 200, "m" * 300])
@pytest.mark.parametrize("count", [1, 5, 6, 25, 3000])
def test_whatever_the_names_the_lines_of_a_text_sum_to_the_total(called: str, count: int) -> None:
    digest = digest_of(called, [1 + 7 * n for n in range(count)])
    message = render.digest(digest, set_up_by=called)
    assert len(message.text) <= blocks.TEXT
    assert MORE not in message.text
    assert most_in(message) == whole(digest.report)


@given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=8))
@settings(max_examples=50)
def test_no_names_make_a_text_too_long(called: list[str]) -> None:
    digest = digest_of("".join(called), [100] * len(called))
    names = dict(zip(digest.report.lines.ids, called, strict=True))
    report = replace(digest.report, lines=replace(digest.report.lines, name_of=names.__getitem__))
    message = render.digest(replace(digest, report=report), set_up_by=called[0])
    assert len(message.text) <= blocks.TEXT
    assert not message.text.endswith("…")
    assert MORE not in message.text


def test_long_names_are_shortened_before_lines_are_left_out() -> None:
    listed = lines([f"{n}{'&' * 40}" for n in range(5)], lambda first, last: f"${last - first}", of=5)
    widest, narrower, *_, least = (listed(limits) for limits in ALL_LIMITS)
    assert widest.count("$1") == narrower.count("$1") == 5
    assert len(narrower) < len(widest)
    assert re.fullmatch(r"0&*…&* \$1 and 4 more \$4", least)


def test_a_text_of_too_many_sentences_ends_with_a_whole_one_and_says_so() -> None:
    failing = {f"report {n}": f"error {n}, {'&' * 90}" for n in range(60)}
    many = replace(samples.status(), gaps=(), failing=failing)
    text = render.status(many, now=samples.NOW, zone="UTC").text
    assert len(text) <= blocks.TEXT
    assert text.endswith(f". {MORE}")


def test_lines_that_do_not_fit_are_counted() -> None:
    assert blocks.listed(["one", "two", "three"], 13) == "one\ntwo\nthree"
    assert blocks.listed(["one", "two", "three"], 17) == "one\ntwo\nthree"
    many = blocks.listed(["a line"] * 3000, 4000)
    shown = many.count("a line")
    assert many.endswith(f"\nand {3000 - shown:,} more")
    assert len(many) <= 4000
