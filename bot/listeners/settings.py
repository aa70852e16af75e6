"""*Settings*: who can see what, in a form that says what a choice means before it is saved.

ask: the form, with Slack's user groups │ _change: the explanation follows a choice │ _save, logged
"""

from slack_bolt import App

from bot.listeners.context import Context
from bot.listeners.home_tab import home
from bot.listeners.registration import on_action, on_form_action, on_submission
from bot.listeners.reply import Reply
from bot.questions.permissions import may_receive
from bot.slack import views
from bot.slack.errors import reason_of
from bot.slack.requests import Body
from bot.slack.user_groups import GroupsUnknown
from bot.slack.users import Viewer
from digests.forms import settings as settings_form
from digests.forms.settings import CALLBACK, CHANGED, TITLE, Chosen
from digests.forms.user_groups import Group
from digests.layout import blocks, modals
from digests.messages import access as words
from storage.engine.database import session, transaction
from storage.state import access, audit, connections, jobs, subscriptions


def register(app: App, context: Context) -> None:
    """Listen to the button and the modal."""
    on_action(app, context, "settings", ask, needs="settings")
    on_form_action(app, context, CHANGED, _change, title=TITLE)
    on_submission(app, context, CALLBACK, _save, title=TITLE, meanwhile=settings_form.saving())


def ask(context: Context, body: Body, _viewer: Viewer, _reply: Reply) -> None:
    """Open the modal, and fill it once Slack has listed its user groups, which can take a while."""
    opened = context.client.views_open(trigger_id=body["trigger_id"], view=settings_form.loading())
    with session():
        chosen = Chosen.of(access.of_team(context.team_id))
    context.client.views_update(view_id=opened["view"]["id"], view=_form(context, chosen))


def _change(context: Context, body: Body) -> None:
    """Update the explanation for the choices made; the entries stay."""
    context.admit(body, "settings")
    if modals.left_empty(body["view"]):
        return  # an empty field has no choice yet; saving points it out
    views.refresh(context.client, body["view"], _form(context, settings_form.chosen_in(body["view"])))


def _form(context: Context, chosen: Chosen) -> blocks.Block:
    groups, unknown = tuple[Group, ...](), ""
    with session():
        with_digest = {each.channel_id for each in subscriptions.of_team(context.team_id)}
    stopping = {channel for channel in with_digest if not may_receive(chosen.settings, channel)}
    try:
        groups = context.viewers.groups.all()
    except GroupsUnknown as error:
        unknown = str(error)
    lacks_scope = reason_of(unknown) == "scope"
    return settings_form.form(chosen, groups, unknown=unknown, lacks_scope=lacks_scope, stopping=stopping)


def _save(context: Context, body: Body) -> None:
    viewer, view = context.admit(body, "settings"), body["view"]
    decided, now = settings_form.chosen_in(view).settings, context.services.now()
    context.let_ack_arrive()
    with transaction():
        before = access.decide(context.team_id, decided, by=viewer.user_id, at=now)
        audit.record(context.team_id, viewer.user_id, "settings changed", words.changed(before, decided), now)
        connection = connections.of_team(context.team_id)
        if connection and before.calendar != decided.calendar:  # which needs other hours
            jobs.make_report_due(connection.id, "hours", now)
    context.client.views_update(view_id=view["id"], view=settings_form.saved(decided))
    home.refresh_everybodys(context)
    home.refresh(context, viewer)
