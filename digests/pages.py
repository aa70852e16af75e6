"""What people read in a browser: plain pages without scripts, from templates that escape by default."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

STYLE = files("digests").joinpath("templates/pages/style.css").read_text(encoding="utf-8")
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""By which a page's policy allows this style and no other."""

_WHY_NOT = {
    "access_denied": "It was declined in Slack. Nothing was changed.",
    "invalid_browser": (
        "Slack sent you back to another browser than the one you began in, or cookies are off. "
        "Begin and end in the same browser."
    ),
    "invalid_state": "That took longer than ten minutes, or this page was opened before.",
    "invalid_code": "Slack did not confirm the installation.",
    "storage_error": "It could not be stored. That is our fault; it is in our log.",
}
_WHY_ELSE = "Slack sent you here without what is needed to install."


def installed(name: str, *, slack: str, is_org: bool, days: int) -> str:
    """Say that it is installed in a workspace, or in a whole `is_org`, and what comes next."""
    return _page("installed", name=name, slack=slack, is_org=is_org, days=days)


def not_installed(reason: str, *, again: str) -> str:
    """Say why it was not installed, and how to try again."""
    return _page("not_installed", why=_WHY_NOT.get(reason, _WHY_ELSE), again=again)


def _page(template: str, **facts: object) -> str:
    return _environment().get_template(f"{template}.html.j2").render(style=STYLE, **facts)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("digests", "templates/pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
