"""How dates, durations, money and lists are written in the draft's language."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from prompts.line import SLOT
from prompts.phrasebook import Phrasebook
from service.analysis import Fact
from service.facts.measure import Duration

_CJK = re.compile(r"[\u3400-\u9fff]")


def has_chinese(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return bool(_CJK.search(text))


class Wording:
    """Writes measures as `formats.yaml` says."""

    def __init__(self, phrasebook: Phrasebook, language: str, now: datetime) -> None:
        self._lines = phrasebook.lines
        self.language = language
        self.now = now

    def format(self, name: str, **slots: object) -> str:
        """One line of `formats.yaml`, filled."""
        template = self._lines[f"formats.{name}"].of(self.language)[0]
        return SLOT.sub(lambda match: str(slots[match[1]]), template)

    def day(self, day: date) -> str:
        """A date, with its year when it is not this one."""
        slots = {"year": day.year, "month": day.month, "day": day.day, "month_name": day.strftime("%B")}
        return self.format("day" if day.year == self.now.year else "day_year", **slots)

    def moment(self, at: datetime) -> str:
        """A moment, as near as a person would put it."""
        at = at.astimezone(self.now.tzinfo)
        clock = f"{at:%H:%M}"
        if at.hour == 0 and at.minute == 0 and at > self.now:
            return self.day_end((at - timedelta(days=1)).date())
        if at.date() == self.now.date():
            return self.format("today", clock=clock)
        if at.date() == self.now.date() + timedelta(days=1):
            return self.format("tomorrow", clock=clock)
        return self.format("moment", date=self.day(at.date()), clock=clock)

    def exact(self, at: datetime) -> str:
        """A moment with its date always spelled out."""
        at = at.astimezone(self.now.tzinfo)
        return self.format("moment", date=self.day(at.date()), clock=f"{at:%H:%M}")

    def day_end(self, day: date) -> str:
        """The end of a day."""
        return self.format("day_end", date=self.day(day))

    def duration(self, duration: Duration) -> str:
        """A duration, digits first."""
        unit = "days" if duration.unit == "day" else duration.unit
        low, high = f"{duration.low.normalize():f}", f"{duration.high.normalize():f}"
        count = self.format("range", low=low, high=high) if low != high else high
        text = self.format(unit, count=count)
        return re.sub(r"^1 (\w+ )?(\w+)s$", r"1 \1\2", text)

    def money(self, value: Decimal) -> str:
        """Yuan without needless zeros."""
        cents = value.quantize(Decimal("0.01"))
        whole = cents == cents.to_integral()
        return self.format("money", value=f"{cents.to_integral()}" if whole else f"{cents}")

    def fact(self, fact: Fact) -> str:
        """The value of a computed fact."""
        if fact.kind == "date":
            return self.day_end(date.fromisoformat(fact.value))
        if fact.kind == "datetime":
            return self.exact(datetime.fromisoformat(fact.value))
        if fact.kind == "money" and fact.amount is not None:
            return self.money(fact.amount)
        return fact.value

    def list(self, items: Sequence[str]) -> str:
        """Items in a row."""
        return self.format("list").join(items)
