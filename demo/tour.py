"""The guided tour: what a team sees from the first command to the first digest, and when the key fails."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from demo.admin_api.faults import ADMIN_KEY
from demo.slack.people import ADMIN, GUEST, MEMBER, SPEND
from demo.slack.server import Entry, Slack
from demo.stage import Stage
from demo.terminal import Viewer, draw_event
from digests.forms.connect_claude import MANAGED, MANAGED_BLOCK, TOKEN_BLOCK
from providers.period import DAY, Period

WIDTH = 96
HISTORY_PATIENCE = 240.0  # seconds; about fifteen are usual
REGULAR_KEY = "sk-ant-api03-not-an-admin-key-0123456789"
NEW_KEY = ADMIN_KEY[:-4] + "9Zk2"
A_MINUTE = timedelta(seconds=61)  # after which a key that was refused once is asked again


def _token_in(modal: Entry) -> str:
    """Return the token that a modal shows, as an admin copies it."""
    content = modal.subject.content if modal.subject else {}
    (block,) = [each for each in content["blocks"] if each.get("block_id") == TOKEN_BLOCK]
    return str(block["elements"][0]["elements"][0]["text"])


@dataclass
class Tour:
    """Plays the people, and prints what each of them sees."""

    stage: Stage
    color: bool = field(default_factory=sys.stdout.isatty)
    _shown: int = 0

    @property
    def slack(self) -> Slack:
        """The stand-in Slack."""
        return self.stage.slack

    @property
    def _zone(self) -> ZoneInfo:
        """The one clock of the transcript, Mina's; in Slack, everybody has their own."""
        return ZoneInfo(self.slack.workspace.people[ADMIN].timezone)

    def play(self) -> None:
        """Play every scene, from the installation to the lost key."""
        self._say(f"All clock times are Mina's ({self._zone.key}). In Slack, everybody sees their own.")
        self._connect()
        self._ask()
        self._connect_telemetry()
        self._set_up_a_digest()
        self._lose_and_renew_the_key()
        self._compare_with_the_books()

    def _connect(self) -> None:
        self._say("Mina, an admin, asks about spend. Nothing is connected yet.")
        self._wait_for_answer(self.slack.command(ADMIN, "", channel=SPEND).index)
        self._say("She connects, at first with the wrong kind of key.")
        opened = self.slack.command(ADMIN, "connect", channel=SPEND)
        self.slack.wait(kind="modal", user=ADMIN, after=opened.index)
        self.slack.submit(ADMIN, None, {("admin_key", "value"): REGULAR_KEY})
        self._show_new()
        self._say("Now with an Admin key. StackSpend checks it, encrypts it, and imports the history.")
        sent = self.slack.submit(ADMIN, None, {("admin_key", "value"): ADMIN_KEY})
        self.slack.wait(kind="modal_update", user=ADMIN, contains="Acme", after=sent.index, timeout=20)
        self._show_new()
        self._follow_the_history()

    def _follow_the_history(self) -> None:
        """Show the one message that is edited in place, as its bar grows."""
        done, last = None, ""
        while done is None:
            entry = self.slack.wait(
                lambda e: e.kind in ("dm", "edit") and e.index >= self._shown,
                timeout=HISTORY_PATIENCE,
            )
            bar = next((line for line in entry.words.splitlines() if "▓" in line or "░" in line), "")
            if bar and bar != last:
                print(f"\r  {bar}   ", end="" if self.color else "\n", flush=True)
            last = bar or last
            done = entry if entry.kind == "edit" and not bar else None
            self._shown = entry.index + 1
        print("\r" if self.color else "")
        self._draw(done)

    def _ask(self) -> None:
        for person, text in (
            (ADMIN, "cost today"),
            (ADMIN, "cost last month by model utc"),
            (ADMIN, "engineers 7d"),
            (ADMIN, "cost by egnineer"),
        ):
            self._wait_for_answer(self.slack.command(person, text, channel=SPEND).index)
        self._say("Names are private until an admin opens them. Jonas, a member, asks for them.")
        self._wait_for_answer(self.slack.command(MEMBER, "engineers 7d", channel=SPEND).index)
        self._say("A guest from outside sees nothing.")
        self._wait_for_answer(self.slack.command(GUEST, "cost today", channel=SPEND).index)

    def _connect_telemetry(self) -> None:
        self._say("Claude Code can report while it is used. Mina creates a token and gets what to paste.")
        opened = self.slack.command(ADMIN, "connect claude", channel=SPEND)
        self.slack.wait(kind="modal", user=ADMIN, after=opened.index, timeout=20)
        sent = self.slack.submit(ADMIN, values={(MANAGED_BLOCK, "value"): [MANAGED]})
        shown = self.slack.wait(kind="modal_update", user=ADMIN, contains="can send now", after=sent.index)
        self._show_new()
        self._say("The engineers restart Claude Code with them. The window notices on its own.")
        senders = self.stage.report(_token_in(shown))
        self.slack.wait(kind="modal_update", contains="First event", after=shown.index, timeout=30)
        self._show_new()
        self.slack.close(ADMIN)
        self._say("What they use is there while they use it, beside the bill, and moves as you watch.")
        self._wait_until(lambda: self._counted("today") > 0)
        before = self._counted("today")
        answer = self._wait_for_answer(self.slack.command(MEMBER, "claude today", channel=SPEND).index)
        self._wait_until(lambda: self._counted("today") > before)
        pressed = self.slack.click(MEMBER, answer, "view:update")
        self.slack.wait(kind="edit", after=pressed.index, timeout=20)
        self._show_new()
        self._say("One engineer never reports, and one stopped: the bill goes on, so StackSpend finds them.")
        self._wait_until(lambda: self._counted() >= senders.sent)
        self._wait_for_answer(self.slack.command(ADMIN, "claude blind", channel=SPEND).index)
        self._wait_for_answer(self.slack.command(ADMIN, "claude beside 7d", channel=SPEND).index)

    def _counted(self, period: str = "15d") -> int:
        return int(json.loads(self.stage.type("claude", period, "--json"))["requests"])

    def _wait_until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + HISTORY_PATIENCE
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError("the demo waited in vain")
            time.sleep(0.5)

    def _set_up_a_digest(self) -> None:
        self._say("Every morning at nine, a digest for the channel. Yesterday, a key ran away.")
        command = self.slack.command(ADMIN, "digest", channel=SPEND)
        listing = self._wait_for_answer(command.index)
        pressed = self.slack.click(ADMIN, listing, "digest:add")
        self.slack.wait(kind="modal", user=ADMIN, after=pressed.index)
        sent = self.slack.submit(ADMIN)
        confirmed = self.slack.wait(
            lambda e: e.kind in ("ephemeral", "dm") and "Send now" in e.words, after=sent.index
        )
        self._show_new()
        posted = self.slack.click(ADMIN, confirmed, "digest:send_now")
        self.slack.wait(
            kind="message", channel=SPEND, contains="Claude spend", after=posted.index, timeout=20
        )
        self._show_new()

    def _lose_and_renew_the_key(self) -> None:
        self._say("The key is revoked in the Console. StackSpend notices on its own.")
        self.stage.anthropic.faults.revoke()
        command = self.slack.command(ADMIN, "sync", channel=SPEND)
        self.slack.wait(kind="ephemeral", contains="try it again", after=command.index, timeout=30)
        self.stage.clock.move(A_MINUTE)
        alert = self.slack.wait(kind="dm", contains="no longer", after=command.index, timeout=30)
        self._show_new()
        self._say("Mina presses Add a new key and pastes one; StackSpend catches up.")
        self.stage.anthropic.faults.accept(NEW_KEY)
        pressed = self.slack.click(ADMIN, alert, "connect")
        self.slack.wait(kind="modal", user=ADMIN, after=pressed.index)
        sent = self.slack.submit(ADMIN, None, {("admin_key", "value"): NEW_KEY})
        self.slack.wait(kind="dm", contains="again", after=sent.index, timeout=60)
        self._show_new()

    def _compare_with_the_books(self) -> None:
        """The simulated organization keeps books of its own; they must agree with what the bot said."""
        today = datetime.now(UTC).date()
        month = Period.month(today.replace(day=1) - DAY)
        books = self.stage.organization.books.total(month.start, month.end).quantize(Decimal("0.01"))
        shown = [e.words for e in self.slack.workspace.transcript if e.kind == "ephemeral"]
        lines = (line.replace("*", "") for words in shown for line in words.splitlines())
        said = next(line for line in lines if f"${books:,.2f}" in line)
        self._say(
            f"The organization's own books for {month.start:%B %Y}: ${books:,.2f}. The bot said: {said}"
        )

    # what is printed

    def _say(self, text: str) -> None:
        line = f"\n{text}\n"
        print(f"\033[1;33m{line}\033[0m" if self.color else line)

    def _wait_for_answer(self, after: int) -> Entry:
        entry = self.slack.wait(lambda e: e.kind in ("ephemeral", "modal"), after=after, timeout=20)
        self._show_new()
        return entry

    def _show_new(self) -> None:
        entries = list(self.slack.workspace.transcript)
        for entry in entries[self._shown :]:
            if entry.kind != "home":  # nobody in this story has it open
                self._draw(entry)
        self._shown = len(entries)

    def _draw(self, entry: Entry) -> None:
        viewer = Viewer(names=entry.names, zone=self._zone, now=entry.at)
        print(draw_event(entry, WIDTH, color=self.color, viewer=viewer), end="\n\n", flush=True)
