"""`products.csv`: products, and each product as a document of one section."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from retrieval.document import Document, Section
from retrieval.errors import ShopError
from retrieval.frontmatter import load_mapping
from retrieval.product import Product

COLUMNS = Path(__file__).with_name("catalogue.yaml")
_PRICE = re.compile(r"\A\s*[¥￥$]?\s*(\d+(?:\.\d+)?)\s*(?:元|rmb|cny|yuan)?\s*\Z", re.IGNORECASE)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
csv.field_size_limit(1_000_000)


@cache
def wording() -> Mapping[str, Any]:
    """The column names and labels of `catalogue.yaml`."""
    return load_mapping(COLUMNS.read_text(encoding="utf-8"), where=COLUMNS.name)


def read_catalogue(text: str, *, source: str = "products.csv") -> tuple[tuple[Product, ...], list[str]]:
    """The products of a CSV file, and what is odd about it.

    Raises ShopError where there is no column for ids or names.
    """
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise ShopError(f"{source}: not readable as CSV: {error}") from error
    return read_catalogue_rows(rows, source=source)


def read_catalogue_rows(
    rows: Sequence[Sequence[str]], *, source: str
) -> tuple[tuple[Product, ...], list[str]]:
    """The products of a table whose first row holds the headings."""
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return (), [f"{source}: empty"]
    header = [cell.strip() for cell in rows[0]]
    places = _places(header)
    if "name" not in places:
        raise ShopError(
            f"{source}: no column for the name among {', '.join(header)[:80]}; "
            "expected id,name,category,price"
        )
    warnings: list[str] = []
    products: dict[str, Product] = {}
    for line, row in enumerate(rows[1:], start=2):
        product = _product(header, places, row)
        if not product.id or not product.name:
            warnings.append(f"{source}: row {line}: no id or no name; left out")
        elif product.id in products:
            warnings.append(f"{source}: row {line}: id {product.id} is there twice; the first is kept")
        else:
            products[product.id] = product
        if len(row) > len(header):
            warnings.append(
                f"{source}: row {line}: {len(row)} cells under {len(header)} headings; the rest ignored"
            )
    return tuple(products.values()), warnings


def product_document(product: Product, *, shop: str, source: str = "products.csv") -> Document:
    """A product as a document `product-<id>` with the section `specs`."""
    words = wording()
    parts = []
    if product.category:
        parts.append(f"{words['labels']['category']}: {product.category}")
    if product.price is not None:
        parts.append(f"{words['labels']['price']}: {words['price'].format(amount=product.price)}")
    parts += [
        f"{_label(heading, product.name)}: {value}"
        for heading, value in product.specs.items()
        if _fold(heading) not in words["internal"]
    ]
    section = Section(
        anchor=words["section"], heading="", text=words["separator"].join([product.name, *parts])
    )
    identity = words["prefixes"]["product"] + re.sub(r"[#@\s]", "-", product.id)
    return Document(
        id=identity, title=f"{product.name} {product.id}", kind="product", shop=shop, sections=(section,),
        applies_to=(product.id,), source=source,
    )  # fmt: skip


def _label(heading: str, name: str) -> str:
    """The heading in the language of the product's name."""
    known: Mapping[str, str] = wording()["headings"]
    return known.get(_fold(heading), heading) if _CHINESE.search(name) else heading


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",\t;，", key=first.count) if first else ","


def _fold(heading: str) -> str:
    return re.sub(r"[\s_\-（）()]+", "", heading).lower()


def _places(header: list[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for name, words in wording()["columns"].items():
        for index, heading in enumerate(header):
            if _fold(heading) in words:
                places.setdefault(name, index)
    return places


def _product(header: list[str], places: Mapping[str, int], row: Sequence[str]) -> Product:
    cells = [cell.strip() for cell in row] + [""] * (len(header) - len(row))
    name = cells[places["name"]]
    raw_price = cells[places["price"]] if "price" in places else ""
    price = _price(raw_price)
    named = set(places.values()) - ({places["price"]} if raw_price and price is None else set())
    specs = {
        heading: cells[index]
        for index, heading in enumerate(header)
        if index not in named and heading and cells[index]
    }
    return Product(
        id=cells[places["id"]] if "id" in places else name,
        name=name,
        category=cells[places["category"]] if "category" in places else "",
        price=price,
        specs=specs,
    )


def _price(text: str) -> Decimal | None:
    found = _PRICE.match(text.replace(",", ""))
    if found is None:
        return None
    try:
        return Decimal(found.group(1))
    except InvalidOperation:
        return None
