"""A shop folder as values: the shop, its documents, products and orders."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from retrieval.catalogue import product_document, read_catalogue, read_catalogue_rows
from retrieval.decoding import MAX_BYTES, MAX_TABLE_BYTES, decode
from retrieval.document import Document
from retrieval.errors import ShopError
from retrieval.frontmatter import load_mapping
from retrieval.importing import CONVERTED, converted
from retrieval.markdown import cut
from retrieval.order import Order
from retrieval.orderfile import read_order_list
from retrieval.phrasefile import read_phrases
from retrieval.policy import read_policy, read_sections, with_headings
from retrieval.product import Product
from retrieval.shop import Shop
from retrieval.shopfile import FILE_NAMES, read_shop_file
from retrieval.tables import read_json_lines, read_rows, table_sections

SHIPPED = Path(__file__).parent / "shops"
SIDECARS = (".yaml", ".yml")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything a shop folder says, and what was wrong with it."""

    shop: Shop
    documents: tuple[Document, ...] = ()
    products: tuple[Product, ...] = ()
    orders: tuple[Order, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    """(file, reason) of files that could not be read."""


def shipped_shops() -> dict[str, Path]:
    """The shops that come with the project: name → folder (without the law pack)."""
    if not SHIPPED.is_dir():
        return {}
    folders = sorted(
        path for path in SHIPPED.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))
    )
    return {path.name: path for path in folders}


def read_shop(path: Path) -> Shop:
    """The shop of a folder; defaults where `shop.yaml` is missing or leaves something out."""
    return _shop(_checked(path))[0]


def read_products(path: Path) -> tuple[Product, ...]:
    """The products of a shop folder (or of a CSV file); none if there is no file."""
    file = path / "products.csv" if path.is_dir() else path
    if not file.is_file() and file.with_suffix(".xlsx").is_file():
        return _workbook(file.with_suffix(".xlsx"))[0]
    return read_catalogue(_text(file, file.name), source=file.name)[0] if file.is_file() else ()


def read_orders(path: Path) -> tuple[Order, ...]:
    """The sample orders of a shop folder (or of a JSON file); none if there is no file."""
    file = path / "orders.json" if path.is_dir() else path
    return read_order_list(_text(file, file.name), source=file.name)[0] if file.is_file() else ()


def read_folder(path: Path) -> Reading:
    """All of a shop folder. A file that cannot be read is in `skipped` and takes no other down."""
    path = _checked(path)
    shop, warnings = _shop(path)
    skipped: list[tuple[str, str]] = []

    def attempt(source: str, read: Callable[[], tuple[_Value, list[str]]], default: _Value) -> _Value:
        try:
            value, odd = read()
        except ShopError as error:
            skipped.append((source, str(error)))
            return default
        warnings.extend(odd)
        return value

    documents: list[Document] = []
    nothing: tuple[Document, ...] = ()
    for file, source in _files(path, "policies"):
        documents += attempt(source, partial(_policies, file, source, shop.id), nothing)
    for file, source in _files(path, "phrases", ".yaml", ".yml"):
        documents += attempt(source, partial(_phrases, file, source, shop.id), nothing)
    products: tuple[Product, ...] = ()
    if (path / "products.csv").is_file():
        products = attempt(
            "products.csv", lambda: read_catalogue(_text(path / "products.csv", "products.csv")), ()
        )
    elif (path / "products.xlsx").is_file():
        products = attempt("products.xlsx", lambda: _workbook(path / "products.xlsx"), ())
    orders: tuple[Order, ...] = ()
    if (path / "orders.json").is_file():
        text = attempt("orders.json", lambda: (_text(path / "orders.json", "orders.json"), []), "[]")
        orders = attempt("orders.json", lambda: read_order_list(text, timezone=shop.timezone), ())
    documents.extend(product_document(product, shop=shop.id) for product in products)
    return Reading(
        shop=shop,
        documents=distinct(documents, warnings),
        products=products,
        orders=orders,
        warnings=tuple(warnings),
        skipped=tuple(skipped),
    )


def read_document(file: Path, *, shop: str) -> Document:
    """One policy file, as it would be read in a shop's folder. Raises ShopError."""
    if not file.is_file():
        raise ShopError(f"{file}: no such file; expected a policy, like policies/returns.md")
    return _policies(file, file.name, shop)[0][0]


