"""Names beside each other are told apart, however little room there is."""

from dataclasses import replace
from decimal import Decimal

import pytest

from digests import render
from digests.numbers.digest_report import Digest, Mover, Movers, Part
from digests.words.distinct import cut, initials
from tests.digests import samples

LONG = [f"Wolfeschlegelsteinhausenbergerdorff-{name}" for name in ("Müller", "Mayer", "Maier the Elder")]
ENDLESS = [f"{'x' * 60}{letter}{'y' * 60}" for letter in "abc"]


@pytest.mark.parametrize("length", [8, 12, 16, 24, 40])
@pytest.mark.parametrize("names", [LONG, ENDLESS, ["Mina", "Jonas"], ["", "Mina Okafor"]])
def test_no_two_names_are_cut_to_the_same(names: list[str], length: int) -> None:
    shown = cut(names, length)
    assert len(set(shown)) == len(names)
    assert max(map(len, shown)) <= length


def test_a_name_is_cut_where_that_tells_it_apart() -> None:
    assert cut(["Wolfeschlegelsteinhausen", "Mina"], 10) == ["Wolfe…usen", "Mina"]
    assert cut(["team-a-of-berlin-ci", "team-b-of-berlin-ci"], 8) == ["team-a-…", "team-b-…"]
    assert cut(LONG[:2], 16) == ["Wolfesch…-Müller", "Wolfesch…f-Mayer"]


def test_the_same_name_twice_stays_the_same() -> None:
    assert cut(["Mina Okafor"] * 2, 8) == ["Mina…for"] * 2


def test_who_shares_initials_is_numbered() -> None:
    marks = initials(["Mina Okafor", "Max Ott", "Jonas Weber", "mo.ott@acme.example"])
    assert marks == {
        "Jonas Weber": "J. W.",
        "Max Ott": "M. O.",
        "Mina Okafor": "M. O. (2)",
        "mo.ott@acme.example": "M. O. (3)",
    }


def test_two_engineers_of_a_digest_never_share_initials_and_have_the_same_ones_throughout() -> None:
    people = [samples.engineer("Mina Okafor", "212.40"), samples.engineer("Max Ott", "198.15")]
    moved = Movers(up=[Mover("Mina Okafor", Decimal(212), Decimal(180))])
    weekly = samples.weekly()
    assert weekly.engineers
    digest = replace(
        weekly,
        engineers=replace(weekly.engineers, lines=samples.people(people)),
        people=moved,
        part=Part("engineers", ["Max Ott", "Mina Okafor"], Decimal(8000), count=2),
    )
    text = words(digest)
    assert "*Engineers:* M. O. (2) $212.40 · M. O. $198.15" in text
    assert "M. O. (2) +$32.00" in text
    assert "M. O., M. O. (2) only" in text


def test_the_names_of_a_digests_part_are_told_apart() -> None:
    digest = replace(samples.daily(), part=Part("engineers", LONG, Decimal(8000), count=3))
    (line,) = [line for line in words(digest, naming="names").splitlines() if " only (" in line][:1]
    assert "-Müller" in line
    assert "Mayer" in line


def words(digest: Digest, naming: str = "initials") -> str:
    message = render.channel_digest(digest, names=True, naming=naming)  # type: ignore[arg-type]
    return "\n".join([message.text, *(str(block) for block in message.blocks)]).replace("\\n", "\n")
