"""A shop as its folder describes it: voice, service levels, authority, and where its files lie."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How the shop speaks."""

    address: str = ""
    """How a customer without a known name is addressed in Chinese (`亲`); empty: `您`."""
    agent_name: str = ""
    style: str = ""
    """A line or two for writers, in words."""
    emoji: Literal["none", "sparing", "free"] = "none"
    closing: str = ""
    """A closing line the shop likes; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevels:
    """What the shop holds itself to."""

    first_reply_s: int = 100
    """Reply clock: seconds until a first useful reply is due (colours at this and at `reply_limit_s`)."""
    reply_limit_s: int = 180
    verify_back_min: int = 30
    """Minutes until the customer hears back when something is being verified."""
    supervisor_back_min: int = 120
    """Minutes until a supervisor answers an escalated case."""
    follow_up_h: int = 48
    """Hours after a solution until a follow-up."""
    chat_max_chars: int = 320
    """Longest comfortable chat reply, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What one role may grant on its own."""

    compensation_max: Decimal = Decimal(0)
    """Yuan per order, cash or voucher together."""
    exceptions: tuple[str, ...] = ()
    """Policy ids this role may bend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """When people answer, in the shop's time zone; `24:00` is the end of the day."""

    start: str = "09:00"
    end: str = "24:00"
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    """ISO weekdays, 1 is Monday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The contents of `shop.yaml`, with sensible defaults for all that it leaves out."""

    id: str
    name: str = ""
    platform: str = "generic"
    locales: tuple[str, ...] = ("zh", "en")
    channels: tuple[str, ...] = ("chat",)
    timezone: str = "Asia/Shanghai"
    voice: Voice = Voice()
    service_levels: ServiceLevels = ServiceLevels()
    authority: dict[str, Authority] = field(default_factory=lambda: {"agent": Authority()})
    """Role → limits, from least to most."""
    working_hours: WorkingHours = WorkingHours()
