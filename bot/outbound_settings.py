"""Check the environment's proxies and certificates for calls to Anthropic and Slack."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit


def mistakes(environment: Mapping[str, str]) -> Iterable[str]:
    """Yield a sentence for every variable that would prevent all calls, with what it must be."""
    yield from _proxies(environment)
    file, folders = environment.get("SSL_CERT_FILE", ""), environment.get("SSL_CERT_DIR", "")
    if file and (wrong := _wrong_certificates(file)):
        yield f"SSL_CERT_FILE must be a file of certificates; {wrong}"
    elif folders and not file and not any(Path(each).is_dir() for each in folders.split(":") if each):
        yield "SSL_CERT_DIR must be a folder of certificates; there is no such folder"


def _proxies(environment: Mapping[str, str]) -> Iterable[str]:
    """Check the proxies that are used: if HTTPS has one of its own, the others are not."""
    named = {name: value for name in _PROXIES if (value := environment.get(name, "").strip())}
    own = [name for name in named if name.casefold() == "https_proxy"]
    for name in own[:1] or list(named):
        if wrong := _wrong_proxy(named[name]):
            yield f"{name} must be the address of an HTTP proxy, such as http://proxy.example:3128; {wrong}"


_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")


def _wrong_proxy(text: str) -> str:
    """Return what is wrong with a proxy's address, without repeating it: it may hold a password."""
    address = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "its host or port cannot be read"
    if parts.scheme.startswith("socks"):
        return "SOCKS proxies are not supported"
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "it is not one"
    return ""


def _wrong_certificates(path: str) -> str:
    import ssl  # noqa: PLC0415 - only where somebody sets certificates

    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        return "there are none in it"
    except OSError as error:
        return error.strerror or "it cannot be read"
    return ""
