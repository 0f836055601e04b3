"""Lint of a suite: what would make its verdicts wrong, each with file and line."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from eval.figures import fold
from eval.metrics.content import compiled
from eval.metrics.every import DECISIVE, METRICS, Scorer, make_scorer
from eval.sample import Sample
from eval.scenario import Scenario
from eval.seams import Examiner, Shelf
from eval.suite import Suite
from eval.vocabulary import PRACTICES, Vocabulary, read_vocabulary

NEAR_DUPLICATE = 0.8
"""Jaccard similarity of character trigrams above which two conversations count as the same."""
_SHINGLE = 3
_FEW_SHINGLES = 4
"""Greetings and fragments are alike without being copies."""
_UNTRIABLE = ("order_id", "expect.states", "expect.must_not")
"""Where these are wrong, replies cannot be tried."""
DISPUTED = "disputed with the checks"
_ON_TEXT = tuple(name for name in DECISIVE if name != "handoff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that lint found."""

    place: str
    scenario: str
    severity: Literal["error", "warn"]
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.scenario}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """How the replies of a suite fared: references should pass the checks, bad replies should not."""

    references: int
    passed: int
    disputed: int
    """References that a person holds to be right and the checks do not."""
    bad_replies: int
    caught: int

    def __str__(self) -> str:
        return (
            f"{self.passed} of {self.references} references pass ({self.disputed} disputed), "
            f"{self.caught} of {self.bad_replies} bad replies fail"
        )


def mutation(suite: Suite, problems: Sequence[Problem]) -> Mutation:
    """What lint found about the replies of a suite, counted."""
    references = sum(len(one.references) for one in suite.scenarios)
    bad_replies = sum(len(one.bad_replies) for one in suite.scenarios)
    about = [one for one in problems if one.message.startswith("references.")]
    disputed = sum(DISPUTED in one.message for one in about)
    failed = sum(one.severity == "error" for one in about)
    missed = sum(one.severity == "error" and one.message.startswith("bad_replies.") for one in problems)
    return Mutation(
        references=references,
        passed=references - disputed - failed,
        disputed=disputed,
        bad_replies=bad_replies,
        caught=bad_replies - missed,
    )


def lint(
    suite: Suite,
    *,
    shelf: Shelf | None = None,
    examiner: Examiner | None = None,
    vocabulary: Vocabulary | None = None,
) -> list[Problem]:
    """All problems of the suite, in its order.

    With a shelf, orders and evidence are looked up; with an examiner, references and bad replies are checked
    by the product's own checks as well as by the metrics.
    """
    words = vocabulary or read_vocabulary()
    limit = shelf.shop.service_levels.chat_max_chars if shelf else 320
    scorer = make_scorer(chat_max_chars=limit)
    found: list[tuple[Scenario, Literal["error", "warn"], str]] = []
    for scenario in suite.scenarios:
        wrong = [*_wording(scenario, words), *(_knowledge(scenario, shelf) if shelf else ())]
        found += [(scenario, "error", message) for message in wrong]
        if not any(message.startswith(_UNTRIABLE) for message in wrong):
            found += [(scenario, *one) for one in _replies(scenario, scorer, shelf, examiner, words)]
    found += [(scenario, "error", message) for scenario, message in _splits(suite.scenarios)]
    return [
        Problem(place=suite.places[scenario.id], scenario=scenario.id, severity=severity, message=message)
        for scenario, severity, message in found
    ]


def _wording(scenario: Scenario, words: Vocabulary) -> Iterator[str]:
    expect = scenario.expect
    fails = {one for bad in scenario.bad_replies for one in bad.fails}
    for field, used, known in (
        ("expect.intents", expect.intents or (), words.intents),
        ("expect.emotion", (expect.emotion,) if expect.emotion else (), words.emotions),
        ("expect.risks", expect.risks or (), words.risks),
        ("expect.asks", expect.asks or (), words.asks),
        ("practices", scenario.practices, PRACTICES),
        ("bad_replies.fails", fails, frozenset(words.findings) | frozenset(METRICS)),
        ("disputed", scenario.disputed, words.blocking),
    ):
        for unknown in sorted(set(used) - known):
            yield f"{field}: unknown id {unknown!r}; the vocabulary is prompts/taxonomy.yaml"
    if expect.emotion == "calm" and expect.strength:
        yield f"expect.strength: calm is 0, got {expect.strength}"
    for field, patterns in (
        ("expect.states", [one for words_ in expect.states for one in words_]),
        ("expect.must_not", list(expect.must_not)),
    ):
        for pattern in patterns:
            if len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/"):
                try:
                    compiled(pattern)
                except re.error as error:
                    yield f"{field}: {pattern} is no regular expression: {error}"


