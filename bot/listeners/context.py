"""How listeners work: acknowledge at once, answer later, leave nobody in silence.

ack │ lane │ who asks │ may they │ answer │ or one calm sentence, whatever went wrong
"""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.pools.lanes import Lane
from bot.questions.answer import sentence
from bot.questions.grammar import Name
from bot.questions.permissions import MANAGING, may
from bot.services import Services
from bot.slack.channel_readers import Places
from bot.slack.delivery import MISFITS, Misfit, deliver
from bot.slack.users import Viewer, Viewers, ViewerUnknown
from bot.slack.web_client import is_slacks, send_answer
from digests import render
from digests.render import Message
from storage.engine.database import StorageUnavailable, transaction
from storage.state import audit

WHO = "I cannot ask Slack who you are at the moment. Please try again in a minute."
NO_DATABASE = "I cannot reach my database at the moment. Nothing is lost; please try again in a minute."
TOO_MANY = "You have asked for a lot at once. Please wait for the answers to come, then ask again."
TOO_LATE = "That took too long for Slack. Please try again."
ENDING = "I am being restarted and did not get to the end of this. Please try again in a minute."
OUR_FAULT = "Something went wrong on my side, and it is in my log. Please try again; nothing was lost."
_EXPIRED = {"expired_trigger_id", "exchanged_trigger_id"}
log = logging.getLogger(__name__)

Body = Mapping[str, Any]
Tell = Callable[[Message], None]


class Refused(Exception):
    """This person may not; they are told just that, or what `said` tells them."""

    def __init__(self, said: Message | None = None) -> None:
        super().__init__()
        self.said = said


class Unanswered(Exception):
    """Slack did not take an answer; there is no other way to reach the person."""


@dataclass(frozen=True)
class Reply:
    """The way back to one person: where they asked, else (from a Home tab, a modal) the direct message."""

    client: WebClient
    url: str
    user_id: str
    is_private: bool = False
    is_public: bool = False

    @classmethod
    def to(cls, client: WebClient, body: Body) -> "Reply":
        """Read the way back from a command or an interaction."""
        pressed_in = body.get("container") or {}
        is_private = bool(pressed_in.get("is_ephemeral"))
        is_public = pressed_in.get("type") == "message" and not is_private
        return cls(client, _answer_url(client, body), user_of(body), is_private, is_public)

    def say(self, message: Message) -> None:
        """Tell them alone."""
        self._send(message, response_type="ephemeral", replace_original=False)

    def answer(self, message: Message) -> None:
        """Tell them alone, in the place of what they pressed if that was theirs alone too."""
        self._send(message, response_type="ephemeral", replace_original=self.is_private)

    def replace(self, message: Message) -> None:
        """Tell them alone, in the place of what they were told last; a message for all stays as it is."""
        self._send(message, response_type="ephemeral", replace_original=not self.is_public)

    def share(self, message: Message) -> None:
        """Tell the channel, and take back what they alone saw."""
        self._send(message, response_type="in_channel", replace_original=False)
        if self.is_private:
            with suppress(Misfit, Unanswered):
                self._post({"delete_original": True})

    def _send(self, message: Message, **how: object) -> None:
        if not self.url:
            direct(self.client, self.user_id, message)
            return
        try:
            deliver(self.client, message, lambda form: self._post({**_content(form), **how}))
        except Misfit as error:
            raise Unanswered from error

    def _post(self, payload: dict[str, Any]) -> None:
        """Send it. Raises Misfit where Slack does not take it, Unanswered where the address is used up."""
        answer = send_answer(self.url, payload)
        if answer.status == HTTPStatus.OK:
            return
        log.warning("Slack took no answer: %d %s", answer.status, answer.body[:200])
        if answer.status == HTTPStatus.NOT_FOUND:
            raise Unanswered
        raise Misfit(next((code for code in sorted(MISFITS) if code in answer.body), ""))


def _answer_url(client: WebClient, body: Body) -> str:
    """Where Slack wants the answer, "" where it names no such place, or none of Slack's own."""
    url = str(body.get("response_url") or "")
    if url and not is_slacks(url, api_url=client.base_url):
        log.warning("a response_url that is not Slack's is not used: %s", urlsplit(url).netloc)
        return ""
    return url


