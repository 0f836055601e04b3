"""ragas 0.4.3 metrics as diagnostics, never a gate: Chinese prompts, any OpenAI-compatible judge.

ragas raises on empty input, answers NaN where it found nothing, and swallows misspelt arguments; here all of
that is a status. Its model and cache seams are ours: a `Judge` waits, asks again and keeps answers.
"""

import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.errors import EvalError
from eval.judging.judge import Judge
from eval.metrics.score import Score
from eval.wording import read_yaml
from service.errors import ModelError
from service.model import Message
from service.ticket import first_problem

PROMPTS_FILE = Path(__file__).parent / "ragas_prompts.yaml"
PREFIX = "ragas."


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Example(_Record):
    input: dict[str, Any]
    output: dict[str, Any]


class _Prompt(_Record):
    instruction: str
    examples: tuple[_Example, ...]


class RagasPrompts(_Record):
    """All of `ragas_prompts.yaml`."""

    frame: str
    example: str
    prompts: dict[str, _Prompt]
    rubric: dict[str, str]

    @property
    def hash(self) -> str:
        """Changes when any word does."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One draft as ragas metrics read it."""

    question: str
    response: str
    contexts: Sequence[str] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One ragas metric, ready to be asked."""

    id: str
    needs: tuple[str, ...]
    """Fields of the evidence; without one of them it is not asked for."""
    score: Callable[[Evidence], Any]
    scale: tuple[float, float] = (0.0, 1.0)


class JudgeFailed(Exception):
    """The judge did not answer, or not in the asked shape."""

    def __init__(self, message: str, *, answered: bool) -> None:
        super().__init__(message)
        self.answered = answered


def read_prompts(path: Path = PROMPTS_FILE) -> RagasPrompts:
    """The prompts. Raises EvalError naming file and field."""
    try:
        return RagasPrompts.model_validate(read_yaml(path))
    except ValidationError as error:
        raise EvalError(f"{path.name}: {first_problem(error)}") from error


async def diagnose(diagnostic: Diagnostic, evidence: Evidence) -> Score:
    """The score of one metric, between 0 and 1, or the status that says why there is none."""
    metric = PREFIX + diagnostic.id
    lacking = [name for name in diagnostic.needs if not getattr(evidence, name)]
    if lacking:
        return Score(metric=metric, status="n/a", reason=f"no {', '.join(lacking)}")
    try:
        result = await diagnostic.score(evidence)
    except JudgeFailed as error:
        return Score(
            metric=metric, status="judge_invalid" if error.answered else "judge_error", reason=str(error)
        )
    value, (low, high) = float(result.value), diagnostic.scale
    if math.isnan(value):
        return Score(metric=metric, status="n/a", reason="nothing in the reply that could be held against it")
    share = (value - low) / (high - low)
    return Score(metric=metric, value=min(1.0, max(0.0, share)), reason=result.reason or "")


def diagnostics(
    judge: Judge, *, embed: Callable[[str], Sequence[float]], prompts: RagasPrompts
) -> list[Diagnostic]:
    """Every metric, asking this judge. Raises EvalError where ragas is not installed."""
    collections = _ragas()
    llm, embeddings = _asking(judge), _embedding(embed)
    say = {name: _chinese(name, prompts) for name in prompts.prompts}
    faithful = collections.Faithfulness(llm=llm)
    faithful.statement_generator_prompt, faithful.nli_statement_prompt = say["statements"], say["nli"]
    precision = collections.ContextPrecisionWithReference(llm=llm)
    precision.prompt = say["precision"]
    recall = collections.ContextRecall(llm=llm)
    recall.prompt = say["recall"]
    factual = collections.FactualCorrectness(llm=llm)
    factual.prompt, factual.nli_prompt = say["claims"], say["nli"]
    relevancy = collections.AnswerRelevancy(llm=llm, embeddings=embeddings, strictness=1)
    relevancy.prompt = say["relevance"]
    rubric = collections.DomainSpecificRubrics(llm=llm, rubrics=dict(prompts.rubric))
    levels = "\n".join(f"{name[5]}：{text}" for name, text in sorted(prompts.rubric.items()))
    rubric.scoring_prompt = _chinese("rubric", prompts, more=f"\n{levels}")
    return [
        Diagnostic(
            id="faithfulness",
            needs=("question", "response", "contexts"),
            score=lambda one: faithful.ascore(
                user_input=one.question, response=one.response, retrieved_contexts=list(one.contexts)
            ),
        ),
        Diagnostic(
            id="context_precision",
            needs=("question", "reference", "contexts"),
            score=lambda one: precision.ascore(
                user_input=one.question, reference=one.reference, retrieved_contexts=list(one.contexts)
            ),
        ),
        Diagnostic(
            id="context_recall",
            needs=("question", "reference", "contexts"),
            score=lambda one: recall.ascore(
                user_input=one.question, reference=one.reference, retrieved_contexts=list(one.contexts)
            ),
        ),
        Diagnostic(
            id="factual_correctness",
            needs=("response", "reference"),
            score=lambda one: factual.ascore(response=one.response, reference=one.reference),
        ),
        Diagnostic(
            id="answer_relevancy",
            needs=("question", "response"),
            score=lambda one: relevancy.ascore(user_input=one.question, response=one.response),
        ),
        Diagnostic(
            id="rubric",
            needs=("question", "response"),
            score=lambda one: rubric.ascore(
                user_input=one.question, response=one.response, retrieved_contexts=list(one.contexts) or None
            ),
            scale=(1.0, 5.0),
        ),
    ]


@cache
def _ragas() -> Any:
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    try:
        from ragas.metrics import collections
    except ImportError as error:
        raise EvalError("ragas is not installed; pip install 'warmline[ragas]'") from error
    return collections


def _asking(judge: Judge) -> Any:
    """ragas' model seam, answered by our judge."""
    from ragas.llms.base import InstructorBaseRagasLLM

    class Asking(InstructorBaseRagasLLM):  # type: ignore[misc]
        def generate(self, prompt: str, response_model: Any) -> Any:
            raise NotImplementedError("asked asynchronously only")

        async def agenerate(self, prompt: str, response_model: Any) -> Any:
            try:
                reply = await judge.ask_kept((Message(role="user", text=prompt),))
            except ModelError as error:
                raise JudgeFailed(str(error), answered=False) from error
            try:
                return response_model.model_validate_json(reply.strip())
            except ValidationError as error:
                raise JudgeFailed(f"not the asked JSON: {reply[:80]!r}", answered=True) from error

    return Asking()


