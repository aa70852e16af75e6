"""The key's other way in: a page of ours in the browser, behind a one-time link that the modal offers.

link known, fresh, unused │ a place is free │ its person may still connect │ form │ ours │ looks like a key
    │ link claimed │ proved │ stored, and the link used up: it opens nothing any more
                   └────────┴ not: the link is good again, for a few more tries

The page is bound to a person and a Slack team by its link, and to a browser by a cookie, without which
nothing is taken. The key is in the body of one request and in the vault; not in an address, a log or a page.
"""

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http.client import HTTPException
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple
from urllib.parse import parse_qs

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.listeners import access
from bot.listeners.context import Context, Refused
from bot.listeners.keys.connect import KEY_PAGE, succeeded
from bot.pools.team_quota import Full, TeamQuota
from bot.runtime.http.rate_limit import FailureLimiter
from bot.runtime.http.routes import HTML_HEADERS, Environ, StartResponse
from bot.slack.users import Viewer, ViewerUnknown
from bot.sync.keys.admin_key import (
    AGAIN,
    OVERTAKEN,
    REPLACE,
    UNREACHABLE,
    WHAT_CAME,
    Outcome,
    cleaned,
    complaint,
    confirmation,
    present,
    prove,
    store,
    what_is_wrong,
)
from digests import pages
from digests.messages.notices import CONSOLE
from digests.pages import Asked, Problem
from digests.words import wording
from providers.provider import Organization, ProviderRefused, ProviderUnavailable
from storage.engine.database import StorageUnavailable, session, transaction
from storage.state import one_time_tokens
from storage.state.connections import Connection
from storage.state.one_time_tokens import Ticket

OK, WRONG = "200 OK", "422 Unprocessable Entity"
COOKIE = "stackspend_form"
_STATUS: dict[Problem, str] = {
    "unknown": "404 Not Found",
    "expired": "410 Gone",
    "used": "410 Gone",
    "forged": "403 Forbidden",
    "refused": "403 Forbidden",
    "later": "503 Service Unavailable",
    "fault": "500 Internal Server Error",
    "too_many": "429 Too Many Requests",
}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_LARGEST = 10_000  # bytes of a form
AT_ONCE, EACH = (
    6,
    2,
)  # of the web server's 16 threads, for all and for one team: each waits for Slack, Anthropic
log = logging.getLogger(__name__)


class Shown(NamedTuple):
    """What a browser is sent."""

    status: str
    html: str
    cookie: str = ""


class Turned(Exception):
    """The link leads no further."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Visit:
    """A browser with a good link: whose it is, and the cookie that ties its form to it."""

    token: str
    ticket: Ticket
    context: Context
    viewer: Viewer
    cookie: str

    @property
    def proof(self) -> str:
        """What only a form of ours holds: made of the link and the cookie, which no other site knows."""
        return hmac.new(self.token.encode(), self.cookie.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class KeyPage:
    """Everything below `/key/`, as a WSGI application."""

    context_of: Callable[[str], Context | None]
    now: Callable[[], datetime]
    failures: FailureLimiter
    quota: TeamQuota = field(default_factory=lambda: TeamQuota(AT_ONCE, each=EACH))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Show the form or take what was entered in it; whatever happens, a page says what to do."""
        try:
            shown = self._answer(environ)
        except Turned as turned:
            shown = Shown(_STATUS[turned.problem], pages.problem(turned.problem))
        except StorageUnavailable as error:
            log.error("%s", error)  # noqa: TRY400 - it names the cause; the traceback adds nothing
            shown = Shown(_STATUS["later"], pages.problem("later"))
        except Exception:
            log.exception("the page for a key failed")
            shown = Shown(_STATUS["fault"], pages.problem("fault"))
        body = shown.html.encode()
        cookie = [("Set-Cookie", shown.cookie)] if shown.cookie else []
        start_response(shown.status, [*HTML_HEADERS.items(), ("Content-Length", str(len(body))), *cookie])
        return [body]

    def _answer(self, environ: Environ) -> Shown:
        token, ticket = self._ticket(environ)
        try:
            with self.quota.held(ticket.team_id):
                return self._shown(self._visit(environ, token, ticket), environ)
        except Full as full:
            raise Turned("later") from full

    def _shown(self, visit: Visit, environ: Environ) -> Shown:
        if environ.get("REQUEST_METHOD") == "POST":
            return self._taken(visit, _form(environ))
        # as long as the link, so that opening it twice leaves both forms good
        kept = f"{COOKIE}={visit.cookie}; Path={KEY_PAGE}; Max-Age=600; HttpOnly; SameSite=Lax"
        is_safe = visit.context.services.public_url.startswith("https:")
        return Shown(OK, pages.key_form(_asked(visit), console=CONSOLE), kept + "; Secure" * is_safe)

    def _ticket(self, environ: Environ) -> tuple[str, Ticket]:
        """Find out which link it is, and whether it is good. Raises Turned."""
        token, address = environ["PATH_INFO"].removeprefix(KEY_PAGE), str(environ.get("REMOTE_ADDR"))
        if environ.get("REQUEST_METHOD") not in ("GET", "POST"):
            raise Turned("unknown")
        with session():
            ticket = one_time_tokens.find("key", token) if _TOKEN.fullmatch(token) else None
        if ticket is None:  # a good link is never turned away because of somebody else's guesses
            self.failures.count(address)
            raise Turned("too_many" if self.failures.is_exceeded(address) else "unknown")
        if ticket.is_used(now=self.now()):
            raise Turned("used")
        if ticket.expires_at <= self.now():
            raise Turned("expired")
        return token, ticket

    def _visit(self, environ: Environ, token: str, ticket: Ticket) -> Visit:
        """Find out whose link it is. Raises Turned."""
        context = self.context_of(ticket.team_id)
        if context is None:
            raise Turned("unknown")
        return Visit(token, ticket, context, _admitted(context, ticket.user_id), _cookie(environ))

    def _taken(self, visit: Visit, form: dict[str, str]) -> Shown:
        """Take what was entered. Raises Turned."""
        if not hmac.compare_digest(form.get("form", "").encode(), visit.proof.encode()):
            raise Turned("forged")
        key = cleaned(form.get("admin_key", ""))
        wrong = what_is_wrong(key)
        if wrong:
            return _asked_anew(visit, wrong)
        with transaction():
            if not one_time_tokens.claim("key", visit.token, now=self.now()):
                raise Turned("used")
        try:
            with visit.context.services.in_flight.tracked(partial(_give_back, visit)):
                return self._proved(visit, key, confirmed=form.get("replace", ""))
        except ProviderRefused as error:
            access.log_act(visit.context, visit.viewer, "key refused", "when it was entered")
            return _given_back(visit, _asked_anew(visit, complaint(error), error))
        except ProviderUnavailable as error:
            return _given_back(visit, _asked_anew(visit, UNREACHABLE, error))
        except Exception:
            with suppress(StorageUnavailable):
                _give_back(visit)
            raise

    def _proved(self, visit: Visit, key: str, *, confirmed: str) -> Shown:
        context, viewer = visit.context, visit.viewer
        over = present(context.team_id)
        organization = context.services.key_checks.begin(
            context.team_id, partial(prove, context.services, key)
        ).result()
        with transaction():
            outcome = store(
                context.services,
                context.team_id,
                organization,
                key,
                by=viewer.user_id,
                over=over,
                confirmed=confirmed,
            )
            if outcome.connection:
                one_time_tokens.spend("key", visit.token)
        if outcome.is_overtaken:
            return _given_back(visit, _asked_anew(visit, OVERTAKEN))
        if outcome.instead_of:
            return _given_back(visit, _question(visit, outcome.instead_of, organization))
        context.run_after_ack(lambda _apology: None, lambda: _tell(visit, outcome))
        slack = f"https://app.slack.com/client/{context.team_id}"
        name = wording.short(organization.name)
        return Shown(OK, pages.key_stored(name, key[-4:], is_renewed=outcome.is_renewed, slack=slack))


