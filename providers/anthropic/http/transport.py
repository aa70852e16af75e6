"""The transport of calls: httpx over a network that keeps deadlines, through the environment's proxy.

httpx reads the proxy variables itself, and fails on some valid ones (`NO_PROXY=fd00::/8`). All calls go to
one host, so we decide here, once, whether to use a proxy.
"""

import os
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from providers.anthropic.http.deadline import Network

CONNECTIONS, KEEPALIVE, KEEPALIVE_SECONDS = 100, 20, 5.0  # httpx's own defaults, in connections and seconds
_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
_WORDS: Mapping[type[httpx.HTTPError], str] = {  # the first that fits
    httpx.ConnectTimeout: "no connection in time",
    httpx.TimeoutException: "no answer in time",
    httpx.ConnectError: "no connection could be made",
    httpx.NetworkError: "the connection was lost",
    httpx.RemoteProtocolError: "the connection ended before the answer did",
    httpx.ProxyError: "the proxy did not let it through",
}


class UnusableVariable(ValueError):
    """An environment variable makes every call impossible; the message names it."""


class Transport(httpx.BaseTransport):
    """The transport of an `httpx.Client`."""

    def __init__(self, base_url: str) -> None:
        self._pool = _pool(httpx.URL(base_url))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the caller reads the body of the answer."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        if not isinstance(request.stream, httpx.SyncByteStream):
            raise TypeError("an asynchronous body needs an asynchronous client")
        sent = httpcore.Request(
            request.method,
            url,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            answer = self._pool.handle_request(sent)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def describe_failure(error: httpx.HTTPError) -> str:
    """Say in words why a call had no answer."""
    return next((words for kind, words in _WORDS.items() if isinstance(error, kind)), "it could not be asked")


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Raise httpcore's errors as httpx's of the same name."""
    try:
        yield
    except _ERRORS as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise kind(str(error)) from error


def _pool(url: httpx.URL) -> httpcore.ConnectionPool:
    certificates = _certificates() if url.scheme == "https" else None
    proxy = _proxy(url)
    if proxy is None:
        return httpcore.ConnectionPool(
            ssl_context=certificates,
            max_connections=CONNECTIONS,
            max_keepalive_connections=KEEPALIVE,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=Network(),
        )
    return httpcore.HTTPProxy(
        proxy_url=str(proxy.url),
        proxy_auth=proxy.raw_auth,
        ssl_context=certificates,
        max_connections=CONNECTIONS,
        max_keepalive_connections=KEEPALIVE,
        keepalive_expiry=KEEPALIVE_SECONDS,
        network_backend=Network(),
    )


def _certificates() -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        named = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
        if not named:
            raise
        message = f"{named[0]} is {os.environ[named[0]]}, where no certificates can be read"
        raise UnusableVariable(message) from error


def _proxy(url: httpx.URL) -> httpx.Proxy | None:
    """Return the proxy for a host, None for a direct connection."""
    if _is_loopback(url.host) or _is_excepted(url.host) or proxy_bypass(url.host):
        return None
    proxies = getproxies()
    scheme = next((each for each in (url.scheme, "all") if proxies.get(each)), None)
    return _readable(_variable(scheme), proxies[scheme]) if scheme else None


def _readable(variable: str, text: str) -> httpx.Proxy:
    """Parse a proxy's address. It can contain a password, so errors do not repeat it."""
    address = text if "://" in text else f"http://{text}"
    try:
        urlsplit(address)  # stricter about brackets
        proxy = httpx.Proxy(address)
    except (ValueError, httpx.InvalidURL):
        raise UnusableVariable(f"{variable} is not the address of a proxy") from None
    if proxy.url.scheme not in ("http", "https") or not proxy.url.host:
        raise UnusableVariable(f"{variable} must be the address of an http:// or https:// proxy")
    return proxy


def _variable(scheme: str) -> str:
    """Return the name of a proxy's environment variable, as it is spelled."""
    name = f"{scheme}_proxy"
    return next((each for each in os.environ if each.casefold() == name), name.upper())


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine, which no proxy could reach for us."""
    return host == "localhost" or _is_in(host, ("127.0.0.0/8", "::1/128"))


def _is_excepted(host: str) -> bool:
    """Whether NO_PROXY has a network that contains this address; urllib compares only names and suffixes."""
    listed = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    return _is_in(host, (each.strip().strip("[]") for each in listed.split(",")))


def _is_in(host: str, networks: Iterable[str]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(_holds(network, address) for network in networks)


def _holds(network: str, address: IPv4Address | IPv6Address) -> bool:
    try:
        return address in ip_network(network, strict=False)
    except ValueError:  # a name
        return False
