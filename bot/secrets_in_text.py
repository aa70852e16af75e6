"""What a line of the log may hold: no secret, and no character that could begin another line."""

import re

_SECRET = re.compile(r"(sk-ant-|xox[a-z]{1,2}[-.]|xapp-|xwfp-|/key/(?=[\w-]{43}))[\w.-]+")
_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s/@]+@")  # of a database or a proxy, in its address
# Control characters, line separators, marks that turn the direction of text, and halves of surrogate pairs,
# which no stream takes: https://cwe.mitre.org/data/definitions/117.html
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def redact(text: str) -> str:
    """Leave of a secret only what kind it is."""
    return _PASSWORD.sub(r"\1…@", _SECRET.sub(r"\1…", text))


def escape(text: str) -> str:
    r"""Write what is not for reading as Python would: a line feed as `\n`, an escape as `\x1b`."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
