"""Times that the shop's own service levels and working hours stand for."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from retrieval.shop import Shop
from service.ledger.mention import Mention

LONGEST_REPLY_WAIT_MIN = Decimal(72 * 60)
"""A promise to come back later than this is no service level of anybody's."""


def service_levels(mention: Mention, shop: Shop, today: date, *, at_desk: bool) -> Iterable[str]:
    """What a promise to answer may rest on; `at_desk`: the clause speaks of what an agent does meanwhile."""
    if mention.kind == "duration" and mention.unit == "minute" and isinstance(mention.high, Decimal):
        reply = "reply" in mention.topics or "inspection" in mention.topics
        if (reply or at_desk) and mention.high <= LONGEST_REPLY_WAIT_MIN:
            yield "shop.service_levels"
    if mention.unit == "clock":
        hours = {_minutes(shop.working_hours.start), _minutes(shop.working_hours.end)}
        if mention.low in hours or "reply" in mention.topics:
            yield "shop.working_hours"
    if mention.unit == "day" and "reply" in mention.topics and _soon(mention.low, today):
        yield "shop.service_levels"


def _soon(day: object, today: date) -> bool:
    return isinstance(day, date) and 0 <= (day - today).days * 1440 <= LONGEST_REPLY_WAIT_MIN


def _minutes(clock: str) -> Decimal:
    hour, _, minute = clock.partition(":")
    return Decimal(int(hour) * 60 + int(minute or 0))
