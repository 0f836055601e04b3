"""The service levels of a `shop.yaml`: times under many names and in many units."""

from dataclasses import fields

from retrieval.shop import ServiceLevels
from retrieval.spelling import NUMBER, Reader, folded, spellings

_UNIT_OF = {"_s": 1, "_min": 60, "_h": 3600}


def read_levels(value: object, reader: Reader) -> ServiceLevels:
    """The levels a mapping gives, the defaults for the rest; what is odd becomes a warning."""
    if value is None:
        return ServiceLevels()
    if not isinstance(value, dict):
        reader.warn(f"service_levels: expected a mapping, found {value!r}")
        return ServiceLevels()
    levels: dict[str, int] = {}
    names = {name.name for name in fields(ServiceLevels)}
    for key, given in value.items():
        name, unit = _level_name(str(key))
        if name not in names:
            reader.warn(f"service_levels.{key}: unknown name ignored")
            continue
        amount = _amount_of(given, unit, name)
        if amount is None:
            reader.warn(f"service_levels.{key}: `{given}` is not a time; the default is used")
        else:
            levels.setdefault(name, amount)
    return ServiceLevels(**levels)


def _level_name(key: str) -> tuple[str, int | None]:
    """Our name for a level, and the seconds in the unit its own name ends with."""
    spell = spellings()["service_levels"]
    known = {folded(word): name for name, words in spell.items() for word in [name, *words]}
    name = folded(key)
    endings = sorted(
        ((word, int(size)) for size, words in spellings()["units"].items() for word in words),
        key=lambda pair: -len(pair[0]),
    )
    for ending, size in endings:
        stem = name.removesuffix(ending)
        if stem != name and stem in known:
            return known[stem], size
    own = known.get(name, "")
    return own, next((size for tail, size in _UNIT_OF.items() if own == key and own.endswith(tail)), None)


def _amount_of(given: object, unit: int | None, name: str) -> int | None:
    """A duration in the unit our field is named for."""
    target = next((size for tail, size in _UNIT_OF.items() if name.endswith(tail)), 1)
    found = NUMBER.search(str(given))
    if found is None or isinstance(given, bool):
        return None
    own = str(given)[found.end() :].strip().lower()
    for size, words in spellings()["units"].items():
        if own in words:
            unit = int(size)
    seconds = float(found.group().replace(",", "")) * (unit or target)
    return max(1, round(seconds / target)) if target > 1 else round(seconds)
