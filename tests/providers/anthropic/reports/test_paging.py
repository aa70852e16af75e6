"""Reports and lists, page by page and interval by interval."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from providers.anthropic.http.admin_api import AdminApi
from providers.anthropic.reports import cost_report, lists, usage_report
from providers.period import Period
from providers.provider import ProviderUnavailable
from tests.providers.fake_admin_api import HOUR, FakeAdminApi

TODAY = date(2026, 11, 22)
YESTERDAY = date(2026, 11, 21)
CURSORS = "/v1/organizations/cost_report"


class Thing(msgspec.Struct):
    id: str


@pytest.fixture
def api() -> FakeAdminApi:
    return FakeAdminApi(today=TODAY)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def pages(api: AdminApi) -> list[str]:
    return [msgspec.json.decode(raw, type=Thing).id for raw in api.records(CURSORS, ())]


def page(name: str, cursor: str | None) -> dict[str, object]:
    return {"data": [{"id": name}], "has_more": True, "next_page": cursor}


def test_pages_are_followed_to_the_end_with_the_same_question(api: FakeAdminApi) -> None:
    reported = cost_report.fetch(api.client(), Period(date(2026, 8, 1), date(2026, 11, 1)))
    assert len(reported.days) == 92
    assert api.values_of("page") == ["page_31", "page_62"]
    assert api.values_of("starting_at") == ["2026-08-01T00:00:00Z"] * 3


def test_a_cursor_that_repeats_is_refused(api: FakeAdminApi) -> None:
    api.answers(body=page("a", "x")).answers(body=page("b", "y")).answers(body=page("c", "x"))
    with pytest.raises(ProviderUnavailable, match=f"{CURSORS}: paging goes in circles"):
        pages(api.client())


@pytest.mark.parametrize("cursor", [None, ""])
def test_a_cursor_that_is_missing_is_refused(api: FakeAdminApi, cursor: str | None) -> None:
    with pytest.raises(ProviderUnavailable, match="circles"):
        pages(api.answers(body=page("a", cursor)).client())


def test_a_page_that_fails_loses_the_whole_answer(api: FakeAdminApi) -> None:
    api.answers(body=page("a", "x")).answers(529, times=3)
    with pytest.raises(ProviderUnavailable):
        pages(api.client())


def test_lists_go_on_after_the_last_id(api: FakeAdminApi) -> None:
    api.listed("users", *({"id": f"user_{n}", "name": f"N{n}"} for n in range(5)))
    assert [entry.id for entry in lists.fetch(api.client()).entries] == [f"user_{n}" for n in range(5)]
    assert api.values_of("after_id") == ["user_1", "user_3"]


def test_a_list_that_goes_in_circles_is_refused(api: FakeAdminApi) -> None:
    same = {"data": [{"id": "a"}], "has_more": True, "last_id": "a"}
    with pytest.raises(ProviderUnavailable, match="circles"):
        list(api.answers(body=same, times=2).client().listing("/v1/organizations/users", ()))


def test_dimensions_are_bracketed_repeated_and_never_more_than_five(api: FakeAdminApi) -> None:
    api.used(at(20), 5, api_key_id="apikey_new", workspace_id="wrkspc_1")
    usage_report.fetch(api.client(), at(20), at(21), workspaces={})
    groups = [request.url.params.get_list("group_by[]") for request in api.requests]
    assert groups == [list(usage_report.PRICED), list(usage_report.PLACED)]
    assert [len(dimensions) for dimensions in groups] == [5, 5]
    assert b"group_by%5B%5D=model" in api.requests[0].url.query


def test_pages_are_as_long_as_each_width_allows(api: FakeAdminApi) -> None:
    cost_report.fetch(api.client(), Period.day(YESTERDAY))
    usage_report.fetch(api.client(), at(20), at(21), workspaces={})
    assert api.values_of("limit") == ["31", "168"]
    assert api.values_of("bucket_width") == ["1h"]


def test_the_end_is_the_midnight_after_never_a_second_before(api: FakeAdminApi) -> None:
    cost_report.fetch(api.client(), Period.day(YESTERDAY))
    assert api.values_of("ending_at") == ["2026-11-22T00:00:00Z"]


def test_a_range_without_a_finished_day_is_an_empty_answer(api: FakeAdminApi) -> None:
    reported = cost_report.fetch(api.client(), Period.day(TODAY))
    assert (reported.days, reported.charges) == ([], [])
    assert len(api.requests) == 1


def test_the_current_day_is_left_out_and_not_called_known(api: FakeAdminApi) -> None:
    api.cost_line(YESTERDAY)
    reported = cost_report.fetch(api.client(), Period.last_days(3, until=TODAY))
    assert reported.days == [date(2026, 11, 20), YESTERDAY]


def test_an_empty_day_is_known(api: FakeAdminApi) -> None:
    assert cost_report.fetch(api.client(), Period.day(YESTERDAY)).days == [YESTERDAY]


def test_months_that_come_one_at_a_time_are_all_fetched(api: FakeAdminApi) -> None:
    api.one_month_at_once = True
    period = Period(date(2026, 8, 15), date(2026, 11, 20))
    for day in period.days():
        api.cost_line(day, "1")
    reported = cost_report.fetch(api.client(), period)
    assert reported.days == list(period.days())
    assert [charge.day for charge in reported.charges] == reported.days


def test_what_is_missing_at_either_end_is_asked_again(api: FakeAdminApi) -> None:
    lines = {"data": [_day(18), _day(19)], "has_more": False, "next_page": None}
    reported = cost_report.fetch(
        api.answers(body=lines).client(), Period(date(2026, 11, 16), date(2026, 11, 22))
    )
    assert [day.day for day in reported.days] == [16, 17, 18, 19, 20, 21]
    assert api.values_of("starting_at")[1:] == ["2026-11-16T00:00:00Z", "2026-11-20T00:00:00Z"]
    assert api.values_of("ending_at")[1:] == ["2026-11-18T00:00:00Z", "2026-11-22T00:00:00Z"]


def test_intervals_outside_the_question_are_ignored(api: FakeAdminApi) -> None:
    lines = {"data": [_day(20), _day(21), _day(22)], "has_more": False, "next_page": None}
    assert cost_report.fetch(api.answers(body=lines).client(), Period.day(YESTERDAY)).days == [YESTERDAY]


def test_an_interval_that_ends_before_it_starts_is_not_asked_for_for_ever(api: FakeAdminApi) -> None:
    odd = {"starting_at": "2026-11-21T00:00:00Z", "ending_at": "2026-11-20T00:00:00Z", "results": []}
    api.answers(body={"data": [odd], "has_more": False}, times=2)
    reported = cost_report.fetch(api.client(), Period.day(YESTERDAY))
    assert (reported.days, len(api.requests)) == ([], 2)
    assert [(note.day, note.is_unreadable) for note in reported.notes] == [(YESTERDAY, True)]


def test_usage_is_known_only_where_it_was_answered(api: FakeAdminApi) -> None:
    reported = usage_report.fetch(api.client(), at(22, 8), at(22, 12), workspaces={})
    assert (reported.start, reported.end) == (at(22, 8), at(22, 10))


def test_usage_without_its_beginning_does_not_claim_it(api: FakeAdminApi) -> None:
    late = {"starting_at": "2026-11-20T05:00:00Z", "ending_at": "2026-11-20T06:00:00Z", "results": []}
    api.answers(body={"data": [late], "has_more": False}).answers(body={"data": [], "has_more": False})
    reported = usage_report.fetch(api.client(), at(20, 3), at(20, 6), workspaces={})
    assert (reported.start, reported.end) == (at(20, 5), at(20, 5) + HOUR)


def test_usage_of_no_finished_hour_is_about_no_hours(api: FakeAdminApi) -> None:
    reported = usage_report.fetch(api.client(), at(22, 11), at(22, 12), workspaces={})
    assert reported.start == reported.end


def _day(day: int) -> dict[str, object]:
    return {
        "starting_at": f"2026-11-{day:02}T00:00:00Z",
        "ending_at": f"2026-11-{day + 1:02}T00:00:00Z",
        "results": [],
    }


def test_usage_is_asked_month_by_month(api: FakeAdminApi) -> None:
    start, end = datetime(2026, 9, 30, 20, tzinfo=UTC), datetime(2026, 11, 1, 4, tzinfo=UTC)
    reported = usage_report.fetch(api.client(), start, end, workspaces={})
    assert (reported.start, reported.end) == (start, end)
    spans = {
        (call.url.params["starting_at"][5:10], call.url.params["ending_at"][5:10]) for call in api.requests
    }
    assert {("09-30", "10-01"), ("11-01", "11-01")} <= spans
