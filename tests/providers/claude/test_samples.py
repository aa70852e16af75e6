"""Every sample comes to its right totals: alone, and with the others of its run in any order, twice."""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

import msgspec
import pytest

from providers.claude.counting import Totals, count
from providers.claude.records import Batch
from providers.money import dollars
from providers.usage import TOKEN_KINDS
from tests.providers.claude.bodies import DATA, FILES, SAMPLED, run_of, sample, totals

RUNS = sorted({run_of(file) for file in FILES})
each_file = pytest.mark.parametrize("file", FILES)


def total(batches: Iterable[Batch]) -> Totals:
    return count(batches, received_at=SAMPLED)


def in_words(of: Totals) -> dict[str, Any]:
    """Totals as `totals.json` writes them, dollars to a millionth."""
    return {
        "sessions": of.sessions,
        "requests": of.requests,
        "tokens": dict(zip(TOKEN_KINDS, of.tokens, strict=True)),
        "cost_usd": f"{dollars(of.client_cost):.6f}",
        "list_price": f"{dollars(of.list_cost):.6f}",
        "persons": sorted(of.emails),
        "repositories": sorted(of.repositories),
        "commits": sorted(of.commits),
    }


def right(kind: str, name: str) -> Mapping[str, Any]:
    return totals()[kind][name]


def test_every_sample_has_totals() -> None:
    assert set(FILES) == set(totals()["files"])
    assert set(RUNS) == set(totals()["groups"])


@each_file
def test_a_sample_comes_to_its_totals(file: str) -> None:
    assert in_words(total([sample(file)])) == right("files", file)


@pytest.mark.parametrize("run", RUNS)
def test_the_samples_of_a_run_come_to_its_totals_in_any_order_and_twice(run: str) -> None:
    batches = [sample(file) for file in FILES if run_of(file) == run]
    for seed in range(4):
        Random(seed).shuffle(batches)
        assert in_words(total([*batches, *batches])) == right("groups", run)


def test_one_request_is_one_whether_its_event_its_span_and_the_api_report_it() -> None:
    batches = [sample(file) for file in FILES if "three-times" in file]
    for seed in range(6):
        Random(seed).shuffle(batches)
        whole = total(batches)
        assert (whole.sessions, whole.requests, whole.tokens) == (1, 1, (15000, 5000, 3000, 70000, 2200))
        assert whole.cost == whole.client_cost == 167_000_000


def test_all_samples_together_come_to_the_sum_of_their_runs() -> None:
    whole = total(map(sample, FILES))
    apart = [total(sample(file) for file in FILES if run_of(file) == run) for run in RUNS]
    assert whole.requests == sum(each.requests for each in apart) - 2  # one is in three runs
    assert whole.sessions == sum(each.sessions for each in apart) - 1


@each_file
def test_no_content_is_kept(file: str) -> None:
    batch = sample(file)
    assert "CONTENT" not in repr(batch)
    body = (DATA / file).read_bytes()
    assert batch.has_content == (b"CONTENT" in body or b"tool_parameters" in body)


@each_file
def test_what_is_kept_survives_storage(file: str) -> None:
    batch = sample(file)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(batch), type=Batch) == batch
