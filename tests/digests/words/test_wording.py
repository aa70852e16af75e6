import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.numbers.report import Forecast
from digests.words import wording
from providers.period import Period

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 13, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        ("5504.08", "$5,504.08"),
        ("0", "$0.00"),
        ("0.0004", "< $0.01"),
        ("-3.1", "-$3.10"),
        ("-0.0004", "> -$0.01"),
        ("0.015", "$0.02"),
        ("-0.00", "$0.00"),
    ],
)
def test_billed_money_has_cents(cost: str, words: str) -> None:
    assert wording.billed(Decimal(cost)) == words


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        ("2871.3", "≈ $2,871"),
        ("0.42", "≈ $0.42"),
        ("0.001", "< $0.01"),
        ("9.99", "≈ $9.99"),
        ("-12.7", "≈ -$13"),
    ],
)
def test_estimated_money_is_about(cost: str, words: str) -> None:
    assert wording.estimated(Decimal(cost)) == words


@pytest.mark.parametrize(
    ("cost", "words"),
    [("562.31", "$562.31 more"), ("-3.1", "$3.10 less"), ("0.001", "less than $0.01 more")],
)
def test_a_difference_is_said_for_the_ear(cost: str, words: str) -> None:
    assert wording.added_spoken(Decimal(cost)) == words


def test_money_is_exact_only_where_none_of_it_is_estimated() -> None:
    assert wording.spend(Decimal("100.25"), Decimal(0)) == "$100.25"
    assert wording.spend(Decimal("100.25"), Decimal(1)) == "≈ $100"


@pytest.mark.parametrize(
    ("cost", "before", "seen", "heard"),
    [
        ("111", "100", "▲ 11%", "up 11%"),
        ("97", "100", "▼ 3%", "down 3%"),
        ("100.2", "100", "= 0%", "unchanged"),
        ("1400", "100", "▲ 14×", "14 times what it was"),
        ("5", "0", "new", ""),
        ("0", "0", "= 0%", "unchanged"),
        ("5", None, "–", ""),
        ("5", "-1", "–", ""),
        ("0", "7", "▼ 100%", "down 100%"),
    ],
)
def test_a_change_can_be_seen_and_heard(cost: str, before: str | None, seen: str, heard: str) -> None:
    previous = None if before is None else Decimal(before)
    assert wording.change(Decimal(cost), previous) == seen
    assert wording.change_spoken(Decimal(cost), previous) == heard


@pytest.mark.parametrize(
    ("part", "words"), [("0.6367", "64%"), ("0.004", "< 1%"), ("0", "0%"), ("1", "100%"), ("-0.02", "-2%")]
)
def test_a_share_has_no_decimals(part: str, words: str) -> None:
    assert wording.share(Decimal(part)) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (812, "812"),
        (1_234, "1.2K"),
        (12_300, "12K"),
        (999_999, "1.0M"),
        (3_400_000_000, "3.4B"),
        (2 * 10**12, "2.0T"),
    ],
)
def test_tokens_take_few_digits(count: int, words: str) -> None:
    assert wording.tokens(count) == words


def test_a_forecast_is_no_finer_than_it_can_be_known() -> None:
    assert wording.forecast(Forecast(Decimal("121402.71"), Decimal("3894.2"))) == "$117,500 to $125,300"
    assert wording.forecast(Forecast(Decimal("84.4"), Decimal("3.2"))) == "$81 to $87"


@pytest.mark.parametrize("band", ["0", "0.4"])
def test_a_forecast_without_a_band_promises_none(band: str) -> None:
    assert wording.forecast(Forecast(Decimal("84.4"), Decimal(band))) == "≈ $84"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2026, 11, 20), date(2026, 11, 21), "Fri, Nov 20"),
        (date(2025, 11, 20), date(2025, 11, 21), "Thu, Nov 20, 2025"),
        (date(2026, 10, 1), date(2026, 11, 1), "October 2026"),
        (date(2026, 11, 1), date(2026, 11, 23), "Nov 1–22"),
        (date(2026, 10, 24), date(2026, 11, 23), "Oct 24 – Nov 22"),
        (date(2025, 12, 24), date(2026, 1, 23), "Dec 24, 2025 – Jan 22"),
        (date(2025, 3, 24), date(2025, 4, 23), "Mar 24 – Apr 22, 2025"),
    ],
)
def test_a_period_is_named_by_its_last_day(start: date, end: date, words: str) -> None:
    assert wording.period(Period(start, end), today=TODAY) == words


