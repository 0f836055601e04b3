"""All deterministic metrics in one place, and the scorer that applies them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from eval.figures import Figures
from eval.metrics import content, manner, understanding
from eval.metrics.score import Metric, Score
from eval.sample import Sample
from eval.scenario import Scenario
from eval.wording import PracticeRule, Wording, read_practices, read_wording

METRICS: Mapping[str, Metric] = {
    metric.id: metric
    for metric in (
        Metric(id="good", layer="L1", means="replies that meet everything a machine can hold against them"),
        Metric(id="produced", layer="L0", means="replies that are there at all", hard=True),
        Metric(id="blocking", layer="L1", means="replies without a blocking finding", hard=True),
        Metric(id="must_not", layer="L1", means="replies without anything forbidden", hard=True),
        Metric(id="handoff", layer="L1", means="cases for a supervisor that reach one", hard=True),
        Metric(id="filled", layer="L1", means="replies without a placeholder left", hard=True),
        Metric(id="language", layer="L1", means="replies in the customer's language", hard=True),
        Metric(id="intents", layer="L2", means="F1 of intents"),
        Metric(id="emotion", layer="L2", means="emotion right"),
        Metric(id="strength", layer="L2", means="strength right, half if one off"),
        Metric(id="risks", layer="L2", means="F1 of risks"),
        Metric(id="escalation", layer="L2", means="escalated exactly when due"),
        Metric(id="action", layer="L2", means="expected move made"),
        Metric(id="states", layer="L2", means="required statements made"),
        Metric(id="asks", layer="L2", means="needed questions asked"),
        Metric(id="evidence", layer="L2", means="right sections cited"),
        Metric(id="document", layer="L2", means="right documents cited"),
        Metric(id="retrieved", layer="L2", means="right sections found"),
        Metric(id="practices", layer="L2", means="practices that show"),
        Metric(id="findings", layer="L2", means="replies without a warning"),
        Metric(id="length", layer="L2", means="replies within chat length"),
        Metric(id="facts", layer="L3", means="decisive figures stated"),
        Metric(id="ledger", layer="L3", means="commitments supported"),
    )
}
"""Metric id → what it is, in the order of reports."""

DECISIVE = ("produced", "blocking", "must_not", "handoff", "filled", "language", "states", "facts", "asks")
"""A reply is good when each of these that applies is 1: what a reviewer would send back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """Scores samples; built once, then pure."""

    wording: Wording
    figures: Figures
    rules: dict[str, PracticeRule]
    chat_max_chars: int = 320

    def score(self, scenario: Scenario, sample: Sample) -> tuple[Score, ...]:
        """Every metric, in the order of METRICS."""
        named: dict[str, Callable[[Scenario, Sample], Score]] = {
            "produced": manner.produced,
            "blocking": manner.blocking,
            "must_not": content.must_not,
            "handoff": understanding.handoff,
            "filled": partial(manner.filled, wording=self.wording),
            "language": manner.language,
            "intents": understanding.intents,
            "emotion": understanding.emotion,
            "strength": understanding.strength,
            "risks": understanding.risks,
            "escalation": understanding.escalation,
            "action": partial(content.action, wording=self.wording),
            "states": content.states,
            "asks": partial(content.asks, wording=self.wording),
            "evidence": content.evidence,
            "document": content.document,
            "retrieved": content.retrieved,
            "practices": partial(manner.practices, rules=self.rules),
            "findings": manner.findings,
            "length": partial(manner.length, max_chars=self.chat_max_chars),
            "facts": partial(content.facts, figures=self.figures),
            "ledger": manner.ledger,
        }
        scores = {name: measure(scenario, sample) for name, measure in named.items()}
        return (_good(scores), *scores.values())


def missing_scores(reason: str) -> tuple[Score, ...]:
    """The scores of a unit without a draft: every one missing, none zero."""
    return tuple(Score(metric=name, status="missing", reason=reason) for name in METRICS)


def make_scorer(*, chat_max_chars: int = 320) -> Scorer:
    """The scorer of the shipped wording files."""
    wording = read_wording()
    return Scorer(
        wording=wording, figures=Figures(wording), rules=read_practices(), chat_max_chars=chat_max_chars
    )


def _good(scores: Mapping[str, Score]) -> Score:
    failed = [name for name in DECISIVE if scores[name].value is not None and scores[name].value != 1]
    return Score(metric="good", value=0.0 if failed else 1.0, reason=" · ".join(failed))
