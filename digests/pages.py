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
_ANOTHER = "For a new one, type /stackspend connect in Slack."
_PROBLEMS: Mapping[Problem, tuple[str, str]] = {
    "unknown": ("This link isn't valid", f"It might be cut off or more than a day old. {_ANOTHER}"),
    "expired": ("This link has expired", f"It was valid for 10 minutes. {_ANOTHER}"),
    "used": (
        "This link has been used",
        "It was valid for one key and a few tries. In Slack, /stackspend status shows what is connected. "
        + _ANOTHER,
    ),
    "forged": (
        "That didn't come from the form",
        "We didn't send anything. Allow cookies, then open the link from Slack again.",
    ),
    "refused": (
        "You can't connect Anthropic",
        "Only admins and owners of the Slack workspace can. Ask one of them.",
    ),
    "later": ("That isn't possible right now", "Nothing is lost. Try again in a minute."),
    "fault": (
        "Something went wrong",
        f"In Slack, /stackspend status shows whether the key was stored. {_ANOTHER}",
    ),
    "too_many": ("Too many invalid links", "Try again in a minute."),
}
_NEXT = "We're importing your billing history, newest first. We'll message you in Slack when it's done."
_WHY_NOT = {
    "access_denied": "You declined it in Slack. Nothing changed.",
    "invalid_browser": (
        "Slack sent you back to a different browser, or cookies are off. "
        "Start and finish in the same browser."
    ),
    "invalid_state": "The sign-in expired. Start again.",
    "invalid_code": "Slack didn't confirm the installation. Start again.",
    "storage_error": "We couldn't store the installation. Details are in the StackSpend log.",
}
_WHY_ELSE = "Something was missing from Slack's response. Start again."


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
