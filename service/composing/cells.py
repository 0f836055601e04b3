"""What a product's entry in the catalogue says, cell by cell, as sentences that can be weighed and cited."""

import re
from functools import lru_cache

from retrieval.snippet import Snippet
from service.composing.goods import clean, short_name
from service.composing.telling import Teller
from service.composing.wording import Wording
from service.facts.sentence import Sentence
from service.facts.vocabulary import vocabulary

_CELL = re.compile(r"(?:^|[；\n])\s*([^：:；，,。\n]{1,14})[：:]\s*")
_LONGEST = 90
"""A longer cell is a table of its own."""


@lru_cache(maxsize=5_000)
def cells(snippet: Snippet) -> tuple[Sentence, ...]:
    """The cells that a customer may be told; `row` is the column's label, `lead` the product's name."""
    heads = list(_CELL.finditer(snippet.text))
    made = []
    for place, head in enumerate(heads):
        end = heads[place + 1].start() if place + 1 < len(heads) else len(snippet.text)
        label, value = head[1].strip(), snippet.text[head.end() : end].strip(" ；\n")
        if value and len(value) <= _LONGEST and not _hidden(label):
            made.append(
                Sentence(
                    snippet=snippet.key,
                    text=value,
                    quote=snippet.text[head.start(1) : end].strip(" ；\n"),
                    lead=product_name(snippet),
                    row=label,
                    position=place,
                )
            )
    return tuple(made)


def product_name(snippet: Snippet) -> str:
    """The name of the product a snippet is about."""
    return snippet.heading.rpartition(" ")[0] or snippet.heading


def told(cell: Sentence, wording: Wording, teller: Teller, *, named: bool) -> str:
    """A cell as a sentence; empty if it cannot be said in the language. `named`: its product just was."""
    value = clean(cell.text)
    if wording.language == "en":
        value = teller.cell(value)
    if not value:
        return ""
    note = cell.row.lower() in vocabulary().goods.columns["note"]
    kind = "note" if note else "cell"
    return wording.format(
        f"{kind}_again" if named else kind, product=short_name(cell.lead), label=cell.row, value=value
    )


@lru_cache(maxsize=500)
def _hidden(label: str) -> bool:
    goods = vocabulary().goods
    keys = {key for key, text in goods.labels.items() if text == label} | {label.lower()}
    return bool(keys & set(goods.columns["hidden"])) or label in goods.columns["category"]
