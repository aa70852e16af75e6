"""What of the environment makes every call impossible is one sentence, which names the variable."""

from pathlib import Path

import pytest

from bot.outbound_settings import mistakes
from bot.settings import WrongSettings, read
from storage.engine.secrets import new_key

FAR = {"STACKSPEND_SECRET_KEY": new_key()}
NEAR = {**FAR, "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    "environment",
    [
        {"NO_PROXY": "localhost,fd00::/8,[::1],10.0.0.0/8,*"},
        {"HTTPS_PROXY": "http://proxy.example:3128"},
        {"HTTPS_PROXY": "http://user:pass@proxy.example:3128/"},
        {"HTTPS_PROXY": "proxy.example:3128"},
        {"HTTPS_PROXY": "foo"},
        {"HTTPS_PROXY": ""},
        {"https_proxy": "https://proxy.example"},
        {"HTTPS_PROXY": "http://proxy.example", "ALL_PROXY": "socks5://127.0.0.1:1080"},
        {"REQUESTS_CA_BUNDLE": "/nowhere", "CURL_CA_BUNDLE": "/nowhere"},
        {"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""},
        {"SSL_CERT_DIR": "/nowhere:/tmp"},
    ],
)
def test_what_can_be_used_is_no_mistake(environment: dict[str, str]) -> None:
    assert list(mistakes(environment)) == []


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"HTTPS_PROXY": "socks5://127.0.0.1:1080"}, "SOCKS proxies are not supported"),
        ({"all_proxy": "socks5h://127.0.0.1:1080"}, "SOCKS proxies are not supported"),
        ({"HTTP_PROXY": "ftp://proxy.example"}, "it is not one"),
        ({"HTTPS_PROXY": "http://"}, "it is not one"),
        ({"HTTPS_PROXY": "http://proxy.example:many"}, "its host or port cannot be read"),
        ({"HTTPS_PROXY": "http://u:hunter2@[::1"}, "its host or port cannot be read"),
        ({"SSL_CERT_FILE": "/nowhere"}, "No such file or directory"),
        ({"SSL_CERT_FILE": "/"}, "Is a directory"),
        ({"SSL_CERT_FILE": __file__}, "there are none in it"),
        ({"SSL_CERT_DIR": "/nowhere"}, "there is no such folder"),
    ],
)
def test_what_cannot_be_used_is_named(environment: dict[str, str], words: str) -> None:
    (mistake,) = mistakes(environment)
    assert mistake.startswith(f"{next(iter(environment))} must be ")
    assert mistake.endswith(words)
    assert "hunter2" not in mistake


def test_it_stops_the_start_of_what_goes_out(tmp_path: Path) -> None:
    odd = {"HTTPS_PROXY": "socks5://x", "SSL_CERT_FILE": str(tmp_path / "none"), "PORT": "many"}
    with pytest.raises(WrongSettings) as wrong:
        read({**FAR, **odd})
    assert [line.partition(" ")[0] for line in str(wrong.value).splitlines()] == [
        "PORT",
        "HTTPS_PROXY",
        "SSL_CERT_FILE",
    ]


def test_it_stops_nothing_that_stays_on_this_machine() -> None:
    assert read({**NEAR, "HTTPS_PROXY": "socks5://x", "SSL_CERT_FILE": "/nowhere"})
    assert read({"HTTPS_PROXY": "socks5://x"}, needs_secret=False)
