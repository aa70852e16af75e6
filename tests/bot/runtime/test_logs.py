"""The log: a line a record, whoever wrote what is in it; no secret, nothing forged, nothing that raises."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.runtime import logs
from bot.runtime.logs import Json, Text

FORGED = "x\n2026-11-30 00:00:00,000 CRITICAL stackspend: forged"
KEY, TOKEN = "sk-ant-admin01-abc_def", "xoxb-1-2-abc"
HARMFUL = "\n\r\t\x0b\x0c\x1b\x00\x7f\x85\x9b\u2028\u2029\u202e\u2066\u200f\ud800"


class Written:
    """A logger whose lines one can read."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self.out = io.StringIO()
        handler = logging.StreamHandler(self.out)
        handler.setFormatter(formatter)
        self.log = logging.Logger("bot.somewhere")  # noqa: LOG001 - one that no other test knows
        self.log.addHandler(handler)

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().split("\n")[:-1]


@pytest.fixture(params=[Text, Json])
def written(request: pytest.FixtureRequest) -> Written:
    return Written(request.param())


@pytest.fixture
def set_up_again() -> Iterator[None]:
    """Leave logging as it was."""
    root, names = logging.getLogger(), ("peewee", "bot", "httpx", "slack_sdk", "stackspend")
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = True
    for name, former in levels.items():
        logging.getLogger(name).setLevel(former)


def raised(error: BaseException) -> BaseException:
    """An error as it is caught."""
    try:
        raise error  # noqa: TRY301 - to have a traceback
    except BaseException as caught:  # noqa: BLE001 - to be looked at
        return caught


def test_nobody_forges_a_line(written: Written) -> None:
    written.log.warning("an installation failed: %s", FORGED)
    assert len(written.lines) == 1
    assert r"failed: x\n2026" in written.lines[0].replace("\\\\", "\\")


@pytest.mark.parametrize("character", HARMFUL)
def test_no_character_that_is_not_for_reading_is_written(written: Written, character: str) -> None:
    written.log.warning("before %s after", character, exc_info=raised(ValueError(f"a{character}b")))
    assert character not in "".join(written.lines)
    assert "before" in written.lines[0]
    assert "after" in written.lines[0]


def test_what_an_exception_says_stays_on_its_line() -> None:
    written = Written(Text())
    written.log.error("failed", exc_info=raised(ValueError(FORGED)))
    assert r"builtins.ValueError: x\n2026-11-30 00:00:00,000 CRITICAL stackspend: forged" in written.lines
    assert [line for line in written.lines if line.startswith("2026-11-30 00:00:00,000 CRITICAL")] == []
    assert any('test_logs.py", line' in line for line in written.lines)


def test_causes_groups_and_notes_are_reported_and_stay_on_their_lines() -> None:
    error = ExceptionGroup("several", [ValueError(FORGED), KeyError("second")])
    error.add_note(FORGED)
    error.__cause__ = OSError(FORGED)
    written = Written(Text())
    written.log.error("failed", exc_info=raised(error))
    whole = "\n".join(written.lines)
    assert [line for line in written.lines if line.startswith("2026-11-30 00:00:00,000 CRITICAL")] == []
    assert all(name in whole for name in ("OSError", "ExceptionGroup", "ValueError", "KeyError: 'second'"))


def test_an_exception_that_causes_itself_comes_to_an_end(written: Written) -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    written.log.error("failed", exc_info=first)
    assert "first" in "".join(written.lines)


class Unprintable(Exception):
    """Raises whatever is asked of it."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("%d people", ("three",)),
        ("%s and %s", ("one",)),
        ("nothing to fill", ("one",)),
        ("%s", (Unprintable(),)),
        ("100 %", ("x",)),
        ("%(name)s", ({"other": 1},)),
        (Unprintable(), ()),
    ],
)
def test_a_wrong_call_is_written_and_raises_nothing(
    written: Written, message: object, arguments: tuple[object, ...]
) -> None:
    written.log.warning(message, *arguments)
    assert len(written.lines) == 1
    assert "WARNING" in written.lines[0]


def test_an_exception_that_cannot_be_printed_is_written(written: Written) -> None:
    written.log.error("failed", exc_info=raised(Unprintable()))
    assert "<unprintable Unprintable>" in "".join(written.lines)


def test_no_secret_is_written(written: Written) -> None:
    page = "/key/" + "a" * 43
    written.log.error("key %s, %s, %s", KEY, TOKEN, page, exc_info=raised(ValueError(f"{KEY} {TOKEN}")))
    whole = "".join(written.lines)
    assert not [secret for secret in (KEY, TOKEN, "a" * 43) if secret in whole]
    assert "key sk-ant-" in whole
    assert "xoxb-" in whole


def test_the_password_of_a_database_or_a_proxy_is_not_written(written: Written) -> None:
    written.log.error("cannot reach %s", "postgresql://me:hunter2@db.example/spend")
    assert "hunter2" not in written.lines[0]
    assert "db.example/spend" in written.lines[0]


def test_a_record_has_an_end(written: Written) -> None:
    written.log.error("%s", "a" * 10_000_000, exc_info=raised(ValueError("b" * 10_000_000)))
    assert len("".join(written.lines)) < 2 * (logs.LONGEST + logs.LONGEST_TRACEBACK)
    assert "characters left out" in written.lines[0]


def test_machines_are_told_the_same() -> None:
    written = Written(Json())
    written.log.error("failed: %s", "why", exc_info=raised(ValueError("because")))
    data = json.loads(written.lines[0])
    assert (data["level"], data["logger"], data["message"]) == ("ERROR", "bot.somewhere", "failed: why")
    assert data["traceback"].endswith("builtins.ValueError: because")


@pytest.mark.usefixtures("set_up_again")
def test_debugging_tells_nothing_of_what_libraries_send_and_store(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("DEBUG", "text")
    for library in ("peewee", "httpx", "slack_sdk.web", "urllib3", "apscheduler"):
        logging.getLogger(library).debug("SELECT 'mina@acme.example'")
    logging.getLogger("peewee.migrations").info("up: 0001_initial, mina@acme.example")
    logging.getLogger("waitress.queue").warning(
        "Task queue depth is 1, mina@acme.example"
    )  # strangers fill it
    logging.getLogger("bot.sync.worker").debug("ours")
    errors = capsys.readouterr().err
    assert "mina@acme.example" not in errors
    assert "ours" in errors
