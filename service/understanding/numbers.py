"""Numbers as customers write them: digits, Chinese numerals, English number words."""

from decimal import Decimal, InvalidOperation

from prompts.factwords import FactWords


def number(text: str, words: FactWords) -> Decimal | None:
    """The value of `7`, `3.5`, `十五`, `两百三`, `ten`; None if it is no number."""
    said = text.strip()
    if said in words.spoken:
        return Decimal(words.spoken[said])
    try:
        value = Decimal(said)
        return value if value.is_finite() else None
    except InvalidOperation:
        return _numeral(said, words)


def _numeral(text: str, words: FactWords) -> Decimal | None:
    total = section = 0
    digit: int | None = None
    last_power = 0
    for char in text:
        if char in words.digits:
            digit = words.digits[char] if digit is None else digit * 10 + words.digits[char]
            last_power = 0 if words.digits[char] == 0 else last_power
        elif char.isdigit() and char.isascii():
            digit = int(char) if digit is None else digit * 10 + int(char)
        elif char in words.units:
            power = words.units[char]
            if power == 4:
                total, section = (total + section + (digit or 0)) * 10_000, 0
            else:
                section += (1 if digit is None else digit) * 10**power
            digit, last_power = None, power
        else:
            return None
    if digit is not None and last_power > 1 and digit < 10:
        digit *= 10 ** (last_power - 1)  # 两百三 is 230
    if digit is None and not total and not section:
        return None
    return Decimal(total + section + (digit or 0))
