"""Retrieval is measured on BEIR-style folders."""

import json
from pathlib import Path

import pytest

from retrieval.bench import bench
from retrieval.errors import RetrievalError


def write(folder: Path, qrels: str = "query\tdocument\tgrade\nq1\td2\t2\nq1\td3\t0\nq2\td3\t1\n") -> Path:
    """Three documents, three questions, one of them without an answer."""
    corpus = [
        {"id": "d1", "text": "发票可以在订单里自助开具。"},
        {"id": "d2", "title": "退货", "text": "签收七天内可以退。"},
        {"id": "d3", "text": "满 59 元包邮，西藏另收运费。", "title": None},
    ]
    queries = [
        {"id": "q1", "text": "七天内能退货吗"},
        {"id": "q2", "text": "西藏运费"},
        {"_id": "q3", "text": "无答案"},
    ]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines + "\n", encoding="utf-8")
    (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_a_folder_is_measured_in_every_setting(tmp_path: Path) -> None:
    rows = bench(write(tmp_path), compare=True)
    assert rows[0].setting == "default"
    assert (rows[0].documents, rows[0].queries) == (3, 2)
    assert (rows[0].recall_1, rows[0].ndcg_10, rows[0].mrr_10) == (1.0, 1.0, 1.0)
    assert rows[0].query_p95_ms > 0
    assert len({row.setting for row in rows}) == len(rows) >= 5


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("corpus.jsonl", '{"id": "d1"}\n', r"corpus\.jsonl: line 1: no `text`"),
        ("queries.jsonl", "{\n", r"queries\.jsonl: line 1: not JSON"),
        ("qrels.tsv", "q1\td1\t1\nq1\td1\tmuch\n", r"qrels\.tsv: line 2: expected query, document, grade"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, file: str, text: str, message: str) -> None:
    (write(tmp_path) / file).write_text(text, encoding="utf-8")
    with pytest.raises(RetrievalError, match=message):
        bench(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match=r"corpus\.jsonl: cannot be read"):
        bench(tmp_path)
