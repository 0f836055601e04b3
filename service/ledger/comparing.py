"""When two figures say the same, and when they say different things about the same matter."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from service.ledger.mention import Mention

MINUTES_PER_DAY = 1440
DAYS_PER_MONTH = 30
DAYS_PER_YEAR = 365
LENGTHS = {"minute", "month", "workday", "same_day"}
"""Units of a duration: not the same, but a promise in one contradicts a policy in another."""
SHARED_PIECES = 3
"""Two-character pieces that two clauses of one matter share besides their figures."""
Closeness = Literal["same", "perhaps", "other"]
DAY_ENDS = {Decimal(0), Decimal(1440), Decimal(1439)}
"""24:00, 0:00 and 23:59 end or begin the same day."""


def same_value(mine: Mention, theirs: Mention, *, earliest: bool = False) -> bool:
    """Whether two figures agree: 7天 and 一周, 5天内 and 3-5天; `earliest` also accepts the lower end."""
    if mine.kind != theirs.kind or not same_unit(mine, theirs):
        return False
    if mine.kind == "date":
        return mine.low == theirs.low or (mine.unit == "clock" and _same_hour(mine, theirs))
    if mine.unit != theirs.unit and {mine.unit, theirs.unit} == {"price", "percent"}:
        return True  # 八折 and 20% off
    low, high = _scaled(mine)
    other_low, other_high = _scaled(theirs)
    if _near(low, other_low) and _near(high, other_high):
        return True
    if low != high:
        return False
    return _near(low, other_high) or ((earliest or mine.kind != "duration") and _near(low, other_low))


def _same_hour(mine: Mention, theirs: Mention) -> bool:
    """19点 and 19点半 are said of 19:42 too; 24:00, 0:00 and 23:59 are one."""
    low, other = mine.low, theirs.low
    assert isinstance(low, Decimal)
    assert isinstance(other, Decimal)
    return {low, other} <= DAY_ENDS or (low % 30 == 0 and abs(other - low) < (60 if low % 60 == 0 else 30))


def same_unit(mine: Mention, theirs: Mention) -> bool:
    """Whether two figures can be compared at all: minutes with months, but not with working days."""
    if mine.unit == theirs.unit or "any" in (mine.unit, theirs.unit):
        return True
    if mine.kind == theirs.kind == "quantity" and not (mine.unit.isascii() or theirs.unit.isascii()):
        return True  # 三个碗 and 三只碗
    if {mine.unit, theirs.unit} == {"minute", "month"}:
        return True
    return {mine.unit, theirs.unit} == {"price", "percent"} and _scaled(mine)[0] + _scaled(theirs)[0] == 100


def same_matter(mine: Mention, theirs: Mention, related: Mapping[str, str]) -> Closeness:
    """Whether two figures are about the same thing; a figure that names no topic may be about any."""
    if not mine.topics or not theirs.topics or mine.vague:
        return "perhaps"
    if theirs.vague and not same_heads(mine, theirs):
        return "perhaps"
    heads, others = _heads(mine), _heads(theirs)
    if heads & others:
        return "same"
    heads |= {related[head] for head in heads if head in related}
    if theirs.vague and heads & theirs.topics:
        return "same"
    if heads & theirs.topics and others & (mine.topics | heads):
        return "same"
    others |= {related[other] for other in others if other in related}
    named = mine.low != mine.high or bool(others & mine.wide)  # a range like 3-5 is seldom met by chance
    return "perhaps" if named else "other"


def _heads(mention: Mention) -> set[str]:
    return set(mention.head.split("_and_"))


def same_heads(mine: Mention, theirs: Mention) -> bool:
    """Whether the nearest topic of both is one."""
    return bool(mine.head) and bool(theirs.head) and bool(_heads(mine) & _heads(theirs))


def apart(mine: Mention, theirs: Mention) -> bool:
    """Whether two figures are said of different regions: 北京次日达 is not 江浙沪次日达."""
    return bool(mine.places) and bool(theirs.places) and mine.places.isdisjoint(theirs.places)


def rivals(mine: Mention, theirs: Mention) -> bool:
    """Whether two figures answer the same question differently."""
    if mine.kind != theirs.kind or theirs.denied or not _comparable(mine, theirs):
        return False
    if mine.threshold != theirs.threshold or apart(mine, theirs):
        return False
    if same_heads(mine, theirs) or mine.places & theirs.places:
        return True
    return len(mine.pieces & theirs.pieces) >= (1 if mine.kind == "quantity" else SHARED_PIECES)


def _comparable(mine: Mention, theirs: Mention) -> bool:
    return same_unit(mine, theirs) or {mine.unit, theirs.unit} <= LENGTHS


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
