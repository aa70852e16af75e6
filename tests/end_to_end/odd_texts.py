"""What people, pets and clipboards put after `/stackspend`; most of it is in `odd_texts.json`."""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random

SECRETS = ("sk-ant-api03-0123456789abcdefghij", "sk-ant-admin01-0123456789abcdefghij")
LONG = (
    *(character * 4000 for character in "a<&`*9 \u0301\x00\U0001f642"),
    "cost " * 800,
    " " * 3990 + "cost",
    "cost by " + "x" * 3990,
)
_WRITTEN = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


def odd_texts(*, random: int, seed: int = 7) -> Iterator[str]:
    """Everything written down, and so many invented ones."""
    yield from _WRITTEN["texts"]
    yield from LONG
    yield from (
        f"{command} {period}" for command, period in product(("cost", "engineers"), _WRITTEN["periods"])
    )
    yield from (f"{before}{key}" for before, key in product(("", "connect ", "cost ", "key="), SECRETS))
    chance = Random(seed)
    for _ in range(random):
        alphabet = "".join(chance.sample(_WRITTEN["alphabets"], chance.randint(1, 3)))
        yield "".join(chance.choices(alphabet, k=chance.randint(1, 60)))
