"""The default finds at least what plain BM25 finds, on every set of our own."""

from dataclasses import replace

import pytest

from retrieval.bench import measure, settings
from retrieval.judged import Judged
from tests.retrieval.measuring import judged_sets

SETS = dict(judged_sets())


@pytest.mark.parametrize("name", SETS)
def test_the_default_is_at_least_bm25_over_characters(name: str) -> None:
    rows = {row.name: row for row in settings(compare=True)}
    mine, plain = (
        measure(SETS[name], replace(rows[setting], embedder=None)).ndcg_10
        for setting in ("default", "BM25 over characters")
    )
    assert mine >= plain


def test_every_judged_question_has_its_answer_in_the_corpus() -> None:
    def is_whole(judged: Judged) -> bool:
        return all(judged.qrels[name] for name in judged.queries)

    assert [name for name, judged in SETS.items() if not is_whole(judged)] == []
