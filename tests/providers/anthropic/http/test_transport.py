"""Proxies and certificates of the environment: used, or named in one sentence."""

from pathlib import Path

import msgspec
import pytest

from providers.anthropic.http.admin_api import BASE_URL, AdminApi, http_client
from providers.anthropic.http.statuses import ME
from providers.anthropic.http.transport import UnusableVariable
from providers.provider import ProviderUnavailable
from tests.providers.fake_admin_api import KEY
from tests.providers.peer import HEAD, peer, saying

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
ANSWER = HEAD + b'content-length: 13\r\n\r\n{"id": "org"}'
REFUSAL = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"


class Me(msgspec.Struct):
    id: str


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def organization_of(address: str) -> str:
    with http_client(address) as http:
        return AdminApi(KEY, http=http, patience=5).one(ME, Me).id


def trouble(address: str = BASE_URL) -> str:
    with pytest.raises(UnusableVariable) as refused:
        http_client(address)
    return str(refused.value)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_call_goes_through_the_proxy_of_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(saying(ANSWER)) as proxy:
        monkeypatch.setenv(name, f"127.0.0.1:{proxy.port}")
        assert organization_of("http://anthropic.test") == "org"
        assert proxy.accepted == 1


@pytest.mark.parametrize(
    ("excepted", "host"),
    [
        ("localhost,fd00::/8", "anthropic.test"),
        ("fd00::/8,[fd00::1],10.0.0.0/8,::1", "anthropic.test"),
        ("*.corp, ,;%%,[::", "anthropic.test"),
    ],
)
def test_exceptions_of_any_shape_are_no_trouble(
    excepted: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with peer(saying(ANSWER)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", excepted)
        assert organization_of(f"http://{host}") == "org"


@pytest.mark.parametrize("excepted", ["*", "anthropic.invalid", ".invalid", "x, anthropic.invalid"])
def test_a_host_that_is_excepted_is_asked_itself(excepted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(saying(ANSWER)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", excepted)
        with pytest.raises(ProviderUnavailable, match="no connection could be made"):
            organization_of("http://anthropic.invalid")
        assert proxy.accepted == 0


@pytest.mark.parametrize("network", ["203.0.113.0/24", "203.0.113.7", "10.0.0.0/8, 203.0.112.0/20"])
def test_a_network_that_is_excepted_holds_its_addresses(
    network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "socks5://would.be.refused")
    monkeypatch.setenv("NO_PROXY", network)
    with http_client("http://203.0.113.7") as client:  # the proxy, which is none, would stop it here
        assert not client.is_closed


def test_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    with peer(saying(ANSWER)) as other:
        assert organization_of(f"http://127.0.0.1:{other.port}") == "org"


def test_a_proxy_that_refuses_says_nothing_about_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(saying(REFUSAL)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(ProviderUnavailable, match="the proxy did not let it through"):
            organization_of("https://anthropic.test")


@pytest.mark.parametrize(
    "address",
    [
        "socks5://10.0.0.1:1080",
        "socks4a://user:hunter2@proxy",
        "ftp://proxy",
        "http://",
        "http://[bad",
        "://",
        "http://proxy:port",
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_cannot_be_used_is_named_without_its_password(
    name: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, address)
    message = trouble()
    assert message.startswith(f"{name} ")
    assert "hunter2" not in message


def test_certificates_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    assert trouble() == "SSL_CERT_FILE is /nowhere/ca.pem, where no certificates can be read"
    (tmp_path / "empty.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "empty.pem"))
    assert trouble().startswith("SSL_CERT_FILE is ")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path))
    assert trouble().startswith("SSL_CERT_FILE is ")
