"""The answer cache: exact, whole answers only, shared and disposable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.adapters.answer_cache import SqliteAnswers
from service.edge.caching import CachedModel, Occasion, cache_key, occasion
from service.errors import ModelAnswerUnusable
from service.model import Message, answer
from tests.service.edge.fakes import ASKED, Scripted


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SqliteAnswers]:
    store = SqliteAnswers(tmp_path / "answers.db")
    yield store
    store.close()


async def test_the_same_request_is_sent_once(kept: SqliteAnswers) -> None:
    model = Scripted(lambda call: ["第", str(call), "次"])
    cached = CachedModel(model, kept)
    texts = [(await answer(cached, ASKED, parameters={"seed": 1})).text for _ in range(3)]
    assert texts == ["第1次"] * 3
    assert (model.calls, cached.hits, cached.misses) == (1, 2, 1)


async def test_anything_different_is_another_request(kept: SqliteAnswers) -> None:
    model = Scripted(lambda call: [str(call)])
    cached = CachedModel(model, kept)
    for parameters in ({"seed": 1}, {"seed": 2}, {"seed": 1, "repeat": 1}, {"seed": 1, "repeat": 2}):
        await answer(cached, ASKED, parameters=parameters)
    await answer(cached, (*ASKED, Message(role="user", text="?")), parameters={"seed": 1})
    assert model.calls == 5


async def test_an_answer_that_is_not_whole_is_never_kept(kept: SqliteAnswers) -> None:
    cut = ModelAnswerUnusable("cut", kind="cut", partial=True)
    model = Scripted(lambda call: ["半", cut] if call == 1 else ["整句"])
    cached = CachedModel(model, kept)
    with pytest.raises(ModelAnswerUnusable):
        await answer(cached, ASKED, parameters={})
    assert (await answer(cached, ASKED, parameters={})).text == "整句"


async def test_a_caller_that_leaves_early_leaves_nothing_behind(kept: SqliteAnswers) -> None:
    cached = CachedModel(Scripted(lambda call: ["一", "二"]), kept)
    stream = cached.stream(ASKED, parameters={})
    await anext(stream)
    await stream.aclose()
    assert kept.get(cache_key(cached, ASKED, {})) is None


async def test_it_survives_its_process_and_a_damaged_file_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"
    first = SqliteAnswers(path)
    first.put("k", {"text": "好"})
    first.close()
    again = SqliteAnswers(path)
    assert again.get("k") == {"text": "好"}
    again.close()
    path.write_bytes(b"no database at all" * 100)
    fresh = SqliteAnswers(path)
    assert fresh.get("k") is None
    assert (tmp_path / "answers.db.damaged").exists()
    fresh.close()


async def test_who_repeats_on_purpose_is_answered_anew_and_told_what_was_kept(kept: SqliteAnswers) -> None:
    cached = CachedModel(Scripted(lambda call: [str(call)]), kept)
    for repeat, text, hits in ((0, "1", 0), (1, "2", 0), (1, "2", 1)):
        now = Occasion(repeat=repeat)
        token = occasion.set(now)
        assert (await answer(cached, ASKED, parameters={})).text == text
        occasion.reset(token)
        assert (now.asked, now.hits) == (1, hits)
