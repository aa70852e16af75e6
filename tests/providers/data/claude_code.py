"""What claude_code.json must become: one row a person and plan, and one more a model and a tool."""

from datetime import date
from decimal import Decimal

from providers.activity import CodeActivity

DAY = date(2026, 11, 20)
NOTHING = Decimal(0)
DEV = "dev@example.com"
ACTIVITIES = [
    CodeActivity(
        DAY,
        DEV,
        None,
        "api",
        "",
        NOTHING,
        sessions=16,
        lines_added=350,
        lines_removed=130,
        commits=9,
        pull_requests=2,
    ),
    CodeActivity(DAY, DEV, None, "api", "claude-opus-4-8", Decimal("1.86"), "", 45230, 12450, 8790, 2340),
    CodeActivity(DAY, DEV, None, "api", "claude-haiku-4-5", Decimal("0.003"), "", 300, 30, 5, 0),
    CodeActivity(DAY, DEV, None, "api", "", NOTHING, "edit_tool", accepted=27, rejected=3),
    CodeActivity(DAY, DEV, None, "api", "", NOTHING, "write_tool", accepted=8),
    CodeActivity(DAY, DEV, None, "api", "", NOTHING, "tool_of_tomorrow", accepted=5, rejected=2),
    CodeActivity(DAY, DEV, None, "subscription", "", NOTHING, sessions=3),
    CodeActivity(DAY, DEV, None, "subscription", "", NOTHING, "edit_tool", accepted=1),
    CodeActivity(DAY, None, "ci", "api", "", NOTHING, sessions=2),
]
