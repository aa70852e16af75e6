"""The context that listeners share: acknowledge at once, answer later, and always answer.

run_after_ack │ a thread of a lane │ admit: who asks, may they │ the listener's work │ run_reporting_errors
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.listeners.reply import Notify, Unanswered
from bot.pools.lanes import Lane
from bot.questions.catalog import Catalog
from bot.questions.command import Name
from bot.questions.permissions import MANAGING, may_run
from bot.services import Services
from bot.slack import errors
from bot.slack.channel_readers import ShareTargets
from bot.slack.delivery import Delivery
from bot.slack.requests import Body, team_in, user_in
from bot.slack.scopes import Scopes
from bot.slack.users import Viewer, Viewers, ViewerUnknown
from digests import render
from digests.layout.message import text_message
from digests.render import Message
from digests.words.requests import NO_DATABASE, OUR_FAULT, RESTARTING, TOO_LATE, TOO_MANY, UNKNOWN_PERSON
from digests.words.wishes import Wish
from storage.engine.database import StorageUnavailable, session, transaction
from storage.state import access, audit, connections

WISHED_BY: Mapping[Name, Wish] = {
    "connect": "connect",
    "connect claude": "telemetry",
    "digest": "digest",
    "settings": "settings",
}
"""What somebody wants from an admin who types a command of theirs; the others are not worth a message."""
log = logging.getLogger(__name__)


class Refused(Exception):
    """This person is not permitted; `message` says why, None for the usual refusal."""

    def __init__(self, message: Message | None = None) -> None:
        super().__init__()
        self.message = message


@dataclass(frozen=True)
class Context:
    """Everything that a listener of one team needs."""

    services: Services
    delivery: Delivery
    team_id: str
    viewers: Viewers
    share_targets: ShareTargets
    scopes: Scopes
    ack_delay: float = 0.5
    """Seconds in which Slack shows an acknowledgement; it would replace an update that overtakes it."""

    catalog: Catalog = field(default_factory=Catalog)
    """The names that can be asked for."""

    @property
    def client(self) -> WebClient:
        """The team's Slack client."""
        return self.delivery.client

    def admit(self, body: Body, name: Name = "summary") -> Viewer:
        """Return the person who sent a request, if the command is open to them.

        Raises Refused or ViewerUnknown.
        """
        if team_in(body) != self.team_id:
            raise Refused
        viewer = self.viewers.find(user_in(body))
        self.allow(viewer, name)
        return viewer

    def allow(self, viewer: Viewer, name: Name) -> None:
        """Raise Refused where a command is not open to this person; the audit log keeps members' attempts."""
        if may_run(viewer, name, self.services.admins):
            return
        if name in MANAGING and viewer.is_full_member:  # strangers cannot fill the log
            with transaction():
                audit.record_once(self.team_id, viewer.user_id, "refused", name, self.services.now())
            raise Refused(render.admins_only(self.admins(), WISHED_BY.get(name)))
        raise Refused

    def admins(self) -> list[str]:
        """Return the ids of people who can manage the bot: those we know, else those Slack lists."""
        with session():
            connection = connections.of_team(self.team_id)
        connected_by = [connection.connected_by] if connection and connection.connected_by else []
        known = dict.fromkeys([*connected_by, *sorted(self.services.admins)])
        return [*known] or self.viewers.managers()

    def run_after_ack(
        self, notify: Notify, work: Callable[[], None], *, lane: Lane = "answers", person: str = ""
    ) -> None:
        """Do the work in a thread, after the acknowledgement; whatever happens, `notify` tells the person.

        Long work has a `lane` of its own, and each `person` has one task at a time.
        """
        lanes = self.services.lanes
        done = self.services.in_flight.begin(partial(_try_to_notify, notify, text_message(RESTARTING)))
        task = partial(_run_then, done, partial(run_reporting_errors, notify, work))
        if not lanes.submit(task, lane=lane, team=self.team_id, person=person):
            done()
            lanes.submit(partial(_try_to_notify, notify, text_message(TOO_MANY)), team=self.team_id)

    def calendar(self) -> str:
        """Return the time zone whose days the team's figures are of, as it is set now."""
        with session():
            return access.of_team(self.team_id).calendar

    def let_ack_arrive(self) -> None:
        """Wait a moment for the acknowledgement to arrive; a late one would replace the outcome."""
        time.sleep(self.ack_delay)


def _run_then(done: Callable[[], None], work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        done()


def run_reporting_errors(notify: Notify, work: Callable[[], None]) -> None:
    """Do the work; an error becomes one sentence for the person and a traceback in the log."""
    try:
        work()
    except Refused as refused:
        _try_to_notify(notify, refused.message or render.refusal())
    except ViewerUnknown:
        _try_to_notify(notify, text_message(UNKNOWN_PERSON))
    except StorageUnavailable:
        log.exception("a request failed because the database cannot be reached")
        _try_to_notify(notify, text_message(NO_DATABASE))
    except Unanswered:
        log.error("an answer did not arrive: Slack no longer takes it at its address")  # noqa: TRY400 - Slack's words are in the line before
    except SlackApiError as error:
        log.exception("Slack refused a call")
        _try_to_notify(
            notify, text_message(TOO_LATE if errors.code_of(error) in errors.FORM_TOO_LATE else OUR_FAULT)
        )
    except Exception:
        log.exception("a request failed")
        _try_to_notify(notify, text_message(OUR_FAULT))


def _try_to_notify(notify: Notify, message: Message) -> None:
    try:
        notify(message)
    except Exception:
        log.exception("the message about an error did not arrive either")
