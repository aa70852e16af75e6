"""Translate Anthropic's names to ours."""

import re
from functools import cache

_TOKEN_KINDS = {
    "uncached_input_tokens": "uncached_input",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
    "cache_read_input_tokens": "cache_read",
    "output_tokens": "output",
}
_DATE = re.compile(r"-20\d{6}$")


def token_kind(token_type: str | None) -> str | None:
    """Return our word for a token type; an unknown type stays as it is."""
    return None if token_type is None else _TOKEN_KINDS.get(token_type, token_type)


@cache
def undated(model: str | None) -> str | None:
    """Remove a model's release date: some reports say `claude-haiku-4-5-20251001`, some do not."""
    return None if model is None else _DATE.sub("", model)
