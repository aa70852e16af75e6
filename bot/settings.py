"""Settings: read once and typed; a wrong one prevents the start, and all mistakes are named at once."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from bot import outbound_settings
from storage.engine.database import sqlite_path

T = TypeVar("T")
UNCLEAR = (
    "can't be read: in a user name or a password, write %2F for /, %3A for :, %40 for @, %23 for #, "
    "%3F for ? and %25 for %"
)
UNSEALABLE = (
    "STACKSPEND_SECRET_KEY is required with PostgreSQL: `python -c 'from cryptography.fernet import "
    "Fernet; print(Fernet.generate_key().decode())'` makes one"
)


class WrongSettings(Exception):
    """Every mistake, one a line."""


@dataclass(frozen=True)
class Settings:
    """The settings of the program, with the defaults that the README documents."""

    database_url: str = "sqlite:///stackspend.db"
    slack_bot_token: str = ""
    slack_signing_secret: str = ""
    slack_app_token: str = ""
    slack_client_id: str = ""
    slack_client_secret: str = ""
    slack_api_url: str = "https://slack.com/api/"
    anthropic_base_url: str = "https://api.anthropic.com"
    secret_keys: tuple[str, ...] = ()
    admins: frozenset[str] = frozenset()
    public_url: str = ""
    metrics_token: str = ""
    host: str = "127.0.0.1"
    port: int = 3000
    log_level: str = ""  # not set: INFO for servers, less for verbs that somebody watches
    log_format: str = "text"

    @property
    def has_slack(self) -> bool:
        """Say whether Slack is set up, for one workspace or for many."""
        return bool(self.slack_bot_token or self.slack_client_id)

    @property
    def has_many_teams(self) -> bool:
        """Say whether any Slack workspace can install the app."""
        return bool(self.slack_client_id)


def read(environment: Mapping[str, str] = os.environ, *, needs_secret: bool = True) -> Settings:
    """Read every setting, from `NAME` or the file in `NAME_FILE`. Raises WrongSettings.

    Without `needs_secret`, a missing or malformed secret key is no mistake.
    """
    mistakes: list[str] = []
    raw, secret = _Raw(environment, mistakes), _Raw(environment, mistakes if needs_secret else [])
    settings = Settings(
        database_url=raw.get("DATABASE_URL", Settings.database_url, _database_url),
        slack_bot_token=raw.get("SLACK_BOT_TOKEN", "", _starting("xoxb-")),
        slack_signing_secret=raw.get("SLACK_SIGNING_SECRET", "", str),
        slack_app_token=raw.get("SLACK_APP_TOKEN", "", _starting("xapp-")),
        slack_client_id=raw.get("SLACK_CLIENT_ID", "", _client_id),
        slack_client_secret=raw.get("SLACK_CLIENT_SECRET", "", str),
        slack_api_url=raw.get("SLACK_API_URL", Settings.slack_api_url, _api_url),
        anthropic_base_url=raw.get("ANTHROPIC_BASE_URL", Settings.anthropic_base_url, _base_url),
        secret_keys=secret.get("STACKSPEND_SECRET_KEY", (), _keys),
        admins=raw.get("STACKSPEND_ADMINS", frozenset(), _people),
        public_url=raw.get("STACKSPEND_PUBLIC_URL", "", _public_url),
        metrics_token=raw.get("STACKSPEND_METRICS_TOKEN", "", _token),
        host=raw.get("HOST", "0.0.0.0" if raw.has("PORT") else Settings.host, str),  # noqa: S104 - a platform that gives PORT routes to it
        port=raw.get("PORT", Settings.port, _port),
        log_level=raw.get("LOG_LEVEL", Settings.log_level, _one_of("DEBUG", "INFO", "WARNING", "ERROR")),
        log_format=raw.get("LOG_FORMAT", Settings.log_format, _one_of("text", "json")),
    )
    mistakes += _together(settings)
    if needs_secret and _goes_out(settings):
        mistakes += outbound_settings.mistakes(environment)
    if needs_secret and sqlite_path(settings.database_url) is None and not settings.secret_keys:
        mistakes.append(UNSEALABLE)
    if mistakes:
        raise WrongSettings("\n".join(mistakes))
    return settings


@dataclass(frozen=True)
class _Raw:
    environment: Mapping[str, str]
    mistakes: list[str]

    def get(self, name: str, default: T, parse: Callable[[str], T]) -> T:
        try:
            text = self._value(name)
            return parse(text) if text else default
        except ValueError as error:
            self.mistakes.append(f"{name} {error}")
            return default

    def has(self, name: str) -> bool:
        return bool(self.environment.get(name, "").strip() or self.environment.get(f"{name}_FILE"))

    def _value(self, name: str) -> str:
        path = self.environment.get(f"{name}_FILE")
        if path:
            return _content_of(path)
        return self.environment.get(name, "").strip()


def _content_of(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except UnicodeError:  # its message would repeat a part of a secret
        raise ValueError(f"can't be read from {path}: it isn't UTF-8 text") from None
    except OSError as error:
        raise ValueError(f"can't be read from {path}: {error.strerror}") from error


def _goes_out(settings: Settings) -> bool:
    """Say whether Anthropic or Slack is called on another machine."""
    addresses = [settings.anthropic_base_url, *([settings.slack_api_url] if settings.has_slack else [])]
    return not all(is_loopback(urlsplit(address).hostname or "") for address in addresses)


def _together(settings: Settings) -> Iterable[str]:
    """Yield mistakes in combinations of settings."""
    has_way_in = bool(settings.slack_signing_secret or settings.slack_app_token)
    if settings.slack_client_id or settings.slack_client_secret:
        yield from _for_many(settings, has_way_in=has_way_in)
    elif settings.slack_bot_token and not has_way_in:
        yield "SLACK_BOT_TOKEN needs SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode), too"
    elif has_way_in and not settings.slack_bot_token:
        yield "SLACK_BOT_TOKEN is missing, though other Slack settings are there"


def _for_many(settings: Settings, *, has_way_in: bool) -> Iterable[str]:
    """Yield mistakes in the settings for many Slack workspaces."""
    if not settings.slack_client_secret:
        yield "SLACK_CLIENT_ID needs SLACK_CLIENT_SECRET, too"
    if not settings.slack_client_id:
        yield "SLACK_CLIENT_SECRET needs SLACK_CLIENT_ID, too"
    if settings.slack_bot_token:
        yield (
            "SLACK_BOT_TOKEN is for one Slack workspace, SLACK_CLIENT_ID for many, "
            "whose tokens come when they install; unset one of them"
        )
    if not settings.public_url:
        yield "SLACK_CLIENT_ID needs STACKSPEND_PUBLIC_URL: Slack sends people back there after they install"
    if not has_way_in:
        yield "SLACK_CLIENT_ID needs SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode), too"


def _database_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_clear = parts.port != 0 and "@" not in parts.path + parts.query + parts.fragment
    except ValueError:  # its message would repeat a part of the password
        raise ValueError(UNCLEAR) from None
    if parts.scheme not in ("sqlite", "postgres", "postgresql") or not parts.path.strip("/"):
        raise ValueError("must look like sqlite:///stackspend.db or postgresql://user:password@host/name")
    if parts.scheme != "sqlite" and not is_clear:
        raise ValueError(UNCLEAR)
    return text


def _url(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise ValueError("must be an address such as https://example.com")
    return text.rstrip("/")


def _safe_url(text: str, because: str) -> str:
    """Parse an address with HTTPS, or on this machine."""
    url = urlsplit(_url(text))
    if url.scheme != "https" and not is_loopback(url.hostname or ""):
        raise ValueError(f"must start with https://, because {because}")
    return _url(text)


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _public_url(text: str) -> str:
    return _safe_url(text, "keys are entered there")


def _is_one_word(text: str) -> bool:
    """Say whether an HTTP header can hold a text; the error of a client that cannot would repeat it."""
    return text.isascii() and text.isprintable() and " " not in text


def _token(text: str) -> str:
    if not _is_one_word(text):
        raise ValueError("must be letters, digits, and signs; `openssl rand -hex 32` makes one")
    return text


def _client_id(text: str) -> str:
    if not re.fullmatch(r"[0-9]+\.[0-9]+", text):
        raise ValueError("must look like 123456789.123456789")
    return text


def _api_url(text: str) -> str:
    if not _url(text).endswith("/api"):
        raise ValueError("must end in /api/")
    return _safe_url(text, "tokens are sent there") + "/"


def _base_url(text: str) -> str:
    if _url(text).endswith("/v1"):
        raise ValueError("must not end in /v1")
    return _safe_url(text, "keys are sent there")


def _starting(prefix: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not text.startswith(prefix):
            raise ValueError(f"must start with {prefix}")
        if text == prefix:
            raise ValueError(
                f"has nothing after {prefix}; copy the whole token from the Slack app's settings"
            )
        if not _is_one_word(text):
            raise ValueError("must be one word of letters, digits, and signs, without spaces")
        return text

    return parse


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        for choice in choices:
            if text.casefold() == choice.casefold():
                return choice
        raise ValueError(f"must be one of {', '.join(choices)}")

    return parse


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:  # noqa: PLR2004 - the largest port
        raise ValueError("must be between 1 and 65535")
    return int(text)


def _keys(text: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in text.split(",") if key.strip())


def _people(text: str) -> frozenset[str]:
    return frozenset(person.strip() for person in text.split(",") if person.strip())
