"""Tables in a shop's documents: questions with their answers, or anything else as a Markdown table."""

import csv
import io
import json
from collections.abc import Sequence

from retrieval.catalogue import wording
from retrieval.document import Section
from retrieval.errors import ShopError
from retrieval.markdown import slug


def read_rows(text: str, *, where: str) -> list[list[str]]:
    """The rows of a CSV text."""
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as error:
        raise ShopError(f"{where}: not readable as CSV: {error}") from error


def read_json_lines(text: str, *, where: str) -> list[list[str]]:
    """JSON lines as rows under the names of the first line's fields."""
    rows: list[list[str]] = []
    names: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ShopError(f"{where}: line {number}: not JSON: {error}") from error
        if not isinstance(data, dict):
            raise ShopError(f"{where}: line {number}: expected an object with question and answer")
        if not names:
            names = [str(name) for name in data]
            rows.append(names)
        rows.append(["" if data.get(name) is None else str(data[name]) for name in names])
    return rows


def table_sections(rows: Sequence[Sequence[str]], *, where: str) -> tuple[Section, ...]:
    """One section per question, or the whole table as one section."""
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise ShopError(f"{where}: no rows; expected a heading row and rows below it")
    places = {
        name: place
        for name, words in wording()["faq"].items()
        for place, heading in reversed(list(enumerate(rows[0])))
        if "".join(heading.split()).lower() in words
    }
    if "question" not in places or "answer" not in places:
        return (Section(anchor="table", heading="", text=_markdown(rows)),)
    sections: dict[str, Section] = {}
    for row in rows[1:]:
        cells = [*row, *[""] * (len(rows[0]) - len(row))]
        question, answer = cells[places["question"]].strip(), cells[places["answer"]].strip()
        if not question or not answer:
            continue
        base = slug(cells[places["id"]] if "id" in places else "") or slug(question) or "q"
        anchor, number = base, 2
        while anchor in sections:
            anchor, number = f"{base}-{number}", number + 1
        sections[anchor] = Section(anchor=anchor, heading=question, text=answer)
    if not sections:
        raise ShopError(f"{where}: no row has both a question and an answer")
    return tuple(sections.values())


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])
