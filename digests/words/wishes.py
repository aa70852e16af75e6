"""What somebody can ask an admin for: what it is in a sentence, and the button that does it."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

Wish = Literal["connect", "key", "telemetry", "digest", "names", "spend", "settings", "assign"]
WISHES: tuple[Wish, ...] = get_args(Wish)


class Words(NamedTuple):
    """What an admin does, as the person who asks is told and as the admin is; and the button that does it."""

    what: str
    button: str
    action: str
    to_admin: str = ""

    @property
    def asked(self) -> str:
        """What follows "asks you to"."""
        return self.to_admin or self.what


WORDS: Mapping[Wish, Words] = {
    "connect": Words("connect StackSpend to Anthropic", "Connect Anthropic", "connect"),
    "key": Words("add a new Admin key, because the present one doesn't work", "Add a new key", "connect"),
    "telemetry": Words(
        "connect telemetry from Claude Code, Cowork, or agents", "Connect telemetry", "connect:claude"
    ),
    "digest": Words("set up or change a digest", "Open digests", "digest:list"),
    "names": Words(
        "let you see engineer and API key names",
        "Change access",
        "settings",
        "let them see engineer and API key names",
    ),
    "spend": Words(
        "let you see what the team spends on Claude",
        "Change access",
        "settings",
        "let them see what the team spends on Claude",
    ),
    "settings": Words("change who can see what", "Change access", "settings"),
    "assign": Words("assign your API key to you", "Assign a key…", "assign", "assign their API key to them"),
}
