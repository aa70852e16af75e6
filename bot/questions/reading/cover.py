"""The likeliest way to read a text: the cheapest candidates that cover every word exactly once."""

from collections.abc import Sequence

from bot.questions.reading.parts import Candidate


def cheapest(at_each_place: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """Return the cheapest cover in the order of the text; of equal ones, the one with earlier candidates."""
    count = len(at_each_place)
    costs = [0.0] + [float("inf")] * count
    reached: list[Candidate | None] = [None] * (count + 1)
    for at, candidates in enumerate(at_each_place):
        for candidate in candidates:
            cost = costs[at] + candidate.cost
            if cost < costs[candidate.end] - 1e-9:  # far below any difference between candidates
                costs[candidate.end], reached[candidate.end] = cost, candidate
    cover: list[Candidate] = []
    at = count
    while last := reached[at]:
        cover.append(last)
        at = last.start
    return cover[::-1]
