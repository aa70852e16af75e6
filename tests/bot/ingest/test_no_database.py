"""Without a database, senders are asked to try again."""

from bot.ingest.receiver import Receiver
from storage.engine.database import open_database
from tests.bot.conftest import NOW
from tests.bot.ingest.wsgi import post


def test_without_a_database_senders_try_again_in_a_second() -> None:
    open_database("sqlite:////nowhere/at/all.db")
    answer = post(Receiver(lambda: NOW), HTTP_AUTHORIZATION="Bearer any")
    assert (answer.status, answer.headers["Retry-After"]) == ("503 Service Unavailable", "1")
