"""The page over HTTP, on loopback: what was asked for is shown, what was done is carried out.

Every act is a POST that leads back to the page, so that it works without a script. The one script only asks
for the version and puts what is new in the place of what was there.
"""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from demo.admin_api.server import serve
from demo.browser import actions, render
from demo.browser.controls import Controls
from demo.browser.visibility import CAST, HOME, Perspective, Place
from demo.slack.people import SPEND
from demo.stage import Stage

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PORT = 8090
_STATIC = files("demo.browser") / "static"
_KINDS: Final = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_LARGEST: Final = 100_000  # bytes of a form
_PNG: Final = b"\x89PNG\r\n"
_NAMES: Final = {"127.0.0.1", "localhost"}
_SAFE: Final = [
    (
        "Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
]
Answer = tuple[HTTPStatus, str, bytes]  # status, kind (of a redirect: where to), body


class Pages:
    """The WSGI application."""

    def __init__(self, stage: Stage) -> None:
        self.slack, self.controls = stage.slack, Controls(stage)
        people = self.slack.workspace.people
        self._cast = {people[user].name: people[user] for user in CAST}
        self._seen: dict[str, dict[str, int]] = {name: {} for name in self._cast}

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer one request of this machine's own page."""
        status, kind, body = self._answer(environ) if _is_ours(environ) else _NOT_OURS
        about = ("Location", kind) if status == HTTPStatus.SEE_OTHER else ("Content-Type", kind)
        start(f"{status.value} {status.phrase}", [about, ("Content-Length", str(len(body))), *_SAFE])
        return [body]

    @property
    def version(self) -> str:
        """A text that changes with everything that a page can show."""
        minute = f"{self.controls.stage.clock.now():%d%H%M}"
        return f"{len(self.slack.workspace.transcript)}.{self.controls.changes}.{minute}"

    def _answer(self, environ: "WSGIEnvironment") -> Answer:
        match str(environ.get("PATH_INFO", "/")).strip("/").split("/"):
            case [""]:
                return _lead_to(f"/{next(iter(self._cast))}/{self.slack.workspace.channels[SPEND].name}")
            case ["version"]:
                return HTTPStatus.OK, "text/plain", self.version.encode()
            case ["static", name]:
                return _static(name)
            case [who, *rest] if who in self._cast:
                return self._of_person(Perspective(self.slack, self._cast[who]), rest, environ)
        return _NOT_FOUND

    def _of_person(self, perspective: Perspective, rest: list[str], environ: "WSGIEnvironment") -> Answer:
        query = parse_qs(str(environ.get("QUERY_STRING", "")))
        match (environ["REQUEST_METHOD"], rest):
            case ("GET", ["files", number]):
                return _file(perspective, number)
            case ("GET", ["offered", block_id]):
                return _offered(perspective, block_id, query.get("words", [""])[0])
            case ("GET", [slug]) if place := perspective.place(slug):
                return self._page(perspective, place, query.get("ask", [""])[0])
            case ("POST", [slug, act]) if place := perspective.place(slug):
                return self._act(perspective, place, act, _form(environ))
        return _NOT_FOUND

    def _page(self, perspective: Perspective, place: Place, ask: str) -> Answer:
        if place.slug == HOME and perspective.home() is None:
            actions.act("open", perspective, place, {})
        version, seen = self.version, self._seen[perspective.person.name]
        seen[place.channel] = len(self.slack.workspace.transcript)
        shown = render.page(perspective, place, self.controls, seen=seen, ask=ask, version=version)
        return HTTPStatus.OK, "text/html; charset=utf-8", shown.encode()

    def _act(self, perspective: Perspective, place: Place, act: str, fields: actions.Fields) -> Answer:
        behind = {"time": self.controls.move, "fault": self.controls.turn}
        query = ""
        if act in actions.ACTS:
            query = actions.act(act, perspective, place, fields)
        elif act in behind and fields.get(act):
            behind[act](fields[act][0])
        else:
            return _NOT_FOUND
        return _lead_to(f"/{perspective.person.name}/{place.slug}{query}")


def _is_ours(environ: "WSGIEnvironment") -> bool:
    """Whether it comes from our own page: no other page in the same browser may press anything here."""
    host = str(environ.get("HTTP_HOST", ""))
    origin = str(environ.get("HTTP_ORIGIN", ""))
    return urlsplit(f"//{host}").hostname in _NAMES and origin in ("", f"http://{host}")


def _form(environ: "WSGIEnvironment") -> actions.Fields:
    body = environ["wsgi.input"].read(_LARGEST).decode("utf-8", "replace")
    return parse_qs(body, keep_blank_values=True)


def _static(name: str) -> Answer:
    if name not in _KINDS:
        return _NOT_FOUND
    return HTTPStatus.OK, f"{_KINDS[name]}; charset=utf-8", (_STATIC / name).read_bytes()


def _file(perspective: Perspective, number: str) -> Answer:
    file = perspective.workspace.files.get(number)
    if file is None or not perspective.may_open(file):
        return _NOT_FOUND
    kind = "image/png" if file.data.startswith(_PNG) else "application/octet-stream"
    return HTTPStatus.OK, kind, file.data


def _offered(perspective: Perspective, block_id: str, words: str) -> Answer:
    """Return the bot's options in a search of the open modal, as its reader types."""
    options = perspective.search(block_id, words)
    return HTTPStatus.OK, "application/json", msgspec.json.encode([each["text"]["text"] for each in options])


def _lead_to(path: str) -> Answer:
    return HTTPStatus.SEE_OTHER, path, b""


_NOT_FOUND: Final = (HTTPStatus.NOT_FOUND, "text/plain", b"There is nothing here.\n")
_NOT_OURS: Final = (HTTPStatus.FORBIDDEN, "text/plain", b"Only this page itself may do that.\n")


@contextmanager
def serving(stage: Stage, *, port: int = PORT) -> Iterator[str]:
    """Serve the page on loopback while the block lasts; on any port where the usual one is taken."""
    with serve(Pages(stage), port=port if _is_free(port) else 0) as address:
        yield address


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
