"""What was learned is kept between starts, and never trusted when it does not fit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from prompts.lexicon import Lexicon, load_lexicon
from service.understanding.classifying import fit
from service.understanding.classifying import phrases as all_phrases
from service.understanding.keeping import kept
from service.understanding.learned import Classifier

ASKED = ["能退吗", "怎么还没发货", "can I return it"]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.fixture(scope="module")
def fitted(lexicon: Lexicon) -> Classifier:
    return fit(list(all_phrases(lexicon))[::8], lexicon)


def _never() -> Classifier:
    raise AssertionError("was fitted again")


def test_a_second_start_does_not_fit_and_scores_alike(
    lexicon: Lexicon, fitted: Classifier, tmp_path: Path
) -> None:
    caching = replace(lexicon, cache=tmp_path)
    kept(caching, lambda: fitted)
    again = kept(caching, _never)
    assert np.array_equal(again.score(ASKED), fitted.score(ASKED))


def test_a_file_cut_anywhere_or_scribbled_on_is_fitted_anew(
    lexicon: Lexicon, fitted: Classifier, tmp_path: Path
) -> None:
    caching = replace(lexicon, cache=tmp_path)
    kept(caching, lambda: fitted)
    (path,) = tmp_path.glob("*.npz")
    whole = path.read_bytes()
    for damaged in (b"", whole[:100], whole[: len(whole) // 2], whole[:5000] + b"\0" * 64 + whole[5064:]):
        path.write_bytes(damaged)
        assert kept(caching, lambda: fitted) is fitted
        assert path.read_bytes() == whole


def test_other_words_are_learned_anew_and_leave_one_file(
    lexicon: Lexicon, fitted: Classifier, tmp_path: Path
) -> None:
    kept(replace(lexicon, cache=tmp_path), lambda: fitted)
    other = tmp_path / "lexicon"
    other.mkdir()
    (other / "one.yaml").write_text("clauses: []", encoding="utf-8")
    assert kept(replace(lexicon, cache=tmp_path, folder=other), lambda: fitted) is fitted
    assert len(list(tmp_path.glob("*.npz"))) == 1


def test_a_place_that_cannot_be_written_costs_only_time(
    lexicon: Lexicon, fitted: Classifier, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert kept(replace(lexicon, cache=tmp_path / "file"), lambda: fitted) is fitted
