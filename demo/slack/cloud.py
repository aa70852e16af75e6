"""Several workspaces of the stand-in Slack at one address, and how an app gets into them: OAuth.

acme, umbrella = Workspace(), neighbor("Umbrella", 2)
cloud = Cloud([acme, umbrella])
with serving_all(cloud) as slacks:
    code, state = cloud.consent(address_that_the_app_sent_to, umbrella)
    slacks[umbrella.team_id].command(...)
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from demo.slack.http import application, at_address
from demo.slack.people import ADMIN, CHANNELS, PEOPLE, Enterprise
from demo.slack.server import Slack
from demo.slack.workspace import Workspace

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CLIENT_ID, CLIENT_SECRET = "1234567890.0987654321", "stand-in-client-secret"


@dataclass(frozen=True)
class Grant:
    """An installation that a person agreed to: in a workspace, or in all of an enterprise."""

    by: str
    workspaces: tuple[Workspace, ...]
    enterprise: Enterprise | None
    redirect_uri: str

    @property
    def is_org_wide(self) -> bool:
        """Whether it is for a whole enterprise."""
        return len(self.workspaces) > 1


class Cloud:
    """Workspaces that share an address, a signing secret and an app.

    `chosen` is where the next person who is asked installs it: one of them, all of an enterprise, or nowhere.
    """

    def __init__(self, workspaces: Iterable[Workspace]) -> None:
        self.workspaces = {workspace.team_id: workspace for workspace in workspaces}
        self.by = ADMIN
        self.chosen: tuple[Workspace, ...] = ()
        self._codes: dict[str, Grant] = {}
        self._issued = 0

    def answered(self, query: str) -> str:
        """Answer the page that asks whether to install; returns where Slack sends the person then."""
        parameters = {name: values[0] for name, values in parse_qs(query).items()}
        if parameters.get("client_id") != CLIENT_ID or not parameters.get("scope"):
            raise ValueError(f"Slack would not ask anybody for {parameters}")
        answer = {"error": "access_denied"}
        if self.chosen:
            self._issued += 1
            answer = {"code": f"code-{self._issued}"}
            grant = Grant(self.by, self.chosen, self.chosen[0].enterprise, parameters["redirect_uri"])
            self._codes[answer["code"]] = grant
        return f"{parameters['redirect_uri']}?{urlencode({**answer, 'state': parameters['state']})}"

    def exchange(self, arguments: Mapping[str, Any], credentials: str) -> dict[str, Any]:
        """Trade a code for a token, once: `oauth.v2.access`."""
        if credentials != f"{CLIENT_ID}:{CLIENT_SECRET}":
            return {"ok": False, "error": "bad_client_secret"}
        grant = self._codes.pop(str(arguments.get("code")), None)
        if grant is None or grant.redirect_uri != arguments.get("redirect_uri"):
            return {"ok": False, "error": "invalid_code" if grant is None else "bad_redirect_uri"}
        self._issued += 1
        token = f"xoxb-issued-{self._issued}"
        for workspace in grant.workspaces:
            workspace.install(token, org_wide=grant.is_org_wide)
        first = grant.workspaces[0]
        return {
            "ok": True,
            "app_id": first.app_id,
            "authed_user": {"id": grant.by},
            "scope": ",".join(sorted(first.scopes)),
            "token_type": "bot",
            "access_token": token,
            "bot_user_id": first.bot_user,
            "team": None if grant.is_org_wide else {"id": first.team_id, "name": first.team_name},
            "enterprise": grant.enterprise.facts if grant.enterprise else None,
            "is_enterprise_install": grant.is_org_wide,
        }

    def workspace_of(self, token: str, arguments: Mapping[str, Any]) -> Workspace | None:
        """The workspace that a call is about; a token for an enterprise leaves that to the arguments."""
        holding = [workspace for workspace in self.workspaces.values() if workspace.token == token]
        return next((each for each in holding if _knows(each, arguments)), holding[0] if holding else None)


def neighbor(name: str, number: int, *, enterprise: Enterprise | None = None) -> Workspace:
    """Another workspace like the first, where everybody and everything has an id and a name of its own."""
    team, mark = f"T0{name.upper():X<8}"[:10], str(number)
    people = [
        replace(
            person,
            id=person.id + mark,
            team_id=team if not person.is_stranger else person.team_id,
            email=person.email.replace("acme", name.lower()),
        )
        for person in PEOPLE
        if not person.is_bot
    ]
    bot = next(replace(person, team_id=team) for person in PEOPLE if person.is_bot)
    channels = [
        replace(
            channel,
            id=channel.id + mark,
            members=frozenset(member if member == bot.id else member + mark for member in channel.members),
        )
        for channel in CHANNELS
    ]
    return Workspace(
        people=[*people, bot],
        channels=channels,
        team_id=team,
        team_name=name,
        token=f"xoxb-never-installed-{mark}",
        enterprise=enterprise,
        first_number=number * 1_000_000,
    )


@contextmanager
def serving_all(cloud: Cloud) -> Iterator[dict[str, Slack]]:
    """Serve all workspaces at one address until the block ends; returns each from its people's side."""
    with at_address(_application(cloud)) as address, ExitStack() as stack:
        slacks = {}
        for team_id, workspace in cloud.workspaces.items():
            workspace.address = address
            slacks[team_id] = Slack(workspace)
            stack.callback(slacks[team_id].wire.disconnect)
        yield slacks


