"""What a model is really sent, kept as text and read in review. `python -m tests.rendered` writes it anew."""

import pytest

from tests.rendered.cases import CASES
from tests.rendered.showing import path_of, shown


@pytest.mark.parametrize("name", CASES)
def test_the_prompt_is_the_one_that_was_read_in_review(name: str) -> None:
    kept = path_of(name)
    assert kept.exists(), f"{kept} is missing: run python -m tests.rendered and read what it wrote"
    assert shown(name) == kept.read_text(encoding="utf-8"), "run python -m tests.rendered and read the diff"
