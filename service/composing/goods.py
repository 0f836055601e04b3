"""What the catalogue says: specs asked about, size by measurements, stock, and what fits a need."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from retrieval.product import Product
from retrieval.snippet import Hit, Snippet
from service.composing.composition import Source, Value
from service.composing.overlap import pairs
from service.composing.wording import has_chinese
from service.facts.measure import amounts
from service.facts.vocabulary import any_of, pattern, vocabulary

_ASIDE = re.compile(r"[（(][^（）()]*[）)]")
_ROWS = re.compile(r"\s*[;；]\s*")
_GAP = re.compile(r"(?<=[\u3400-\u9fff]) (?=\d)")
_NAME_MAX = 20
_SPEC_MAX = 150


def short_name(name: str) -> str:
    """A product's name without asides, as one would say it."""
    plain = pattern("pack").sub("", _ASIDE.sub("", name).strip())
    if len(plain) <= _NAME_MAX:
        return plain
    words = plain.split()
    return " ".join(words[:3]) if len(words) > 3 and len(" ".join(words[:3])) >= 6 else plain


def column(product: Product, role: str) -> tuple[str, str] | None:
    """The column of a product that plays a role (`size_chart`, `stock`…), with its value."""
    names = vocabulary().goods.columns[role]
    return next(((name, value) for name, value in product.specs.items() if name.lower() in names), None)


def source_of(product: Product, value: str, hits: Sequence[Hit]) -> tuple[Source, ...]:
    """The product snippet that holds a value."""
    head = re.split(r"[;；，]", value)[0].strip()
    for hit in hits:
        snippet = hit.snippet
        if snippet.kind == "product" and (product.id in snippet.applies_to or product.name in snippet.text):
            part = next((each for each in re.split(r"[；\n]", snippet.text) if head and head in each), "")
            if part:
                return (Source(snippet.key, part.strip()),)
    return ()


def specs(product: Product, question: str, hits: Sequence[Hit], language: str) -> Value | None:
    """The columns a question is about, as `label：value`."""
    chosen = [(name, value) for name, value in _asked(product, question) if _shown(value, language)]
    return _labelled(product, chosen, hits, language)


def found_first(
    product: Product, question: str, hits: Sequence[Hit], *, query: int, language: str
) -> Value | None:
    """What the catalogue says when its own entry is what the search found best, whatever words were used."""
    own = [hit for hit in hits if hit.query == query][:2]
    if not any(hit.snippet.kind == "product" and product.id in hit.snippet.applies_to for hit in own):
        return None
    note = column(product, "note")
    cells = [(name, value) for name, value in _asked(product, question, least=0.5) if _shown(value, language)]
    if not cells and note and _shown(note[1], language):
        cells = [note]
    return _labelled(product, cells, hits, language)


def _shown(value: str, language: str) -> bool:
    return language == "zh" or not has_chinese(value)


def _labelled(
    product: Product, chosen: Sequence[tuple[str, str]], hits: Sequence[Hit], language: str
) -> Value | None:
    labels = vocabulary().goods.labels
    parts: list[str] = []
    sources: list[Source] = []
    for name, value in chosen[:3]:
        shown = clean(value)
        if parts and sum(map(len, parts)) + len(shown) > _SPEC_MAX:
            continue
        label = labels.get(name.lower(), name) if language == "zh" else name.replace("_", " ")
        parts.append(f"{label}：{shown}" if language == "zh" else f"{label}: {shown}")
        sources += source_of(product, value, hits)
    if not parts:
        return None
    return Value("；".join(parts) if language == "zh" else "; ".join(parts), tuple(sources))


def clean(value: str) -> str:
    """A cell's value without a trailing stop."""
    text = _ROWS.sub("，" if has_chinese(value) else ", ", value.strip().rstrip("。；;."))
    return _GAP.sub("", text) if has_chinese(text) else text


def _asked(product: Product, question: str, *, least: float = 1.0) -> Iterator[tuple[str, str]]:
    """Columns by how well the question asks for them, best first."""
    hidden = vocabulary().goods.columns["hidden"]
    wanted = pairs(question) - pairs(product.name)
    scored = []
    for place, (name, value) in enumerate(product.specs.items()):
        if name.lower() in hidden or not value.strip():
            continue
        score = 3.0 * names_column(name, question) + 1.0 * min(2, len(wanted & pairs(value)) * 0.5)
        if score >= least:
            scored.append((-score, place, name, value))
    top = min((score for score, *_ in scored), default=0.0)
    for score, _, name, value in sorted(scored):
        if score <= top / 2:
            yield name, value


