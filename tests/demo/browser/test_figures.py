"""What is drawn of a chart's numbers."""

from itertools import pairwise

import pytest

from demo.browser.figures import HEIGHT, figure
from tests.demo.pages import PIE, chart


def test_bars_stand_side_by_side_on_one_ground() -> None:
    drawn = figure(chart("bar", "Spend", "Before"))
    assert len(drawn.bars) == 6
    assert len({round(bar.y + bar.height, 2) for bar in drawn.bars}) == 1
    first, second = drawn.bars[0], drawn.bars[3]
    assert second.x == pytest.approx(first.x + first.width, abs=0.02)


def test_the_scale_is_round_and_holds_the_highest() -> None:
    drawn = figure(chart("bar", "Spend"))
    assert [label for _, label in drawn.grid] == ["0", "250", "500", "750", "1,000", "1,250"]
    assert min(bar.y for bar in drawn.bars) > drawn.grid[-1][0]


def test_values_below_zero_hang_from_the_ground() -> None:
    block = chart("bar", "Change")
    block["chart"]["series"][0]["data"][0]["value"] = -600
    drawn = figure(block)
    ground = next(y for y, label in drawn.grid if label == "0")
    assert drawn.bars[0].y == ground < HEIGHT
    assert drawn.bars[1].y < ground


def test_labels_do_not_run_into_each_other() -> None:
    block = chart("line", "Spend")
    long = [f"a long label {number}" for number in range(20)]
    block["chart"]["series"][0]["data"] = [{"label": label, "value": 1} for label in long]
    block["chart"]["axis_config"]["categories"] = long
    places = [x for x, _ in figure(block).labels]
    assert len(places) < 20
    assert min(after - before for before, after in pairwise(places)) > 6 * len(long[-1])


def test_nothing_but_zeros_is_a_flat_chart() -> None:
    block = chart("area", "Spend")
    for point in block["chart"]["series"][0]["data"]:
        point["value"] = 0
    assert figure(block).lines[0].points


def test_a_pie_of_one_piece_is_whole() -> None:
    block = {**PIE, "chart": {"type": "pie", "segments": [{"label": "All", "value": 5}]}}
    drawn = figure(block)
    assert drawn.rows == [("All", "5", "100%")]
    assert " 1 1 " in drawn.slices[0].path
