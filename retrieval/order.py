"""An order as the shop's system tells it. Read from outside, so strict: an unknown field is an error."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

OrderStatus = Literal[
    "unpaid", "paid", "shipped", "delivered", "returning", "refunding", "refunded", "closed"
]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Buyer(_Record):
    """Who bought, as far as a reply may address them."""

    nickname: str | None = None
    member_level: str | None = None


class OrderItem(_Record):
    """One line of an order."""

    product_id: str | None = None
    name: str | None = None
    qty: int | None = 1
    paid: Decimal | None = None
    """What was really paid for the whole line, in yuan."""
    spec: str | None = None


class TrackingEvent(_Record):
    """One scan of the parcel."""

    at: AwareDatetime | None = None
    place: str | None = None
    event: str | None = None


class Refund(_Record):
    """One refund of the order."""

    at: AwareDatetime | None = None
    amount: Decimal | None = None
    method: str | None = None
    state: str | None = None
    note: str | None = None


class Promise(_Record):
    """What an agent promised earlier: it binds every later reply (P06)."""

    at: AwareDatetime | None = None
    by: str | None = None
    text: str
    due: AwareDatetime | None = None


class Order(_Record):
    """One order; every field but `order_id` and `status` may be absent."""

    order_id: str
    status: OrderStatus
    customer: Buyer | None = None
    channel: str | None = None
    items: tuple[OrderItem, ...] = ()
    paid_at: AwareDatetime | None = None
    promised_ship_by: AwareDatetime | None = None
    shipped_at: AwareDatetime | None = None
    carrier: str | None = None
    tracking_no: str | None = None
    tracking: tuple[TrackingEvent, ...] = ()
    delivered_at: AwareDatetime | None = None
    refunds: tuple[Refund, ...] = ()
    notes: str | None = None
    """The shop's internal remark: evidence for the agent, never quoted to the customer."""
    promises_made: tuple[Promise, ...] = Field(default=())

    @property
    def last_event(self) -> TrackingEvent | None:
        """The newest tracking event."""
        dated = [event for event in self.tracking if event.at is not None]
        return max(dated, key=lambda event: event.at or datetime.min, default=None)
