"""The weights of answer sentences are data with a schema."""

from pathlib import Path

import pytest

from service.composing.weighing import TRAITS, load_weights, weights
from service.errors import SettingsError


def test_every_trait_has_its_weight() -> None:
    assert set(weights()) == set(TRAITS)
    assert weights()["false"] < -1 and weights()["out_of_period"] < -1


@pytest.mark.parametrize(
    ("text", "named"), [("score: much\n", "score"), ("nonsense: 1.0\n", "always|nonsense")]
)
def test_a_broken_weight_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "weights.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"weights\.yaml: ({named})"):
        load_weights(path)