def test_a_moment_is_reported_in_the_zone_of_the_reader() -> None:
    assert wording.moment(NOW, now=NOW, zone="Europe/Berlin") == "2:42 PM"
    assert wording.moment(NOW - timedelta(days=1), now=NOW, zone="UTC") == "Sat, Nov 21, 1:42 PM"


def test_a_moment_in_a_message_is_a_token_and_in_its_text_it_is_words() -> None:
    moment = wording.moment(NOW, now=NOW, zone="UTC")
    assert moment.mrkdwn == f"<!date^{int(NOW.timestamp())}^{{time}}|1:42 PM>"
    assert wording.without_tokens(f"since {moment.mrkdwn}.") == "since 1:42 PM."


@pytest.mark.parametrize(
    ("text", "words"),
    [("1:42 PM", "13:42"), ("12:05 AM", "00:05"), ("12:05 PM", "12:05"), ("ratio 3:1 PM", "ratio 3:1 PM")],
)
def test_a_terminal_has_the_24_hour_clock(text: str, words: str) -> None:
    assert wording.in_24_hours(text) == words


@pytest.mark.parametrize(
    ("zone", "words"),
    [("Europe/Berlin", "Berlin time"), ("America/New_York", "New York time"), ("Etc/UTC", "UTC")],
)
def test_a_zone_is_named_by_its_city(zone: str, words: str) -> None:
    assert wording.zone(zone) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "just now"),
        (-9, "just now"),
        (400, "6 minutes ago"),
        (7300, "2 hours ago"),
        (3 * 86400, "3 days ago"),
    ],
)
def test_ages_are_reported_roughly(seconds: int, words: str) -> None:
    assert wording.ago(NOW - timedelta(seconds=seconds), now=NOW) == words


@pytest.mark.parametrize(
    ("id_", "name"),
    [
        ("claude-opus-5-5", "Opus 5.5"),
        ("claude-fable-5-2", "Fable 5.2"),
        ("claude-haiku-4-5-20251001", "Haiku 4.5"),
        ("claude-opus-4-20250514", "Opus 4"),
        ("claude-3-5-sonnet", "Sonnet 3.5"),
        ("claude-3-5-sonnet-20241022", "Sonnet 3.5"),
        ("claude-mystery", "claude-mystery"),
        ("claude-opus-5-5[1m]", "claude-opus-5-5[1m]"),
    ],
)
def test_a_model_has_the_name_people_use(id_: str, name: str) -> None:
    assert wording.model(id_) == name


def test_what_is_not_known_by_name_keeps_its_id() -> None:
    assert wording.product("message_batches_api") == "Message Batches"
    assert wording.product("brand_new") == "brand_new"
    assert wording.token_kind("cache_write_1h") == "Cache write, 1 hour"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("<!channel> & co", "&lt;!channel&gt; &amp; co"),
        ("ci_nightly_build", "ci_nightly_build"),
        ("_sly_", "ˍslyˍ"),
        ("*b* ~s~ `c`", "\u2217b\u2217 \u223cs\u223c \u02cbc\u02cb"),
        ("a\u202eb\u200f\x00\n\tc", "ab c"),
    ],
)
def test_text_from_outside_can_neither_ping_nor_format(text: str, safe: str) -> None:
    assert wording.escape(text) == safe


