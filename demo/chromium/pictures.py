"""The pictures of the README, taken of the page: `python -m demo.chromium.pictures`.

A team of twelve connects, asks, and gets its digest; each view is kept in light and in dark.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from demo.admin_api.faults import ADMIN_KEY
from demo.browser.pages import serving
from demo.chromium.driver import Page, chromium
from demo.company.roster import TAME_NAME
from demo.stage import ROOT, stage

DOCS: Final = ROOT / "docs"
COMPOSER: Final = "Message #claude-spend, or a command"
LAST: Final = ".message:last-child"
_WIDTH, _TALL, _SHARP = 1230, 1700, 1.25
_LONG: Final = 240.0  # seconds for a history to be read


def main() -> None:
    """Play it, and take a picture of each view."""
    with _on_stage() as address, chromium() as browser, browser.page() as page:
        page.open(address)
        _connect(page)
        _set_up_a_digest(page)
        _ask(page, "cost today", "today so far")
        _take(page, "html", "page", height=740)
        _ask(page, "engineers 7d", "Claude Code:")
        _take(page, LAST, "engineers")
        here = page.evaluate("location.href")
        page.click("Home")
        page.wait("document.querySelector('#home figure img')?.complete", patience=60)
        _take(page, "#home .blocks", "home", margin=10)
        page.open(here)
        page.click("Next digest now")
        page.wait_for("Claude spend ·", selector=LAST, patience=60)
        _take(page, LAST, "digest")


@contextmanager
def _on_stage() -> Iterator[str]:
    """The world and its page; what is shown should be an ordinary fortnight."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stage(Path(folder), engineers=12, spike=timedelta(days=60), runaway=TAME_NAME) as play,
    ):
        play.bot(program="demo.bot")
        with serving(play, port=0) as address:
            yield address


def _connect(page: Page) -> None:
    _type(page, "connect")
    page.wait("document.querySelector('dialog')")
    _take(page, "dialog", "connect", margin=24, height=760)
    page.fill("Admin API key", ADMIN_KEY)
    page.click("Connect", within="dialog")
    page.wait_for("Connected to Acme", selector="dialog")
    page.press("Escape")
    page.wait("!document.querySelector('dialog')")
    here = page.evaluate("location.href")
    page.open(here.replace("claude-spend", "stackspend"))
    page.wait_for("billing history is imported", selector="#log", patience=_LONG)
    page.open(here)


def _ask(page: Page, text: str, answer: str) -> None:
    _type(page, text)
    page.wait_for(answer, selector=LAST)


def _set_up_a_digest(page: Page) -> None:
    _type(page, "digest")
    page.click("Add a digest", within=LAST)
    page.click("Create digest", within="dialog")
    page.wait_for("The digest is set up", selector="dialog")
    page.press("Escape")
    page.wait("!document.querySelector('dialog')")


def _type(page: Page, text: str) -> None:
    page.fill(COMPOSER, f"/stackspend {text}")
    page.press("Enter")


def _take(page: Page, selector: str, name: str, *, margin: int = 0, height: int = _TALL) -> None:
    """Keep a view in light and in dark, with nothing under the mouse and nothing in focus."""
    page.resize(_WIDTH, height, scale=_SHARP)
    page.send("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
    page.evaluate("document.activeElement.blur()")
    page.evaluate("document.querySelector('.scroll')?.scrollTo(0, 0)")
    for scheme, suffix in (("light", ""), ("dark", "-dark")):
        page.prefer(color_scheme=scheme)
        page.screenshot(DOCS / f"{name}{suffix}.png", selector, margin=margin)
    page.prefer(color_scheme="light")
    page.resize(_WIDTH, _TALL)


if __name__ == "__main__":
    main()
