"""Which version of a document holds on which day."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

from retrieval.document import Document


def settled(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents drafts may use, an older version ending the day before the newer one begins.

    They come with the versions of one id together, and leave with the oldest of them first. A newer version
    that ends first (a holiday rule) only interrupts the older one: that is decided day by day in
    `table.EntryTable.in_force`.
    """
    for _, versions in groupby(documents, key=lambda document: (document.shop, document.id)):
        usable = (version for version in versions if version.retrievable)
        ordered = sorted(usable, key=lambda doc: (doc.effective_from or date.min, doc.version))
        yield from (_ended(document, ordered[place + 1 :]) for place, document in enumerate(ordered))


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
