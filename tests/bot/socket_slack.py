"""The other end of Socket Mode: scripted sockets, and one that carries the stand-in Slack's requests."""

import itertools
import json
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socket import SHUT_WR
from typing import Any
from urllib.parse import parse_qs

from slack_bolt import App
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as serve_sockets

from bot.runtime.socket_mode import listen
from demo.slack.http import at_address

Act = Callable[["SocketSlack", "Peer"], None]
HELLO = {"type": "hello", "num_connections": 1}
RENEWAL = {"type": "disconnect", "reason": "refresh_requested"}
ACK_SECONDS = 3.0


class Peer(ServerConnection):
    """One socket; once it is mute it sends nothing: no messages, no answers to pings, no close."""

    is_mute = False

    def send_data(self) -> None:
        """Send the pending data, unless mute."""
        if self.is_mute:
            self.protocol.data_to_send()
        else:
            super().send_data()


def _open() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass
class SocketSlack:
    """Plays an act on each socket, the last one on all later sockets, and records the answers."""

    acts: list[Act]
    errors: list[str] = field(default_factory=list)  # for the next times that somebody asks for a socket
    requests: int = 0  # for a socket
    may_answer: threading.Event = field(default_factory=_open)  # where sockets are had
    peers: list[Peer] = field(default_factory=list)
    acknowledged: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    answered: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    responses: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # what other methods answer
    socket_url: str = ""
    address: str = ""

    @property
    def api_url(self) -> str:
        return f"{self.address}/api/"

    def talk(self, socket: ServerConnection) -> None:
        """Play the next act, then take acknowledgements until the socket ends."""
        assert isinstance(socket, Peer)
        self.peers.append(socket)
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        with suppress(ConnectionClosed):
            act(self, socket)
            for message in socket:
                self.acknowledged.put(json.loads(message))

    def web(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer the few methods that are called."""
        body, path = environ["wsgi.input"].read(), environ["PATH_INFO"]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(self._answer(path.removeprefix("/api/"), body)).encode()]

    def _answer(self, method: str, body: bytes) -> Mapping[str, Any]:
        if method == "/answer":
            self.answered.put(json.loads(body))
        if method != "apps.connections.open":
            return {"ok": True, **self.responses.get(method, {})}
        self.requests += 1
        assert self.may_answer.wait(10)
        if self.errors:
            return {"ok": False, "error": self.errors.pop(0)}
        return {"ok": True, "url": self.socket_url}


@contextmanager
def socket_slack(*acts: Act, **more: Any) -> Iterator[SocketSlack]:
    """Serve one on loopback."""
    slack = SocketSlack(list(acts), **more)
    with (
        serve_sockets(slack.talk, "127.0.0.1", 0, create_connection=Peer, close_timeout=0.1) as server,
        at_address(slack.web) as slack.address,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        slack.socket_url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
        yield slack
        for peer in slack.peers:
            peer.socket.close()
        server.shutdown()


def greet(_slack: SocketSlack, socket: Peer) -> None:
    """Say hello, as Slack does at once."""
    socket.send(json.dumps(HELLO))


def fall_silent(slack: SocketSlack, socket: Peer) -> None:
    """Say hello and then nothing, while the socket stays open."""
    greet(slack, socket)
    socket.is_mute = True


def fall_silent_at_once(_slack: SocketSlack, socket: Peer) -> None:
    """Take the socket and say nothing; not even the first ping is answered."""
    socket.is_mute = True


def say_nothing(_slack: SocketSlack, _socket: Peer) -> None:
    """Answer pings, and never greet."""


def ask_to_renew(slack: SocketSlack, socket: Peer) -> None:
    """Say hello, and that this socket will be closed soon."""
    greet(slack, socket)
    socket.send(json.dumps(RENEWAL))


def close(_slack: SocketSlack, socket: Peer) -> None:
    """Close the socket as soon as it is open."""
    socket.close()


def hang_up(slack: SocketSlack, socket: Peer) -> None:
    """Say hello, and end the TCP connection below the socket, as a proxy can do."""
    greet(slack, socket)
    socket.is_mute = True
    socket.socket.shutdown(SHUT_WR)


def send(payload: Mapping[str, Any], kind: str = "slash_commands") -> Act:
    """Say hello and send a payload, to be answered at the stand-in's own address."""

    def act(slack: SocketSlack, socket: Peer) -> None:
        greet(slack, socket)
        whole = {**payload, "response_url": f"{slack.address}/answer"}
        envelope = {"type": kind, "envelope_id": "e1", "accepts_response_payload": True, "payload": whole}
        socket.send(json.dumps(envelope))

    return act


class Relay:
    """Carries the stand-in Slack's HTTP requests over a socket, and the acknowledgements back."""

    def __init__(self) -> None:
        self._socket: Peer | None = None
        self._number = itertools.count(1)
        self._waiting: dict[str, queue.Queue[dict[str, Any]]] = {}
        self._is_up = threading.Event()

    def act(self, slack: SocketSlack, socket: Peer) -> None:
        """Take over a socket: later requests go there."""
        greet(slack, socket)
        self._socket = socket
        self._is_up.set()
        for message in socket:
            answer = json.loads(message)
            self._waiting.pop(answer["envelope_id"]).put(answer)

    def web(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Send a request of the stand-in over the socket and return the acknowledgement."""
        kind, payload = _unpacked(environ)
        name, answers = f"e{next(self._number)}", queue.Queue[dict[str, Any]]()
        self._waiting[name] = answers
        envelope = {"type": kind, "envelope_id": name, "accepts_response_payload": kind != "events_api"}
        try:
            assert self._is_up.wait(ACK_SECONDS)
            assert self._socket
            self._socket.send(json.dumps({**envelope, "payload": payload}))
            answer = answers.get(timeout=ACK_SECONDS)
        except (ConnectionClosed, queue.Empty):
            start_response("504 Gateway Timeout", [("Content-Type", "text/plain")])
            return [b"operation_timeout"]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer["payload"]).encode() if answer.get("payload") else b""]


@contextmanager
def carried(app: App) -> Iterator[str]:
    """Let an app listen over a socket alone; yield the address for the stand-in Slack's requests."""
    relay = Relay()
    with socket_slack(relay.act) as slack, at_address(relay.web) as address:
        watchdog = listen(app, token="xapp-1", api_url=slack.api_url)
        yield address
        watchdog.stop()


def _unpacked(environ: dict[str, Any]) -> tuple[str, Any]:
    """Return the envelope type and the payload of a request of Slack's."""
    body = environ["wsgi.input"].read().decode()
    if "json" in environ.get("CONTENT_TYPE", ""):
        return "events_api", json.loads(body)
    form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
    return ("interactive", json.loads(form["payload"])) if "payload" in form else ("slash_commands", form)
