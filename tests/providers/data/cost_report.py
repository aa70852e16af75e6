"""What cost_report.json must become: cents are dollars, null workspaces the default one, odd words pass."""

from datetime import date
from decimal import Decimal

from providers.charge import Charge

DAY = date(2026, 11, 20)
CHARGES = [
    Charge(
        day=DAY,
        workspace_id=None,
        cost_type="tokens",
        model="claude-haiku-4-5",
        token_kind="cache_write_5m",
        service_tier="batch",
        context_window="0-200k",
        inference_geo="not_available",
        description="Claude Haiku 4.5 Usage - Input Tokens, Cache Write",
        billed_cost=Decimal("1.2378912"),
        currency="USD",
    ),
    Charge(
        day=DAY,
        workspace_id="wrkspc_01",
        cost_type="tokens",
        model="claude-opus-5-5",
        token_kind="output",
        service_tier="standard",
        context_window="200k-1M",
        inference_geo="us",
        description="Claude Opus 5.5 Usage - Output Tokens",
        billed_cost=Decimal("0.94662"),
        currency="USD",
    ),
    Charge(
        day=DAY,
        workspace_id="wrkspc_01",
        cost_type="web_search",
        model=None,
        token_kind=None,
        service_tier=None,
        context_window=None,
        inference_geo=None,
        description="Web Search Usage",
        billed_cost=Decimal("0.03"),
        currency="USD",
    ),
    Charge(
        day=DAY,
        workspace_id="wrkspc_02",
        cost_type="tomorrows_type",
        model="claude-next-1",
        token_kind="tomorrows_tokens",
        service_tier="tomorrows_tier",
        context_window="1M-9M",
        inference_geo="moon",
        description="",
        billed_cost=Decimal("-10.505"),
        currency="USD",
    ),
    Charge(
        day=DAY,
        workspace_id=None,
        cost_type="other",
        model=None,
        token_kind=None,
        service_tier=None,
        context_window=None,
        inference_geo=None,
        description="",
        billed_cost=Decimal("0.075"),
        currency="USD",
    ),
]
