"""The rows of an export: the cost of UTC days, in the columns of FOCUS (https://focus.finops.org).

    of_charge   a line of the bill
    of_day      the rows of a day, one for each member of a dimension

A file has only one of these, and one dimension, so its rows sum to the bill. `BilledCost` is the billed part
alone, `EffectiveCost` also has the estimate; an unknown value is empty, never zero.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from digests.files.moments import rfc3339
from digests.numbers import build
from digests.numbers.report import NAMING, Dimension
from digests.words import wording
from providers.caller import CLAUDE_CODE, REASONS, caller
from providers.charge import Charge
from providers.directory import Directory
from providers.period import Period
from providers.spend import Basis, Sum, basis_of
from providers.usage import WEB_SEARCH

Row = Mapping[str, str | Decimal | int | None]

_VENDOR, _SERVICE, _CATEGORY = "Anthropic", "Claude", "AI and Machine Learning"
_NO_MODELS = {WEB_SEARCH, *REASONS}  # cost types that stand in place of a model
COLUMNS = (
    "BillingAccountId",
    "BillingAccountName",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "BillingCurrency",
    "ChargeCategory",
    "ChargeDescription",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ProviderName",
    "PublisherName",
    "InvoiceIssuerName",
    "ServiceName",
    "ServiceCategory",
    "SkuId",
    "SkuPriceId",
    "ResourceId",
    "ResourceName",
    "SubAccountId",
    "SubAccountName",
    "Tags",
    "x_Basis",
    "x_CostType",
    "x_Model",
    "x_TokenKind",
    "x_ServiceTier",
    "x_ContextWindow",
    "x_InferenceGeo",
    "x_Product",
    "x_Engineer",
    "x_Note",
)
WITHHELD = "Engineer and API key names are left out"
PARTLY = "only to {until} UTC"
ESTIMATED = "Estimated, not billed yet"
PROVISIONAL = "Provisional: estimated, the bill isn't complete yet"


@dataclass(frozen=True)
class Account:
    """The organization, and the names behind ids; `shows_names`: the reader may see engineers and keys."""

    organization_id: str
    organization: str
    names: Directory
    shows_names: bool


def of_charge(charge: Charge, account: Account) -> Row:
    """Return one line of the bill."""
    sku = "/".join(filter(None, (charge.model, charge.token_kind or charge.cost_type)))
    price = (charge.service_tier, charge.context_window, charge.inference_geo)
    return {
        **_common_columns(account, Period.day(charge.day), charge.currency, charge.billed_cost),
        "BilledCost": charge.billed_cost,
        "EffectiveCost": charge.billed_cost,
        "x_Basis": "billed",
        "ChargeDescription": charge.description or sku,
        "SkuId": sku,
        "SkuPriceId": "/".join([sku, *(each or "" for each in price)]).rstrip("/"),
        **_workspace(charge.workspace_id, account),
        "x_CostType": charge.cost_type,
        "x_Model": charge.model,
        "x_TokenKind": charge.token_kind,
        "x_ServiceTier": charge.service_tier,
        "x_ContextWindow": charge.context_window,
        "x_InferenceGeo": charge.inference_geo,
    }


def of_day(
    day: Period,
    sums: Iterable[Sum],
    dimension: Dimension,
    account: Account,
    *,
    billed: bool,
    provisional: bool = False,
    until: datetime | None = None,
    list_cost: Decimal | None = None,
    currency: str | None = "USD",
) -> list[Row]:
    """Return a day's rows, one for each member of a dimension, sorted by member.

    `sums` are by caller if the dimension is engineer or key, else by member. A day that is not `billed` is
    estimated, `provisional` if it has a bill that is not whole yet. An incomplete day has only the spend
    `until` a moment. `currency` None: the day's bill is in several.
    """
    why = "" if billed else PROVISIONAL if provisional else ESTIMATED
    note = _note(
        why, PARTLY.format(until=wording.clock_24(until, "UTC")) if until else "", dimension, account
    )
    member_of = _members(dimension, account)
    by_member: dict[str, list[Sum]] = defaultdict(list)
    for each in sums:
        by_member[member_of(each.id) or ""].append(each)
    return [
        {
            **_common_columns(account, day, currency, _sum(parts)),
            "ListCost": list_cost,
            **_quantity(parts),
            **_member_columns(member or None, parts, dimension, account),
            **_cost(parts, None if billed else "provisional" if provisional else "estimated"),
            "x_Note": note,
        }
        for member, parts in sorted(by_member.items())
    ]


def _common_columns(account: Account, day: Period, currency: str | None, cost: Decimal) -> Row:
    month = Period.month(day.start)
    return {
        **dict.fromkeys(COLUMNS),
        "BillingAccountId": account.organization_id,
        "BillingAccountName": account.organization,
        "BillingPeriodStart": rfc3339(month.starts_at),
        "BillingPeriodEnd": rfc3339(month.ends_at),
        "ChargePeriodStart": rfc3339(day.starts_at),
        "ChargePeriodEnd": rfc3339(day.ends_at),
        "BillingCurrency": currency,
        "ChargeCategory": "Credit" if cost < 0 else "Usage",
        "ProviderName": _VENDOR,
        "PublisherName": _VENDOR,
        "InvoiceIssuerName": _VENDOR,
        "ServiceName": _SERVICE,
        "ServiceCategory": _CATEGORY,
    }


def _members(dimension: Dimension, account: Account) -> Callable[[str | None], str | None]:
    """Return the function from the id of a sum to the member whose row it adds to.

    If the reader may not see names, all callers share one row.
    """
    if dimension not in NAMING:
        return lambda id_: id_

    def member(caller_id: str | None) -> str | None:
        parts = caller(caller_id)
        if parts.reason or not account.shows_names:
            return caller_id if parts.reason else None
        if dimension == "key":
            return parts.key or parts.actor
        return account.names.engineer_of(caller_id)

    return member


def _cost(parts: Sequence[Sum], unbilled: Basis | None) -> Row:
    """Return the costs and their basis; `unbilled` is the basis of a day without a whole bill.

    A cost of 0 on such a day means that we know no price, so it is empty.
    """
    cost = _sum(parts)
    estimated = sum((each.estimated for each in parts), Decimal(0))
    basis = unbilled or basis_of(cost, estimated)
    return {
        "BilledCost": None if basis in ("estimated", "provisional") else cost - estimated,
        "EffectiveCost": cost if cost or not unbilled else None,
        "x_Basis": basis,
    }


def _sum(parts: Sequence[Sum]) -> Decimal:
    return sum((each.cost for each in parts), Decimal(0))


def _quantity(parts: Sequence[Sum]) -> Row:
    """Return the number of tokens, or of web searches if there are no tokens."""
    tokens = sum(sum(each.quantities[:5]) for each in parts)
    searches = sum(each.quantities[-1] for each in parts)
    unit = "Tokens" if tokens else "Requests" if searches else None
    return {"ConsumedQuantity": tokens or searches or None, "ConsumedUnit": unit}


def _member_columns(member: str | None, parts: Sequence[Sum], dimension: Dimension, account: Account) -> Row:
    """Return the member of a row, in the columns of its dimension."""
    match dimension:
        case "engineer" | "key":
            return _caller_columns(member, parts, dimension, account)
        case "workspace":
            place = _workspace(member, account)
            return {**place, "ChargeDescription": place["SubAccountName"]}
        case "model":
            model = None if member in _NO_MODELS else member
            return {"SkuId": member, "x_Model": model, **_description(member, dimension)}
        case "token type":
            return {"SkuId": member, "x_TokenKind": member, **_description(member, dimension)}
        case "product":
            return {**_product_columns({member}), **_description(member, dimension)}
        case "day" | "week" | "month":
            return {"ChargeDescription": "All Claude usage of the day"}


def _description(member: str | None, dimension: Dimension) -> Row:
    return {"ChargeDescription": wording.named(member, dimension) if member else build.UNNAMED[dimension]}


def _caller_columns(member: str | None, parts: Sequence[Sum], dimension: Dimension, account: Account) -> Row:
    """Return the key, the engineer and the product, each only if all parts of the row have the same."""
    if member in build.REASONS:
        return {"ChargeDescription": build.REASONS[member]}
    if member is None:
        return {"ChargeDescription": build.UNNAMED[dimension] if account.shows_names else None}
    name = account.names.name(member)
    callers = [caller(each.id) for each in parts]
    owners = {account.names.owner_of(each.id) for each in parts}
    owner = owners.pop() if len(owners) == 1 else None
    engineers = {account.names.engineer_of(each.id) for each in parts}
    engineer = engineers.pop() if len(engineers) == 1 else None
    keys = {member} if dimension == "key" else {each.key for each in callers}
    key = keys.pop() if len(keys) == 1 else None
    products = {CLAUDE_CODE if each.claude_code else None for each in callers}
    tags: dict[str, str | None] = {"engineer": engineer, "engineer_known_by": owner.link if owner else None}
    return {
        "ChargeDescription": name,
        "ResourceId": key,
        "ResourceName": account.names.name(key) if key else None,
        "x_Engineer": engineer,
        **_product_columns(products, **tags),
    }


def _product_columns(products: set[str | None], **tags: str | None) -> Row:
    """Return the product, if there is only one, and the tags that have a value."""
    product = next(iter(products)) if len(products) == 1 else None
    present = {name: value for name, value in {**tags, "product": product}.items() if value}
    return {
        "x_Product": product,
        "Tags": json.dumps(present, ensure_ascii=False, sort_keys=True) if present else None,
    }


def _workspace(workspace_id: str | None, account: Account) -> Row:
    name = account.names.name(workspace_id) if workspace_id else build.UNNAMED["workspace"]
    return {"SubAccountId": workspace_id, "SubAccountName": name}


def _note(why_not_billed: str, up_to: str, dimension: Dimension, account: Account) -> str | None:
    withheld = WITHHELD if dimension in NAMING and not account.shows_names else ""
    return "; ".join(filter(None, (why_not_billed, up_to, withheld))) or None
