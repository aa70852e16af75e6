"""Cells of two periods, invented and hand-made, for the tests of why a cost changed."""

from hypothesis import strategies as st

from digests.numbers.change.explanation import Cell, Cells, Explanation, explain
from providers.spend import Amounts, Id

WEIGHTS = (1.0, 1.25, 2.0, 0.1, 5.0)
PEOPLE = {"apikey_mina": "mina@acme.example", "apikey_tom": "tom@acme.example"}
NOBODYS = "apikey_service"


def weights(model: str) -> tuple[float, float, float, float, float] | None:
    return WEIGHTS if model.startswith("claude-") else None


def why(before: Cells, after: Cells) -> Explanation:
    return explain(before, after, weights=weights, person=lambda caller: PEOPLE.get(caller or ""))


def cell(caller: Id = NOBODYS, model: Id = "claude-opus-5-5") -> Cell:
    return Cell(caller, None, model, "messages_api")


def used(cost: int, *, uncached: int = 0, read: int = 0, output: int = 0) -> Amounts:
    return Amounts(uncached, 0, 0, read, output, 0, cost, 0)


callers = st.sampled_from([*PEOPLE, NOBODYS, "apikey_other", "=difference", None])
models = st.sampled_from(["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "web_search", None])
counts = st.integers(0, 10**9) | st.just(0)
amounts = st.builds(
    Amounts, counts, counts, counts, counts, counts, counts, st.integers(-(10**10), 10**14), st.just(0)
)
cells = st.dictionaries(
    st.builds(
        Cell,
        callers,
        st.sampled_from([None, "wrkspc_1"]),
        models,
        st.sampled_from(["messages_api", "claude_code"]),
    ),
    amounts,
    max_size=12,
)
