"""The answer to an inquiry: what it asks, who may know, and where that is said.

admit │ understand_text │ allow ┬ a total │ why_private ┬ None: in the thread
                                │                       └ whisper, and a line in the thread
                                ├ a form: a button that opens it, because a message opens none
                                └ an act: export, sync, digests
"""

from collections.abc import Mapping
from functools import partial

from bot.listeners import access, export
from bot.listeners import share as listeners_share
from bot.listeners.command import HANDLERS, LANES, answer_as_read
from bot.listeners.context import Context, run_reporting_errors
from bot.listeners.reply import Reply
from bot.listeners.talk.audience import why_private
from bot.listeners.talk.turn import Silenced, Turn, is_agent
from bot.listeners.typed_text import understand_text
from bot.questions.answer import NothingToShare, explain_error, in_channel
from bot.questions.command import Command, Name, command_text
from bot.slack.requests import Body
from bot.slack.users import Viewer
from digests import render
from digests.layout import buttons
from digests.messages import access as words
from digests.messages import conversation
from digests.messages.conversation import Why
from digests.render import Message

FORMS: Mapping[Name, str] = {
    "connect": "Connect Anthropic",
    "disconnect": "Disconnect…",
    "connect claude": "Connect Claude telemetry",
    "disconnect claude": "Telemetry tokens",
    "settings": "Open settings",
    "audit": "Open audit log",
}
"""Commands that open a form, which takes a press: https://docs.slack.dev/reference/methods/views.open."""


def answer(context: Context, turn: Turn) -> None:
    """Answer an inquiry, once. Raises Refused, ViewerUnknown and what reading raises."""
    try:
        _answer(context, turn)
    except Silenced:
        return


def _answer(context: Context, turn: Turn) -> None:
    viewer = context.admit(_body(context, turn))
    if turn.inquiry.is_direct and is_agent(context):
        turn.show_status(conversation.LOOKING)
    command = understand_text(context, viewer, turn.inquiry.text, own_id=turn.own_id)
    if not isinstance(command, Command):
        _say(turn, explain_error(command), "plain")
        return
    context.allow(viewer, command.name)
    if command.name in FORMS:
        _say(turn, conversation.form_button(FORMS[command.name], command_text(command)), "plain")
    elif command.name in HANDLERS or command.name == "export":
        act = partial(_act, context, turn, viewer, command)
        lane = LANES.get(command.name, "answers")
        context.run_after_ack(turn.notify, act, lane=lane, person=viewer.user_id)
    else:
        _answer_figures(context, turn, viewer, command)


def _body(context: Context, turn: Turn) -> Body:
    """Return what a command typed in the same place would have."""
    return {
        "team_id": context.team_id,
        "user_id": turn.inquiry.user_id,
        "channel_id": turn.inquiry.channel,
    }


def _answer_figures(context: Context, turn: Turn, viewer: Viewer, command: Command) -> None:
    if turn.inquiry.is_direct:
        turn.post(answer_as_read(context, viewer, command))
        return
    why = why_private(context, viewer, command, turn.inquiry.channel)
    if why is None and _post(context, turn, viewer, command):
        return
    private = answer_as_read(context, viewer, command)
    asking = listeners_share.with_question(context, _body(context, turn), private, command)
    _say(turn, buttons.without_share(private) if why == "barred" else asking, why or "plain")


def _post(context: Context, turn: Turn, viewer: Viewer, command: Command) -> bool:
    """Answer in the thread, without names; False if nothing of it is for a channel, or Slack takes none."""
    try:
        answered = in_channel(context.team_id, viewer, command, now=context.services.now())
    except NothingToShare:
        return False
    shown = words.nameless(answered)
    if not turn.post(render.read_as(shown, command.read_as) if command.read_as else shown):
        return False
    access.log_act(context, viewer, "shared", f"{command_text(command)} in {turn.inquiry.channel}")
    return True


def _say(turn: Turn, message: Message, why: Why) -> None:
    """Answer the asker alone; in a channel, a line in the thread says so."""
    place = turn.whisper(message)
    if not turn.inquiry.is_direct:
        turn.remark(conversation.private_answer(turn.inquiry.user_id, place, why))


def _act(context: Context, turn: Turn, viewer: Viewer, command: Command) -> None:
    """Do what a command says, which may take several messages."""
    reply = Reply(context.delivery, "", viewer.user_id, tell=turn.tell)
    if command.name == "export":
        act = partial(export.send, context, viewer, command, reply)
    else:
        act = partial(HANDLERS[command.name], context, _body(context, turn), viewer, reply)
    try:
        with turn.acting():
            run_reporting_errors(turn.tell, act)
    except Silenced:
        return
