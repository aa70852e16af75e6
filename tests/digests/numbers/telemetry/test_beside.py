"""What explains the difference between the bill and telemetry."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from digests.numbers.telemetry.beside import Beside, reasons

DOLLARS = st.decimals(0, 10_000, places=2)
NOTHING = Decimal(0)


def beside(billed: int, code: int, telemetry: int, **of: Decimal) -> Beside:
    return Beside(
        "d", "d", billed=Decimal(billed), billed_code=Decimal(code), telemetry=Decimal(telemetry), **of
    )


def why(line: Beside) -> list[tuple[str, Decimal]]:
    return [(each.why, each.cost) for each in reasons(line)]


def test_what_is_alike_needs_no_reason() -> None:
    assert why(beside(100, 100, 95, report=Decimal(99))) == []


def test_keys_of_programs_are_on_the_bill_alone() -> None:
    assert why(beside(100, 40, 40, report=Decimal(40))) == [("api", Decimal(60))]


def test_seats_are_in_telemetry_alone() -> None:
    line = beside(0, 0, 80, seats=Decimal(78), report=NOTHING)
    assert why(line) == [("subscription", Decimal(78))]
    assert why(replace(line, plan=Decimal(80))) == [("subscription", Decimal(80))]


def test_other_clouds_bill_themselves() -> None:
    assert why(beside(40, 40, 70, other_clouds=Decimal(30), report=Decimal(40))) == [
        ("other clouds", Decimal(30))
    ]


def test_what_claude_code_reports_and_no_client_does_is_blind() -> None:
    assert why(beside(100, 100, 30, report=Decimal(100))) == [("blind", Decimal(70))]


def test_without_that_report_the_bill_through_claude_code_says_so() -> None:
    assert why(beside(100, 100, 30)) == [("blind", Decimal(70))]


def test_what_is_unknown_is_not_explained() -> None:
    assert why(replace(beside(100, 0, 0), telemetry=None)) == []
    assert why(replace(beside(100, 0, 0), billed=None)) == []


@given(DOLLARS, DOLLARS, DOLLARS, DOLLARS)
def test_no_reason_is_larger_than_what_there_was(
    code: Decimal, others: Decimal, telemetry: Decimal, seats: Decimal
) -> None:
    line = Beside("d", "d", code + others, NOTHING, code, telemetry, report=code, seats=seats)
    most = {"api": others, "subscription": min(seats, telemetry), "blind": code + seats}
    assert all(0 < each.cost <= most[each.why] for each in reasons(line))
