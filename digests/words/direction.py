"""Names in right-to-left scripts, isolated, so that the figures beside them stay where they are.

Unicode's isolates: https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates.
"""

import unicodedata

OPEN, CLOSE = "\u2068", "\u2069"
"""First strong isolate: what follows has the direction of its own first letter; and the end of it."""
ISOLATES = {ord(OPEN): None, ord(CLOSE): None}
_RIGHT_TO_LEFT = {"R", "AL", "AN"}  # Unicode's classes of letters and digits


def isolated(name: str) -> str:
    """Return a name that cannot change the order of the words around it."""
    return f"{OPEN}{name}{CLOSE}" if is_right_to_left(name) else name


def is_right_to_left(text: str) -> bool:
    """Whether any of a text runs from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(each) in _RIGHT_TO_LEFT for each in text)


def contained(text: str) -> str:
    """Isolate a text as a whole if anything in it that runs from right to left is in no isolate."""
    return f"{OPEN}{text}{CLOSE}" if is_right_to_left(text) and _is_loose(text) else text


def _is_loose(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == OPEN) - (character == CLOSE)
        if not depth and unicodedata.bidirectional(character) in _RIGHT_TO_LEFT:
            return True
    return False


def is_closed(text: str) -> bool:
    """Whether every isolate in a text ends in it, and none ends that did not begin."""
    depth = 0
    for character in text:
        depth += (character == OPEN) - (character == CLOSE)
        if depth < 0:
            return False
    return depth == 0
