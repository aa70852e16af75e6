"""Exports in Slack: a period's costs as a file in the direct message.

send: access.check: costs, names │ a notice if it takes long │ reports.export.write │ files.send
"""

import io
from tempfile import TemporaryFile
from typing import BinaryIO

from slack_bolt import App

from bot.listeners import access
from bot.listeners.context import Context
from bot.listeners.registration import on_action
from bot.listeners.reply import Reply
from bot.questions.answer import connection_for, explain_error
from bot.questions.command import Command, command_text
from bot.questions.permissions import may_manage
from bot.questions.reading.dates import TeamCalendar
from bot.questions.understand import understand
from bot.reports.export import ExportedFile, ExportRequest, write
from bot.slack import files
from bot.slack.errors import reason_of
from bot.slack.requests import Body, chosen
from bot.slack.users import Viewer
from digests import render
from digests.files.spreadsheet import BYTE_ORDER_MARK
from digests.layout import blocks
from digests.layout.message import Message, text_message
from digests.numbers.report import TIMES, AsFile
from digests.words import phrases, wording
from digests.words.exports import NO_ROWS, NOT_TAKEN, REMEDIES, SENT, WRITING
from storage.engine.database import session

MANY_ROWS = 20_000  # from here on writing takes long enough to tell the person


def register(app: App, context: Context) -> None:
    """Listen to the button."""
    on_action(app, context, "export", _pressed, needs="export", lane="exports", in_turn=True)


def _pressed(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    answer(context, viewer, chosen(body), reply)


def answer(context: Context, viewer: Viewer, question: str, reply: Reply) -> None:
    """Export what an answer shows: its days in its calendar, by its dimension."""
    now = context.services.now()
    command = understand(f"cost {question}", TeamCalendar(now, context.calendar()))
    if not isinstance(command, Command):
        reply.say(explain_error(command))
        return
    by = "day" if command.dimension in TIMES else command.dimension
    file = Command("export", command.period, file=AsFile(by), filters=command.filters)
    send(context, viewer, file, reply)


def send(context: Context, viewer: Viewer, command: Command, reply: Reply) -> None:
    """Write the file and post it in the direct message. Raises Refused if the person cannot see costs."""
    rights = access.check(context, viewer, command)
    with session():
        connection = connection_for(context.team_id, command.name)
        if connection is None or command.period is None:
            reply.say(render.not_connected(admin=may_manage(viewer, context.services.admins)))
            return
        request = ExportRequest(
            connection,
            command.period,
            command.file,
            rights.engineers or command.is_own,
            context.services.now(),
            command.filters,
            viewer.email.casefold(),
        )
        rows = request.length
    if rows >= MANY_ROWS:
        reply.say(text_message(WRITING.format(rows=wording.number(rows))))
    with TemporaryFile() as content:
        text = io.TextIOWrapper(content, encoding="utf-8", newline="")
        text.write(BYTE_ORDER_MARK if request.file.form == "csv" else "")
        written = write(request, text)
        text.flush()
        if not written.tally.rows:
            today, calendar = phrases.day_of(request.now, request.days.zone), phrases.zone_of(request.days)
            nothing = NO_ROWS.format(when=wording.period(request.days, today=today), calendar=calendar)
            reply.say(text_message(nothing, blocks.context(written.rendered.footnote)))
            return
        names = "" if rights.engineers else ", without names"
        access.log_act(context, viewer, "exported", f"{command_text(command)}{names}")
        reply.say(_delivered(context, viewer, command, written, text.buffer))


def _delivered(
    context: Context, viewer: Viewer, command: Command, written: ExportedFile, content: BinaryIO
) -> Message:
    """Post the file in the direct message; return the message for the place of the request."""
    headline, footnote = written.rendered.headline, written.rendered.footnote
    try:
        files.send(context.client, viewer.user_id, written.name, content, comment=f"{headline}\n{footnote}")
    except files.FileRefused as error:
        code, words = str(error), command_text(command)
        remedy = REMEDIES.get(reason_of(code), "")
        problem = NOT_TAKEN.format(code=wording.escape(code), remedy=remedy, words=words, name=written.name)
        return text_message(problem)
    return text_message(f"{SENT}\n{headline}", blocks.context(footnote))
