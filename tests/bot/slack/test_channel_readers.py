"""Who reads a channel: looked at anew when something is shared, remembered for a minute for its button."""

from typing import Any, cast

import pytest

from bot.slack.channel_readers import ShareTarget, ShareTargets
from demo.slack.people import SPEND, TEAM


class Answer(dict[str, Any]):
    """What the client answers: the same as a mapping and as its data."""

    @property
    def data(self) -> dict[str, Any]:
        return dict(self)


class CountingLookup:
    """A client that counts what it is asked, and says of everybody what a test wants."""

    def __init__(self, *members: str, **user: Any) -> None:
        self.calls: list[str] = []
        self._members, self._user = members, user

    def __getattr__(self, method: str) -> Any:
        answers: dict[str, dict[str, Any]] = {
            "conversations_info": {"channel": {"name": "claude-spend"}},
            "conversations_members": {"members": self._members},
            "users_info": {"user": {"id": "U1", "team_id": TEAM, **self._user}},
        }

        def call(**_: object) -> Any:
            self.calls.append(method)
            return Answer(answers[method])

        return call


def look(lookup: CountingLookup, *, for_guests: bool = True) -> ShareTarget:
    return ShareTargets(cast("Any", lookup), TEAM, lambda: 0.0).look(SPEND, for_guests=for_guests, anew=False)


@pytest.mark.parametrize(
    ("user", "is_guest"),
    [({}, False), ({"is_restricted": True}, True), ({"team_id": "T2"}, True), ({"is_bot": True}, False)],
)
def test_a_guest_is_whoever_may_ask_nothing_and_is_no_bot(user: dict[str, Any], *, is_guest: bool) -> None:
    assert look(CountingLookup("U1", **user)).has_guests == is_guest


def test_guests_are_looked_for_only_where_names_are() -> None:
    lookup = CountingLookup("U1")
    assert not look(lookup, for_guests=False).has_guests
    assert lookup.calls == ["conversations_info"]


def test_the_answers_of_a_minute_ask_slack_once_and_a_press_anew() -> None:
    lookup, moment = CountingLookup("U1"), [0.0]
    places = ShareTargets(cast("Any", lookup), TEAM, lambda: moment[0])
    for _ in range(3):
        places.look(SPEND, for_guests=True, anew=False)
    assert lookup.calls == ["conversations_info", "conversations_members", "users_info"]
    places.look(SPEND, for_guests=True, anew=True)
    assert len(lookup.calls) == 6
    moment[0] += 61
    places.look(SPEND, for_guests=True, anew=False)
    assert len(lookup.calls) == 9
