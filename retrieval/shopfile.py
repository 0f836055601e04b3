"""`shop.yaml` read leniently: what cannot be understood is a warning and a default, never a stop."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Literal, cast
from zoneinfo import ZoneInfo

from retrieval.frontmatter import load_mapping, read_words
from retrieval.servicelevels import read_levels
from retrieval.shop import Authority, Shop, Voice, WorkingHours
from retrieval.spelling import NUMBER, Reader, folded, spellings

FILE_NAMES = ("shop.yaml", "shop.yml")
_CLOCK = re.compile(r"(\d{1,2})(?:[:：](\d{2}))?\s*(?:[点时]|am|pm)?", re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,2}[:：]\d{2})\s*(?:-|–|—|~|～|至|到|to)\s*(\d{1,2}[:：]\d{2})")


def read_shop_file(text: str, *, shop: str, where: str = "shop.yaml") -> tuple[Shop, list[str]]:
    """The shop a `shop.yaml` describes, with defaults for the rest, and what was odd about it.

    Raises ShopError only where the text is not YAML at all.
    """
    reader = Reader(where)
    spell = spellings()
    data = load_mapping(text, where=where)
    data = {key: value for key, value in data.items() if folded(key) not in {"id", "shop", "version"}}
    known = reader.renamed(data, "", spell["names"])
    if isinstance(known.get("timezone"), str) and not _is_zone(known["timezone"]):
        reader.warn(f"timezone: `{known.pop('timezone')}` is not a time zone; Asia/Shanghai is used")
    return Shop(
        id=shop,
        name=_words(known.get("name"), shop),
        platform=_words(known.get("platform"), "generic"),
        locales=read_words(known.get("locales")) or ("zh", "en"),
        channels=_channels(known.get("channels")) or ("chat",),
        timezone=_words(known.get("timezone"), "Asia/Shanghai"),
        voice=_voice(known.get("voice"), reader),
        service_levels=read_levels(known.get("service_levels"), reader),
        authority=_authority(known.get("authority"), reader),
        working_hours=_hours(known.get("working_hours"), reader),
    ), reader.warnings


def _words(value: object, default: str) -> str:
    return (
        default
        if value is None or isinstance(value, (dict, list))
        else " ".join(str(value).split()) or default
    )


def _channels(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, dict) else read_words(value)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _voice(value: object, reader: Reader) -> Voice:
    if value is None:
        return Voice()
    if isinstance(value, (str, list)):
        return Voice(style=value if isinstance(value, str) else "；".join(map(str, value)))
    if not isinstance(value, dict):
        reader.warn(f"voice: expected words or a mapping, found {value!r}")
        return Voice()
    known = reader.renamed(value, "voice.", spellings()["voice"])
    emoji = _emoji(known.pop("emoji", "none"), reader)
    return Voice(**{name: _joined(part) for name, part in known.items()}, emoji=emoji)


def _joined(value: object) -> str:
    return "；".join(map(str, value)) if isinstance(value, list) else str(value)


def _emoji(value: object, reader: Reader) -> Literal["none", "sparing", "free"]:
    name = folded(str(value))
    for kind, words in spellings()["emoji"].items():
        if name in words:
            return cast("Literal['none', 'sparing', 'free']", kind)
    reader.warn(f"voice.emoji: `{value}` is none of none, sparing, free; none is used")
    return "none"


def _authority(value: object, reader: Reader) -> dict[str, Authority]:
    if value is None:
        return {"agent": Authority()}
    if not isinstance(value, dict):
        return {"agent": _limit(value, "authority", reader)}
    roles = {folded(word): role for role, words in spellings()["roles"].items() for word in [role, *words]}
    known = {folded(word) for words in spellings()["authority"].values() for word in words}
    if value and all(folded(str(key)) in known for key in value):
        return {"agent": _limit(value, "authority", reader)}
    limits = {
        roles.get(folded(str(role)), str(role)): _limit(given, f"authority.{role}", reader)
        for role, given in value.items()
    }
    return limits or {"agent": Authority()}


def _limit(given: object, part: str, reader: Reader) -> Authority:
    if given is None:
        return Authority()
    if not isinstance(given, dict):
        return Authority(compensation_max=_money(given, part, reader))
    known = reader.renamed(given, f"{part}.", spellings()["authority"])
    return Authority(
        compensation_max=_money(known.get("compensation_max", 0), part, reader),
        exceptions=read_words(known.get("exceptions")),
    )


def _money(given: object, part: str, reader: Reader) -> Decimal:
    found = NUMBER.search(str(given).replace(",", ""))
    if isinstance(given, bool) or found is None:
        reader.warn(f"{part}: `{given}` is not an amount in yuan; 0 is used")
        return Decimal(0)
    try:
        return Decimal(found.group())
    except InvalidOperation:
        return Decimal(0)


def _hours(value: object, reader: Reader) -> WorkingHours:
    if value is None:
        return WorkingHours()
    if isinstance(value, (str, list)):
        text = value if isinstance(value, str) else " - ".join(map(str, value[:2]))
        span = _SPAN.search(text)
        if span:
            return WorkingHours(start=_clock(span.group(1)), end=_clock(span.group(2)))
        if "24" in text:
            return WorkingHours(start="00:00", end="24:00")
    elif isinstance(value, dict):
        known = reader.renamed(value, "working_hours.", spellings()["hours"])
        days = _days(known.get("days"))
        start, end = (
            _clock(known.get(name, default)) for name, default in (("start", "09:00"), ("end", "24:00"))
        )
        return WorkingHours(start=start, end=end, days=days or WorkingHours().days)
    reader.warn(f"working_hours: `{value}` is not understood; expected start and end, or 9:00-22:00")
    return WorkingHours()


def _clock(value: object) -> str:
    """`9:00`, `9`, 540 (YAML's reading of 9:00) as `09:00`."""
    if isinstance(value, int) and value > 24:
        return f"{value // 60:02d}:{value % 60:02d}"
    found = _CLOCK.match(str(value).strip())
    return f"{int(found.group(1)):02d}:{found.group(2) or '00'}" if found else "09:00"


def _days(value: object) -> tuple[int, ...]:
    items: Iterable[object] = value if isinstance(value, list) else re.findall(r"\d", str(value or ""))
    days = [int(str(item)) for item in items if str(item) in set("1234567")]
    if isinstance(value, str) and "-" in value and len(days) == 2:
        days = list(range(days[0], days[1] + 1))
    return tuple(dict.fromkeys(days))
