"""Pages for a browser, without scripts, from templates that escape by default."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from jinja2 import Environment

from digests.layout import environments
from digests.layout.message import without_marks
from digests.words.admin_key import HINT, RENEWED

STYLE = files("digests").joinpath("templates/pages/style.css").read_text(encoding="utf-8")
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""The hash by which a page's content security policy allows this style and no other."""

Problem = Literal["unknown", "expired", "used", "forged", "refused", "later", "fault", "too_many"]
_ANOTHER = "Type /stackspend connect in Slack for a new one."
_PROBLEMS: Mapping[Problem, tuple[str, str]] = {
    "unknown": ("This link opens nothing", f"It may be cut off or older than a day. {_ANOTHER}"),
    "expired": ("This link has expired", f"It was good for ten minutes. {_ANOTHER}"),
    "used": (
        "This link was used",
        "It was good for one key and a few tries. /stackspend status in Slack tells what is connected. "
        + _ANOTHER,
    ),
    "forged": (
        "That did not come from the form",
        "Nothing was sent anywhere. Open the link from Slack again, with cookies allowed.",
    ),
    "refused": (
        "You may not connect it",
        "Connecting is for admins and owners of the Slack workspace. Ask one of them.",
    ),
    "later": ("That cannot be done now", "Nothing is lost. Please try again in a minute."),
    "fault": (
        "Something went wrong on our side",
        f"It is in our log. /stackspend status tells whether the key was stored. {_ANOTHER}",
    ),
    "too_many": ("Too many wrong links came from here", "Please try again in a minute."),
}
_NEXT = "Its billing history is being read now, newest days first; a direct message shows how far it is."
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
    """Return the page after installing into a workspace, or a whole organization (`is_org`)."""
    return _page("installed", name=name, slack=slack, is_org=is_org, days=days)


def not_installed(reason: str, *, again: str) -> str:
    """Return the page that says why it was not installed, with a link to try again."""
    return _page("not_installed", why=_WHY_NOT.get(reason, _WHY_ELSE), again=again)


@dataclass(frozen=True)
class Requester:
    """The person and the Slack workspace of a key page, and the proof that a form is ours."""

    person: str
    team: str
    proof: str


def key_form(requester: Requester, *, console: str, wrong: str = "", detail: str = "") -> str:
    """Return the form for the key; `wrong` says what is wrong with the last one."""
    facts = {"person": requester.person, "team": requester.team, "proof": requester.proof}
    words = {"title": "Connect Anthropic", "wrong": without_marks(wrong), "detail": detail, "hint": HINT}
    return _page("key", **facts, **words, console=console, question="", replace="")


def key_again(requester: Requester, *, console: str, question: str, hint: str, replace: str) -> str:
    """Return the form that asks for the key again, to replace the present organization by `replace`."""
    facts = {"person": requester.person, "team": requester.team, "proof": requester.proof}
    words = {"title": "Replace organization", "wrong": "", "detail": "", "hint": hint}
    return _page("key", **facts, **words, console=console, question=without_marks(question), replace=replace)


def key_stored(organization: str, hint: str, *, is_renewed: bool, slack: str) -> str:
    """Return the page after a key was stored."""
    following = RENEWED if is_renewed else _NEXT
    return _page("key_stored", organization=organization, hint=hint, next=following, slack=slack)


def problem(what: Problem) -> str:
    """Return the page that says why a link does not work, and what to do."""
    headline, what_to_do = _PROBLEMS[what]
    return _page("problem", headline=headline, what_to_do=what_to_do)


def _page(template: str, **facts: object) -> str:
    return _environment().get_template(f"{template}.html.j2").render(style=STYLE, **facts)


@cache
def _environment() -> Environment:
    return environments.of_markup("templates/pages")
