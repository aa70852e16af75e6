"""The page for the key: behind a one-time link, for one person and team, in one browser; then in Chromium."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from bot.runtime.logs import listen_to
from demo.slack.people import ADMIN, MEMBER, SPEND
from demo.slack.server import Entry
from digests.words.admin_key import NO_KEY, REGULAR_KEY
from providers.note import Note
from providers.provider import Organization, ProviderUnavailable
from storage.engine.database import session, transaction
from storage.state import connections, one_time_tokens
from tests.bot.harness import ADMIN_KEY, EUROS, NOW, UMBRELLA, Harness, connect, open_harness
from tests.browser import Browser, Page, a_browser

UMBRELLAS_KEY = "sk-ant-admin01-umbrella-0123456789"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness(for_browsers=True) as opened:
        opened.anthropic.organizations[UMBRELLAS_KEY] = UMBRELLA
        yield opened


class Visitor:
    """A browser without a screen."""

    def __init__(self, link: str) -> None:
        self.link = link
        self.cookies = httpx.Cookies()

    def open(self) -> httpx.Response:
        return self._keeping(httpx.get(self.link, cookies=self.cookies))

    def post(self, **what: Any) -> httpx.Response:
        return self._keeping(httpx.post(self.link, cookies=self.cookies, **what))

    def _keeping(self, page: httpx.Response) -> httpx.Response:
        self.cookies.update(page.cookies)
        return page

    def enter(self, key: str, **other: str) -> httpx.Response:
        """Open the page, enter a key and submit, as the form says."""
        return self.submit(self.open(), key, **other)

    def submit(self, page: httpx.Response, key: str, **other: str) -> httpx.Response:
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        return self.post(data={**fields, "admin_key": key, **other})


def modal(harness: Harness, user: str = ADMIN) -> Entry:
    return harness.ask(user, "connect", SPEND)


def link_in(entry: Entry) -> str:
    """The address behind the button that the modal offers beside its field."""
    assert entry.subject
    (button,) = [block["accessory"] for block in entry.subject.content["blocks"] if "accessory" in block]
    assert button["text"]["text"] == "Enter it in your browser"
    return str(button["url"])


@pytest.fixture
def visitor(harness: Harness) -> Visitor:
    return Visitor(link_in(modal(harness)))


def stored(harness: Harness) -> str:
    """The key that is stored, "" where none is."""
    connection = harness.connection()
    if connection is None:
        return ""
    with session():
        return connections.key_of(connection.id, harness.vault)


def reads(page: httpx.Response) -> str:
    """What can be read on a page."""
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.text, flags=re.DOTALL)).split())


# --- the link


def test_without_a_public_address_the_modal_offers_no_link(store: str) -> None:
    assert store
    with open_harness() as harness:
        entry = modal(harness)
    assert "browser" not in entry.words


def test_the_button_of_the_link_is_acknowledged(harness: Harness) -> None:
    assert harness.slack.click(ADMIN, modal(harness), "connect:browser").status == 200


def test_each_modal_has_a_link_of_its_own(harness: Harness) -> None:
    assert link_in(modal(harness)) != link_in(modal(harness))


def test_the_page_says_for_whom_and_which_workspace_it_is(visitor: Visitor) -> None:
    page = visitor.open()
    assert page.status_code == 200
    assert "Mina Okafor opened this page from the Slack workspace Acme" in reads(page)


def test_the_page_is_kept_by_nobody_and_loads_nothing_from_elsewhere(visitor: Visitor) -> None:
    headers = visitor.open().headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].split("; ") == [
        "default-src 'none'",
        headers["content-security-policy"].split("; ")[1],
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
    assert "style-src 'sha256-" in headers["content-security-policy"]
    cookie = headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/key/"))


def test_the_field_hides_what_is_typed_and_is_not_filled_in_by_the_browser(visitor: Visitor) -> None:
    (field,) = re.findall(r"<input id=[^>]+>", visitor.open().text)
    assert 'type="password"' in field
    assert 'autocomplete="off"' in field


# --- a good key


def test_a_good_key_is_proved_stored_and_everything_becomes_due(harness: Harness, visitor: Visitor) -> None:
    done = visitor.enter(f" “{ADMIN_KEY}” ")
    assert done.status_code == 200
    assert "Acme is connected" in reads(done)
    assert "go back to Slack" in reads(done)
    assert stored(harness) == ADMIN_KEY
    connection = harness.connection()
    assert connection
    assert (connection.connected_by, connection.announced) == (ADMIN, "wanted")
    assert harness.woken.wait(5)


def test_the_modal_tells_it_too(harness: Harness) -> None:
    entry = modal(harness)
    Visitor(link_in(entry)).enter(ADMIN_KEY)
    assert "Connected to Acme" in harness.after(entry.index, "modal_update").words.replace("*", "")


def test_a_closed_modal_is_no_matter(harness: Harness, visitor: Visitor) -> None:
    harness.slack.close(ADMIN)
    assert visitor.enter(ADMIN_KEY).status_code == 200


def test_the_link_is_good_for_one_key(harness: Harness, visitor: Visitor) -> None:
    page = visitor.open()
    visitor.submit(page, ADMIN_KEY)
    again = visitor.submit(page, UMBRELLAS_KEY)
    assert again.status_code == 410
    assert "This link has been used" in reads(again)
    assert stored(harness) == ADMIN_KEY
    assert visitor.open().status_code == 410


def test_opening_it_twice_is_fine(visitor: Visitor) -> None:
    first = visitor.open()
    visitor.open()
    assert visitor.submit(first, ADMIN_KEY).status_code == 200


# --- a key that is none, or of another


@pytest.mark.parametrize(("typed", "wrong"), [("sk-ant-api03-0123456789abcdef", REGULAR_KEY), ("", NO_KEY)])
def test_what_cannot_be_the_key_is_said_as_in_the_modal(
    harness: Harness, visitor: Visitor, typed: str, wrong: str
) -> None:
    response = visitor.enter(typed)
    assert response.status_code == 422
    assert wrong in reads(response)
    assert harness.anthropic.keys == []
    assert visitor.enter(ADMIN_KEY).status_code == 200


def test_a_refused_key_can_be_corrected(harness: Harness, visitor: Visitor) -> None:
    response = visitor.enter("sk-ant-admin01-revoked-0123456789")
    assert response.status_code == 422
    assert "Anthropic doesn't accept this key" in reads(response)
    assert "401" in reads(response)
    assert "sk-ant-admin01-revoked" not in response.text
    assert stored(harness) == ""
    assert visitor.submit(response, ADMIN_KEY).status_code == 200


def test_an_anthropic_that_does_not_answer_is_not_blamed_on_the_key(
    harness: Harness, visitor: Visitor
) -> None:
    harness.anthropic.trouble = ProviderUnavailable("GET /me: 529 overloaded")
    assert "couldn't check the key" in reads(visitor.enter(ADMIN_KEY))
    harness.anthropic.trouble = None
    assert visitor.enter(ADMIN_KEY).status_code == 200


def test_a_bill_in_euros_is_refused_with_a_sentence(harness: Harness, visitor: Visitor) -> None:
    harness.anthropic.oddity = Note(EUROS, NOW.date(), is_unreadable=True)
    text = reads(visitor.enter(ADMIN_KEY))
    assert "can't read this organization's bill" in text
    assert "reads US dollars only" in text
    assert stored(harness) == ""


def test_a_link_is_good_for_a_few_tries(visitor: Visitor) -> None:
    for _ in range(one_time_tokens.TRIES):
        page = visitor.enter("sk-ant-admin01-revoked-0123456789")
    assert visitor.submit(page, ADMIN_KEY).status_code == 410


def test_another_organization_asks_first_and_for_the_key_again(harness: Harness, visitor: Visitor) -> None:
    connect(harness)
    response = visitor.enter(UMBRELLAS_KEY)
    assert "This key belongs to Umbrella, but this Slack workspace is connected to Acme" in reads(response)
    assert stored(harness) == ADMIN_KEY
    assert "Umbrella is connected" in reads(visitor.submit(response, UMBRELLAS_KEY))
    assert stored(harness) == UMBRELLAS_KEY


def test_names_of_organizations_are_escaped(harness: Harness, visitor: Visitor) -> None:
    harness.anthropic.organizations[ADMIN_KEY] = Organization("org-acme", "<script>alert(1)</script>")
    assert "<script" not in visitor.enter(ADMIN_KEY).text


# --- links and forms that lead no further


def test_a_link_is_good_for_ten_minutes(harness: Harness, visitor: Visitor) -> None:
    page = visitor.open()
    harness.moment[0] += 10 * MINUTE
    assert visitor.open().status_code == visitor.submit(page, ADMIN_KEY).status_code == 410
    assert "has expired" in reads(visitor.open())
    assert stored(harness) == ""


@pytest.mark.parametrize("token", ["x" * 43, "", "%00", "x" * 5000])
def test_an_invented_link_says_what_to_do(visitor: Visitor, token: str) -> None:
    page = httpx.get(f"{visitor.link.rpartition('/')[0]}/{token}")
    assert page.status_code == 404
    assert "/stackspend connect" in page.text


def test_a_ticket_for_something_else_opens_nothing(harness: Harness, visitor: Visitor) -> None:
    with transaction():
        token = one_time_tokens.issue("install", now=NOW, team_id=harness.team_id, user_id=ADMIN)
    assert httpx.get(f"{visitor.link.rpartition('/')[0]}/{token}").status_code == 404


def test_whoever_guesses_is_asked_to_wait_and_a_good_link_still_opens(
    harness: Harness, visitor: Visitor
) -> None:
    place = visitor.link.rpartition("/")[0]
    codes = {httpx.get(f"{place}/{number:043}").status_code for number in range(40)}
    assert codes == {404, 429}
    assert visitor.open().status_code == 200
    harness.moment[0] += MINUTE
    assert httpx.get(f"{place}/{1:043}").status_code == 404


def test_a_form_from_elsewhere_is_not_taken(harness: Harness, visitor: Visitor) -> None:
    page = visitor.open()
    assert visitor.submit(page, ADMIN_KEY, form="0" * 64).status_code == 403
    assert visitor.submit(page, ADMIN_KEY, form="").status_code == 403
    stranger = Visitor(visitor.link)
    assert stranger.submit(page, ADMIN_KEY).status_code == 403  # the form of one browser, sent by another
    assert harness.anthropic.keys == []


def test_the_proof_of_one_link_is_none_for_another(harness: Harness, visitor: Visitor) -> None:
    page, other = visitor.open(), Visitor(link_in(modal(harness)))
    other.cookies.update(visitor.cookies)
    assert other.submit(page, ADMIN_KEY).status_code == 403


@pytest.mark.parametrize("body", [b"\xff\xfe", b"=" * 9_000, b"a&" * 3_000, b"x" * 100_000, b"{}"])
def test_what_is_no_form_is_not_taken(visitor: Visitor, body: bytes) -> None:
    visitor.open()
    assert visitor.post(content=body).status_code == 403


def test_other_methods_open_nothing(visitor: Visitor) -> None:
    assert httpx.delete(visitor.link).status_code == 404


def test_who_lost_the_right_meanwhile_stores_nothing(harness: Harness, visitor: Visitor) -> None:
    page = visitor.open()
    person = harness.slack.workspace.people[ADMIN]
    harness.slack.workspace.people[ADMIN] = replace(person, is_admin=False)
    harness.pass_two_minutes()
    response = visitor.submit(page, ADMIN_KEY)
    assert response.status_code == 403
    assert "Only admins and owners" in reads(response)
    assert harness.anthropic.keys == []


def test_a_slack_that_does_not_say_who_it_is_is_no_reason_to_store(
    harness: Harness, visitor: Visitor
) -> None:
    harness.pass_two_minutes()
    harness.slack.workspace.faults.break_down("users.info")
    response = visitor.open()
    assert response.status_code == 503
    assert "Try again in a minute" in reads(response)


def test_a_fault_of_ours_leaves_the_link_good(harness: Harness, visitor: Visitor) -> None:
    page = visitor.open()
    harness.anthropic.trouble = ZeroDivisionError()  # type: ignore[assignment] # whatever it may be
    response = visitor.submit(page, ADMIN_KEY)
    assert response.status_code == 500
    assert "Something went wrong" in reads(response)
    harness.anthropic.trouble = None
    assert visitor.submit(page, ADMIN_KEY).status_code == 200


def test_members_get_no_link(harness: Harness) -> None:
    assert "/key/" not in json.dumps(dict(modal(harness, MEMBER).payload))


def test_the_key_and_the_link_are_in_no_page_and_no_log(
    harness: Harness, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the visitor's own
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    listen_to("DEBUG")
    connect(harness)
    pages = [visitor.open(), visitor.enter("hello"), visitor.enter(UMBRELLAS_KEY)]
    pages.append(visitor.submit(pages[-1], UMBRELLAS_KEY))
    token = visitor.link.rpartition("/")[2]
    assert pages[-1].status_code == 200
    assert not [page for page in pages if UMBRELLAS_KEY in page.text or token in page.text]
    assert UMBRELLAS_KEY not in caplog.text
    assert token not in caplog.text


# --- in a real browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from a_browser()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.page() as page:
        yield page
        assert page.complaints == []


def test_a_person_connects_in_the_browser(harness: Harness, page: Page) -> None:
    entry = modal(harness)
    page.open(link_in(entry))
    page.fill("Admin API key", "sk-ant-api03-0123456789abcdef")
    page.click("Connect", role="button")
    page.wait_for("That's a regular API key", selector="[role=alert]")
    page.fill("Admin API key", ADMIN_KEY)
    page.press("Enter")
    page.wait_for("Acme is connected")
    page.wait_for("go back to Slack")
    assert stored(harness) == ADMIN_KEY
    assert harness.after(entry.index, "modal_update", contains="Connected to")
    assert not [address for address in page.requests if ADMIN_KEY in address]
    assert {address.split("/")[2] for address in page.requests} == {link_in(entry).split("/")[2]}


def test_two_windows_of_one_browser_may_both_be_open_and_one_is_taken(
    harness: Harness, browser: Browser
) -> None:
    link = link_in(modal(harness))
    with browser.page() as first:
        first.open(link)
        with browser.page() as second:
            second.open(link)
            first.fill("Admin API key", ADMIN_KEY)
            first.click("Connect", role="button")
            first.wait_for("Acme is connected")
            second.fill("Admin API key", ADMIN_KEY)
            second.click("Connect", role="button")
            second.wait_for("This link has been used")
    assert len(harness.anthropic.keys) == 1


def test_the_field_has_the_focus_hides_its_text_and_is_empty_after_going_back(
    harness: Harness, page: Page
) -> None:
    page.open(link_in(modal(harness)))
    page.wait("document.activeElement.id == 'key'")  # in the next frame
    assert page.evaluate("document.activeElement.type") == "password"
    page.fill("Admin API key", "hello")
    page.click("Connect", role="button")
    page.wait_for("doesn't look like an Admin key")
    assert page.evaluate("document.getElementById('key').value") == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_the_light_and_in_the_dark_and_on_a_phone(
    harness: Harness, page: Page, scheme: str
) -> None:
    page.prefer(color_scheme=scheme)
    page.resize(360, 700, phone=True)
    page.open(link_in(modal(harness)))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (luminance(colors(page, "h1")[1]) < 0.5) is (scheme == "dark")
    for selector in ("h1", "p", ".hint", "label", "button", "a"):
        text, ground = colors(page, selector)
        assert contrast(text, ground) >= 4.5, (selector, text, ground)


def colors(page: Page, selector: str) -> tuple[list[int], list[int]]:
    """The color of an element's text and of what it stands on."""
    sizes = page.evaluate(
        f"""(() => {{
            const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
            let node = document.querySelector({json.dumps(f"main {selector}")});
            const text = numbers(getComputedStyle(node).color);
            const opaque = (each) => numbers(getComputedStyle(each).backgroundColor)[3] !== 0;
            while (!opaque(node)) node = node.parentElement;
            return [text, numbers(getComputedStyle(node).backgroundColor)];
        }})()"""
    )
    return sizes[0], sizes[1]


def contrast(one: list[int], other: list[int]) -> float:
    """As WCAG 2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: list[int]) -> float:
    parts = [part / 255 for part in color[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
