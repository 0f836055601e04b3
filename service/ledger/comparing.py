"""When two figures say the same, and when they say different things about the same matter."""

from decimal import Decimal

from service.ledger.mention import Mention

MINUTES_PER_DAY = 1440
DAYS_PER_MONTH = 30
DAYS_PER_YEAR = 365
DAY_ENDS = {Decimal(0), Decimal(1440), Decimal(1439)}
"""24:00, 0:00 and 23:59 end or begin the same day."""


def same_value(mine: Mention, theirs: Mention, *, earliest: bool = False) -> bool:
    """Whether two figures agree: 7天 and 一周, 5天内 and 3-5天; `earliest` also accepts the lower end."""
    if mine.kind != theirs.kind or not same_unit(mine, theirs):
        return False
    if mine.kind == "date":
        return mine.low == theirs.low or (mine.unit == "clock" and {mine.low, theirs.low} <= DAY_ENDS)
    low, high = _scaled(mine)
    other_low, other_high = _scaled(theirs)
    if _near(low, other_low) and _near(high, other_high):
        return True
    if low != high:
        return False
    return _near(low, other_high) or ((earliest or mine.kind != "duration") and _near(low, other_low))


def same_unit(mine: Mention, theirs: Mention) -> bool:
    """Whether two figures can be compared at all: minutes with months, but not with working days."""
    if mine.unit == theirs.unit or "any" in (mine.unit, theirs.unit):
        return True
    if {mine.unit, theirs.unit} == {"minute", "month"}:
        return True
    return {mine.unit, theirs.unit} == {"price", "percent"} and _scaled(mine)[0] + _scaled(theirs)[0] == 100


def same_matter(mine: Mention, theirs: Mention) -> bool:
    """Whether two figures may be about the same thing; a figure that names no topic may be about any."""
    if not mine.topics or not theirs.topics or mine.vague:
        return True
    heads, others = set(mine.head.split("_and_")), set(theirs.head.split("_and_"))
    if heads & others:
        return True
    return bool(heads & theirs.topics) and bool(others & mine.topics)


def rivals(mine: Mention, theirs: Mention) -> bool:
    """Whether two figures answer the same question differently."""
    if mine.kind != theirs.kind or not mine.head or not theirs.head or theirs.denied:
        return False
    comparable = same_unit(mine, theirs) or {mine.unit, theirs.unit} <= {
        "minute",
        "month",
        "workday",
        "same_day",
    }
    heads, others = set(mine.head.split("_and_")), set(theirs.head.split("_and_"))
    return comparable and bool(heads & others)


def _scaled(mention: Mention) -> tuple[Decimal, Decimal]:
    low, high = mention.low, mention.high
    assert isinstance(low, Decimal)
    assert isinstance(high, Decimal)
    if mention.unit != "month":
        return low, high
    return _minutes(low), _minutes(high)


def _minutes(months: Decimal) -> Decimal:
    days = months / 12 * DAYS_PER_YEAR if months % 12 == 0 else months * DAYS_PER_MONTH
    return days * MINUTES_PER_DAY


def _near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) < Decimal("0.005")