def distinct(documents: list[Document], warnings: list[str]) -> tuple[Document, ...]:
    """The documents with every `id@version` once: a second file of that key is named after its file."""
    taken: dict[str, str] = {}
    kept = []
    for document in documents:
        number, candidate = 2, document
        while candidate.key in taken:
            stem = Path(document.source).stem
            name = stem if number == 2 and stem != document.id else f"{document.id}-{number}"
            candidate = replace(document, id=name)
            number += 1
        if candidate is not document:
            warnings.append(
                f"{document.source}: id {document.id} from {document.version} is also in "
                f"{taken[document.key]}; kept as {candidate.id}: give it its own id or effective_from"
            )
        taken[candidate.key] = document.source
        kept.append(candidate)
    return tuple(kept)


def file_hashes(path: Path) -> dict[str, str]:
    """SHA-256 of every file of a shop folder, by path: what decides whether a sync has work to do."""
    path = _checked(path)
    return {
        file.relative_to(path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(path.rglob("*"))
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
    }


def _checked(path: Path) -> Path:
    if not path.is_dir():
        raise ShopError(f"{path}: no such folder; expected a shop folder with policies/, products.csv …")
    return path


def _shop(path: Path) -> tuple[Shop, list[str]]:
    name = path.resolve().name
    for file in FILE_NAMES:
        if (path / file).is_file():
            return read_shop_file(_text(path / file, file), shop=name, where=file)
    return Shop(id=name, name=name), []


def _text(file: Path, source: str) -> str:
    try:
        limit = MAX_TABLE_BYTES if file.suffix in {".csv", ".json"} else MAX_BYTES
        return decode(file.read_bytes(), where=source, limit=limit)
    except OSError as error:
        raise ShopError(f"{source}: cannot be read: {error.strerror}") from error


def _files(path: Path, folder: str, *endings: str) -> Iterator[tuple[Path, str]]:
    """Files below a folder in a fixed order, with their path relative to the shop."""
    for file in sorted((path / folder).rglob("*")):
        relative = file.relative_to(path)
        if any(part.startswith((".", "~")) for part in relative.parts) or not file.is_file():
            continue
        if not endings or file.suffix.lower() in endings:
            yield file, relative.as_posix()


def _policies(file: Path, source: str, shop: str) -> tuple[tuple[Document, ...], list[str]]:
    ending = file.suffix.lower()
    if ending in SIDECARS and file.with_suffix("").is_file():
        return (), []
    if ending in {".md", ".markdown", ".txt"}:
        document, odd = read_policy(_text(file, source), shop=shop, source=source)
        return (document,), odd
    if ending in CONVERTED:
        contents = converted(file, where=source)
    elif ending == ".csv":
        contents = {"rows": read_rows(_text(file, source), where=source)}
    elif ending == ".jsonl":
        contents = {"rows": read_json_lines(_text(file, source), where=source)}
    else:
        return (), [f"{source}: not read; expected .md, .txt, .html, .docx, .pdf, .xlsx, .csv or .jsonl"]
    title = ""
    if "rows" in contents:
        sections = table_sections(contents["rows"], where=source)
    else:
        marked = contents["markdown"]
        title, sections = cut(with_headings(marked) if ending == ".pdf" else marked)
    document, odd = read_sections(sections, _sidecar(file, source), shop=shop, source=source, title=title)
    return (document,), odd


def _workbook(file: Path) -> tuple[tuple[Product, ...], list[str]]:
    return read_catalogue_rows(converted(file, where=file.name)["rows"], source=file.name)


def _sidecar(file: Path, source: str) -> Mapping[str, Any]:
    """Front matter for a file that cannot carry any: `rules.pdf` has it in `rules.pdf.yaml`."""
    for ending in SIDECARS:
        beside = file.with_name(file.name + ending)
        if beside.is_file():
            return load_mapping(_text(beside, source + ending), where=source + ending)
    return {}


def _phrases(file: Path, source: str, shop: str) -> tuple[tuple[Document, ...], list[str]]:
    document, odd = read_phrases(_text(file, source), shop=shop, source=source)
    return (document,), odd
