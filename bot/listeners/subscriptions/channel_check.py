"""Checks of a digest's channel: whether we can post there, who can read it, what parts there are."""

from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.listeners.context import Context
from bot.questions.permissions import may_be_named_in, may_receive
from bot.reports.unique_names import distinct_names
from bot.slack import errors, views
from bot.slack.channel_members import ChannelFacts, facts_in
from bot.slack.requests import Body
from bot.slack.user_groups import GroupsUnknown
from bot.slack.users import Viewer
from digests.forms import digest as form
from digests.forms.digest import Offered
from digests.forms.digest_entries import Chosen, chosen_in
from digests.layout import blocks
from digests.messages import access as words
from digests.messages.digest.listing import often
from digests.numbers.build import UNNAMED
from digests.words import subscriptions as sentences
from digests.words import wording
from providers.period import Period
from storage.engine.database import session
from storage.facts import directory, spend
from storage.state import access, connections, subscriptions
from storage.state.access import Access
from storage.state.pauses import SHARED
from storage.state.subscriptions import Naming

LOOK_BACK = 90  # days whose models and workspaces are offered; older ones are rarely meant


@dataclass(frozen=True)
class DigestChannel:
    """A channel as far as the bot can see it; `problem` says why it cannot post there.

    `audience` is that of `ChannelFacts`, "" if Slack does not say.
    """

    name: str = ""
    audience: str = ""
    problem: str = ""

    @property
    def is_shared(self) -> bool:
        """Whether people of another company can read it, or are invited."""
        return self.audience == SHARED


def form_for(
    context: Context, chosen: Chosen, viewer: Viewer, *, here: str = "", problem: str = ""
) -> blocks.Block:
    """Return the form for a person, with the readers of its channel; `here` is the channel to offer."""
    settings, channel = _settings(context), chosen.channel or here
    facts = _counted(context.client, channel) if channel else None
    may_be_named = may_be_named_in(settings, channel) if channel else settings.naming is None
    readers = words.audience_of(
        channel,
        often=often(chosen.plan),
        allowed=not channel or may_receive(settings, channel),
        naming=chosen.naming if may_be_named and chosen.scope.kind != "model" else "totals",
        outsiders=facts and facts.audience == SHARED,
        members=facts and facts.members,
    )
    offered, paused = _offered(context, chosen), _is_paused(context, chosen)
    return form.form(chosen, offered, zone=viewer.zone, readers=readers, problem=problem, paused=paused)


def usual_naming(context: Context, channel: str) -> Naming:
    """Return how a new digest names engineers: not at all, unless names can be posted in its channel."""
    settings = _settings(context)
    may_be_named = may_be_named_in(settings, channel) if channel else settings.naming is None
    return "names" if may_be_named else "totals"


def _is_paused(context: Context, chosen: Chosen) -> bool:
    with session():
        edited = subscriptions.find(context.team_id, chosen.edited) if chosen.edited else None
    return edited is not None and bool(edited.paused)


def _offered(context: Context, chosen: Chosen) -> Offered:
    """Return the choices that the form needs now."""
    if chosen.scope.kind == "whole":
        return Offered()
    if chosen.scope.kind == "group":
        try:
            return Offered(groups=context.viewers.groups.all())
        except GroupsUnknown as error:
            return Offered(lacking=str(error))
    with session():
        connection = connections.of_team(context.team_id)
        if connection is None:
            return Offered()
        names = directory.read(connection.id)
        people = sorted((e.email.casefold(), e.name) for e in names.people() if e.email)
        recent = Period.last_days(LOOK_BACK, until=context.services.now().date())
        models = [s.id for s in spend.totals_by(connection.id, "model", recent) if s.id]
        places = [s.id for s in spend.totals_by(connection.id, "workspace", recent)]
    called = distinct_names(filter(None, places), names)
    return Offered(
        workspaces=[(id_ or "", called[id_] if id_ else UNNAMED["workspace"]) for id_ in places],
        families=sorted({wording.family(id_) for id_ in models}),
        engineers=[(email, f"{name} · {email}") for email, name in people],
    )


def change(context: Context, body: Body) -> None:
    """Show the form again with the fields that a choice needs; the entries stay."""
    viewer = context.admit(body, "digest")
    views.refresh(context.client, body["view"], form_for(context, chosen_in(body["view"]), viewer))


def _settings(context: Context) -> Access:
    with session():
        return access.of_team(context.team_id)


def digest_channel(context: Context, channel: str) -> DigestChannel:
    """Return whether the bot can post in a channel, after joining it if it can."""
    client = context.client
    if not may_receive(_settings(context), channel):
        return DigestChannel(problem=sentences.NOT_ALLOWED)
    try:
        facts = facts_in(client.conversations_info(channel=channel)["channel"])
    except SlackApiError as error:
        # without the permission to look, only the first post can show
        is_hidden = errors.code_of(error) in errors.NO_SCOPE
        invite = sentences.INVITE.format(channel=channel)
        return DigestChannel() if is_hidden else DigestChannel(problem=invite)
    if facts.is_archived:
        return DigestChannel(facts.name, problem=sentences.ARCHIVED.format(channel=channel))
    if facts.is_member or (facts.audience != "private" and _joined(client, channel)):
        return DigestChannel(facts.name, facts.audience)
    return DigestChannel(facts.name, problem=sentences.INVITE.format(channel=channel))


def _counted(client: WebClient, channel: str) -> ChannelFacts | None:
    """Return a channel with the count of its members, None if Slack does not say."""
    try:
        return facts_in(client.conversations_info(channel=channel, include_num_members=True)["channel"])
    except (SlackClientError, OSError):
        return None


def _joined(client: WebClient, channel: str) -> bool:
    try:
        client.conversations_join(channel=channel)
    except SlackApiError:
        return False
    return True