def test_a_name_is_short_and_never_empty() -> None:
    assert wording.short("first" + "x" * 200 + "last") == "first" + "x" * 15 + "…" + "x" * 15 + "last"
    assert wording.short(" \u200b\u202e ") == "Unnamed"
    assert wording.short("👩🏽‍💻 team") == "👩🏽‍💻 team"


@pytest.mark.parametrize(
    ("cost", "digits"),
    [("90211.4", "90211.40"), ("1E+3", "1000.00"), ("0.000000001", "0.000000001"), ("-3.100000000", "-3.10")],
)
def test_machines_get_every_digit(cost: str, digits: str) -> None:
    assert wording.exact(Decimal(cost)) == digits


@given(st.decimals(-(10**9), 10**9, allow_nan=False, places=12) | st.just(Decimal("-0.00")))
def test_what_rounds_to_nothing_has_no_sign(number: Decimal) -> None:
    spoken = [wording.share(number), wording.percent(number), wording.signed(number), wording.band(number)]
    spoken += [
        wording.billed(number),
        wording.estimated(number),
        wording.about(number),
        wording.added(number),
    ]
    spoken += [wording.change(number, Decimal(100)), wording.exact(number), str(wording.chart_value(number))]
    assert [words for words in spoken if re.search(r"-\$?0(\.0*)?(?![\d.])", words)] == []


def test_a_small_credit_is_no_part_of_the_whole() -> None:
    assert (wording.share(Decimal("-0.004")), wording.share(Decimal("-0.25"))) == ("0%", "-25%")


AMOUNTS = st.decimals(-(10**8), 10**8, allow_nan=False, places=9)


@given(AMOUNTS, st.decimals(0, 10**8, allow_nan=False, places=9))
def test_about_is_said_only_where_the_estimate_moves_the_last_digit(cost: Decimal, estimate: Decimal) -> None:
    words, without = wording.spend(cost, estimate), wording.spend(cost - estimate, Decimal(0))
    if words.startswith("≈"):
        assert wording.is_moved(cost, estimate)
    elif "." in words:
        assert words == without or abs(cost) < Decimal("0.01")
    else:
        assert words == wording.about(cost - estimate) or abs(cost - estimate) < Decimal(10)
        assert not wording.is_moved(cost, estimate, Decimal(1))


def test_a_tenth_of_a_cent_leaves_a_total_exact_and_one_dollar_does_not() -> None:
    assert wording.spend(Decimal("12345.67"), Decimal("0.001")) == "$12,345.67"
    assert wording.spend(Decimal("12345.67"), Decimal("0.10")) == "$12,346"
    assert wording.spend(Decimal("12345.67"), Decimal(3)) == "≈ $12,346"


@pytest.mark.parametrize(
    ("difference", "estimate", "words"),
    [
        ("562.31", "0", "+$562.31"),
        ("562.31", "562.31", "≈ +$562"),
        ("-3.10", "0", "-$3.10"),
        ("0", "0", "$0.00"),
        ("0.004", "0", "< $0.01"),
        ("0.42", "0.42", "≈ +$0.42"),
    ],
)
def test_a_change_in_dollars_has_a_sign(difference: str, estimate: str, words: str) -> None:
    assert wording.gained(Decimal(difference), Decimal(estimate)) == words


def test_a_right_to_left_name_is_isolated_and_a_forged_isolate_is_not_kept() -> None:
    assert wording.short("محمد علي") == "\u2068محمد علي\u2069"
    assert wording.short("Mina\u2069 \u2068Okafor") == "Mina Okafor"
    assert wording.escape("\u2068محمد علي\u2069 $5") == "\u2068محمد علي\u2069 $5"
    assert wording.escape("Mina\u2069") == "Mina"


def test_a_key_in_a_code_span_stays_as_it_is_in_the_console() -> None:
    assert wording.Code("claude_code_key_.cohen_*ci*").mrkdwn == "`claude_code_key_.cohen_*ci*`"
    assert wording.Code("a`b <@U1> & c").mrkdwn == "`a\u02cbb &lt;@U1&gt; &amp; c`"