def _admitted(context: Context, user_id: str) -> Viewer:
    """Return the person of a link, if they may still connect. Raises Turned."""
    try:
        viewer = context.viewers.find(user_id)
        context.allow(viewer, "connect")
    except ViewerUnknown as error:
        raise Turned("later") from error
    except Refused as error:
        raise Turned("refused") from error
    return viewer


def _cookie(environ: Environ) -> str:
    """The cookie that a browser has of us, or a new one."""
    try:
        found = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(COOKIE)
    except CookieError:
        found = None
    return found.value if found and _TOKEN.fullmatch(found.value) else secrets.token_urlsafe(32)


def _form(environ: Environ) -> dict[str, str]:
    """What was entered, field by field; nothing where it is no form of ours."""
    body = environ["wsgi.input"].read(_LARGEST)
    try:
        fields = parse_qs(body.decode(), max_num_fields=10, errors="strict")
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _asked(visit: Visit) -> Asked:
    return Asked(person=visit.viewer.name, team=_team_name(visit.context), proof=visit.proof)


def _team_name(context: Context) -> str:
    """What a Slack team is called, its id where Slack does not say now."""
    try:
        return str(context.client.auth_test()["team"])
    except (SlackApiError, SlackClientError, OSError, HTTPException):
        return context.team_id


def _asked_anew(visit: Visit, wrong: str, error: Exception | None = None) -> Shown:
    detail = WHAT_CAME.format(said=wording.short(str(error), 200)) if error else ""
    return Shown(WRONG, pages.key_form(_asked(visit), console=CONSOLE, wrong=wrong, detail=detail))


def _question(visit: Visit, old: Connection, new: Organization) -> Shown:
    names = {"old": wording.short(old.organization_name), "new": wording.short(new.name)}
    question, hint = REPLACE.format(**names), AGAIN.format(**names)
    page = pages.key_again(
        _asked(visit), console=CONSOLE, question=question, hint=hint, replace=confirmation(new, old)
    )
    return Shown(OK, page)


def _given_back(visit: Visit, shown: Shown) -> Shown:
    _give_back(visit)
    return shown


def _give_back(visit: Visit) -> None:
    """Let the link be used again, as nothing was stored."""
    with transaction():
        one_time_tokens.give_back("key", visit.token)


def _tell(visit: Visit, outcome: Outcome) -> None:
    """Say it in Slack, too; the modal may be closed by now."""
    try:
        succeeded(visit.context, visit.viewer, visit.ticket.view_id, outcome)
    except SlackApiError as error:
        log.info("the modal was not told: %s", error.response.get("error"))
