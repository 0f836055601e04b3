"""A document of any common format as Markdown or as rows, in a child process of bounded memory and time.

    python -m retrieval.converting FILE

prints one JSON line: {"markdown": …} or {"rows": [[…]]} or {"problem": …}
"""

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAX_BYTES = 30_000_000
MAX_UNPACKED = 200_000_000
"""Office files are zip archives: a small one can unpack to gigabytes."""
MAX_RATIO = 200
MAX_PAGES = 1_000
MAX_ROWS = 300_000
MAX_OUT = 20_000_000


class Unreadable(Exception):
    """What is wrong with the file, in words."""


def convert(path: Path) -> dict[str, Any]:
    """The contents of a file. Raises Unreadable, or whatever a library raises."""
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{len(data):,} bytes; expected at most {MAX_BYTES:,}")
    ending = path.suffix.lower()
    if ending == ".pdf":
        return {"markdown": _pdf(data)}
    if ending == ".docx":
        return {"markdown": _docx(_archive(data))}
    if ending == ".xlsx":
        return {"rows": _xlsx(_archive(data))}
    return {"markdown": _html(data)}


def _archive(data: bytes) -> io.BytesIO:
    if data[:2] != b"PK":
        raise Unreadable("not an Office file; expected .docx or .xlsx as saved by a word processor")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(item.file_size for item in archive.infolist())
        packed = sum(item.compress_size for item in archive.infolist())
        if size > MAX_UNPACKED or (size > 1_000_000 and size > MAX_RATIO * max(packed, 1)):
            raise Unreadable(f"unpacks to {size:,} bytes from {packed:,}; expected an ordinary document")
    return io.BytesIO(data)


def _pdf(data: bytes) -> str:
    if b"%PDF" not in data[:1024]:
        raise Unreadable("not a PDF file")
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("protected by a password; save it without one")
    if len(reader.pages) > MAX_PAGES:
        raise Unreadable(f"{len(reader.pages)} pages; expected at most {MAX_PAGES}: split it")
    text = "\n".join(page.extract_text() or "" for page in reader.pages)
    if not text.strip():
        raise Unreadable("holds no text (scanned pages?); expected a PDF with text")
    return text


def _docx(data: io.BytesIO) -> str:
    import docx
    from docx.table import Table

    lines: list[str] = []
    for item in docx.Document(data).iter_inner_content():
        if isinstance(item, Table):
            lines += ["", *_table([[cell.text for cell in row.cells] for row in item.rows]), ""]
            continue
        style = (item.style.name if item.style is not None else "") or ""
        level = style.rpartition(" ")[2]
        if style.startswith("Heading") and level.isdigit() and item.text.strip():
            lines.append(f"{'#' * max(2, int(level) + 1)} {item.text.strip()}")
        elif style == "Title" and item.text.strip():
            lines.append(f"# {item.text.strip()}")
        else:
            lines.append(item.text)
    return "\n".join(lines)


def _table(rows: list[list[str]]) -> Iterator[str]:
    cells = [[" ".join(cell.split()).replace("|", "/") for cell in row] for row in rows]
    for number, row in enumerate(cells):
        yield "| " + " | ".join(row) + " |"
        if number == 0:
            yield "|" + " --- |" * len(row)


def _xlsx(data: io.BytesIO) -> list[list[str]]:
    import openpyxl

    book = openpyxl.load_workbook(data, read_only=True, data_only=True)
    rows: list[list[str]] = []
    for row in book.worksheets[0].iter_rows(values_only=True):
        rows.append(["" if cell is None else _cell(cell) for cell in row])
        if len(rows) > MAX_ROWS:
            raise Unreadable(f"more than {MAX_ROWS:,} rows; split it")
    return rows


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _html(data: bytes) -> str:
    from selectolax.lexbor import LexborHTMLParser

    from retrieval.decoding import decode

    tree = LexborHTMLParser(decode(data, where="page"))
    for node in tree.css("script, style, noscript, nav, header, footer, template, svg, iframe"):
        node.decompose()
    lines: list[str] = []
    if tree.body is not None:
        for node in tree.css("h1, h2, h3, h4, h5, h6, p, li, table, pre, blockquote, dt, dd, div"):
            lines += _block(node)
    return "\n".join(lines)


def _block(node: Any) -> list[str]:
    """One block; its inner blocks come on their own, and a table's cells only with the table."""
    parent = node.parent
    while parent is not None:
        if parent.tag in {"table", "li", "blockquote", "pre"}:
            return []
        parent = parent.parent
    if node.tag == "table":
        rows = [[cell.text() for cell in row.css("td, th")] for row in node.css("tr")]
        return ["", *_table([row for row in rows if row]), ""]
    if node.tag == "div" and node.css_first("h1, h2, h3, h4, h5, h6, p, li, table, pre, dt, dd") is not None:
        return []
    if node.tag == "div" and any(child.tag == "div" for child in node.iter()):
        return []
    text = " ".join(node.text().split())
    if not text:
        return []
    if node.tag[0] == "h" and node.tag[1:].isdigit():
        return ["", f"{'#' * int(node.tag[1:])} {text}"]
    return [f"- {text}"] if node.tag == "li" else [text]


def main(arguments: list[str]) -> int:
    """Convert the file of the first argument."""
    try:
        answer = json.dumps(convert(Path(arguments[0])), ensure_ascii=False)
        if len(answer) > MAX_OUT:
            raise Unreadable(f"holds {len(answer):,} characters of text; expected at most {MAX_OUT:,}")
    except Unreadable as error:
        answer = json.dumps({"problem": str(error)})
    except MemoryError:
        answer = json.dumps({"problem": "needs more memory than a document should"})
    except Exception as error:
        answer = json.dumps({"problem": f"damaged: {type(error).__name__}: {str(error)[:100]}"})
    sys.stdout.write(answer + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
