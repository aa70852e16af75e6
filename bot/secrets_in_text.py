"""Make text safe to log: no secrets, and no characters that could start another line."""

import re

_SECRET = re.compile(r"(sk-ant-|xox[a-z]{1,2}[-.]|xapp-|xwfp-|/key/(?=[\w-]{43}))[\w.-]+")
_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s/@]+@")  # in the URL of a database or a proxy
# Control characters, line separators, marks that change the direction of text, and halves of surrogate pairs,
# which no stream accepts: https://cwe.mitre.org/data/definitions/117.html
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def redact(text: str) -> str:
    """Cut every secret down to its prefix, which says what kind it is."""
    return _PASSWORD.sub(r"\1…@", _SECRET.sub(r"\1…", text))


def escape(text: str) -> str:
    r"""Escape unsafe characters as Python does: a line feed as `\n`, an escape character as `\x1b`."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
