"""A chart where Slack does not take it: as a picture in our own font, in characters, in words."""

import struct
import zlib
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from digests.layout import blocks, chart, picture
from digests.layout.message import Message
from tests.surface.checks import objections

DAYS = blocks.bars("Last 3 days", "Spend", [("Nov 30", 2240.0), ("Dec 1", 0.0), ("2", 5504.08)])


def ink(png: bytes) -> int:
    """How much there is to a picture: its data unpacked and packed again."""
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    return len(zlib.compress(zlib.decompress(data)))


def test_the_picture_is_a_png_with_letters_on_it() -> None:
    drawing = picture.svg(DAYS)
    png = picture.png(drawing)
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (picture.WIDTH, picture.HEIGHT)
    assert ink(png) > ink(picture.png(drawing.replace("<text", "<desc").replace("</text", "</desc"))) + 1000


def test_foreign_text_stays_text() -> None:
    hostile = {**DAYS, "title": "<script>&\"'"}
    assert "<script>&\"'" in list(ET.fromstring(picture.svg(hostile)).itertext())


@pytest.mark.parametrize("highest", [0.0, 0.004, 1.0, 99.99, 5504.08, 9_999_999.0])
def test_every_bar_stays_within_the_picture(highest: float) -> None:
    drawn = ET.fromstring(picture.svg(blocks.bars("Days", "Spend", [("1", highest), ("2", highest / 3)])))
    tops = [float(each.get("y", "0")) for each in drawn if each.tag.endswith("rect") and each.get("rx")]
    assert len(tops) == 2
    assert all(70 <= top <= 430 for top in tops)


def test_the_picture_is_described_in_words() -> None:
    assert picture.alt_text(DAYS) == "Last 3 days: Nov 30 $2,240.00, Dec 1 $0.00, 2 $5,504.08."


def test_a_chart_becomes_lines_or_a_picture_and_slack_takes_both() -> None:
    message = Message("Claude spend", [DAYS])
    drawn = chart.instead(message, lambda native: blocks.picture("F0PICTURE1", picture.alt_text(native)))
    for each in (chart.instead(message, chart.in_text), drawn):
        assert objections("message", {"text": each.text, "blocks": each.blocks}) == []
        assert objections("home", {"type": "home", "blocks": each.blocks}) == []


def test_lines_say_what_the_bars_do() -> None:
    lines = chart.in_text(DAYS)["elements"][0]["elements"][0]["text"].splitlines()
    assert lines[0] == "Last 3 days"
    assert [line.split()[-2] for line in (lines[1], lines[3])] == ["$2,240", "$5,504"]
    assert lines[2].split() == ["Dec", "1", f"${Decimal('0.00')}"]
