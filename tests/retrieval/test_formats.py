"""Documents of every format become sections; hostile ones are refused by name and reason, quickly."""

import io
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
import openpyxl

from retrieval.folder import read_folder, read_products
from tests.retrieval.shops import write_shop

_PAGE = (
    b"BT /F 12 Tf 20 200 Td (1. Return window) Tj 0 -20 Td (Send it back within 7 days of delivery.) Tj ET"
)
_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
    b"<</Length %d>>stream\n%b\nendstream" % (len(_PAGE), _PAGE),
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
)


def pdf(objects: Sequence[bytes] = _OBJECTS) -> bytes:
    """A PDF file of these objects."""
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return (
        body
        + head
        + table
        + b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            len(objects) + 1,
            len(body),
        )
    )


PDF = pdf()


def write_docx(path: Path) -> None:
    """Two headed sections, one with a table."""
    document = docx.Document()
    document.add_heading("退换货说明", 0)
    document.add_heading("期限", 1)
    document.add_paragraph("签收次日起 7 天内可以退货。")
    document.add_heading("运费", 1)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [c for row in table.rows for c in row.cells], ["情形", "承担", "质量问题", "店铺"], strict=True
    ):
        cell.text = text
    document.save(str(path))


def write_xlsx(path: Path, rows: list[list[object]]) -> None:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)


def test_every_format_becomes_headed_sections(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "corner")
    policies = shop / "policies"
    write_docx(policies / "word.docx")
    (policies / "word.docx.yaml").write_text(
        "id: word\neffective_from: 2026-05-01\nowner: 法务\n", encoding="utf-8"
    )
    write_xlsx(policies / "asked.xlsx", [["问题", "答案"], ["能开发票吗", "可以开电子发票。"]])
    (policies / "more.csv").write_bytes("问题,答案\n支持自提吗,支持门店自提。\n".encode("gbk"))
    (policies / "lines.jsonl").write_text(
        '{"question": "有实体店吗", "answer": "有三家。"}\n', encoding="utf-8"
    )
    (policies / "page.html").write_text(
        "<title>x</title><script>bad()</script><h1>配送</h1><h2>时效</h2><p>三天内送达。</p><ul><li>周末照常</li></ul>",
        encoding="utf-8",
    )
    (policies / "plain.txt").write_text(
        "会员规则\n一、等级\n消费满 1000 元升级。\n二、积分\n一元一分。\n", encoding="utf-8"
    )
    (policies / "paper.pdf").write_bytes(PDF)
    reading = read_folder(shop)
    assert reading.skipped == ()
    found = {f"{doc.id}#{part.anchor}": part.text for doc in reading.documents for part in doc.sections}
    assert "签收次日起 7 天内可以退货。" in found["word#期限"]
    assert "| 质量问题 | 店铺 |" in found["word#运费"]
    assert found["asked#能开发票吗"] == "可以开电子发票。"
    assert found["more#支持自提吗"] == "支持门店自提。"
    assert found["lines#有实体店吗"] == "有三家。"
    assert found["page#时效"] == "三天内送达。\n- 周末照常"
    assert found["plain#一-等级"] == "消费满 1000 元升级。"
    assert "within 7 days" in found["paper#1-return-window"]
    word = next(doc for doc in reading.documents if doc.id == "word")
    assert (str(word.effective_from), word.owner) == ("2026-05-01", "法务")


def test_products_may_come_as_a_workbook(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "products.xlsx", [["货号", "商品名称", "售价", "颜色"], ["A1", "台灯", 59.0, "白"]])
    product = read_products(tmp_path)[0]
    assert (product.id, product.name, str(product.price), product.specs) == (
        "A1",
        "台灯",
        "59",
        {"颜色": "白"},
    )


def _bomb(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b" " * 60_000_000)
    return file.getvalue()


def _entities(name: str) -> bytes:
    lines = "".join(
        f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}{"&l" + str(n - 1) + ";" if n else ""}">'
        for n in range(30)
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "[Content_Types].xml", f'<?xml version="1.0"?><!DOCTYPE t [{lines}]><Types>&l29;</Types>'
        )
        archive.writestr(name, "<x/>")
    return file.getvalue()


def _pdf_loop() -> bytes:
    return pdf([_OBJECTS[0], b"<</Type/Pages/Kids[2 0 R]/Count 1>>", *_OBJECTS[2:]])


def _pdf_flate() -> bytes:
    data = zlib.compress(zlib.compress(b"0" * 150_000_000))
    stream = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%b\nendstream" % (len(data), data)
    return pdf([*_OBJECTS[:3], stream, _OBJECTS[4]])


def _deep(char: str, close: str = "") -> Callable[[], bytes]:
    return lambda: (char * 200_000 + close * 200_000).encode()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb.docx": lambda: _bomb("word/document.xml"),
    "bomb.xlsx": lambda: _bomb("xl/worksheets/sheet1.xml"),
    "entities.docx": lambda: _entities("word/document.xml"),
    "entities.xlsx": lambda: _entities("xl/workbook.xml"),
    "empty.docx": lambda: b"",
    "text.docx": lambda: b"only words",
    "cut.xlsx": lambda: _bomb("x")[:1000],
    "empty.pdf": lambda: b"",
    "loop.pdf": _pdf_loop,
    "flate.pdf": _pdf_flate,
    "cut.pdf": lambda: PDF[:300],
    "noise.pdf": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400,
    "notapdf.pdf": lambda: b"MZ\x90\x00",
    "binary.md": lambda: bytes(range(256)) * 10,
    "nul.md": lambda: b"## a\n\0\0\0",
    "alias.md": lambda: b"---\na: &a [1,1]\nb: &b [*a,*a]\n---\n## x\ny\n",
    "tag.md": lambda: b"---\nid: !!python/object/apply:os.system ['true']\n---\n## x\ny\n",
    "deep.md": lambda: b"---\nid: " + b"[" * 5_000 + b"\n---\n## x\ny\n",
    "open.md": lambda: b"---\nid: x\n## x\ny\n",
    "date.md": lambda: b"---\nid: x\neffective_from: soon\n---\n## x\ny\n",
    "order.md": lambda: b"---\neffective_from: 2026-02-01\neffective_to: 2026-01-01\n---\n## x\ny\n",
    "nothing.md": lambda: b"---\nid: x\n---\n",
    "path.md": lambda: b"---\nid: a#b@c\n---\n## x\ny\n",
    "list.md": lambda: b"---\n- a\n- b\n---\n## x\ny\n",
    "broken.jsonl": lambda: b'{"question": "a"\n',
    "deep.jsonl": _deep("["),
    "number.jsonl": lambda: b"3\n",
    "empty.csv": lambda: b"",
    "quote.csv": lambda: b'question,answer\n"' + b"x" * 1_100_000,
    "empty.html": lambda: b"",
    "deep.html": _deep("<b><table>"),
    "huge.txt": lambda: b"a" * 6_000_000,
    "utf16.txt": lambda: b"\xff\xfe\x00\xd8",
}


def test_hostile_files_are_refused_by_name_and_take_no_other_down(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "corner")
    for name, make in HOSTILE.items():
        (shop / "policies" / name).write_bytes(make())
    started = time.perf_counter()
    reading = read_folder(shop)
    refused = dict(reading.skipped)
    assert {f"policies/{name}" for name in HOSTILE} - set(refused) == set()
    for file, reason in refused.items():
        assert reason.startswith(file), reason
        assert "\n" not in reason
    assert {doc.id for doc in reading.documents if doc.kind == "policy"} == {"returns", "shipping"}
    assert time.perf_counter() - started < 20 * len(HOSTILE)
