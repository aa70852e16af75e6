"""Text from outside as a cell of a CSV file, safe in a spreadsheet."""

import re

from digests.words import wording

BYTE_ORDER_MARK = "\ufeff"
"""The start of a CSV file for people; without it Excel does not read UTF-8."""

_FORMULA = re.compile(
    r"(^|;\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])"
)  # what a spreadsheet would carry out, wide forms too; a `;` parts cells where the comma parts decimals


def cell(text: str) -> str:
    """Return one line of visible text that no spreadsheet runs as a formula: `=1+1` gets an apostrophe.

    https://owasp.org/www-community/attacks/CSV_Injection. Tabs and line breaks in front are gone already.
    """
    return _FORMULA.sub(r"\1'", wording.plain(text))
