"""The set-up steps that are left for an admin, on the Home tab."""

from dataclasses import dataclass

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import render_template
from digests.numbers.report import Progress
from digests.words import wording


@dataclass(frozen=True)
class Setup:
    """The state of the set-up; `organization` is "" until connected, `reading` None once history is in."""

    organization: str
    reading: Progress | None
    has_digest: bool
    has_decided: bool

    @property
    def is_read(self) -> bool:
        """Whether the first walk through history is over."""
        return bool(self.organization) and self.reading is None

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.is_read and self.has_digest and self.has_decided


def checklist(setup: Setup) -> list[blocks.Block]:
    """Return the four steps, with buttons to those that wait for a person."""
    steps = _steps(setup)
    done = sum(bool(step["is_done"]) for step in steps)
    counts = f"{wording.number(done)} of {wording.number(len(steps))}"
    rendered, buttons = render_template("checklist", steps=steps), _buttons(setup)
    return [
        blocks.header(f"Set up StackSpend · {counts}"),
        blocks.section(rendered.headline),
        *([blocks.actions(*buttons)] if buttons else []),
    ]


def _steps(setup: Setup) -> list[dict[str, object]]:
    connected, decided = bool(setup.organization), setup.has_decided
    return [
        _step(
            "Connect Anthropic",
            wording.short(setup.organization) if connected else "with an Admin key, in about two minutes",
            is_done=connected,
        ),
        _step(
            "Import billing history",
            _read(setup.reading) if setup.reading else "done" if connected else "starts automatically",
            is_done=setup.is_read,
            is_under_way=connected,
        ),
        _step(
            "Post a daily digest",
            "done" if setup.has_digest else "one message every morning",
            is_done=setup.has_digest,
        ),
        _step(
            "Choose who can see what",
            "done" if decided else "right now, only admins see engineer names",
            is_done=decided,
        ),
    ]


def _read(progress: Progress) -> str:
    days = wording.counted(progress.days_total, "day")
    return f"{wording.number(progress.days_read)} of {days} imported"


def _step(what: str, how: str, *, is_done: bool, is_under_way: bool = False) -> dict[str, object]:
    return {"what": what, "how": how, "is_done": is_done, "is_under_way": is_under_way}


def _buttons(setup: Setup) -> list[blocks.Block]:
    """Return buttons to the steps that wait for a person, the next one first."""
    if not setup.organization:
        return [button("Connect Anthropic", "connect", primary=True)]
    digest, decide = not setup.has_digest, not setup.has_decided
    return [
        *([button("Add a digest", "digest:add", primary=True)] if digest else []),
        *([button("Choose access", "settings", primary=not digest)] if decide else []),
    ]
