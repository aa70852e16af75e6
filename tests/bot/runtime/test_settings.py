"""Settings: visible defaults, files for secrets, and every mistake named at once."""

from pathlib import Path

import pytest

from bot.settings import Settings, WrongSettings, read
from storage.engine.secrets import new_key

SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "abc"}


def mistakes(**environment: str) -> list[str]:
    with pytest.raises(WrongSettings) as wrong:
        read(environment)
    return str(wrong.value).splitlines()


def test_nothing_needs_to_be_set() -> None:
    assert read({}) == Settings()


def test_defaults_are_those_of_the_readme() -> None:
    settings = read({})
    assert settings.database_url == "sqlite:///stackspend.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert (settings.log_level, settings.log_format) == ("", "text")
    assert not settings.has_slack


def test_an_empty_value_is_no_value() -> None:
    assert read({"DATABASE_URL": "", "PORT": " ", "SLACK_BOT_TOKEN": ""}).port == 3000


def test_a_given_port_listens_to_everybody() -> None:
    settings = read({"PORT": "8080"})
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)


def test_a_given_host_is_kept_beside_a_port() -> None:
    assert read({"PORT": "8080", "HOST": "10.0.0.1"}).host == "10.0.0.1"


def test_a_port_from_a_file_listens_to_everybody_too(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("8080\n")
    settings = read({"PORT_FILE": str(tmp_path / "port")})
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)


def test_a_value_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-from-a-file\n")
    settings = read({**SLACK, "SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")})
    assert settings.slack_bot_token == "xoxb-from-a-file"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert mistakes(STACKSPEND_SECRET_KEY_FILE=str(tmp_path / "none")) == [
        f"STACKSPEND_SECRET_KEY can't be read from {tmp_path}/none: No such file or directory"
    ]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "mysql://a/b", "must look like"),
        ("DATABASE_URL", "postgresql://host", "must look like"),
        ("DATABASE_URL", "stackspend.db", "must look like"),
        ("PORT", "http", "must be between 1 and 65535"),
        ("PORT", "70000", "must be between 1 and 65535"),
        ("PORT", "0", "must be between 1 and 65535"),
        ("ANTHROPIC_BASE_URL", "api.anthropic.com", "must be an address"),
        ("ANTHROPIC_BASE_URL", "https://api.anthropic.com/v1", "must not end in /v1"),
        ("SLACK_API_URL", "https://slack.com/", "must end in /api/"),
        ("STACKSPEND_PUBLIC_URL", "example.com", "must be an address"),
        ("STACKSPEND_PUBLIC_URL", "http://example.com", "must start with https://"),
        ("LOG_LEVEL", "loud", "must be one of"),
        ("LOG_FORMAT", "xml", "must be one of"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(name: str, value: str, words: str) -> None:
    (mistake,) = mistakes(**{name: value})
    assert mistake.startswith(f"{name} {words}")


def test_a_token_of_the_wrong_kind_is_named() -> None:
    assert mistakes(SLACK_BOT_TOKEN="xoxp-1", SLACK_SIGNING_SECRET="a")[0].startswith(
        "SLACK_BOT_TOKEN must start"
    )


@pytest.mark.parametrize(("name", "prefix"), [("SLACK_BOT_TOKEN", "xoxb-"), ("SLACK_APP_TOKEN", "xapp-")])
def test_a_prefix_alone_is_no_token(name: str, prefix: str) -> None:
    assert mistakes(**{**SLACK, name: prefix})[0].startswith(f"{name} has nothing after {prefix}")


def test_every_mistake_is_named_at_once() -> None:
    problems = mistakes(PORT="x", LOG_LEVEL="x", LOG_FORMAT="x", DATABASE_URL="x", ANTHROPIC_BASE_URL="x")
    assert [mistake.split(" ")[0] for mistake in problems] == [
        "DATABASE_URL",
        "ANTHROPIC_BASE_URL",
        "PORT",
        "LOG_LEVEL",
        "LOG_FORMAT",
    ]


def test_no_mistake_shows_a_secret() -> None:
    problems = mistakes(
        SLACK_BOT_TOKEN="secret-1", SLACK_APP_TOKEN="secret-2", DATABASE_URL="mysql://u:secret-3@h/d"
    )
    assert "secret" not in "".join(problems)


def test_postgresql_needs_a_secret_key() -> None:
    (mistake,) = mistakes(DATABASE_URL="postgresql://localhost/stackspend")
    assert mistake.startswith("STACKSPEND_SECRET_KEY is required")
    assert read({"DATABASE_URL": "postgres://localhost/a", "STACKSPEND_SECRET_KEY": new_key()})


def test_a_bot_token_needs_a_way_in() -> None:
    assert "needs SLACK_SIGNING_SECRET" in mistakes(SLACK_BOT_TOKEN="xoxb-1")[0]
    assert read({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}).has_slack


def test_a_way_in_needs_a_bot_token() -> None:
    assert mistakes(SLACK_SIGNING_SECRET="a") == [
        "SLACK_BOT_TOKEN is missing, though other Slack settings are there"
    ]


MANY = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "abc",
    "SLACK_SIGNING_SECRET": "def",
    "STACKSPEND_PUBLIC_URL": "https://spend.example",
}


