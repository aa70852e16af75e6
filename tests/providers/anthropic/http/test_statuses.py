"""What a status means: whose matter a no is, and whether Anthropic said it at all."""

from typing import Any

import pytest

from providers.anthropic.http.statuses import BILL, ME, SPEND_LIMITS
from providers.provider import NotOffered, ProviderError, ProviderRefused, ProviderUnavailable, Refusal
from tests.providers.fake_admin_api import KEY, FakeAdminApi, problem

USAGE, CODE = "/v1/organizations/usage_report/messages", "/v1/organizations/usage_report/claude_code"
USERS, COST = "/v1/organizations/users", "/v1/organizations/analytics/cost"
EVERYWHERE = (ME, BILL, USAGE, CODE, USERS, COST, SPEND_LIMITS)
FOREIGN: list[Any] = [
    b"<html><h1>403 Forbidden</h1>cloudflare</html>",
    b"",
    b"\xff\xfe",
    b"[" * 200_000,
    {"error": "forbidden"},
    {"error": {"type": "permission_error", "message": "no"}},  # another vendor's shape
    {"type": "error", "error": {"message": "no"}},
    {"type": "error", "error": {"type": "", "message": "no"}},
    {"type": "blocked", "error": {"type": "permission_error", "message": "no"}},
    {"type": "error", "error": "permission_error"},
]


def error_of(path: str, status: int, body: Any, times: int = 1) -> ProviderError:
    """What asking a path comes to."""
    api = FakeAdminApi().answers(status, body, times=times)
    with pytest.raises(ProviderError) as caught:
        api.client().one(path, dict[str, Any])
    return caught.value


def why(error: ProviderError) -> Refusal:
    assert isinstance(error, ProviderRefused)
    return error.why


@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_401_is_about_the_key_wherever_it_is_met(path: str) -> None:
    error = error_of(path, 401, problem("invalid x-api-key", "authentication_error"))
    assert why(error) == "key"
    assert str(error) == f"{path}: 401 invalid x-api-key"


@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_402_is_about_the_balance(path: str) -> None:
    assert why(error_of(path, 402, problem("Your credit balance is too low.", "billing_error"))) == "balance"


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize("path", EVERYWHERE)
def test_an_organization_on_hold_is_reported_as_such(path: str, status: int) -> None:
    assert why(error_of(path, status, problem("on hold", error_code="organization_on_hold"))) == "hold"


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("path", [USAGE, CODE, USERS, COST, SPEND_LIMITS])
def test_a_no_of_one_report_is_that_reports_alone(path: str, status: int) -> None:
    error = error_of(path, status, problem("no", "permission_error"))
    assert isinstance(error, NotOffered)
    assert error.reason == "permission_error"
    assert str(error) == f"{path}: {status} no"


@pytest.mark.parametrize("path", [USAGE, CODE, COST])
def test_a_stable_code_is_the_reason_before_the_type(path: str) -> None:
    error = error_of(path, 400, problem("no", error_code="organization_type_not_supported"))
    assert isinstance(error, NotOffered)
    assert error.reason == "organization_type_not_supported"


@pytest.mark.parametrize("status", [403, 404])
def test_a_key_that_may_not_see_the_bill_lacks_a_permission(status: int) -> None:
    assert why(error_of(BILL, status, problem("no", "permission_error"))) == "permission"


def test_a_403_where_the_key_is_proved_is_about_the_key() -> None:
    message = "The Admin API is unavailable for individual accounts."
    assert why(error_of(ME, 403, problem(message, "permission_error"))) == "key"


def test_a_404_where_the_key_is_proved_says_nothing_about_the_key() -> None:
    assert isinstance(error_of(ME, 404, problem("Not Found", "not_found_error")), ProviderUnavailable)


@pytest.mark.parametrize("body", FOREIGN, ids=lambda body: str(body)[:40])
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 407, 451, 511])
def test_what_a_firewall_says_refuses_nothing(status: int, body: Any) -> None:
    for path in (ME, BILL, USAGE, COST):
        error = error_of(path, status, body, times=3)
        assert isinstance(error, ProviderUnavailable)
        if status < 500:
            assert str(error) == f"{path}: {status} from something that is not Anthropic"


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_neither_followed_nor_a_refusal(status: int) -> None:
    api = FakeAdminApi().answers(status, b"", headers={"location": "https://elsewhere.example/me"})
    with pytest.raises(ProviderUnavailable):
        api.client().one(ME, dict[str, Any])
    assert {request.url.host for request in api.requests} == {"api.anthropic.com"}


def test_a_web_page_with_200_is_no_answer() -> None:
    assert isinstance(error_of(ME, 200, b"<html>Sign in to the network</html>", times=3), ProviderUnavailable)


def test_a_code_of_an_unknown_shape_is_no_fault_of_ours() -> None:
    error = {"type": "error", "error": {"type": "permission_error", "details": {"error_code": ["a"]}}}
    assert isinstance(error_of(CODE, 403, error), NotOffered)


def test_their_words_are_one_short_line_without_the_key() -> None:
    message = str(error_of(USAGE, 400, problem(f"bad\r\n2026 CRITICAL forged\x1b[2J {KEY} " + "x" * 100_000)))
    assert message.isprintable()
    assert len(message) < 400
    assert "never-to-be-seen" not in message


def test_no_part_of_the_key_is_reported_where_their_words_are_cut() -> None:
    for spaces in range(280, 300):
        message = str(error_of(USAGE, 400, problem("x" * spaces + KEY)))
        assert KEY[:8] not in message
