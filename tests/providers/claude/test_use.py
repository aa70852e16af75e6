"""Merging what several senders report about one request: the same in any order, and however often."""

from functools import reduce
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as some

from providers.claude.identify import BY_API, BY_EVENT_WITH_WRITES
from providers.claude.use import Origin, Use, merge
from tests.providers.claude.bodies import AT

counts = some.tuples(*[some.integers(0, 9)] * 5)
words = some.sampled_from(["", "a", "b"])
origins = some.builds(
    Origin,
    model=words,
    email=words,
    product=some.sampled_from(["messages_api", "claude_code", ""]),
    attributes=some.dictionaries(words, words, max_size=2).map(lambda each: tuple(sorted(each.items()))),
)
times = some.integers(AT, AT + 3)
uses = some.builds(
    Use,
    key=some.just("k"),
    is_request=some.just(True),
    session=words,
    started=times,
    ended=times,
    counted_at=times,
    tokens=counts,
    exactness=some.integers(1, 4),
    client_cost=some.none() | some.integers(0, 9),
    origin=origins,
    deeds=some.just((0,) * 7),
)


@given(some.lists(uses, min_size=2, max_size=3))
def test_reports_merge_to_the_same_in_any_order_and_however_often(reports: list[Use]) -> None:
    merged = {reduce(merge, each) for each in permutations([*reports, reports[0]])}
    assert len(merged) == 1


def use(tokens: int, exactness: int, origin: Origin) -> Use:
    return Use("k", True, "", AT, AT, AT, (0, 0, 0, 0, tokens), exactness, None, origin)


def test_each_field_is_from_who_knows_it() -> None:
    event = use(
        5, BY_EVENT_WITH_WRITES, Origin(email="mia@acme.example", skill="review", product="claude_code")
    )
    pushed = use(5, BY_API, Origin(workspace="wrkspc_1", tier="standard", product="messages_api"))
    origin = merge(pushed, event).origin
    assert (origin.email, origin.skill, origin.workspace) == ("mia@acme.example", "review", "wrkspc_1")
    assert (origin.tier, origin.product) == ("standard", "claude_code")


def test_the_api_counts_no_frame_of_a_stream_twice() -> None:
    doubled, right = use(10, BY_EVENT_WITH_WRITES, Origin()), use(5, BY_API, Origin())
    assert merge(doubled, right).tokens[4] == 5