def test_a_client_id_is_for_many_workspaces() -> None:
    settings = read(MANY)
    assert settings.has_slack
    assert settings.has_many_teams
    assert not read(SLACK).has_many_teams


def test_many_workspaces_may_be_served_over_socket_mode() -> None:
    assert read({**MANY, "SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": "xapp-1"}).has_many_teams


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SLACK_CLIENT_SECRET": ""}, "SLACK_CLIENT_ID needs SLACK_CLIENT_SECRET"),
        ({"SLACK_CLIENT_ID": ""}, "SLACK_CLIENT_SECRET needs SLACK_CLIENT_ID"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_BOT_TOKEN is for one Slack workspace"),
        ({"STACKSPEND_PUBLIC_URL": ""}, "SLACK_CLIENT_ID needs STACKSPEND_PUBLIC_URL"),
        ({"SLACK_SIGNING_SECRET": ""}, "SLACK_CLIENT_ID needs SLACK_SIGNING_SECRET"),
    ],
)
def test_what_many_workspaces_need_is_named(change: dict[str, str], words: str) -> None:
    (mistake,) = mistakes(**{**MANY, **change})
    assert mistake.startswith(words)


def test_everything_that_many_workspaces_need_is_named_at_once() -> None:
    assert len(mistakes(SLACK_CLIENT_ID="1.2", SLACK_BOT_TOKEN="xoxb-1")) == 4
    assert mistakes(SLACK_CLIENT_ID="A0123")[0].startswith("SLACK_CLIENT_ID must look like")


def test_a_public_address_on_this_machine_needs_no_https() -> None:
    assert read({"STACKSPEND_PUBLIC_URL": "http://127.0.0.1:3000/"}).public_url == "http://127.0.0.1:3000"


def test_addresses_are_put_into_shape() -> None:
    settings = read({"SLACK_API_URL": "http://localhost/api", "ANTHROPIC_BASE_URL": "http://localhost:1/"})
    assert settings.slack_api_url == "http://localhost/api/"
    assert settings.anthropic_base_url == "http://localhost:1"


def test_lists_are_separated_by_commas() -> None:
    settings = read({"STACKSPEND_ADMINS": " U1, U2,", "STACKSPEND_SECRET_KEY": "a, b"})
    assert settings.admins == {"U1", "U2"}
    assert settings.secret_keys == ("a", "b")


def test_words_of_choice_may_be_in_any_case() -> None:
    assert read({"LOG_LEVEL": "debug", "LOG_FORMAT": "JSON"}).log_level == "DEBUG"


OURS = ["http://localhost:1/api", "http://127.0.0.1:1/api", "http://127.9.9.9/api", "http://[::1]:1/api"]
OTHERS = [
    "http://slack.example/api",
    "http://127.0.0.1.evil.example/api",
    "http://localhost.evil.example/api",
    "http://127.0.0.1@evil.example/api",
    "http://10.0.0.1/api",
    "http://0.0.0.0/api",
    "HTTP://slack.example/api",
    "http://:80/api",
    "ftp://127.0.0.1/api",
]


@pytest.mark.parametrize("address", [*OURS, "https://slack.example/api"])
@pytest.mark.parametrize("name", ["SLACK_API_URL", "ANTHROPIC_BASE_URL", "STACKSPEND_PUBLIC_URL"])
def test_what_stays_on_this_machine_may_go_in_clear(name: str, address: str) -> None:
    settings = read({name: address})
    assert getattr(settings, name.removeprefix("STACKSPEND_").lower()).startswith("http")


@pytest.mark.parametrize("address", OTHERS)
@pytest.mark.parametrize("name", ["SLACK_API_URL", "ANTHROPIC_BASE_URL", "STACKSPEND_PUBLIC_URL"])
def test_keys_and_tokens_leave_this_machine_sealed_or_not_at_all(name: str, address: str) -> None:
    (mistake,) = mistakes(**{name: address})
    assert mistake.startswith(f"{name} must ")
    assert "http" in mistake


@pytest.mark.parametrize("token", ["xoxb-secret\nsecond", "xoxb-secret second", "xoxb-secr\u00fct"])
def test_a_token_that_no_header_can_hold_is_refused_and_not_repeated(token: str) -> None:
    problems = " ".join(mistakes(SLACK_BOT_TOKEN=token, SLACK_SIGNING_SECRET="s"))
    assert "SLACK_BOT_TOKEN must be one word" in problems
    assert "xoxb-secr" not in problems


def test_a_file_that_is_no_text_is_named_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"sec\xffret")
    (mistake,) = mistakes(SLACK_SIGNING_SECRET_FILE=str(tmp_path / "secret"))[:1]
    assert mistake == f"SLACK_SIGNING_SECRET can't be read from {tmp_path}/secret: it isn't UTF-8 text"
