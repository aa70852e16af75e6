"""The page for an Admin API key in the browser, behind a one-time link that the modal offers.

_ticket: link known, fresh, unused │ places │ _session: the person can still connect │ form
    │ _submit: proof, looks like a key │ claim the link │ _proved │ store, and spend the link
                                                        └─────────┴ failed: reuse_link, for a few more tries

The link ties the page to a person and a Slack team, a cookie ties its form to a browser. The key is in the
body of one request and in the vault; not in an address, a log or a page.
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
from bot.listeners.keys.connect import KEY_PAGE, start_after_connect
from bot.pools.team_quota import Full, TeamQuota
from bot.runtime.http.rate_limit import FailureLimiter
from bot.runtime.http.routes import HTML_HEADERS, Environ, StartResponse
from bot.slack import errors
from bot.slack.users import Viewer, ViewerUnknown
from bot.sync.keys.admin_key import (
    Outcome,
    cleaned,
    confirmation,
    present,
    prove,
    store,
    what_is_wrong,
)
from digests import pages
from digests.messages.notices import CONSOLE
from digests.pages import Problem, Requester
from digests.words import wording
from digests.words.admin_key import AGAIN, OVERTAKEN, REPLACE, UNREACHABLE, WHAT_CAME, complaint
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
AT_ONCE, EACH = 6, 2
"""Pages served at once, for all teams and for one, of 16 threads: each waits for Slack and Anthropic."""
log = logging.getLogger(__name__)


class Page(NamedTuple):
    """A response to a browser."""

    status: str
    html: str
    cookie: str = ""


class LinkRejected(Exception):
    """The link cannot be used."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class FormSession:
    """A browser with a valid link: its person and team, and the cookie that ties the form to the browser."""

    token: str
    ticket: Ticket
    context: Context
    viewer: Viewer
    cookie: str

    @property
    def proof(self) -> str:
        """A value that only our form holds, made of the link and the cookie, which no other site knows."""
        return hmac.new(self.token.encode(), self.cookie.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class KeyPage:
    """The WSGI application below `/key/`."""

    context_of: Callable[[str], Context | None]
    now: Callable[[], datetime]
    failures: FailureLimiter
    quota: TeamQuota = field(default_factory=lambda: TeamQuota(AT_ONCE, each=EACH))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Show the form or handle its submission; whatever happens, a page says what to do."""
        try:
            page = self._answer(environ)
        except LinkRejected as rejected:
            page = Page(_STATUS[rejected.problem], pages.problem(rejected.problem))
        except StorageUnavailable as error:
            log.error("%s", error)  # noqa: TRY400 - it names the cause; the traceback adds nothing
            page = Page(_STATUS["later"], pages.problem("later"))
        except Exception:
            log.exception("the page for a key failed")
            page = Page(_STATUS["fault"], pages.problem("fault"))
        body = page.html.encode()
        cookie = [("Set-Cookie", page.cookie)] if page.cookie else []
        start_response(page.status, [*HTML_HEADERS.items(), ("Content-Length", str(len(body))), *cookie])
        return [body]

    def _answer(self, environ: Environ) -> Page:
        token, ticket = self._ticket(environ)
        try:
            with self.quota.held(ticket.team_id):
                return self._respond(self._open_session(environ, token, ticket), environ)
        except Full as full:
            raise LinkRejected("later") from full

    def _respond(self, form_session: FormSession, environ: Environ) -> Page:
        if environ.get("REQUEST_METHOD") == "POST":
            return self._submit(form_session, _form(environ))
        # as long as the link, so that a link opened twice has two valid forms
        kept = f"{COOKIE}={form_session.cookie}; Path={KEY_PAGE}; Max-Age=600; HttpOnly; SameSite=Lax"
        is_safe = form_session.context.services.public_url.startswith("https:")
        html = pages.key_form(_requester(form_session), console=CONSOLE)
        return Page(OK, html, kept + "; Secure" * is_safe)

    def _ticket(self, environ: Environ) -> tuple[str, Ticket]:
        """Return the link's token and record if it is valid. Raises LinkRejected."""
        token, address = environ["PATH_INFO"].removeprefix(KEY_PAGE), str(environ.get("REMOTE_ADDR"))
        if environ.get("REQUEST_METHOD") not in ("GET", "POST"):
            raise LinkRejected("unknown")
        with session():
            ticket = one_time_tokens.find("key", token) if _TOKEN.fullmatch(token) else None
        if ticket is None:  # guesses never lock out a valid link
            raise LinkRejected("too_many" if self.failures.is_over(address) else "unknown")
        if ticket.is_used(now=self.now()):
            raise LinkRejected("used")
        if ticket.expires_at <= self.now():
            raise LinkRejected("expired")
        return token, ticket

    def _open_session(self, environ: Environ, token: str, ticket: Ticket) -> FormSession:
        """Return the session of a link. Raises LinkRejected."""
        context = self.context_of(ticket.team_id)
        if context is None:
            raise LinkRejected("unknown")
        return FormSession(token, ticket, context, _admitted(context, ticket.user_id), _cookie(environ))

    def _submit(self, form_session: FormSession, form: dict[str, str]) -> Page:
        """Handle a submission. Raises LinkRejected."""
        if not hmac.compare_digest(form.get("form", "").encode(), form_session.proof.encode()):
            raise LinkRejected("forged")
        key = cleaned(form.get("admin_key", ""))
        wrong = what_is_wrong(key)
        if wrong:
            return _form_again(form_session, wrong)
        with transaction():
            if not one_time_tokens.claim("key", form_session.token, now=self.now()):
                raise LinkRejected("used")
        try:
            with form_session.context.services.in_flight.tracked(partial(_reuse_link, form_session)):
                return self._proved(form_session, key, confirmed=form.get("replace", ""))
        except ProviderRefused as error:
            access.log_act(form_session.context, form_session.viewer, "key refused", "when it was entered")
            return _reuse_link_for(form_session, _form_again(form_session, complaint(error), error))
        except ProviderUnavailable as error:
            return _reuse_link_for(form_session, _form_again(form_session, UNREACHABLE, error))
        except Exception:
            with suppress(StorageUnavailable):
                _reuse_link(form_session)
            raise

    def _proved(self, form_session: FormSession, key: str, *, confirmed: str) -> Page:
        context, viewer = form_session.context, form_session.viewer
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
                one_time_tokens.spend("key", form_session.token)
        if outcome.is_overtaken:
            return _reuse_link_for(form_session, _form_again(form_session, OVERTAKEN))
        if outcome.instead_of:
            return _reuse_link_for(form_session, _question(form_session, outcome.instead_of, organization))
        context.run_after_ack(lambda _apology: None, lambda: _show_in_slack(form_session, outcome))
        slack = f"https://app.slack.com/client/{context.team_id}"
        name = wording.short(organization.name)
        return Page(OK, pages.key_stored(name, key[-4:], is_renewed=outcome.is_renewed, slack=slack))


def _admitted(context: Context, user_id: str) -> Viewer:
    """Return a link's person if they can still connect. Raises LinkRejected."""
    try:
        viewer = context.viewers.find(user_id)
        context.allow(viewer, "connect")
    except ViewerUnknown as error:
        raise LinkRejected("later") from error
    except Refused as error:
        raise LinkRejected("refused") from error
    return viewer


def _cookie(environ: Environ) -> str:
    """Return the browser's cookie, or a new one."""
    try:
        cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(COOKIE)
    except CookieError:
        cookie = None
    return cookie.value if cookie and _TOKEN.fullmatch(cookie.value) else secrets.token_urlsafe(32)


def _form(environ: Environ) -> dict[str, str]:
    """Return the fields of a submission, none if it is not of our form."""
    body = environ["wsgi.input"].read(_LARGEST)
    try:
        fields = parse_qs(body.decode(), max_num_fields=10, errors="strict")
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _requester(form_session: FormSession) -> Requester:
    team = _team_name(form_session.context)
    return Requester(person=form_session.viewer.name, team=team, proof=form_session.proof)


def _team_name(context: Context) -> str:
    """Return a Slack team's name, its id if Slack does not say now."""
    try:
        return str(context.client.auth_test()["team"])
    except (SlackApiError, SlackClientError, OSError, HTTPException):
        return context.team_id


def _form_again(form_session: FormSession, wrong: str, error: Exception | None = None) -> Page:
    detail = WHAT_CAME.format(message=wording.cut_at_end(str(error), 200)) if error else ""
    return Page(WRONG, pages.key_form(_requester(form_session), console=CONSOLE, wrong=wrong, detail=detail))


def _question(form_session: FormSession, old: Connection, new: Organization) -> Page:
    names = {"old": wording.short(old.organization_name), "new": wording.short(new.name)}
    question, hint = REPLACE.format(**names), AGAIN.format(**names)
    asker, replace = _requester(form_session), confirmation(new, old)
    html = pages.key_again(asker, console=CONSOLE, question=question, hint=hint, replace=replace)
    return Page(OK, html)


def _reuse_link_for(form_session: FormSession, page: Page) -> Page:
    _reuse_link(form_session)
    return page


def _reuse_link(form_session: FormSession) -> None:
    """Let the link be used again, because nothing was stored."""
    with transaction():
        one_time_tokens.give_back("key", form_session.token)


def _show_in_slack(form_session: FormSession, outcome: Outcome) -> None:
    """Say it in Slack too; the modal can be closed by now."""
    try:
        start_after_connect(form_session.context, form_session.viewer, form_session.ticket.view_id, outcome)
    except SlackApiError as error:
        log.info("the modal was not updated: %s", errors.code_of(error))
