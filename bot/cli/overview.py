"""What `stackspend help` prints: every verb in its group, with examples; and the nearest verb to a typo."""

from collections.abc import Mapping

EXAMPLES = """\
examples:
  stackspend connect < key.txt                 connect Anthropic; the key is read from the file
  stackspend cost last month by model
  stackspend cost 2026-10 --by engineer --json
  stackspend ask who spent the most last week
  stackspend export 2026-10 --output october.csv
"""
GROUPS: Mapping[str, Mapping[str, str]] = {
    "ask": {
        "summary": "today, yesterday, this month, and the forecast",
        "cost": "spend for a period, by model, engineer, workspace, key, …",
        "models": "this month by model",
        "engineers": "spend and Claude Code activity by engineer",
        "claude": "what clients report by telemetry, beside the bill",
        "why": "what changed since the period before, and what caused it",
        "forecast": "where the month, the quarter or the year will end",
        "me": "what one person spent: me mina@acme.example last week",
        "ask": "a question in plain words",
        "read": "how a question is understood, without answering it",
        "export": "spend by day as CSV or JSON",
        "digest": "a daily, weekly, or monthly digest, as it would be posted",
    },
    "set up": {
        "connect": "connect Anthropic (Admin key on standard input); or `connect claude`",
        "disconnect": "delete the key and stop syncing; or `disconnect claude --name …`",
        "settings": "who can see what, and the team's calendar",
        "demo": "try everything without an account",
    },
    "data": {
        "status": "what is connected and how fresh the data is",
        "sync": "sync now",
        "audit": "the audit log, newest first",
    },
    "run": {
        "run": "web and scheduler in one process",
        "web": "answer Slack; a worker runs elsewhere",
        "worker": "sync and post; the web process runs elsewhere",
        "doctor": "check everything StackSpend needs, and show what to do",
        "migrate": "update the database",
        "rotate-secret": "re-encrypt stored keys with the first secret key",
        "forget": "delete everything of a Slack workspace now",
        "erase": "erase a person from telemetry: erase mina@acme.example",
    },
}
HELP = {verb: text for group in GROUPS.values() for verb, text in group.items()}
"""The one line of every verb."""
_WIDTH = max(map(len, HELP))


def epilog() -> str:
    """Return the verbs by group, and examples."""
    parts = [
        "\n".join([f"{group}:", *(f"  {verb:{_WIDTH}}  {text}" for verb, text in verbs.items())])
        for group, verbs in GROUPS.items()
    ]
    return "\n\n".join([*parts, EXAMPLES])


def unknown(verb: str) -> str:
    """Return what to say to a verb that does not exist, with the nearest one."""
    from difflib import get_close_matches

    near = get_close_matches(verb.casefold(), HELP, n=1)
    meant = f" Did you mean `stackspend {near[0]}`?" if near else ""
    return f"“{verb}” isn't a command.{meant} `stackspend help` lists them all."
