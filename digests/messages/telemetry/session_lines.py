"""Sessions as lines of text: how long, on what, and what for."""

from datetime import timedelta

from digests.numbers.telemetry.figures import SessionLine
from digests.words import wording

NOBODY = "Not known"


def session_line(line: SessionLine, *, has_name: bool) -> str:
    """Return a session: `Mina Okafor · 3 h 20, Opus 5.5, 41 requests, $18.20, review, acme/pay`."""
    session = line.session
    facts = [
        _lasted(session.last_at - session.started_at),
        wording.model(session.model) if session.model else "",
        wording.counted(session.requests, "request"),
        wording.billed(session.cost),  # of one session, tokens at list prices are right to the cent
        session.skill,
        _repository(session.repository),
    ]
    shown = ", ".join(wording.short(fact) for fact in facts if fact)
    return f"{wording.short(line.name or NOBODY)}{wording.REMARK}{shown}" if has_name else shown


def _lasted(time: timedelta) -> str:
    """Return a duration: `3 h 20`, `41 min`."""
    hours, minutes = divmod(time // timedelta(minutes=1), 60)
    return f"{hours} h {minutes:02}" if hours else f"{max(minutes, 1)} min"


def _repository(url: str) -> str:
    """Return the owner and the name of a repository, which are the end of its address."""
    return "/".join(url.split("/")[-2:])
