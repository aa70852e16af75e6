"""The names of a small company, some of which are words of the grammar as well."""

from bot.questions.reading.names import Name, Names

OPUS = Name("model", "opus", "Opus")
SONNET = Name("model", "sonnet", "Sonnet")
HAIKU = Name("model", "haiku", "Haiku")
OPUS_5_5 = Name("model", "claude-opus-5-5", "Opus 5.5")
CLAUDE_CODE = Name("product", "claude_code", "Claude Code")
PRODUCTION = Name("workspace", "wrkspc_1", "Production")
RESEARCH = Name("workspace", "wrkspc_2", "Research")
DEFAULT = Name("workspace", "", "Default workspace", ("default",))
JONAS = Name("engineer", "jonas@acme.example", "Jonas Weber", mention="U0JONAS")
MINA = Name("engineer", "mina.okafor@acme.example", "Mina Okafor", mention="U0MINA")
ZOE = Name("engineer", "zoe@acme.example", "Zoë O'Brien", mention="U0ZOE")
NIGHTLY = Name("key", "apikey_1", "ci-nightly", ("9Zk2",))
EVAL = Name("key", "apikey_2", "ci-eval", ("Ab12",))
FINANCE = Name("team", "S0FIN", "finance", mention="S0FIN")
PLAIN = (
    OPUS, SONNET, HAIKU, OPUS_5_5, CLAUDE_CODE, PRODUCTION, RESEARCH, DEFAULT, JONAS, MINA, ZOE, NIGHTLY,
    EVAL, FINANCE,
)  # fmt: skip
TODAY = Name("workspace", "wrkspc_3", "Today")
MODEL = Name("key", "apikey_3", "model")
TOTAL = Name("workspace", "wrkspc_4", "Total")
LAST_WEEK = Name("workspace", "wrkspc_5", "Last week")
MINA_STONE = Name("engineer", "mstone@acme.example", "Mina Stone")
PRODUCTION_KEY = Name("key", "apikey_4", "Production")
HOSTILE = Name("key", "apikey_5", '<!channel> *ci* "x"')
CHINESE = Name("workspace", "wrkspc_6", "研究 開発")
ARABIC = Name("engineer", "m.ali@acme.example", "محمد علي")
EMOJI = Name("workspace", "wrkspc_7", "🔥")
SAME = Name("key", "apikey_6", "shared"), Name("key", "apikey_7", "shared")
AWKWARD = (
    TODAY, MODEL, TOTAL, LAST_WEEK, MINA_STONE, PRODUCTION_KEY, HOSTILE, CHINESE, ARABIC, EMOJI, *SAME,
)  # fmt: skip
COMPANY = Names(PLAIN)
AWKWARD_COMPANY = Names([*PLAIN, *AWKWARD])
