"""A browser for tests: headless Chromium, which must be there where CI runs and may be missing elsewhere.

@pytest.fixture
def page() -> Iterator[Page]:
    yield from a_page()
"""

import os
from collections.abc import Iterator

import pytest

from demo.chromium.driver import Browser, DevToolsError, Page, chromium, program

__all__ = ["Browser", "DevToolsError", "Page", "a_browser", "a_page"]


def a_browser() -> Iterator[Browser]:
    """Yield a running Chromium, for a fixture of a module or a session."""
    if program() is None:
        missing = "there is no chromium here (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with chromium() as browser:
        yield browser


def a_page() -> Iterator[Page]:
    """Yield one page of a Chromium of its own."""
    for browser in a_browser():
        with browser.page() as page:
            yield page
