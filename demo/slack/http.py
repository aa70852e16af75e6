"""The stand-in over HTTP: the Web API, the answering addresses and the uploads, with their faults."""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from waitress import wasyncore
from waitress.channel import ClientDisconnected
from waitress.server import create_server

from demo.slack import methods
from demo.slack.faults import Fault
from demo.slack.people import dm_id
from demo.slack.rules import check_message
from demo.slack.workspace import ResponseUrl, SlackRefusal, Workspace

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_JSON = "application/json; charset=utf-8"
_STRUCTURED = ("blocks", "view", "metadata", "files", "attachments", "prompts")


def application(workspace: Workspace) -> "WSGIApplication":
    """Make the WSGI application of a workspace."""

    def serve(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith("/api/"):
            return _api(workspace, environ, start, path.removeprefix("/api/"))
        if path.startswith("/response/"):
            return _response(workspace, environ, start, path.removeprefix("/response/"))
        if path.startswith("/upload/"):
            return _upload(workspace, environ, start, path.removeprefix("/upload/"))
        return _send(start, HTTPStatus.NOT_FOUND, b"not found", "text/plain")

    return serve


def _api(
    workspace: Workspace, environ: "WSGIEnvironment", start: "StartResponse", method: str
) -> Iterable[bytes]:
    fault = _strike(workspace, method)
    if fault.error:
        return _refuse(start, fault)
    answer = _answer(workspace, method, environ)
    if fault.cut == "after":
        raise ClientDisconnected
    scopes = ("X-OAuth-Scopes", ",".join(sorted(workspace.scopes)))
    date = ("Date", formatdate(workspace.clock(), usegmt=True))  # by which a bot compares its own clock
    return _send(start, HTTPStatus.OK, _json(answer), _JSON, scopes, date)


def _answer(workspace: Workspace, method: str, environ: "WSGIEnvironment") -> dict[str, Any]:
    try:
        arguments = _arguments(environ)
        if method == "apps.connections.open":
            _check_token(workspace, environ, arguments, workspace.app_token)
        elif method != "api.test":
            _check_token(workspace, environ, arguments, workspace.token)
        return methods.call(workspace, method, arguments)
    except SlackRefusal as refusal:
        return {"ok": False, "error": refusal.code, **refusal.details}


def _check_token(
    workspace: Workspace, environ: "WSGIEnvironment", arguments: Mapping[str, Any], expected: str
) -> None:
    scheme, _, given = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    token = given if scheme.lower() == "bearer" else arguments.get("token")
    if not token:
        raise SlackRefusal("not_authed")
    if token != expected:
        raise SlackRefusal("invalid_auth")
    if workspace.token_error:
        raise SlackRefusal(workspace.token_error)


def _response(
    workspace: Workspace, environ: "WSGIEnvironment", start: "StartResponse", key: str
) -> Iterable[bytes]:
    fault = _strike(workspace, "response_url")
    if fault.error:
        return _refuse(start, fault)
    try:
        with workspace.lock:
            respond(workspace, workspace.spend_response_url(key), _arguments(environ))
    except SlackRefusal as refusal:
        gone = refusal.code in ("expired_url", "used_url")
        status = HTTPStatus.NOT_FOUND if gone else HTTPStatus.BAD_REQUEST
        return _send(start, status, _json({"ok": False, "error": refusal.code, **refusal.details}), _JSON)
    if fault.cut == "after":
        raise ClientDisconnected
    return _send(start, HTTPStatus.OK, b"ok", "text/plain")


def respond(workspace: Workspace, place: ResponseUrl, payload: Mapping[str, Any]) -> None:
    """Show, replace or remove what an answering address says, where the person is."""
    source = workspace.find(place.channel, place.source) if place.source else None
    if payload.get("delete_original") and source:
        workspace.delete(source)
    if payload.get("delete_original") and not (payload.get("text") or payload.get("blocks")):
        return
    content = {name: payload[name] for name in ("text", "blocks", "metadata", "thread_ts") if name in payload}
    check_message(workspace, content)
    if payload.get("replace_original") and source:
        workspace.edit(source, content)
        return
    in_public = payload.get("response_type") == "in_channel" or place.channel == dm_id(place.user)
    workspace.post(place.channel, content, seen_by=None if in_public else place.user)


def _upload(
    workspace: Workspace, environ: "WSGIEnvironment", start: "StartResponse", file_id: str
) -> Iterable[bytes]:
    data, file = _body(environ), workspace.files.get(file_id)
    if file is None or len(data) != file.length:
        return _send(start, HTTPStatus.BAD_REQUEST, b"length does not match", "text/plain")
    file.data = data
    return _send(start, HTTPStatus.OK, f"OK - {len(data)}".encode(), "text/plain")


def _strike(workspace: Workspace, method: str) -> Fault:
    """Take the next fault and suffer what comes before the work."""
    fault = workspace.faults.take(method)
    time.sleep(fault.delay)
    if fault.cut == "before":
        raise ClientDisconnected
    return fault


def _refuse(start: "StartResponse", fault: Fault) -> Iterable[bytes]:
    body = _json({"ok": False, "error": fault.error, **fault.details})
    extra = [("Retry-After", str(fault.retry_after))] if fault.retry_after is not None else []
    return _send(start, HTTPStatus(fault.status), body, _JSON, *extra)


def _arguments(environ: "WSGIEnvironment") -> dict[str, Any]:
    """Read arguments from the query and from a JSON or form body."""
    body = _body(environ).decode()
    query = dict(parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True))
    if "json" in str(environ.get("CONTENT_TYPE", "")):
        return query | _object(body or "{}")
    form = query | dict(parse_qsl(body, keep_blank_values=True))
    return {name: _read(name, value) for name, value in form.items()}


def _read(name: str, value: str) -> Any:  # noqa: ANN401 JSON comes in here
    if name not in _STRUCTURED or not value:
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise SlackRefusal(f"invalid_{name}_format") from error


def _object(body: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise SlackRefusal("invalid_json") from error
    if not isinstance(value, dict):
        raise SlackRefusal("json_not_object")
    return value


def _body(environ: "WSGIEnvironment") -> bytes:
    return bytes(environ["wsgi.input"].read())


def _json(answer: Mapping[str, Any]) -> bytes:
    return json.dumps(answer).encode()


def _send(
    start: "StartResponse", status: HTTPStatus, body: bytes, kind: str, *headers: tuple[str, str]
) -> Iterable[bytes]:
    start(f"{status.value} {status.phrase}", [("Content-Type", kind), *headers])
    return [body]


@contextmanager
def at_address(app: "WSGIApplication", *, port: int = 0) -> Iterator[str]:
    """Serve an application on loopback until the block ends; yields its address."""
    connections: dict[int, Any] = {}
    place = {"host": "127.0.0.1", "port": port, "threads": 16, "ident": "Slack"}
    server = create_server(app, map=connections, **place)
    stop = threading.Event()
    thread = threading.Thread(target=_run, args=(server, connections, stop), name="slack", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        stop.set()
        with suppress(OSError):  # the loop may have seen it already, and closed what wakes it
            server.pull_trigger()
        thread.join(timeout=10)


def _run(server: Any, connections: dict[int, Any], stop: threading.Event) -> None:  # noqa: ANN401 untyped
    """Turn waitress's loop until told to stop, then close every connection in the thread that owns them."""
    while not stop.is_set():
        wasyncore.loop(timeout=0.5, use_poll=True, map=connections, count=1)
    server.task_dispatcher.shutdown(timeout=10)
    wasyncore.close_all(connections, ignore_all=True)
