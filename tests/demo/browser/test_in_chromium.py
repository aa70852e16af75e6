"""The page in a real browser, with the real bot behind it: what people try first, and whether all can."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from demo.admin_api.faults import ADMIN_KEY
from demo.browser.pages import serving
from demo.slack.people import ADMIN, MEMBER, SPEND
from demo.stage import ROOT, Stage, stage
from demo.tour import REGULAR_KEY
from digests import render
from tests.browser import Browser, Page, a_browser
from tests.demo.pages import MESSAGE, MODAL, PIE, chart
from tests.digests import samples
from tests.end_to_end.acts import ask, connect, history_is_in, set_up_digest, until

COMPOSER = "Message #claude-spend, or a command"
LAST = ".message:last-child"
CSS = (ROOT / "demo/browser/static/page.css").read_text(encoding="utf-8")
PAIRS = (  # text, the ground it stands on, and the contrast it needs
    *[("--text", ground, 4.5) for ground in ("--ground", "--raised", "--sunk")],
    *[("--quiet", ground, 4.5) for ground in ("--ground", "--raised", "--sunk", "--code-ground")],
    *[("--link", ground, 4.5) for ground in ("--ground", "--raised", "--sunk")],
    *[("--danger", ground, 4.5) for ground in ("--ground", "--raised", "--sunk")],
    ("--code", "--code-ground", 4.5),
    ("--mention", "--mention-ground", 4.5),
    ("--go-text", "--go", 4.5),
    ("--new-text", "--new", 4.5),
    ("--side-text", "--side", 4.5),
    ("--side-text", "--side-here", 4.5),
    ("--side-strong", "--side-here", 4.5),
    *[("--edge", ground, 3.0) for ground in ("--ground", "--raised", "--sunk")],
    *[(f"--series-{number}", "--ground", 3.0) for number in range(6)],
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from a_browser()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.page() as page:
        yield page
        assert page.complaints == []


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, str]]:
    """A connected organization with a digest, and the page; the tests share it and put it right again."""
    folder = tmp_path_factory.mktemp("world")
    with stage(folder, days=40, engineers=6) as play:
        play.bot(program="demo.bot")
        connect(play)
        history_is_in(play)
        play.slack.close(ADMIN)
        set_up_digest(play)
        play.slack.close(ADMIN)
        with serving(play, port=0) as address:
            yield play, address
        assert play.slack.violations == []
        assert play.slack.failures == []


@pytest.fixture
def play(world: tuple[Stage, str]) -> Iterator[Stage]:
    play, _ = world
    yield play
    play.anthropic.faults.accept(ADMIN_KEY)
    play.slack.workspace.faults.is_down = False
    while play.slack.workspace.modal(ADMIN):
        play.slack.close(ADMIN)


@pytest.fixture
def address(world: tuple[Stage, str], play: Stage) -> str:
    assert play is world[0]
    return world[1]


SLACK = "#faults li:has([value=slack])"


def type_in(page: Page, text: str) -> None:
    page.fill(COMPOSER, text)
    page.press("Enter")


def test_a_command_that_is_typed_is_answered(page: Page, address: str) -> None:
    page.open(address)
    type_in(page, "/stackspend cost today")
    page.wait_for("today so far", selector=LAST)
    assert "Only visible to you" in page.text(LAST)
    page.choose("Group by", "By workspace", within=LAST)
    page.wait_for("Workspace", selector=f"{LAST} thead")
    assert page.evaluate("document.activeElement.id || document.activeElement.tagName") != "BODY"


def test_an_answer_comes_into_sight(page: Page, address: str) -> None:
    page.open(address)
    for _ in range(3):
        type_in(page, "/stackspend help")
    page.evaluate("document.querySelector('.message').scrollIntoView()")
    type_in(page, "/stackspend status")
    page.wait_for("up to date", selector=LAST)
    is_in_sight = f"document.querySelector('{LAST}').getBoundingClientRect().bottom <= innerHeight"
    page.wait(is_in_sight)
    assert page.evaluate(is_in_sight)


def test_an_answer_is_shared_with_everybody(page: Page, address: str) -> None:
    page.open(f"{address}/jonas/claude-spend")
    type_in(page, "/stackspend cost yesterday")
    page.wait_for("yesterday", selector=LAST)
    page.click("Share…", within=LAST)
    page.wait_for("claude-spend", selector="dialog")
    page.click("Share", within="dialog")
    page.wait_for("Shared by Jonas Weber", selector=LAST)
    page.open(f"{address}/priya/claude-spend")
    assert "Shared by Jonas Weber" in page.text(LAST)


def test_a_key_is_pasted_refused_corrected_and_taken(page: Page, address: str) -> None:
    page.open(address)
    type_in(page, "/stackspend connect")
    page.fill("Admin API key", REGULAR_KEY)
    page.press("Enter")
    page.wait_for("That's a regular API key", selector="dialog")
    assert page.evaluate("document.querySelector('dialog input[type=text]').getAttribute('aria-invalid')")
    page.fill("Admin API key", ADMIN_KEY)
    page.click("Connect", within="dialog")
    page.wait_for("Connected to Acme", selector="dialog")
    page.click("Done")
    page.wait("!document.querySelector('dialog')")


def test_a_key_is_entered_on_a_page_that_slack_does_not_see(
    browser: Browser, page: Page, play: Stage, address: str
) -> None:
    page.open(address)
    type_in(page, "/stackspend connect")
    page.wait_for("Enter it in your browser", selector="dialog")
    link = page.evaluate("document.querySelector('dialog a.button[target=_blank]').href")
    assert link.startswith(play.bots[0].address)
    with browser.page() as other:
        other.open(link)
        assert other.evaluate("document.querySelector('input[type=password]') !== null")
        other.fill("Admin API key", ADMIN_KEY)
        other.press("Enter")
        other.wait_for("Acme")
        other.wait_for("4Q7x")
    page.wait_for("Connected to Acme", selector="dialog")
    page.press("Escape")
    page.wait("!document.querySelector('dialog')")


def test_spend_by_the_hour_is_offered_and_withdrawn(page: Page, play: Stage, address: str) -> None:
    page.open(address)
    page.click("Offer it")
    page.wait_for("Withdraw it", selector="#faults")
    before = play.clock.now()
    page.click("+1 day")
    until(lambda: play.clock.now() - before > timedelta(days=1))
    until(lambda: "by tokens" not in ask(play, "status").words)
    page.click("Withdraw it")
    page.wait_for("not offered to this organization", selector="#faults")
    assert "Offer it" in page.text("#faults")


def test_what_is_typed_in_a_modal_outlives_what_happens_meanwhile(
    page: Page, play: Stage, address: str
) -> None:
    page.open(address)
    type_in(page, "/stackspend connect")
    page.fill("Admin API key", "half a key")
    play.slack.command(MEMBER, "cost today", channel=SPEND)
    play.slack.workspace.post(SPEND, {"text": "Good morning"}, author=MEMBER)
    page.wait_for("Good morning", selector="#log")
    assert page.evaluate("document.activeElement.value") == "half a key"
    page.press("Escape")
    page.wait("!document.querySelector('dialog')")


def test_a_key_is_assigned_by_searching(page: Page, address: str) -> None:
    page.open(address)
    type_in(page, "/stackspend engineers 7d")
    page.click("Who is behind it?", within=LAST)
    page.fill("Owner", "default")
    page.wait("document.querySelector('#field-assign_person').list.options.length === 1")
    page.fill("Owner", "Nobody whom anybody knows")
    key = page.evaluate("document.querySelector('#field-assign_key').list.options[0].value")
    page.fill("Key", key)
    page.click("Assign", within="dialog")
    page.wait_for("Choose one from the list.", selector="dialog")
    page.fill("Key", key)
    page.fill("Owner", "Default (as Anthropic lists it)")
    page.click("Assign", within="dialog")
    page.wait_for("is back to the owner that Anthropic lists", selector="dialog")
    page.press("Escape")
    page.wait("!document.querySelector('dialog')")
    assert page.count("dialog") == 0


@pytest.mark.parametrize("is_scripted", [True, False])
def test_what_depends_on_a_choice_appears_with_it(page: Page, address: str, *, is_scripted: bool) -> None:
    if not is_scripted:
        page.without_scripts()
    page.open(address)
    type_in(page, "/stackspend settings")
    page.wait_for("Access", selector="dialog")
    while not is_scripted and not page.count("dialog select"):
        page.click("Refresh", within="dialog")
    page.choose("Who can see spend", "Admins only")
    if is_scripted:
        page.wait_for("Only admins can see spend", selector="dialog")
    page.click("Only these channels", within="dialog")
    if not is_scripted:
        page.click("Update the form", within="dialog .field.tells")
    page.wait("document.querySelector('dialog input[type=checkbox]')")
    assert "#finance" in page.names("checkbox", within="dialog")
    if is_scripted:
        assert page.evaluate("document.activeElement.parentElement.innerText") == "Only these channels"
    chosen = "[...document.querySelectorAll('dialog select option:checked')].map(option => option.text)"
    assert "Admins only" in page.evaluate(chosen)
    page.click("Cancel", within="dialog")
    page.wait("!document.querySelector('dialog')")


def test_a_guest_sees_nothing_and_a_member_manages_nothing(page: Page, address: str) -> None:
    page.open(f"{address}/priya/claude-spend")
    assert not {"leadership", "finance", "acme-supplier"} & set(page.text("#sidebar").split())
    type_in(page, "/stackspend cost today")
    page.wait_for("isn't available to you", selector=LAST)
    page.click("Home")
    page.wait_for("isn't available to you", selector="#home")
    page.click("Jonas Weber member")
    page.wait_for("Today so far", selector="#home")
    everything = "document.querySelector('#home').textContent"  # menus are closed
    assert not [name for name in ("Change access", "Disconnect") if name in page.evaluate(everything)]
    page.click("Mina Okafor admin")
    page.wait_for("Change access", selector="#home")
    assert "Disconnect" in page.evaluate(everything)


def test_the_home_tab_is_drawn_anew_by_its_buttons(page: Page, address: str) -> None:
    page.open(f"{address}/mina/home")
    page.choose("Group by", "By workspace", within="#home")
    page.wait_for("Workspace", selector="#home thead")
    assert "Workspace" in page.text("#home thead")


def test_the_next_digest_comes_when_its_time_is_made_to_come(page: Page, play: Stage, address: str) -> None:
    before = play.clock.now()
    page.open(address)
    page.click("Next digest now")
    page.wait_for("Claude spend ·", selector=LAST, patience=40)
    assert "Billed by Anthropic" in page.text(LAST)
    assert page.count(f"{LAST} select") == 1
    assert timedelta() < play.clock.now() - before <= timedelta(days=1, minutes=1)


def test_a_revoked_key_is_reported_in_the_direct_message_and_its_end_too(page: Page, address: str) -> None:
    page.open(f"{address}/mina/stackspend")
    page.open(f"{address}/mina/claude-spend")
    page.click("Revoke it")
    page.wait_for("revoked", selector="#faults")
    type_in(page, "/stackspend sync")
    page.wait_for("just rejected the key", selector=LAST)
    page.click("+1 hour")
    page.wait_for("1", selector="#sidebar .badge")
    page.click("Messages 1 new", within="#sidebar")
    page.wait_for("no longer accepts the Admin key", selector="#log")
    page.click("Accept it again")
    page.wait_for("accepted", selector="#faults")
    page.click("Add a new key", within=LAST)
    page.fill("Admin API key", ADMIN_KEY)
    page.click("Connect", within="dialog")
    page.wait_for("accepts Acme's key again", selector="#log")
    assert page.text("#log").count("no longer accepts the Admin key") == 1
    page.press("Escape")
    page.wait("!document.querySelector('dialog')")


def test_while_slack_is_down_nothing_arrives_and_afterwards_it_does(
    page: Page, play: Stage, address: str
) -> None:
    page.open(address)
    page.click("Take it down", within=SLACK)
    page.wait_for("every call fails", selector="#faults")
    digests = len(play.slack.workspace.messages(SPEND))
    page.click("Next digest now")
    until(lambda: "service_unavailable" in play.bots[0].log.read_text(encoding="utf-8"))
    assert len(play.slack.workspace.messages(SPEND)) == digests
    page.click("Bring it back", within=SLACK)
    page.click("+1 hour")
    page.wait_for("Claude spend ·", selector=LAST, patience=40)


def test_everything_works_without_a_script(page: Page, address: str) -> None:
    page.without_scripts()
    page.open(address)
    type_in(page, "/stackspend digest")
    page.wait_for("Daily at 9:00 AM", selector=LAST)
    page.click("Edit", within=LAST)
    page.fill("At", "")
    page.choose("Engineers", "Show initials")
    page.click("Cancel", within="dialog")
    page.wait("!document.querySelector('dialog')")
    page.click("Remove", within=LAST)
    page.wait_for("Remove this digest?", selector="dialog")
    page.click("Cancel", within="dialog")
    page.wait("!document.querySelector('dialog')")
    assert "Refresh" in page.names("link")


def test_nothing_leaves_this_machine(page: Page, play: Stage, address: str) -> None:
    play.slack.workspace.post(SPEND, {"text": "x", "blocks": [*MESSAGE, PIE]})
    for path in ("mina/claude-spend", "mina/stackspend", "mina/home", "priya/home"):
        page.open(f"{address}/{path}")
        assert page.count(".unknown") == 0
    assert page.requests
    assert not [url for url in page.requests if not url.startswith((f"{address}/", "data:image/svg"))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_light_or_dark_as_its_reader_prefers(page: Page, address: str, scheme: str) -> None:
    page.prefer(color_scheme=scheme)
    page.open(address)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    is_light = sum(map(int, re.findall(r"\d+", ground))) > 3 * 128
    assert is_light == (scheme == "light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(scheme: str) -> None:
    light, dark = (part.split("}")[0] for part in CSS.split(":root {")[1:3])
    colors = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", light))
    colors |= dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", dark)) if scheme == "dark" else {}
    faint = {(text, ground) for text, ground, least in PAIRS if contrast(colors, text, ground) < least}
    assert faint == set()


def contrast(colors: dict[str, str], one: str, other: str) -> float:
    """As https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio has it."""
    darker, lighter = sorted((luminance(colors[one]), luminance(colors[other])))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    shares = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_everything_that_can_be_used_has_a_name(page: Page, play: Stage, address: str) -> None:
    play.slack.workspace.post(SPEND, {"text": "x", "blocks": [*MESSAGE, chart("line", "Spend"), PIE]})
    open_everything(play)
    page.open(address)
    for role in ("button", "link", "textbox", "combobox", "radio", "checkbox", "dialog", "image", "figure"):
        assert all(page.names(role)), role
    play.slack.close(ADMIN)
    page.wait("!document.querySelector('dialog')")
    for role in ("button", "link", "textbox", "combobox", "image", "log", "region"):
        assert all(page.names(role)), role


def open_everything(play: Stage) -> None:
    workspace = play.slack.workspace
    view = workspace.new_view(ADMIN, MODAL, opened_in=SPEND)
    workspace.stacks[ADMIN] = [view.id]
    workspace.show(view, "modal")


def test_the_page_has_its_landmarks_in_order(page: Page, address: str) -> None:
    page.open(address)
    landmarks = ("banner", "main", "complementary", "navigation", "log")
    assert [len(page.names(role)) for role in landmarks] == [1, 1, 1, 2, 1]
    assert page.evaluate("document.documentElement.lang") == "en"
    headings = "[...document.querySelectorAll('main h1, aside :is(h2, h3)')]"
    levels = page.evaluate(f"{headings}.map(heading => Number(heading.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_what_lies_behind_a_dialog_cannot_be_reached(page: Page, play: Stage, address: str) -> None:
    open_everything(play)
    page.open(address)
    for _ in range(12):
        page.press("Tab")
        assert not page.evaluate("Boolean(document.activeElement.closest('.frame'))")


def test_it_holds_on_a_phone(page: Page, address: str) -> None:
    page.resize(390, 844, phone=True)
    for path in ("mina/claude-spend", "mina/home", "mina/stackspend"):
        page.open(f"{address}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_no_answer_is_longer_than_two_screens_of_a_phone(page: Page, play: Stage, address: str) -> None:
    long = {f"{n}": f"claude_code_key_of_the_research_team_{n:03}" for n in range(40)}
    answers = {
        "cost": render.cost(samples.by("key", long), now=samples.NOW),
        "cost by day": render.cost(samples.by_day(90), now=samples.NOW),
        "engineers": render.engineers(samples.engineers(60), now=samples.NOW, zone="UTC", assign=True),
    }
    page.resize(390, 844, phone=True)
    page.open(f"{address}/mina/claude-spend")
    heights: dict[str, int] = {}
    for name, answer in answers.items():
        content = {"text": answer.text, "blocks": answer.blocks}
        play.slack.workspace.post(SPEND, content, seen_by=ADMIN)
        page.wait_for("Share…", selector=LAST)
        page.wait(f"!{json.dumps([*heights.values()])}.includes({HEIGHT})")
        heights[name] = page.evaluate(HEIGHT)
    assert {name: height for name, height in heights.items() if height > 2 * 844} == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


HEIGHT = f"document.querySelector('{LAST}').offsetHeight"
