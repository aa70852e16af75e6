"""What the engineers of the simulated organization ask Claude Code for, request by request, and as OTLP.

The same rows that their bill and Claude Code's report are made of, so that the three agree; but whoever is
blind reports nothing, or no longer.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from demo.company.ledger import nanos_of, prices_of
from demo.company.organization import Organization
from demo.company.roster import Person
from demo.company.workload import UsageRow

PROMPT = 150_000  # tokens of one request at most: longer prompts have other prices
SILENT_DAYS = 3  # for which one engineer has reported nothing
VERSION, OLD_VERSION = "2.1.332", "2.0.63"  # the next after the second sends no telemetry
ON_CALL = timedelta(seconds=5)  # between two requests of whoever works when nobody else does
_REPOSITORIES = ("payments", "web", "infrastructure", "data")
_SKILLS = ("review-skill", "release-notes", "", "")
_SCOPE = "com.anthropic.claude_code.events"
_TEAMS = ("payments", "platform", "growth")


class Request(NamedTuple):
    """One request of a person: when, the model, its tokens in the order of a usage row, and what it cost."""

    id: str
    at: datetime
    person: Person
    model: str
    tokens: Sequence[int]
    nanos: int
    plan: str
    version: str = VERSION


class Cast(NamedTuple):
    """Who plays what: one never reports, one has stopped, one works when nobody else does."""

    never: str
    stopped: str
    on_call: Person


def cast_of(organization: Organization) -> Cast:
    """Choose who is blind, and who is on call, from the engineers with Claude Code."""
    coding = [person for person in organization.roster.people if person.pace]
    by_key = sorted((each for each in coding if each.signs_in == "key"), key=lambda each: -each.pace)
    (subscriber,) = [each for each in coding if each.signs_in == "subscription"][:1]
    return Cast(by_key[0].id, by_key[1].id, subscriber)


def requests(organization: Organization, start: datetime, end: datetime, *, now: datetime) -> list[Request]:
    """Return what is reported of the time in `[start, end)`, oldest first."""
    played = cast_of(organization)
    silent_since = now - timedelta(days=SILENT_DAYS)
    days = range((end.date() - start.date()).days + 1)
    every = (each for n in days for each in _of_day(organization, start.date() + timedelta(days=n)))
    heard = (
        each
        for each in every
        if start <= each.at < end
        and each.person.id != played.never
        and (each.person.id != played.stopped or each.at < silent_since)
    )
    aged = (
        each._replace(version=OLD_VERSION) if each.person.id == played.stopped else each for each in heard
    )
    return sorted(aged, key=lambda each: each.at)


def _of_day(organization: Organization, day: date) -> Iterator[Request]:
    people = {person.id: person for person in organization.roster.people}
    coding = organization.roster.workspace_id("Claude Code")
    billed = [row for row in organization.usage(day) if row.workspace_id == coding and row.api_key_id]
    for kind, rows in (("", billed), ("team", organization.covered(day))):
        for number, row in enumerate(rows):
            person = people.get(row.user_id or "")
            if person and not row.refused:
                yield from _of_row(row, person, day, f"{kind}{number}", kind)


def _of_row(row: UsageRow, person: Person, day: date, name: str, plan: str) -> Iterator[Request]:
    """Split an hour's tokens into requests of the usual size, evenly over the hour."""
    count = max(-(-sum(row.tokens[:4]) // PROMPT), 1)
    begins = datetime.combine(day, time(row.hour), UTC)
    prices = prices_of(row.terms, day)
    for number in range(count):
        tokens = [each * (number + 1) // count - each * number // count for each in row.tokens]
        at = begins + timedelta(hours=1) * (2 * number + 1) / (2 * count)
        nanos = sum(map(nanos_of, tokens, prices))
        yield Request(f"req_{day}_{name}_{number}", at, person, row.terms.model, tokens, nanos, plan)


def on_call(organization: Organization, start: datetime, end: datetime) -> Iterator[Request]:
    """Yield the requests of whoever works when nobody else does, under a seat: on no bill, at any hour."""
    person, model = cast_of(organization).on_call, "claude-sonnet-5-5"
    step = int(ON_CALL.total_seconds())
    for second in range(-(-int(start.timestamp()) // step) * step, int(end.timestamp()), step):
        tokens = [900, 0, 400, 21_000, 350 + second % 400]
        at = datetime.fromtimestamp(second, UTC)
        yield Request(f"req_on_call_{second}", at, person, model, tokens, _listed(tokens), "team")


def _listed(tokens: Sequence[int]) -> int:
    """Return a cost in billionths of a dollar, at Sonnet's list price."""
    per_token = (3_000, 3_750, 6_000, 300, 15_000)  # billionths
    return sum(count * price for count, price in zip(tokens, per_token, strict=True))


# As OTLP


def body(every: Iterable[Request]) -> bytes:
    """Return the body of an export of log records, as JSON."""
    return json.dumps({"resourceLogs": [_resource(each) for each in every]}).encode()


def _resource(request: Request) -> dict[str, Any]:
    person = request.person
    scope = {"scope": {"name": _SCOPE}, "logRecords": [_record(request)]}
    team = _TEAMS[len(person.email) % len(_TEAMS)]
    resource = {"service.name": "claude-code", "service.version": request.version, "team": team}
    return {"resource": {"attributes": _attributes(resource)}, "scopeLogs": [scope]}


def _record(request: Request) -> dict[str, Any]:
    person, (plain, short, long, read, output) = request.person, request.tokens
    place = _REPOSITORIES[sum(map(ord, person.id)) % len(_REPOSITORIES)]
    account = {"user.account_id": person.id} if request.plan else {}
    plan = {"anthropic.plan": request.plan, "anthropic.seat_type": "standard"} if request.plan else {}
    values: dict[str, Any] = {
        "event.name": "api_request",
        "session.id": f"{person.id}-{request.at:%Y-%m-%d}",
        "user.id": f"installation-of-{person.id}",
        "user.email": person.email,
        **account,
        **plan,
        "vcs.repository.url.full": f"https://github.com/acme/{place}",
        "model": request.model,
        "request_id": request.id,
        "input_tokens": plain,
        "cache_creation_tokens": short + long,
        "cache_creation_5m_tokens": short,
        "cache_creation_1h_tokens": long,
        "cache_read_tokens": read,
        "output_tokens": output,
        "cost_usd": request.nanos / 10**9,
    }
    if skill := _SKILLS[output % len(_SKILLS)]:
        values["skill.name"] = skill
    nanoseconds = str(int(request.at.timestamp()) * 10**9)
    text = {"stringValue": "claude_code.api_request"}
    return {"timeUnixNano": nanoseconds, "body": text, "attributes": _attributes(values)}


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue"}
    return [{"key": key, "value": {kinds[type(value)]: value}} for key, value in values.items()]
