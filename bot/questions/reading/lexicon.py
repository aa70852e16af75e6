"""The phrases of the grammar but for periods and names, each with what it is.

A table has phrases separated by commas. What follows a `?` in a table is a guess: the answer says how the
text was read.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from bot.questions.reading import spans
from bot.questions.reading.parts import (
    Before,
    By,
    Compare,
    File,
    Filler,
    Lexeme,
    Own,
    Part,
    Refusal,
    Shift,
    Top,
    Verb,
    Versus,
    Words,
)
from bot.questions.reading.types import Command, Dimension, Form

_VERBS: Mapping[Command, str] = {
    "summary": """
        summary, overview
        ? dashboard, report, reports, hi, hello, hey, ping, yo, thanks, thank you, good morning
    """,
    "cost": """
        cost, costs, cost of, costs of, costing, spend, spent, spending, how much, bill, expense, expenses,
        expenditure
    """,
    "why": """
        why, movers, drivers, explain
        ? what changed, what happened, what moved, what's different, reason, reasons, driving, drives, driven
    """,
    "forecast": """
        forecast, forecasts
        ? forecasted, projected, projection, projections, run rate, runrate, burn rate, will, going to, gonna,
        prediction, predict, expected, on track, end of month, eom, end of the month, by month end
    """,
    "budget": "budget, budgets, set budget, set a budget, new budget, budget of",
    "alerts": """
        alerts, alert, alert me, alert when, all alerts
        ? alert me when, alert me if, notify, notify me, notify me when, notify me if, warn,
        warn me, warn me when,
        warn me if, tell me when, tell me if, alarm, alarms, anomaly, anomalies, incident, incidents
    """,
    "savings": """
        savings
        ? save, save money, saving, cache savings, caching savings, with caching, save with
        caching, did we save,
        optimize, optimise, cut costs, reduce costs, cheaper
    """,
    "keys": "idle keys, unused keys, risky keys ? old keys",
    "digest": "digest, digests, all digests",
    "export": "export, export cost, export costs, download ? give me a csv of, send me a csv of",
    "status": """
        status
        ? is it working, is it up, are you there, are you up, version, health, connected, freshness, how fresh
    """,
    "sync": "sync, sync now, sync again ? refresh, update, resync, fetch, reload",
    "connect": """
        connect, connect anthropic, connect key
        ? reconnect, setup, set up, login, log in, install, onboard, rotate key, replace key,
        new key, add key,
        add a key, change key, renew key
    """,
    "disconnect": """
        disconnect, disconnect anthropic ? logout, log out, remove key, delete key, revoke key
    """,
    "settings": """
        settings
        ? setting, config, configure, configuration, preferences, permissions, access, who can see,
        who can see this, who can see what, privacy settings
    """,
    "audit": "audit, audit log ? log, logs, history of changes, who did what",
    "help": """
        help, help me
        ? who are you, what are you, what can you do, what can i ask, how does this work, commands, examples,
        docs, documentation, manual, man, feedback, support, contact, usage help, terms, privacy
    """,
    "engineers": """
        ? commits, pull requests, prs, lines of code, loc, by commit, by pr, per commit, per pr, roi,
        cost per commit, cost per commits, cost per pr, cost per prs, cost per pull request, productivity,
        acceptance, acceptance rate
    """,
}
_WEAK: frozenset[Command] = frozenset({"cost", "summary"})
"""The commands whose words give way to those of any other."""
_CHANGES = """
    change, changes, changed, go up, went up, going up, gone up, go down, went down, increase,
    increased, rise,
    rose, jump, jumped, spike, spiked, higher, lower, up, down, more expensive, so expensive, so high, so much