def _embedding(embed: Callable[[str], Sequence[float]]) -> Any:
    from ragas.embeddings.base import BaseRagasEmbedding

    class Embedding(BaseRagasEmbedding):  # type: ignore[misc]
        def embed_text(self, text: str, **_: Any) -> list[float]:
            return list(embed(text))

        async def aembed_text(self, text: str, **_: Any) -> list[float]:
            return list(embed(text))

    return Embedding()


def _chinese(name: str, prompts: RagasPrompts, *, more: str = "") -> Any:
    """A ragas prompt whose every word is ours; only keys of the JSON are ragas'."""
    from ragas.prompt.metrics.base_prompt import BasePrompt

    written = prompts.prompts[name]

    class Chinese(BasePrompt):  # type: ignore[misc]
        instruction = written.instruction + more
        examples = ()
        language = "chinese"

        def to_string(self, data: Any) -> str:
            shown = "\n".join(
                prompts.example.format(input=_json(one.input), output=_json(one.output))
                for one in written.examples
            )
            return prompts.frame.format(
                instruction=self.instruction,
                shape=_SHAPES[name],
                examples=shown,
                input=_json(data.model_dump(exclude_none=True)),
            )

    return Chinese()


_SHAPES: Mapping[str, str] = {
    "statements": '{"statements": ["…"]}',
    "nli": '{"statements": [{"statement": "…", "reason": "…", "verdict": 0}]}',
    "precision": '{"reason": "…", "verdict": 0}',
    "recall": '{"classifications": [{"statement": "…", "reason": "…", "attributed": 0}]}',
    "claims": '{"claims": ["…"]}',
    "relevance": '{"question": "…", "noncommittal": 0}',
    "rubric": '{"feedback": "…", "score": 3}',
}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
