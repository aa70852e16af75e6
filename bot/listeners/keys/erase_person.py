"""Erasing a person from telemetry: an admin's act, from the button under `claude by engineer`."""

from slack_bolt import App

from bot.ingest.erase import NobodyThere, erase
from bot.listeners.context import Context
from bot.listeners.registration import on_action, on_submission, show_notice, show_view
from bot.listeners.reply import Reply
from bot.slack.requests import Body
from bot.slack.users import Viewer
from bot.slack.views import open_form
from digests.forms import erase_person as form


def register(app: App, context: Context) -> None:
    """Listen to the button and the form."""
    on_action(app, context, "erase", _ask, needs="disconnect claude")
    on_submission(app, context, form.CALLBACK, _erase, title=form.TITLE, meanwhile=form.erasing())


def _ask(context: Context, body: Body, _viewer: Viewer, _reply: Reply) -> None:
    open_form(context.client, body, form.form())


def _erase(context: Context, body: Body) -> None:
    viewer, view = context.admit(body, "disconnect claude"), body["view"]
    person = form.person_in(view)
    context.let_ack_arrive()
    try:
        erase(context.team_id, person, by=viewer.user_id, at=context.services.now())
    except NobodyThere as error:
        show_view(context, view["id"], form.form(problem=f"{person}: {error}"))
        return
    show_notice(context, view["id"], form.TITLE, form.erased(person))
