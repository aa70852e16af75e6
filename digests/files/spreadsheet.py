"""Text from outside as a cell of a CSV file, which a spreadsheet may open."""

import re

from digests.words import wording

BYTE_ORDER_MARK = "\ufeff"
"""What a CSV file for people begins with: without it Excel does not take it for UTF-8."""

_FORMULA = re.compile(
    r"(^|;\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])"
)  # what a spreadsheet would carry out, wide forms too; a `;` parts cells where the comma parts decimals


def cell(text: str) -> str:
    """One line of visible text that no spreadsheet takes for formulas: `=1+1` gets an apostrophe first.

    https://owasp.org/www-community/attacks/CSV_Injection. Tabs and line breaks in front are gone already.
    """
    return _FORMULA.sub(r"\1'", wording.plain(text))
