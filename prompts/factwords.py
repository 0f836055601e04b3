"""The words and patterns of facts customers mention: numbers, sums, days."""

from typing import Any, Literal

from pydantic import model_validator

from prompts.reading import Strict
from prompts.wordlist import WordList


class FactWords(Strict):
    """Patterns of the facts customers mention. `NUM` in a pattern stands for a captured number."""

    digits: dict[str, int]
    """Numeral character → value, 0 to 9."""
    units: dict[str, int]
    """Numeral character → power of ten."""
    numeral: str
    """RE2 class of the characters a number is written with."""
    spoken: dict[str, int]
    """English number words."""
    amount: WordList
    order_no: WordList
    order_no_context: WordList
    tracking_no: WordList
    tracking_context: WordList
    quantity: WordList
    size: WordList
    duration: dict[Literal["D", "W", "M", "Y", "TH", "TM"], WordList]
    halves: dict[str, str]
    """Word → ISO 8601 duration."""
    days: dict[str, int]
    """Word → days from today."""
    weekdays: dict[str, int]
    """Word → ISO weekday."""
    weekday: WordList
    """Group 1: last, this, next or nothing; group 2: the day."""
    weeks: dict[str, int]
    """Word of group 1 → weeks from this one."""
    day_of_month: WordList
    month_day: WordList
    month_name: WordList
    name_month: WordList
    months: dict[str, int]
    full_date: WordList
    ago: WordList
    """Group 1 number, group 2 unit."""
    ago_units: dict[str, int]
    """Unit → days."""
    festivals: dict[str, str]
    """Word → `MM-DD`."""
    past: WordList
    """Words that say that it lies behind."""
    future: WordList
    """Words that say that a bare date lies ahead."""

    @model_validator(mode="before")
    @classmethod
    def _numbers(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("numeral"), str):
            return data
        number = f"{data['numeral']}+"

        def fill(value: Any) -> Any:
            if isinstance(value, str):
                return value.replace("(NUM)", f"({number})")
            return [fill(item) for item in value] if isinstance(value, list) else value

        return {
            name: {unit: fill(item) for unit, item in value.items()} if name == "duration" else fill(value)
            for name, value in data.items()
        }
