"""The driver of the browser: pages are used by what is on them, and nothing leaves this machine."""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from demo.admin_api.server import serve
from tests.browser import DevToolsError, Page, a_page

FORM = b"""<!doctype html><html lang="en"><title>Form</title>
<form method="post"><label>Name <input name="name" value="old"></label>
<label>Color <select name="color"><option>red<option>blue</select></label>
<button>Send</button></form><img src="http://example.com/x.png" alt="">"""


def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    if environ["REQUEST_METHOD"] == "POST":
        entered = parse_qs(environ["wsgi.input"].read().decode())
        return [f"<!doctype html><p>{entered['name'][0]} likes {entered['color'][0]}</p>".encode()]
    return [FORM]


@pytest.fixture
def page() -> Iterator[Page]:
    yield from a_page()


@pytest.fixture
def address() -> Iterator[str]:
    with serve(application) as address:
        yield address


def test_a_form_is_filled_in_and_sent_by_what_it_says(page: Page, address: str) -> None:
    page.open(address)
    page.fill("Name", "Zoë")
    page.choose("Color", "blue")
    page.click("Send", role="button")
    page.wait_for("Zoë likes blue")
    assert page.text("p") == "Zoë likes blue"


def test_only_loopback_is_reached(page: Page, address: str) -> None:
    page.open(address)
    assert "http://example.com/x.png" in page.requests
    assert page.evaluate("document.images[0].naturalWidth") == 0


def test_what_is_not_there_is_said(page: Page) -> None:
    with pytest.raises(DevToolsError, match="net::"):
        page.open("http://127.0.0.1:9")
