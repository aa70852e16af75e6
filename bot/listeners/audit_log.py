"""The audit log for admins: a modal with pages, and all of it as a file."""

import re
from io import BytesIO

from slack_bolt import App

from bot.listeners.access import log_act
from bot.listeners.context import Context
from bot.listeners.registration import on_action
from bot.listeners.reply import Reply, direct
from bot.slack import files
from bot.slack.requests import Body
from bot.slack.users import Viewer
from digests.files.spreadsheet import BYTE_ORDER_MARK
from digests.layout import blocks, modals
from digests.layout.message import text_message
from digests.messages import audit as words
from digests.messages.audit import Log
from digests.words import wording
from digests.words.exports import AUDIT_LOG, AUDIT_LOG_NOT_TAKEN, AUDIT_LOG_SENT
from storage.engine.database import session
from storage.state import audit

TITLE, PAGE, NEWEST = "Audit log", 50, 50  # entries in a modal of 100 blocks, and in a message
FILE = "stackspend-audit.csv"


def register(app: App, context: Context) -> None:
    """Listen to the buttons."""
    on_action(app, context, re.compile("^audit(:older)?$"), show, needs="audit")
    on_action(app, context, "audit:csv", send, needs="audit", lane="exports", in_turn=True)


def show(context: Context, body: Body, viewer: Viewer, _reply: Reply) -> None:
    """Open the modal with the newest entries, or show its next page."""
    view, current = _page(context, body, viewer), body.get("view") or {}
    if current.get("type") == "modal":
        context.client.views_update(view_id=current["id"], view=view)
    else:
        context.client.views_open(trigger_id=body["trigger_id"], view=view)


def _page(context: Context, body: Body, viewer: Viewer) -> blocks.Block:
    with session():
        before = audit.find(context.team_id, _number(body))
        latest = audit.latest(context.team_id, limit=PAGE + 1, before=before)
    entries, older = latest[:PAGE], len(latest) > PAGE
    return modals.notice(TITLE, words.page(entries, zone=viewer.zone, is_first=before is None, older=older))


def _number(body: Body) -> int:
    value = (body.get("actions") or [{}])[0].get("value") or ""
    return int(value) if value.isdecimal() else 0


def send(context: Context, _body: Body, viewer: Viewer, reply: Reply) -> None:
    """Send all of it as a file; if Slack does not take it, the newest entries as a message."""
    log_act(context, viewer, "exported", "audit log as CSV")
    with session():
        entries = audit.every(context.team_id)
    try:
        written = BytesIO(f"{BYTE_ORDER_MARK}{words.as_csv(Log(entries))}".encode())
        files.send(context.client, viewer.user_id, FILE, written, comment=AUDIT_LOG)
    except files.FileRefused as error:
        direct(context.delivery, viewer.user_id, words.as_text(entries[:NEWEST], zone=viewer.zone))
        reply.say(text_message(AUDIT_LOG_NOT_TAKEN.format(code=wording.escape(str(error)))))
    else:
        reply.say(text_message(AUDIT_LOG_SENT))
