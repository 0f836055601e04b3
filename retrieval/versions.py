"""Which version of a document holds on which day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from retrieval.document import Document


def settled(documents: Iterable[Document]) -> tuple[Document, ...]:
    """The documents drafts may use, an older version ending the day before the newer one begins.

    A newer version that ends first (a holiday rule) only interrupts the older one: that is decided day
    by day in `table.EntryTable.in_force`. The order is by shop, id and start, whatever order they came in.
    """
    versions: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for document in documents:
        if document.retrievable:
            versions[document.shop, document.id].append(document)
    result: list[Document] = []
    for key in sorted(versions):
        ordered = sorted(versions[key], key=lambda doc: (doc.effective_from or date.min, doc.version))
        result += [_ended(doc, ordered[place + 1 :]) for place, doc in enumerate(ordered)]
    return tuple(result)


def _ended(document: Document, newer: list[Document]) -> Document:
    end = document.effective_to
    for other in newer:
        if other.effective_from is None:
            continue
        outlasts = other.effective_to is None or (end is not None and other.effective_to >= end)
        if outlasts and (end is None or end >= other.effective_from):
            end = other.effective_from - timedelta(days=1)
    start = document.effective_from
    if end is not None and start is not None and end < start:
        return document
    return replace(document, effective_to=end)
