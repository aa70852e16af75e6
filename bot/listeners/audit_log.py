"""The audit log, to admins: a modal that pages through it, and all of it as a file."""

import re
from io import BytesIO
from typing import Any

from slack_bolt import Ack, App

from bot.listeners.access import note
from bot.listeners.context import Body, Desk, Reply, direct
from bot.questions.answer import sentence
from bot.slack import files, modals
from bot.slack.users import Viewer
from digests.files.spreadsheet import BYTE_ORDER_MARK
from digests.layout import blocks
from digests.messages import audit as words
from digests.messages.audit import Log
from digests.words import wording
from storage.engine.database import session
from storage.state import audit

TITLE, PAGE, NEWEST = "Audit log", 50, 50
FILE, SAID = "stackspend-audit.csv", "The audit log of StackSpend."
SENT = "The audit log is in our direct message."
TOLD = (
    "Slack does not take the file: `{code}`. With the permission `files:write` it would; "
    "the newest entries are in our direct message."
)


def register(app: App, desk: Desk) -> None:
    """Listen to the buttons."""

    @app.action(re.compile("^audit(:older)?$"))
    def wanted(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(desk.client, body)
        desk.later(reply.say, lambda: show(desk, body, desk.admit(body, "audit"), reply))

    @app.action("audit:csv")
    def exported(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(desk.client, body)
        desk.later(
            reply.say,
            lambda: send(desk, body, desk.admit(body, "audit"), reply),
            lane="exports",
            person=reply.user_id,
        )


def show(desk: Desk, body: Body, viewer: Viewer, _reply: Reply) -> None:
    """Open the modal with the newest entries, or turn its page."""
    view, now_shown = _page(desk, body, viewer), body.get("view") or {}
    if now_shown.get("type") == "modal":
        desk.client.views_update(view_id=now_shown["id"], view=view)
    else:
        desk.client.views_open(trigger_id=body["trigger_id"], view=view)


def _page(desk: Desk, body: Body, viewer: Viewer) -> blocks.Block:
    with session():
        before = audit.find(desk.team_id, _number(body))
        found = audit.latest(desk.team_id, limit=PAGE + 1, before=before)
    entries, older = found[:PAGE], len(found) > PAGE
    return modals.notice(TITLE, words.page(entries, zone=viewer.zone, is_first=before is None, older=older))


def _number(body: Body) -> int:
    value = (body.get("actions") or [{}])[0].get("value") or ""
    return int(value) if value.isdecimal() else 0


def send(desk: Desk, _body: Body, viewer: Viewer, reply: Reply) -> None:
    """Send all of it as a file; where Slack takes none, the newest entries as a message."""
    note(desk, viewer, "exported", "audit log as CSV")
    with session():
        entries = audit.every(desk.team_id)
    try:
        written = BytesIO(f"{BYTE_ORDER_MARK}{words.as_csv(Log(entries))}".encode())
        files.send(desk.client, viewer.user_id, FILE, written, said=SAID)
    except files.FileRefused as error:
        direct(desk.client, viewer.user_id, words.as_text(entries[:NEWEST], zone=viewer.zone))
        reply.say(sentence(TOLD.format(code=wording.escape(str(error)))))
    else:
        reply.say(sentence(SENT))
