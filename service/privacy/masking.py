"""Personal data out of a text before anything leaves the process, and back into the draft."""

import re
from collections.abc import Collection

from prompts.rulepack import RulePacks
from service.privacy.finding import KINDS, Kind, Personal, personal

PLACEHOLDER = re.compile(r"⟨([A-Z]{2,10})_(\d{1,6})⟩")


class Masker:
    """One ticket's placeholders: the same value is always the same placeholder; restoring is exact."""

    def __init__(self, rulepacks: RulePacks, *, hide: Collection[Kind] = KINDS) -> None:
        """`hide`: the kinds that must not leave; a shop may let order and tracking numbers through."""
        self._packs = rulepacks
        self._hide = frozenset(hide)
        self._placeholder: dict[tuple[Kind, str], str] = {}
        self._value: dict[str, str] = {}
        self._reserved: set[str] = set()

    def find(self, text: str) -> tuple[Personal, ...]:
        """The personal data of a text that this masker hides; placeholders are left alone."""
        taken = [match.span() for match in PLACEHOLDER.finditer(text)]
        return tuple(
            one
            for one in personal(text, self._packs.words, self._packs.folding)
            if one.kind in self._hide and all(one.span[1] <= a or b <= one.span[0] for a, b in taken)
        )

    def mask(self, text: str) -> str:
        """The text with every piece of personal data replaced; a masked text stays as it is."""
        self._reserve(text)
        while found := self.find(text):  # what is hidden can uncover what stood too close to it
            for one in reversed(found):
                start, end = one.span
                text = text[:start] + self._stand_in(one.kind, text[start:end]) + text[end:]
        return text

    def restore(self, text: str) -> str:
        """The text with every placeholder of this ticket replaced by what it stands for."""
        return PLACEHOLDER.sub(lambda match: self._value.get(match.group(), match.group()), text)

    def strangers(self, text: str) -> tuple[str, ...]:
        """Placeholders in a text that this ticket never issued: a writer altered or invented them."""
        found = (match.group() for match in PLACEHOLDER.finditer(text))
        return tuple(one for one in found if one not in self._value)

    def _reserve(self, text: str) -> None:
        """Somebody may really write ⟨PHONE_1⟩: such a number is not given out."""
        self._reserved.update(self.strangers(text))

    def _stand_in(self, kind: Kind, value: str) -> str:
        known = self._placeholder.get((kind, value))
        if known:
            return known
        number = sum(1 for seen, _ in self._placeholder if seen == kind) + 1
        while (name := f"⟨{kind}_{number}⟩") in self._reserved or name in self._value:
            number += 1
        self._placeholder[kind, value] = name
        self._value[name] = value
        return name