def _knowledge(scenario: Scenario, shelf: Shelf) -> Iterator[str]:
    if scenario.order_id and scenario.order is None and scenario.order_id not in shelf.orders:
        yield f"order_id: shop {shelf.shop.id!r} has no order {scenario.order_id!r}"
    assert scenario.now is not None
    days = {scenario.now.date()}
    order = scenario.order or shelf.orders.get(scenario.order_id or "")
    if order and order.paid_at:
        days.add(order.paid_at.date())
    for wanted in scenario.expect.evidence:
        versions = shelf.snippets(wanted) or shelf.snippets(f"{wanted}#specs")
        if not versions:
            yield f"expect.evidence: the shop has no snippet or document {wanted!r}"
        elif not any(one.in_force(day) for one in versions for day in days):
            yield f"expect.evidence: {wanted!r} is not in force on {' or '.join(map(str, sorted(days)))}"


def _replies(
    scenario: Scenario,
    scorer: Scorer,
    shelf: Shelf | None,
    examiner: Examiner | None,
    words: Vocabulary,
) -> Iterator[tuple[Literal["error", "warn"], str]]:
    for number, text in enumerate(scenario.references):
        failed = _failures(scenario, text, scorer, shelf, examiner)
        blocked = {name: why for name, why in failed.items() if name in words.blocking}
        disputed = {name: why for name, why in blocked.items() if name in scenario.disputed}
        bad = {name: why for name, why in failed.items() if name in _ON_TEXT and name != "blocking"}
        bad |= {name: why for name, why in blocked.items() if name not in disputed}
        if bad:
            yield "error", f"references.{number}: fails its own checks: {_joined(bad)}"
        if disputed:
            yield "warn", f"references.{number}: {DISPUTED}: {_joined(disputed)}"
        elif soft := {name: why for name, why in failed.items() if name in words.findings and not bad}:
            yield "warn", f"references.{number}: {_joined(soft)}"
    for number, reply in enumerate(scenario.bad_replies):
        if examiner is None and set(reply.fails) & set(words.findings):
            continue
        failed = _failures(scenario, reply.text, scorer, shelf, examiner)
        unseen = [name for name in reply.fails if name not in failed]
        if len(unseen) == len(reply.fails):
            yield "error", f"bad_replies.{number}: passes; expected {', '.join(reply.fails)}"
        elif unseen:
            yield "warn", f"bad_replies.{number}: {', '.join(unseen)} is not seen"


def _failures(
    scenario: Scenario, text: str, scorer: Scorer, shelf: Shelf | None, examiner: Examiner | None
) -> dict[str, str]:
    """Failed metric or finding type → why."""
    sample = Sample(text=text)
    if examiner is not None and shelf is not None:
        ticket = scenario.ticket(shop=shelf.shop.id, orders=shelf.orders)
        seen = examiner.examine(text, ticket)
        sample = Sample(
            text=text, findings=tuple((one.type, one.severity, one.quote) for one in seen.findings)
        )
    failed = {kind: f"“{quote}”" for kind, _, quote in sample.findings}
    for score in scorer.score(scenario, sample):
        if score.metric != "good" and score.value is not None and score.value < 1:
            failed.setdefault(score.metric, score.reason)
    return failed


def _joined(failed: dict[str, str]) -> str:
    return "; ".join(f"{name}: {why}" for name, why in failed.items())


def _splits(scenarios: Sequence[Scenario]) -> Iterator[tuple[Scenario, str]]:
    """Families across splits, and near-duplicates across splits."""
    split_of: dict[str, str] = {}
    for one in scenarios:
        first = split_of.setdefault(one.family, one.split)
        if first != one.split:
            yield one, f"family {one.family!r} is in splits {first} and {one.split}; a family belongs to one"
    for one, other, similar in near_duplicates(scenarios):
        if one.split != other.split:
            yield (
                one,
                (
                    f"near-duplicate of {other.id} ({similar:.2f} alike) in split {other.split}; "
                    "put both into one family"
                ),
            )


def near_duplicates(scenarios: Sequence[Scenario]) -> Iterator[tuple[Scenario, Scenario, float]]:
    """Pairs whose customers' words are alike, by a prefix-filtered join over character trigrams."""
    shingles = [_shingles(one.question) for one in scenarios]
    counts: dict[str, int] = defaultdict(int)
    for found in shingles:
        for shingle in found:
            counts[shingle] += 1
    index: dict[str, list[int]] = defaultdict(list)
    for here, found in enumerate(shingles):
        rare_first = sorted(found, key=lambda shingle: (counts[shingle], shingle))
        prefix = rare_first[: len(rare_first) - int(NEAR_DUPLICATE * len(rare_first)) + 1]
        for there in sorted({other for shingle in prefix for other in index[shingle]}):
            if len(found) < _FEW_SHINGLES:
                continue
            similar = len(found & shingles[there]) / len(found | shingles[there])
            if similar >= NEAR_DUPLICATE:
                yield scenarios[here], scenarios[there], similar
        for shingle in prefix:
            index[shingle].append(here)


def _shingles(text: str) -> frozenset[str]:
    folded = re.sub(r"\W+", "", fold(text))
    return frozenset(folded[at : at + _SHINGLE] for at in range(max(1, len(folded) - _SHINGLE + 1)))