def _application(cloud: Cloud) -> "WSGIApplication":
    applications = {team_id: application(each) for team_id, each in cloud.workspaces.items()}

    def serve(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        body = bytes(environ["wsgi.input"].read())
        again: WSGIEnvironment = {**environ, "wsgi.input": BytesIO(body)}
        if path == "/api/oauth.v2.access":
            return _answer(start, cloud.exchange(_arguments(environ, body), _basic(environ)))
        if path == "/oauth/v2/authorize":
            start("302 Found", [("Location", cloud.answered(str(environ.get("QUERY_STRING"))))])
            return []
        if path.startswith("/response/"):
            return applications[path.split("/")[2]](again, start)
        token = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")[2]
        workspace = cloud.workspace_of(token, _arguments(environ, body))
        if workspace is None:
            first = next(iter(cloud.workspaces.values()))
            date = ("Date", formatdate(first.clock(), usegmt=True))
            return _answer(start, {"ok": False, "error": "invalid_auth" if token else "not_authed"}, date)
        return applications[workspace.team_id](again, start)

    return serve


def _knows(workspace: Workspace, arguments: Mapping[str, Any]) -> bool:
    """Whether what a call names is in a workspace."""
    named: Sequence[tuple[str, Mapping[str, Any]]] = (
        ("trigger_id", workspace.triggers),
        ("view_id", workspace.views),
        ("channel", {**workspace.channels, **workspace.people}),
        ("user", workspace.people),
        ("users", workspace.people),
        ("user_id", workspace.people),
    )
    return any(arguments.get(name) in values for name, values in named if arguments.get(name))


def _arguments(environ: "WSGIEnvironment", body: bytes) -> Mapping[str, Any]:
    if "json" in str(environ.get("CONTENT_TYPE", "")):
        arguments = json.loads(body or b"{}")
        return arguments if isinstance(arguments, dict) else {}
    return dict(parse_qsl(f"{environ.get('QUERY_STRING', '')}&{body.decode(errors='replace')}"))


def _basic(environ: "WSGIEnvironment") -> str:
    scheme, _, given = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return base64.b64decode(given).decode() if scheme == "Basic" else ""


def _answer(start: "StartResponse", answer: Mapping[str, Any], *headers: tuple[str, str]) -> Iterable[bytes]:
    start(f"{HTTPStatus.OK.value} OK", [("Content-Type", "application/json"), *headers])
    return [json.dumps(answer).encode()]
