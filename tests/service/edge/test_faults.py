"""The main line while the model fails in every way: see `tests/model_server/faults.py` for a thousand."""

from pathlib import Path

from tests.model_server import ModelServer
from tests.model_server.faults import drafted


async def test_with_a_fifth_of_answers_failing_every_draft_is_answered_whole_and_stored_once(
    tmp_path: Path, model_server: ModelServer
) -> None:
    outcome = await drafted(tmp_path, model_server, count=30, at_once=6)
    assert (outcome.answered, outcome.stored, outcome.cut_shown_as_whole) == (30, 30, 0), outcome
    assert outcome.faults >= 5
    assert outcome.by_model >= 15, outcome
