"""ragas metrics are asked in Chinese through our judge, and whatever goes wrong becomes a status."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from eval.adapters.chat import ChatModel
from eval.adapters.ragas_metrics import Evidence, diagnose, diagnostics, read_prompts
from eval.judging.judge import Judge
from eval.limiting import Limiter
from eval.metrics.score import Score
from prompts.template import load_templates
from tests.eval.judges import install
from tests.model_server import ModelServer
from tests.model_server.writers import embedding

pytest.importorskip("ragas", reason="pip install 'warmline[ragas]'")
pytestmark = pytest.mark.filterwarnings("ignore")
EVIDENCE = Evidence(
    question="毛衣退回去了，什么时候退款",
    response="验收合格当天退款。信用卡到账要三到七个工作日。",
    contexts=("退件验收合格当天退款。", "信用卡 3 至 7 个工作日到账。"),
    reference="验收合格当天退，信用卡三到七个工作日到账。",
)


@pytest.fixture
def server(model_server: ModelServer) -> Iterator[ModelServer]:
    install()
    yield model_server


def scores(url: str, model: str, evidence: Evidence) -> dict[str, Score]:
    async def go() -> list[Score]:
        asked = ChatModel(endpoint=url, api_key="k", model=model)
        judge = Judge(model=asked, templates=load_templates(), limiter=Limiter(most=8))
        metrics = diagnostics(judge, embed=embedding, prompts=read_prompts())
        found = [await diagnose(metric, evidence) for metric in metrics]
        await asked.aclose()
        return found

    return {score.metric.removeprefix("ragas."): score for score in asyncio.run(go())}


def test_every_metric_gives_a_score_between_0_and_1(server: ModelServer) -> None:
    found = scores(server.url, "ragas-judge", EVIDENCE)
    assert found["faithfulness"].value == 0.5
    assert found["context_precision"].value == pytest.approx(1.0)
    assert found["context_recall"].value == 1.0
    assert found["rubric"].value == 0.75
    assert len(found) == 6 and all(score.status == "ok" for score in found.values())


def test_the_judge_reads_chinese_alone(server: ModelServer) -> None:
    scores(server.url, "ragas-judge", EVIDENCE)
    for text in server.texts:
        words = "".join(each for each in text if each.isalpha())
        latin = sum(each.isascii() for each in words)
        assert "JSON Schema" not in text and "Example" not in text
        assert latin < len(words) / 2


def test_what_a_metric_lacks_is_said_and_not_asked(server: ModelServer) -> None:
    found = scores(server.url, "ragas-judge", replace(EVIDENCE, contexts=(), reference=""))
    assert found["faithfulness"] == Score(metric="ragas.faithfulness", status="n/a", reason="no contexts")
    assert found["factual_correctness"].status == "n/a"


def test_an_answer_in_another_shape_is_invalid_and_none_at_all_is_an_error(server: ModelServer) -> None:
    assert {one.status for one in scores(server.url, "fixed", EVIDENCE).values()} == {"judge_invalid"}
    refused = scores(server.url, "fixed?fault=unauthorised", EVIDENCE)
    assert {one.status for one in refused.values()} == {"judge_error"}


def test_a_reply_without_a_statement_is_not_asked_for(server: ModelServer) -> None:
    found = scores(server.url, "ragas-judge", replace(EVIDENCE, response="。"))
    assert found["faithfulness"].status == "n/a"


def test_the_prompts_are_hashed() -> None:
    prompts = read_prompts()
    other = prompts.model_copy(update={"frame": prompts.frame + "!"})
    assert prompts.hash != other.hash
    assert json.loads(json.dumps(prompts.rubric))["score5_description"]