@dataclass(frozen=True)
class Desk:
    """What every listener is handed. `breath` lets Slack show an acknowledgement before what follows it."""

    services: Services
    client: WebClient
    team_id: str
    viewers: Viewers
    places: Places
    breath: float = 0.5

    def admit(self, body: Body, name: Name = "summary") -> Viewer:
        """Return who asks, if they may. Raises Refused or ViewerUnknown."""
        if team_of(body) != self.team_id:
            raise Refused
        viewer = self.viewers.find(user_of(body))
        self.allow(viewer, name)
        return viewer

    def allow(self, viewer: Viewer, name: Name) -> None:
        """Raise Refused where a command is not open to them; the log has which members tried to manage."""
        if may(viewer, name, self.services.admins):
            return
        if name in MANAGING and viewer.is_full_member:  # strangers fill no log
            with transaction():
                audit.record_once(self.team_id, viewer.user_id, "refused", name, self.services.now())
        raise Refused

    def later(
        self, tell: Tell, work: Callable[[], None], *, lane: Lane = "answers", person: str = ""
    ) -> None:
        """Do the work after the acknowledgement; whatever happens, the person hears of it.

        What takes long goes into a lane of its own, and the work of one `person` waits for its turn.
        """
        lanes = self.services.lanes
        done = self.services.underway.begin(partial(_try_to, tell, sentence(ENDING)))
        task = partial(_and_then, done, partial(carefully, tell, work))
        if not lanes.submit(task, lane=lane, team=self.team_id, person=person):
            done()
            lanes.submit(partial(_try_to, tell, sentence(TOO_MANY)), team=self.team_id)

    def pause(self) -> None:
        """Let an acknowledgement arrive first; coming late, it would take the place of the outcome."""
        time.sleep(self.breath)


def _and_then(done: Callable[[], None], work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        done()


def carefully(tell: Tell, work: Callable[[], None]) -> None:
    """Do the work; what goes wrong becomes one sentence for the person and a traceback for the log."""
    try:
        work()
    except Refused as refused:
        _try_to(tell, refused.said or render.refusal())
    except ViewerUnknown:
        _try_to(tell, sentence(WHO))
    except StorageUnavailable:
        log.exception("a request failed for want of the database")
        _try_to(tell, sentence(NO_DATABASE))
    except Unanswered:
        log.error("an answer did not arrive")  # noqa: TRY400 - Slack's words are in the line before
    except SlackApiError as error:
        log.exception("Slack refused a call")
        _try_to(tell, sentence(TOO_LATE if error.response.get("error") in _EXPIRED else OUR_FAULT))
    except Exception:
        log.exception("a request failed")
        _try_to(tell, sentence(OUR_FAULT))


def _try_to(tell: Tell, message: Message) -> None:
    try:
        tell(message)
    except Exception:
        log.exception("not even an apology arrived")


def direct(client: WebClient, user_id: str, message: Message) -> None:
    """Write to one person."""
    deliver(client, message, lambda form: _write(client, user_id, form))


def _write(client: WebClient, user_id: str, message: Message) -> None:
    try:
        client.chat_postMessage(channel=user_id, unfurl_links=False, unfurl_media=False, **_content(message))
    except SlackApiError as error:
        if (code := str(error.response.get("error"))) in MISFITS:
            raise Misfit(code) from error
        raise


def _content(message: Message) -> dict[str, Any]:
    return {"text": message.text, **({"blocks": message.blocks} if message.blocks else {})}


def user_of(body: Body) -> str:
    """Return who did it: commands, interactions and events each say so elsewhere."""
    person = (
        body.get("user_id") or (body.get("user") or {}).get("id") or (body.get("event") or {}).get("user")
    )
    return str(person or "")


def team_of(body: Body) -> str:
    """Return the Slack workspace it was done in, "" where none is named.

    Where an Enterprise Grid installed us, interactions may name it in the view or the person alone.
    """
    places = [body.get("team"), body.get("view"), body.get("user")]
    team, *others = [place if isinstance(place, dict) else {} for place in places]
    named = [body.get("team_id"), team.get("id"), *(other.get("team_id") for other in others)]
    return next((str(each) for each in named if str(each or "").startswith("T")), "")