"""
"""What `why` asks about, and means by itself."""
_WITH_WORDS: Mapping[str, str] = {
    "connect claude": "connect claude",
    "connect claude code": "connect claude",
    "disconnect claude": "disconnect claude",
    "digest now": "digest now",
    "digests now": "digest now",
    "subscribe": "digest add",
    "subscribe me": "digest add",
    "unsubscribe": "digest remove",
    **dict.fromkeys(("alerts on", "turn on alerts", "turn alerts on"), "alerts on"),
    **dict.fromkeys(("alerts off", "turn off alerts", "turn alerts off"), "alerts off"),
    **dict.fromkeys(("change budget", "raise budget", "raise the budget", "lower the budget"), "budget edit"),
    "change the budget": "budget edit",
    **dict.fromkeys(("claude vs bill", "claude vs the bill", "claude against the bill"), "claude beside"),
    **dict.fromkeys(("who is blind", "who doesn't report", "who does not report"), "claude blind"),
    "unmute": "alerts on",
    **dict.fromkeys(("mute", "mute alerts", "snooze", "silence"), "alerts mute"),
}
"""Phrases that are a command with an argument."""
_ARGUMENTS: Mapping[str, str] = {
    "add": "add, new, create, set",
    "edit": "edit",
    "preview": "preview",
    "pause": "pause, stop",
    "resume": "resume, restart",
    "remove": "remove, delete, cancel",
    "now": "send, post",
    "on": "enable",
    "off": "off, disable",
    "over": "over, above, exceed, exceeds, more than, goes over, goes above",
    "verbose": "verbose, details",
    "left": "left, remaining",
    "beside": "beside, beside the bill, next to the bill",
    "blind": "blind",
}
"""Arguments that some commands take."""
_DIMENSIONS: Mapping[Dimension, str] = {
    "model": "model, models",
    "engineer": """
        engineer, engineers, people, person, persons, user, users, developer, developers, dev, devs, employee,
        employees, member, members
    """,
    "workspace": "workspace, workspaces",
    "key": "key, keys, api key, api keys",
    "token type": """
        token, tokens, token type, token types
        ? usage, token usage, token kind, input tokens, output tokens, cached tokens, cache
        tokens, cache, caching
    """,
    "product": "product, products",
    "day": "day, days, daily, date, dates",
    "week": "weekly",
    "month": "monthly",
    "team": "team, teams, group, groups, department, departments",
    "session": "session, sessions",
    "skill": "skill, skills",
    "subagent": "subagent, subagents",
    "mcp server": "mcp, mcp server, mcp servers",
    "repository": "repo, repos, repository, repositories",
}
_AFTER_BY: Mapping[Dimension, str] = {"week": "week, weeks", "month": "month, months"}
"""Nouns that are periods without a `by`."""
BY = frozenset(
    {"by", "per", "each", "across", "grouped by", "group by", "split by", "broken down by", "for each"}
)
"""What makes a dimension of the noun after it."""
_FORMS: Mapping[Form, str] = {
    "csv": "csv, as csv, as a csv, csv file ? excel, xlsx, xls, spreadsheet, sheet",
    "json": "json, as json, json file",
}
_SHIFTS: Mapping[spans.Unit, str] = {
    "day": "day over day, dod",
    "week": "week over week, week on week, wow",
    "month": "month over month, month on month, mom",
    "quarter": "quarter over quarter, qoq",
    "year": "year over year, year on year, yoy",
}
_THAN = (
    "less than, higher than, lower than, cheaper than, more expensive than, did we spend more than, "
    "have we spent more than, are we spending more than, we spent more than, more than in, less than in"
)
_VERSUS = "vs, versus, v, compared to, compared with, against, relative to, difference to"
_BEFORE = """
    before, week before, month before, quarter before, year before, day before, period before,
    previous period,
    prior period, the week before, the month before, the quarter before, the year before, the day before,
    the period before, the previous period, the one before
"""
"""What stands right of `vs` for the like period before the one on its left."""
_COMPARE = "compare, comparison, compare with, comparing, difference between, diff"
_OWN = "me, my, mine, i, myself, for me, my own"
_WHO = (
    "who, whom, whose, which engineer, which person, which developer, which user, leaderboard, ranking, "
    "biggest spender, biggest spenders, top spenders"
)
_RANKS = """
    top, most, the most, most expensive, biggest, largest, highest, costliest, ranked,
    spent most, spent the most, spends most, spends the most
"""
_BY_DAY = """
    average per day, average a day, daily average, average daily, chart, graph, plot, trend, trends,
    over time,
    timeline, history
