"""The rows of an export: what a UTC day cost, under FOCUS's names for columns.

A file is one cut of the dollars and no more, so that its rows sum to the bill: the bill's own lines, or one
row a day and member of a dimension. `BilledCost` is what is billed and nothing else, `EffectiveCost` that
and what is estimated; what is not known is empty, never zero. https://focus.finops.org
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from digests.numbers import build
from digests.numbers.report import NAMING, Dimension
from digests.words import wording
from providers.caller import CLAUDE_CODE, REASONS, caller
from providers.charge import Charge
from providers.directory import Directory
from providers.period import DAY, Period
from providers.spend import Basis, Sum, basis_of
from providers.usage import WEB_SEARCH

Row = Mapping[str, str | Decimal | int | None]

_VENDOR, _SERVICE, _CATEGORY = "Anthropic", "Claude", "AI and Machine Learning"
_NO_MODELS = {WEB_SEARCH, *REASONS}  # what stands in a model's place where no model is billed
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
WITHHELD = "Engineers and API keys by name are not shown to whoever asked"
PARTLY = "only to {until} UTC"
ESTIMATED = "Estimated, not billed yet"
PROVISIONAL = "Provisional: estimated, the bill is not whole yet"


@dataclass(frozen=True)
class Account:
    """Whose bill it is, with the names behind its ids; `named`: the reader may see engineers and keys."""

    organization_id: str
    organization: str
    names: Directory
    named: bool


def of_charge(charge: Charge, account: Account) -> Row:
    """Return one line of the bill."""
    sku = "/".join(filter(None, (charge.model, charge.token_kind or charge.cost_type)))
    price = (charge.service_tier, charge.context_window, charge.inference_geo)
    return {
        **_common(account, charge.day, charge.currency, charge.billed_cost),
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
    day: date,
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
    """Return a day's rows on a dimension, in a steady order; engineers and keys are made of its callers.

    A day that is not `billed` is estimated, `provisional` where it has a bill that is not whole yet.
    Of a day that is not whole only what was spent `until` a moment is in. `currency` is None where the day's
    bill is in several.
    """
    why = "" if billed else PROVISIONAL if provisional else ESTIMATED
    note = _note(why, PARTLY.format(until=wording.clock(until, "UTC")) if until else "", dimension, account)
    member_of = _members(dimension, account)
    together: dict[str, list[Sum]] = defaultdict(list)
    for each in sums:
        together[member_of(each.id) or ""].append(each)
    return [
        {
            **_common(account, day, currency, _sum(parts)),
            "ListCost": list_cost,
            **_used(parts),
            **_named(member or None, parts, dimension, account),
            **_cost(parts, None if billed else "provisional" if provisional else "estimated"),
            "x_Note": note,
        }
        for member, parts in sorted(together.items())
    ]


def _common(account: Account, day: date, currency: str | None, cost: Decimal) -> Row:
    month = Period.month(day)
    return {
        **dict.fromkeys(COLUMNS),
        "BillingAccountId": account.organization_id,
        "BillingAccountName": account.organization,
        "BillingPeriodStart": _midnight(month.start),
        "BillingPeriodEnd": _midnight(month.end),
        "ChargePeriodStart": _midnight(day),
        "ChargePeriodEnd": _midnight(day + DAY),
        "BillingCurrency": currency,
        "ChargeCategory": "Credit" if cost < 0 else "Usage",
        "ProviderName": _VENDOR,
        "PublisherName": _VENDOR,
        "InvoiceIssuerName": _VENDOR,
        "ServiceName": _SERVICE,
        "ServiceCategory": _CATEGORY,
    }


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _members(dimension: Dimension, account: Account) -> Callable[[str | None], str | None]:
    """By what the sums of a day are put together: names that may not be shown put nothing apart."""
    if dimension not in NAMING:
        return lambda id_: id_

    def member(caller_id: str | None) -> str | None:
        called = caller(caller_id)
        if called.reason or not account.named:
            return caller_id if called.reason else None
        if dimension == "key":
            return called.key or called.actor
        return account.names.engineer_of(caller_id)

    return member


def _cost(parts: Sequence[Sum], unbilled: Basis | None) -> Row:
    """An unbilled day's nothing is no price known, so it is left empty; `unbilled` is what it rests on."""
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


def _used(parts: Sequence[Sum]) -> Row:
    """Tokens; where there are none, searches."""
    tokens = sum(sum(each.quantities[:5]) for each in parts)
    searches = sum(each.quantities[-1] for each in parts)
    unit = "Tokens" if tokens else "Requests" if searches else None
    return {"ConsumedQuantity": tokens or searches or None, "ConsumedUnit": unit}


def _named(member: str | None, parts: Sequence[Sum], dimension: Dimension, account: Account) -> Row:
    """What a row is about, in the columns of its dimension."""
    match dimension:
        case "engineer" | "key":
            return _called(member, parts, dimension, account)
        case "workspace":
            place = _workspace(member, account)
            return {**place, "ChargeDescription": place["SubAccountName"]}
        case "model":
            model = None if member in _NO_MODELS else member
            return {"SkuId": member, "x_Model": model, **_described(member, dimension)}
        case "token type":
            return {"SkuId": member, "x_TokenKind": member, **_described(member, dimension)}
        case "product":
            return {**_products({member}), **_described(member, dimension)}
        case "day":
            return {"ChargeDescription": "All Claude usage of the day"}


def _described(member: str | None, dimension: Dimension) -> Row:
    return {"ChargeDescription": wording.named(member, dimension) if member else build.UNNAMED[dimension]}


def _called(member: str | None, parts: Sequence[Sum], dimension: Dimension, account: Account) -> Row:
    """The key, the engineer and the product, each where it is the same in all that a row adds up."""
    if member in build.REASONS:
        return {"ChargeDescription": build.REASONS[member]}
    if member is None:
        return {"ChargeDescription": build.UNNAMED[dimension] if account.named else None}
    name = account.names.name(member)
    callers = [caller(each.id) for each in parts]
    owners = {account.names.owner_of(each.id) for each in parts}
    owner = owners.pop() if len(owners) == 1 else None
    engineers = {account.names.engineer_of(each.id) for each in parts}
    engineer = engineers.pop() if len(engineers) == 1 else None
    keys = {member} if dimension == "key" else {called.key for called in callers}
    key = keys.pop() if len(keys) == 1 else None
    products = {CLAUDE_CODE if called.claude_code else None for called in callers}
    tags: dict[str, str | None] = {"engineer": engineer, "engineer_known_by": owner.link if owner else None}
    return {
        "ChargeDescription": name,
        "ResourceId": key,
        "ResourceName": account.names.name(key) if key else None,
        "x_Engineer": engineer,
        **_products(products, **tags),
    }


def _products(products: set[str | None], **tags: str | None) -> Row:
    """The one product there is, if it is one, and the tags that are known."""
    product = next(iter(products)) if len(products) == 1 else None
    known = {name: value for name, value in {**tags, "product": product}.items() if value}
    return {
        "x_Product": product,
        "Tags": json.dumps(known, ensure_ascii=False, sort_keys=True) if known else None,
    }


def _workspace(workspace_id: str | None, account: Account) -> Row:
    name = account.names.name(workspace_id) if workspace_id else build.UNNAMED["workspace"]
    return {"SubAccountId": workspace_id, "SubAccountName": name}


def _note(why_not_billed: str, how_far: str, dimension: Dimension, account: Account) -> str | None:
    said = [why_not_billed, how_far, WITHHELD if dimension in NAMING and not account.named else ""]
    return "; ".join(filter(None, said)) or None
