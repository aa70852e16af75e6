"""What lists.json must become; the default workspace has an id of its own here, and is None in reports."""

from datetime import UTC, datetime

from providers.directory import ANYWHERE, Entry

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
ENTRIES = [
    Entry("wrkspc_default", "workspace", "Default", datetime(2024, 1, 1, tzinfo=UTC), status="active"),
    Entry(
        "wrkspc_old",
        "workspace",
        "Old lab",
        datetime(2024, 10, 30, 23, 58, 27, 427722, UTC),
        status="archived",
    ),
    Entry(
        "apikey_plain",
        "api_key",
        "ci",
        datetime(2025, 3, 1, tzinfo=UTC),
        status="active",
        workspace_id=None,
        owner_id="user_1",
        hint="sk-ant-api03-R2D...igAA",
        owner_is="creator",
    ),
    Entry(
        "apikey_scoped",
        "api_key",
        "claude_code_key_dev_x",
        NOVEMBER,
        status="archived",
        workspace_id="wrkspc_old",
        owner_id="user_2",
        owner_is="principal",
    ),
    Entry(
        "apikey_robot",
        "api_key",
        "robot",
        NOVEMBER,
        status="expired",
        owner_id="svac_1",
        owner_is="principal",
    ),
    Entry("apikey_orphan", "api_key", "orphan", NOVEMBER, status="inactive", workspace_id=ANYWHERE),
    Entry("user_1", "user", "Ada", datetime(2024, 2, 1, tzinfo=UTC), email="Ada@Example.com", status="admin"),
    Entry(
        "user_2",
        "user",
        "dev@example.com",
        datetime(2025, 2, 1, tzinfo=UTC),
        email="dev@example.com",
        status="claude_code_user",
    ),
]