"""
_JOINTS = "and, to, with, from, or"
"""Fillers that also stand between two things that are compared."""
_FILLERS = """
    -, a, about, actually, again, ai, alone, altogether, am, amount, an, anthropic, any, api,
    are, as, at, be,
    been, being, breakdown, breakdown of, burned, burnt, can, can i, can i get, can i see, check,
    claude, could,
    could i, currently, did, display, do, does, dollars, during, figures, find, for, get, get a,
    give, give me,
    had, has, have, here, hey there, hi there, how, how many, i'd, i'd like, i'd like to,
    i'd love to, i need, i want, i want to, i would like, i would like to, if, in,
    in total, is, it, its, just, kindly, know, let, lets, like to, list, list all, list me, llm, many, may
    i, may i get,
    may i see, money, much, need, need to, now, numbers, of, on, only, only for, our, over the,
    overall, paid, pay,
    paying, please, pls, plz, print, really, s, see, send me, should, show, show me, so far, some, split,
    stackspend, sum, t, tell, tell me, that, the, their, then, there, they, this is, total, totals,
    us, usd, use,
    used, using, view, want, want to, was, we, went, were, what, whats, when, which, within, would,
    x, you, your
"""
"""Words that never change a question; those that can (me, not, all, everything) are not among them."""
_NO_GROUP = (
    "I can't group by that. I can group by model, engineer, workspace, key, token type, product, day, week, "
    "month, or team."
)
_REFUSALS: Sequence[tuple[str, Refusal]] = (
    (
        """
        credit, credits, credits left, credit left, remaining credit, remaining credits, balance, prepaid,
        remaining balance, credit balance, top up
        """,
        Refusal(
            "Anthropic doesn't publish remaining credit, so I don't know it.", ("cost month", "forecast")
        ),
    ),
    (
        """
        eur, euro, euros, €, gbp, pound, pounds, £, yen, jpy, ¥, chf, francs, cad, aud, inr,
        rupees, sek, kronor,
        currency
        """,
        Refusal("Anthropic bills in US dollars, and I don't convert them."),
    ),
    (
        """
        openai, chatgpt, gpt, cursor, copilot, gemini, google, mistral, windsurf, llama, aws,
        azure, gcp, bedrock,
        vertex, vertex ai
        """,
        Refusal("I only know what Anthropic bills for Claude.", ("cost month",)),
    ),
    (
        """
        region, regions, geo, geography, country, service tier, service tiers, tier, tiers, ip, tool, tools,
        project, projects, context window, endpoint, environment, tag, tags, label,
        labels, cost center,
        customer, vendor, provider
        """,
        Refusal(_NO_GROUP),
    ),
    (
        "by hour, per hour, each hour, hour by hour, hourly, hours",
        Refusal("I don't split by the hour yet.", ("cost today",)),
    ),
    (
        "by year, per year, yearly, annually, by quarter, per quarter, quarterly",
        Refusal("I don't split by quarter or year yet.", ("cost year by month",)),
    ),
    (
        "average, avg, mean, on average, median",
        Refusal("I don't average over people or things yet."),
    ),
    (
        "except, without, excluding, exclude, other than, besides, but, not",
        Refusal("I can't leave something out of an answer yet.", ("cost month by model",), drops_names=True),
    ),
    (
        "least, cheapest, lowest, smallest, bottom",
        Refusal("My lists begin with the largest, and I can't reverse them yet."),
    ),
    (
        "pdf, png, image, screenshot, slides, docx",
        Refusal("I write CSV and JSON files.", ("export month csv", "export month json")),
    ),
    (
        "invoice, invoices, billing, receipt",
        Refusal(
            "Invoices are in the Claude Console. I have their lines.",
            ("export last month csv", "cost last month"),
        ),
    ),
    (
        "my team, my teams, my group, my department, our department",
        Refusal("I don't know which team is yours. Name it, or ask by team.", ("cost month by team",)),
    ),
    (
        "share, share this, post this",
        Refusal("To share an answer, press Share under it.", ("cost month",)),
    ),
    (
        "pricing, price, prices, price list, rates, rate card",
        Refusal("Anthropic's pricing page has the prices. I know what you paid.", ("cost month by model",)),
    ),
    (
        "delete my data, delete everything, forget me, gdpr",
        Refusal(
            "An admin can delete the billing history when disconnecting, or everything on the server.",
            ("help",),
        ),
    ),
)
"""What is understood and cannot be answered: why not, and what comes close."""


def _phrases(table: str) -> Iterator[tuple[str, bool]]:
    """Yield the phrases of a table, and whether each is a guess."""
    for is_guess, phrases in enumerate(table.split("?")):
        for phrase in phrases.split(","):
            if phrase.strip():
                yield phrase.strip(), bool(is_guess)


def _rows() -> Iterator[tuple[str, Part, bool]]:
    """Yield every phrase; of one that is twice here, the last counts."""
    yield from _small_words()
    for dimension, table in _DIMENSIONS.items():
        for noun, is_guess in _phrases(table):
            yield noun, By(dimension, is_noun=True), is_guess
            yield f"all {noun}", By(dimension, is_noun=True), is_guess
    yield from _verbs()
    yield from _others()


def _small_words() -> Iterator[tuple[str, Part, bool]]:
    for filler, is_guess in _phrases(_FILLERS):
        yield filler, Filler(), is_guess
    for joint, _ in _phrases(_JOINTS):
        yield joint, Filler(is_joint=True), False
    for argument, table in _ARGUMENTS.items():
        for phrase, _ in _phrases(table):
            yield phrase, Words((argument,)), False


def _verbs() -> Iterator[tuple[str, Part, bool]]:
    for command, table in _VERBS.items():
        for phrase, is_guess in _phrases(table):
            yield phrase, Verb(command, is_weak=command in _WEAK), is_guess
    for phrase, _ in _phrases(_CHANGES):
        yield phrase, Verb("why", is_weak=True), True
    for phrase, written in _WITH_WORDS.items():
        first, *words = written.split()
        yield phrase, Verb(_COMMANDS[first], tuple(words)), phrase != written


def _others() -> Iterator[tuple[str, Part, bool]]:
    for form, table in _FORMS.items():
        for phrase, is_guess in _phrases(table):
            yield phrase, File(form), is_guess
    for unit, table in _SHIFTS.items():
        for phrase, _ in _phrases(table):
            yield phrase, Shift(spans.Current(unit), spans.Current(unit, 1)), True
    tables: tuple[tuple[str, Part, bool], ...] = (
        (_VERSUS, Versus(), False),
        (_THAN, Versus(), True),
        (_COMPARE, Compare(), False),
        (_BEFORE, Before(), False),
        (_OWN, Own(), False),
        (_WHO, By("engineer"), True),
        (_RANKS, Top(None), True),
        (_BY_DAY, By("day"), True),
    )
    for table, part, is_guess in tables:
        for phrase, _ in _phrases(table):
            yield phrase, part, is_guess
    for table, refusal in _REFUSALS:
        for phrase, _ in _phrases(table):
            yield phrase, refusal, False


_EVERY_COMMAND: tuple[Command, ...] = get_args(Command)
_COMMANDS: Mapping[str, Command] = {command: command for command in _EVERY_COMMAND}
LEXICON: Mapping[str, Lexeme] = {phrase: Lexeme(part, is_guess) for phrase, part, is_guess in _rows()}
"""Every phrase of the grammar, in lower case."""
LONGEST_PHRASE = max(phrase.count(" ") + 1 for phrase in LEXICON)
NOUNS: Mapping[str, Dimension] = {
    noun: dimension
    for table in (_DIMENSIONS, _AFTER_BY)
    for dimension, nouns in table.items()
    for noun, _ in _phrases(nouns)
}
"""What stands after `by`."""
NAMED_NOUNS: frozenset[str] = frozenset(
    noun
    for noun, dimension in NOUNS.items()
    if dimension in ("model", "engineer", "workspace", "key", "product", "team")
)
"""What stands beside a name: `workspace Production`, `the ci key`."""
