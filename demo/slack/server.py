"""A stand-in for Slack: a workspace served on loopback, and the people in it who type, press and fill in.

    workspace = Workspace()
    with serving(workspace) as slack:
        slack.request_url = "http://127.0.0.1:3000/slack/events"  # where the bot listens
        delivery = slack.command(ADMIN, "cost today", channel=SPEND)
        answer = slack.wait(kind="ephemeral", after=delivery.index)
        slack.click(ADMIN, answer, "by_model")

The bot is pointed at `slack.api_url`. Everything it shows is in `workspace.transcript`; what Slack would not
have accepted is in `slack.violations`, and what the bot failed to acknowledge in time in `slack.failures`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from demo.slack import ack_effects as acks
from demo.slack import forms, payloads
from demo.slack.http import application, at_address
from demo.slack.transcript import Entry, Kind, Message, View
from demo.slack.wire import JSON, Delivery, Wire
from demo.slack.workspace import ResponseUrl, Workspace

__all__ = ["Delivery", "Entry", "Message", "Slack", "View", "Workspace", "serving"]

Thing = Entry | Message | View


class Slack:
    """The served workspace, from the side of the people in it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.wire = Wire(workspace)

    @property
    def api_url(self) -> str:
        """The address to use instead of Slack's; it ends in `/api/`."""
        return f"{self.workspace.address}/api/"

    @property
    def violations(self) -> list[str]:
        """Everything the bot sent that Slack would have refused, or that is bad for people."""
        return self.workspace.violations

    @property
    def failures(self) -> list[str]:
        """The requests that the bot did not acknowledge in time."""
        return self.wire.failures

    @property
    def request_url(self) -> str:
        """The address at which the bot listens for commands, interactions and events."""
        return self.wire.request_url

    @request_url.setter
    def request_url(self, url: str) -> None:
        self.wire.request_url = url

    # --- what a person does

    def command(
        self, user: str, text: str = "", *, channel: str | None = None, command: str = "/stackspend"
    ) -> Delivery:
        """Type a slash command, in the direct message with the bot unless a channel is named."""
        place = channel or self.workspace.direct_channel(user).id
        typed = f"{command} {text}".strip()
        entry = self.workspace.record("command", user=user, channel=place, text=typed)
        form = payloads.command(self.workspace, user=user, channel=place, name=command, text=text)
        delivery = self._deliver(entry, urlencode(form), about=typed)
        return acks.show_message(self.wire, delivery, ResponseUrl(user, place, 0))

    def click(self, user: str, thing: Thing, action_id: str, block_id: str | None = None) -> Delivery:
        """Press a button in a message, a modal or the Home tab."""
        subject = self._in_front_of(user, thing)
        block, element = forms.element_at(subject.content, action_id, block_id)
        facts = {"type": element["type"], "text": element.get("text"), "value": element.get("value")}
        label = (element.get("text") or {}).get("text", action_id)
        return self._act(user, subject, (block, action_id), facts, label=f"[ {label} ]")

    def select(
        self,
        user: str,
        thing: Thing,
        action_id: str,
        value: Any,  # noqa: ANN401 a word, an id, a date, or several of them
        block_id: str | None = None,
    ) -> Delivery:
        """Choose or type something; the bot hears of it at once only where Slack would tell it."""
        subject = self._in_front_of(user, thing)
        block, element = forms.element_at(subject.content, action_id, block_id)
        entry = self._entered(subject, block, element, value)
        place = (block, action_id)
        if isinstance(subject, View):
            subject = replace(subject, typed={**subject.typed, place: entry})
            self._keep(subject)
        if not _is_dispatched(subject.content, block):
            return Delivery(index=len(self.workspace.transcript) - 1)
        return self._act(user, subject, place, entry, label=f"{action_id}: {value}")

    def fill_in(self, user: str, view: Thing | None, values: Mapping[tuple[str, str], Any]) -> View:
        """Enter something into a modal (the topmost unless named); nothing is sent yet."""
        shown = self._modal(user, view)
        for (block_id, action_id), value in values.items():
            block, element = forms.element_at(shown.content, action_id, block_id)
            entry = self._entered(shown, block, element, value)
            shown = replace(shown, typed={**shown.typed, (block, action_id): entry})
        self._keep(shown)
        return shown

    def submit(
        self, user: str, view: Thing | None = None, values: Mapping[tuple[str, str], Any] | None = None
    ) -> Delivery:
        """Fill in a modal (the topmost unless named) and submit it; what is not named keeps its content."""
        shown = self.fill_in(user, view, values or {})
        state = forms.state_of(shown.content, shown.typed, shown.opened_in)
        missing = forms.complaints(shown.content, state)
        if missing:
            before = Delivery(index=len(self.workspace.transcript) - 1)
            return acks.complain(self.workspace, before, shown, missing)
        label = (shown.content.get("submit") or {}).get("text", "Submit")
        entry_of_act = self.workspace.record("click", user=user, text=f"[ {label} ]")
        delivery = self._interact(entry_of_act, payloads.submission(self.workspace, shown))
        return acks.step_modal(self.wire, delivery, shown) if delivery.error is None else delivery

    def suggest(
        self, user: str, view: View, action_id: str, words: str, block_id: str | None = None
    ) -> list[dict[str, Any]]:
        """Type into a search and see what the bot offers."""
        shown = self._modal(user, view)
        block, element = forms.element_at(shown.content, action_id, block_id)
        return self._suggested(shown, block, element["action_id"], words)

    def close(self, user: str, view: Thing | None = None) -> Delivery:
        """Dismiss a modal; the bot hears of it only where it asked to."""
        shown = self._modal(user, view)
        cleared = bool(shown.content.get("clear_on_close"))
        entry = acks.leave(self.workspace, shown, everything=cleared)
        if not shown.content.get("notify_on_close"):
            return Delivery(index=entry.index)
        return self._interact(entry, payloads.closing(self.workspace, shown, cleared=cleared))

    def open_home(self, user: str, *, tab: str = "home") -> Delivery:
        """Look at the app's Home tab, or at its direct message (`messages`)."""
        shown = self.workspace.homes.get(user)
        facts = {"user": user, "channel": self.workspace.direct_channel(user).id, "tab": tab}
        view = {"view": payloads.with_state(self.workspace, shown)} if shown and tab == "home" else {}
        return self.event("app_home_opened", **facts, **view)

    def say(
        self, user: str, text: str, *, channel: str | None = None, thread: Message | None = None
    ) -> Delivery:
        """Write a message, to the bot itself unless a channel is named."""
        place = self.workspace.channels[channel] if channel else self.workspace.direct_channel(user)
        root = {"thread_ts": thread.thread_ts or thread.ts} if thread else {}
        message = self.workspace.post(place.id, {"text": text, **root}, author=user)
        return self._heard(message)

    def edit(self, message: Message, text: str) -> Delivery:
        """Change what a person wrote; a mention that is edited is a new event for the bot."""
        edited = self.workspace.edit(message, {**message.content, "text": text})
        if self.workspace.channels[edited.channel].kind != "im":
            return self._heard(edited)
        facts = payloads.words(self.workspace, edited)
        place = {"channel": edited.channel, "channel_type": "im", "ts": edited.edited_ts}
        return self.event("message", subtype="message_changed", hidden=True, message=facts, **place)

    def delete(self, message: Message) -> Delivery:
        """Take back what a person wrote."""
        self.workspace.delete(message)
        if self.workspace.channels[message.channel].kind != "im":
            return Delivery(index=len(self.workspace.transcript) - 1)
        place = {"channel": message.channel, "channel_type": "im", "deleted_ts": message.ts}
        return self.event("message", subtype="message_deleted", hidden=True, **place)

    def _heard(self, message: Message) -> Delivery:
        """Send what somebody wrote where the bot hears it: in its direct message, else where it is named."""
        workspace, place = self.workspace, self.workspace.channels[message.channel]
        facts = payloads.words(workspace, message)
        if place.kind == "im" and "im:history" in workspace.scopes:
            return self.event("message", **facts)
        is_named = f"<@{workspace.bot_user}>" in message.text and workspace.bot_user in place.members
        if place.kind != "im" and is_named and "app_mentions:read" in workspace.scopes:
            return self.event("app_mention", **facts)
        return Delivery(index=len(workspace.transcript) - 1)

    def event(self, kind: str, **facts: object) -> Delivery:
        """Send the bot an event."""
        body = json.dumps(payloads.event(self.workspace, kind=kind, facts=facts))
        index = len(self.workspace.transcript) - 1
        return self.wire.post(Delivery(index=index, body=body, kind=JSON), about=f"event {kind}")

    def redeliver(self, delivery: Delivery, *, number: int = 1, reason: str = "http_timeout") -> Delivery:
        """Send the very same event again, as Slack does when it was not acknowledged."""
        headers = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        return self.wire.post(delivery, about="event again", headers=headers)

    # --- what people see

    def wait(
        self,
        wanted: Callable[[Entry], bool] | None = None,
        *,
        kind: Kind | None = None,
        channel: str | None = None,
        user: str | None = None,
        contains: str = "",
        after: int = -1,
        timeout: float = 10,
    ) -> Entry:
        """Return the first entry past `after` that fits every condition given."""

        def fits(entry: Entry) -> bool:
            return (
                kind in (None, entry.kind)
                and channel in (None, entry.channel)
                and user in (None, entry.user)
                and (not contains or contains in entry.words)
                and (wanted is None or wanted(entry))
            )

        return self.workspace.transcript.wait(fits, after=after, timeout=timeout)

    # --- how it reaches the bot

    def _act(
        self, user: str, subject: Message | View, place: forms.Place, facts: dict[str, Any], *, label: str
    ) -> Delivery:
        channel = subject.channel if isinstance(subject, Message) else None
        entry = self.workspace.record("click", user=user, channel=channel, text=label)
        block_id, action_id = place
        now = f"{self.workspace.clock():.6f}"
        action = {k: v for k, v in facts.items() if v is not None}
        action |= {"action_id": action_id, "block_id": block_id, "action_ts": now}
        if isinstance(subject, View):
            return self._interact(entry, payloads.view_action(self.workspace, view=subject, action=action))
        payload = payloads.message_action(self.workspace, user=user, message=subject, action=action)
        delivery = self._interact(entry, payload)
        return acks.show_message(self.wire, delivery, ResponseUrl(user, subject.channel, 0, subject.ts))

    def _interact(self, entry: Entry, payload: dict[str, Any]) -> Delivery:
        return self._deliver(entry, urlencode({"payload": json.dumps(payload)}), about=payload["type"])

    def _deliver(self, entry: Entry, body: str, *, about: str) -> Delivery:
        return self.wire.post(Delivery(index=entry.index, body=body), about=about)

    def _suggested(self, view: View, block_id: str, action_id: str, words: str) -> list[Any]:
        place = {"block_id": block_id, "action_id": action_id}
        payload = payloads.suggestion(self.workspace, view=view, words=words, **place)
        body = urlencode({"payload": json.dumps(payload)})
        index = len(self.workspace.transcript) - 1
        answer = self.wire.post(Delivery(index=index, body=body), about="block_suggestion").json
        grouped = [option for group in answer.get("option_groups") or [] for option in group["options"]]
        return [*(answer.get("options") or []), *grouped]

    # --- what a person has in front of them

    def _in_front_of(self, user: str, thing: Thing) -> Message | View:
        subject = thing.subject if isinstance(thing, Entry) else thing
        if isinstance(subject, Message):
            return self._readable(user, subject)
        if subject is None:
            raise LookupError("there is nothing to press in it")
        homes, stack = self.workspace.homes, self.workspace.stacks.get(user, [])
        if subject.id not in stack and subject.id != getattr(homes.get(user), "id", None):
            raise LookupError(f"{user} does not have {subject.id} open")
        return self.workspace.views[subject.id]

    def _readable(self, user: str, message: Message) -> Message:
        now = self.workspace.find(message.channel, message.ts)
        if now is None:
            raise LookupError("the message is gone")
        if now.seen_by not in (None, user) or not self._can_see(user, now.channel):
            raise LookupError(f"{user} cannot see this message")
        return now

    def _can_see(self, user: str, channel: str) -> bool:
        place = self.workspace.channels[channel]
        return place.kind == "public" or user in place.members

    def _modal(self, user: str, view: Thing | None) -> View:
        modal = self._in_front_of(user, view) if view else self.workspace.modal(user)
        if isinstance(modal, View):
            return modal
        raise LookupError(f"{user} has no modal open")

    def _keep(self, view: View) -> None:
        with self.workspace.lock:
            self.workspace.views[view.id] = view

    def _entered(
        self,
        subject: Message | View,
        block_id: str,
        element: dict[str, Any],
        value: Any,  # noqa: ANN401 as in select
    ) -> dict[str, Any]:
        if isinstance(subject, Message) or not forms.needs_suggestions(element):
            return forms.entry_of(element, value)
        words = value if isinstance(value, str) else ""
        return forms.entry_of(element, value, self._suggested(subject, block_id, element["action_id"], words))


def _is_dispatched(content: Mapping[str, Any], block_id: str) -> bool:
    """Say whether the bot hears at once of what is entered in a block."""
    block = next(b for b in content["blocks"] if b["block_id"] == block_id)
    return block["type"] != "input" or bool(block.get("dispatch_action"))


@contextmanager
def serving(workspace: Workspace, *, port: int = 0) -> Iterator[Slack]:
    """Serve a workspace on loopback until the block ends."""
    with at_address(application(workspace), port=port) as workspace.address:
        slack = Slack(workspace)
        try:
            yield slack
        finally:
            slack.wire.disconnect()