def asks_unknown(product: Product, question: str) -> bool:
    """Whether the question is plainly about a column, and the product has none of that kind."""
    known = vocabulary().goods
    asked = [
        key
        for key in known.questions
        if key not in {"price", "note"} and _question(key).search(question.lower())
    ]
    return bool(asked) and not any(names_column(name, question) for name in product.specs)


def product_found(hits: Sequence[Hit], question: str, *, query: int) -> Product | None:
    """The product that the search found for words of its name, as its snippets tell it."""
    wanted = pairs(question)
    shared: dict[str, int] = {}
    for hit in hits:
        snippet = hit.snippet
        if snippet.kind == "product" and snippet.applies_to and hit.query == query:
            shared[snippet.applies_to[0]] = len(wanted & pairs(_heading_name(snippet.heading)))
    best = max(shared.values(), default=0)
    named = [identity for identity, count in shared.items() if count == best]
    if not best:
        return None
    found = product_of(hits, named[0])
    own = wanted & pairs(found.name) if found else frozenset()
    kind = found.specs.get(_category_label(found), "") if found else ""
    return found if len(named) == 1 or own - pairs(kind) else None


def _category_label(product: Product) -> str:
    names = vocabulary().goods.columns["category"]
    return next((name for name in product.specs if name.lower() in names), "")


def product_of(hits: Sequence[Hit], identity: str) -> Product | None:
    """A product put together from its snippets."""
    specs: dict[str, str] = {}
    name, price = "", None
    for hit in sorted(hits, key=lambda each: each.snippet.id):
        if hit.snippet.kind != "product" or identity not in hit.snippet.applies_to:
            continue
        name = _heading_name(hit.snippet.heading)
        for cell in re.split(r"[；\n]", hit.snippet.text):
            label, mark, value = (
                (part.strip() for part in re.split(r"([：:])", f"{cell}", maxsplit=1))
                if ":" in cell or "：" in cell
                else (cell, "", "")
            )
            if mark and value:
                specs.setdefault(label, value)
    for label, value in specs.items():
        sums = [amount.value for amount in amounts(value) if amount.kind == "money"]
        if sums and price is None and label in vocabulary().goods.columns["price"]:
            price = sums[0]
    return Product(id=identity, name=name, price=price, specs=specs) if name else None


def kind_of(snippet: Snippet) -> str:
    """The last two signs of a product's name, which mostly say what kind of thing it is."""
    name = _ASIDE.sub("", _heading_name(snippet.heading)).strip()
    return name[-2:] if has_chinese(name[-2:]) else ""


def _heading_name(heading: str) -> str:
    return heading.rpartition(" ")[0] or heading


def names_column(name: str, question: str) -> bool:
    """Whether a question names a column, by its label or the words people use for it."""
    low = question.lower()
    known = vocabulary().goods
    label = known.labels.get(name.lower(), name)
    keys = [key for key, text in known.labels.items() if text == label or key == name.lower()]
    return label in question or any(_question(key).search(low) for key in keys if key in known.questions)


@lru_cache(maxsize=200)
def _question(key: str) -> re.Pattern[str]:
    return any_of(vocabulary().goods.questions[key])


def stock(product: Product) -> int | None:
    """Units in stock, if the catalogue says."""
    cell = column(product, "stock")
    found = re.match(r"\d+", cell[1].strip()) if cell else None
    return int(found[0]) if found else None


