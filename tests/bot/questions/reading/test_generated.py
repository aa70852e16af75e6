"""Five hundred sentences made of periods, filters, dimensions, fillers and typos, in any order."""

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.questions.reading.names import Name
from bot.questions.reading.parse import read
from bot.questions.reading.spans import (
    Current,
    Day,
    Month,
    OfYear,
    Part,
    Range,
    Rolling,
    Since,
    Span,
    Until,
    Weekday,
    Weekend,
    WeekOf,
    Year,
)
from bot.questions.reading.types import Reading
from tests.bot.questions.reading.company import (
    COMPANY,
    FINANCE,
    JONAS,
    MINA,
    NIGHTLY,
    OPUS,
    OPUS_5_5,
    PRODUCTION,
    SONNET,
)

COUNT = 500
VERBS = (
    "",
    "",
    "cost",
    "costs",
    "spend",
    "spending",
    "how much did we spend",
    "what did we spend",
    "show me the cost",
)
PERIODS: dict[str, Span] = {
    "today": Current("day"),
    "yesterday": Current("day", 1),
    "last week": Current("week", 1),
    "this month": Current("month"),
    "last quarter": Current("quarter", 1),
    "ytd": Current("year"),
    "7d": Rolling(7),
    "last 2 weeks": Rolling(2, "week"),
    "past 3 months": Rolling(3, "month"),
    "in october": Month(10),
    "2026-10": Month(10, 2026),
    "on oct 3": Day(10, 3),
    "last friday": Weekday(4, is_last=True),
    "q3 2026": Part("quarter", 3, 2026),
    "q1 last year": OfYear(Part("quarter", 1), 1),
    "fy26": Year(2026, is_fiscal=True),
    "fiscal q2": Part("quarter", 2, is_fiscal=True),
    "3 days ago": Current("day", 3),
    "last weekend": Weekend("last"),
    "week of oct 5": WeekOf(Day(10, 5)),
    "all of 2025": Year(2025),
    "until oct 15": Until(Day(10, 15)),
    "since oct 15": Since(Day(10, 15)),
    "between oct 1 and oct 15": Range(Day(10, 1), Day(10, 15)),
    "2026-10-01..2026-10-15": Range(Day(10, 1, 2026), Day(10, 15, 2026)),
}
GROUPS: dict[str, Reading] = {
    "by model": Reading("cost", dimensions=("model",)),
    "per engineer": Reading("cost", dimensions=("engineer",)),
    "by workspace and model": Reading("cost", dimensions=("workspace", "model")),
    "by day": Reading("cost", dimensions=("day",)),
    "by model and week": Reading("cost", dimensions=("model", "week")),
    "by token type": Reading("cost", dimensions=("token type",)),
    "by API key": Reading("cost", dimensions=("key",)),
}
FILTERS: dict[str, Name] = {
    "opus": OPUS,
    "for sonnet": SONNET,
    "claude-opus-5-5": OPUS_5_5,
    "of Jonas Weber": JONAS,
    "<@U0MINA>": MINA,
    "jonas": JONAS,
    "workspace Production": PRODUCTION,
    "in production": PRODUCTION,
    "the key ci-nightly": NIGHTLY,
    "team finance": FINANCE,
    "<!subteam^S0FIN|@finance>": FINANCE,
    "@finance": FINANCE,
    '"Mina Okafor"': MINA,
    "mina.okafor@acme.example": MINA,
    "key 9Zk2": NIGHTLY,
}
COMPARISONS: dict[str, tuple[Span, Span]] = {
    "october vs september": (Month(10), Month(9)),
    "this week vs last week": (Current("week"), Current("week", 1)),
    "yesterday versus today": (Current("day", 1), Current("day")),
    "q3 vs q2": (Part("quarter", 3), Part("quarter", 2)),
    "oct 2026 compared to oct 2025": (Month(10, 2026), Month(10, 2025)),
}
LIMITS = {"top 5": 5, "top 10": 10}
FILLERS = ("please", "the", "so far", "our", "total", "now", "anthropic", "can you", "check", "tell me")
TYPOS = {
    "yesterday": "yestreday",
    "cost": "csot",
    "spending": "spendng",
    "model": "modle",
    "engineer": "enginer",
    "workspace": "worksapce",
    "quarter": "quater",
    "weeks": "weks",
    "between": "betwen",
    "since": "sicne",
}


@dataclass
class Sentence:
    """Some words, what they must be read as, and whether a word of them is mistyped."""

    words: list[str] = field(default_factory=list)
    reading: Reading = field(default_factory=lambda: Reading("cost"))
    is_mistyped: bool = False


@st.composite
def sentences(draw: st.DrawFn) -> Sentence:
    """A sentence: a verb, then parts in any order with fillers between them."""
    made, pieces = Sentence(), []
    if draw(st.integers(0, 3)) == 0:
        compared = draw(st.sampled_from(sorted(COMPARISONS)))
        pieces.append(compared)
        period, compare = COMPARISONS[compared]
        made.reading = replace(made.reading, period=period, compare=compare)
    elif named := draw(st.none() | st.sampled_from(sorted(PERIODS))):
        pieces.append(named)
        made.reading = replace(made.reading, period=PERIODS[named])
    if group := draw(st.none() | st.sampled_from(sorted(GROUPS))):
        pieces.append(group)
        made.reading = replace(made.reading, dimensions=GROUPS[group].dimensions)
    chosen = {
        FILTERS[each].dimension: each for each in draw(st.lists(st.sampled_from(sorted(FILTERS)), max_size=2))
    }
    pieces += chosen.values()
    made.reading = replace(made.reading, filters=tuple(sorted(FILTERS[each] for each in chosen.values())))
    if group and (limit := draw(st.none() | st.sampled_from(sorted(LIMITS)))):
        pieces.append(limit)
        made.reading = replace(made.reading, limit=LIMITS[limit])
    pieces = draw(st.permutations(pieces or ["today"]))
    if pieces == ["today"]:
        made.reading = replace(made.reading, period=PERIODS["today"])
    filled = [word for piece in pieces for word in (draw(st.sampled_from(["", "", *FILLERS])), piece)]
    made.words = " ".join([draw(st.sampled_from(VERBS)), *filled]).split()
    if draw(st.booleans()):
        _mistype(draw, made)
    return made


def _mistype(draw: st.DrawFn, made: Sentence) -> None:
    places = [at for at, word in enumerate(made.words) if word in TYPOS]
    if places:
        at = draw(st.sampled_from(places))
        made.words[at] = TYPOS[made.words[at]]
        made.is_mistyped = True


@settings(max_examples=COUNT, deadline=None)
@given(sentences())
def test_a_sentence_is_read_as_its_parts_whatever_their_order(sentence: Sentence) -> None:
    result = read(" ".join(sentence.words), COMPANY)
    assert result.reading == sentence.reading, (sentence.words, result)
    assert not (sentence.is_mistyped and result.is_literal)