def highlights(product: Product, language: str) -> Value | None:
    """Two facts that speak for a product."""
    names = vocabulary().goods.columns["highlight"]
    cells = [
        (name, clean(value))
        for name, value in product.specs.items()
        if name.lower() in names and (language == "zh" or not has_chinese(value)) and len(value) <= 50
    ]
    if not cells:
        return None
    labels = vocabulary().goods.labels
    parts = [
        f"{labels.get(name.lower(), name)}：{value}" if language == "zh" else f"{name}: {value}"
        for name, value in cells[:2]
    ]
    return Value("，".join(parts) if language == "zh" else "; ".join(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """An item of the catalogue as a product snippet shows it."""

    name: str
    price: Decimal | None
    stock: int | None
    source: Source
    score: float
    why: str = ""
    category: str = ""
    sized: bool = False
    """It comes in sizes that a chart tells."""


def picks(hits: Iterable[Hit], text: str, *, exclude: Sequence[str] = ()) -> list[Pick]:
    """Items among the product snippets found, that are in stock and within a stated budget."""
    budget = ceiling(text)
    wanted = pairs(text)
    found: dict[str, Pick] = {}
    for rank, hit in enumerate(hits):
        snippet = hit.snippet
        if snippet.kind != "product" or any(each in exclude for each in snippet.applies_to):
            continue
        pick = _pick(hit, rank, wanted, text)
        if pick is None or pick.name in found or pick.stock == 0:
            continue
        if not (pick.why or _named_like(pick.name, snippet.text, text) > 1 or pairs(pick.name) & wanted):
            continue
        if _for_others(f"{pick.name} {snippet.text}", text):
            continue
        if budget is None or pick.price is None or pick.price <= budget:
            found[pick.name] = pick
    kind = [pick for pick in found.values() if _ASIDE.sub("", pick.name).strip()[-1:] in text]
    ranked = sorted(kind or found.values(), key=lambda each: -each.score)
    reasoned = [pick for pick in ranked if pick.why]
    return reasoned or ranked


def _for_others(entry: str, said: str) -> bool:
    """Whether the goods are marked for people other than those the customer names."""
    groups = vocabulary().goods.people
    wanted = {name for name, group in groups.items() if any(word in said for word in group.said)}
    marked = {name for name, group in groups.items() if any(word in entry for word in group.marks)}
    return bool(wanted and marked) and not wanted & marked


def _named_like(name: str, entry: str, said: str) -> int:
    """How many of the signs that end a product's name or category the customer uses: the kind of thing."""
    kinds = _ASIDE.sub("", name).strip()[-2:] + "".join(pattern("category").findall(entry))
    return sum(sign in said for sign in dict.fromkeys(kinds) if "\u3400" <= sign <= "\u9fff")


def ceiling(text: str) -> Decimal | None:
    """The budget a text states, if any: the highest sum of money in it."""
    sums = [amount.value for amount in amounts(text) if amount.kind == "money"]
    if not sums:
        words = "|".join(map(re.escape, vocabulary().goods.under))
        sums = [Decimal(found) for found in re.findall(rf"(\d{{2,5}})\s*(?:{words})", text)]
        sums += [Decimal(found) for found in re.findall(rf"(?:{words})\D{{0,4}}(\d{{2,5}})", text)]
    return max(sums) * Decimal("1.05") if sums else None


def _pick(hit: Hit, rank: int, wanted: frozenset[str], said: str) -> Pick | None:
    text = hit.snippet.text
    name = hit.snippet.heading.rpartition(" ")[0] or hit.snippet.heading
    cells = [part.strip() for part in re.split(r"[；\n]", text)]
    labelled = [re.split(r"[：:]\s*", cell, maxsplit=1) for cell in cells]
    price = next((a.value for cell in cells for a in amounts(cell) if a.kind == "money"), None)
    names = vocabulary().goods.columns["stock"]
    in_stock = next((cell[1] for cell in labelled if len(cell) == 2 and cell[0].lower() in names), "")
    found = re.match(r"\d+", in_stock)
    why = max(
        (cell for cell in labelled if len(cell) == 2 and len(cell[1]) <= 30),
        key=lambda cell: len(pairs(cell[1]) & wanted),
        default=["", ""],
    )
    reason = clean(why[1]) if pairs(why[1]) & wanted else ""
    return Pick(
        name=name,
        price=price,
        stock=int(found[0]) if found else None,
        source=Source(hit.snippet.key, cells[0] if cells else text[:40]),
        score=hit.score + 0.1 * len(pairs(text) & wanted) + 0.5 * _named_like(name, text, said) - 0.02 * rank,
        why=reason,
        category=next(iter(pattern("category").findall(text)), "").strip(),
        sized=any(cell[0].lower() in vocabulary().goods.columns["size_chart"] for cell in labelled),
    )
