"""What the shop's policies rule for one issue: deadlines, amounts, who pays, what is denied or granted."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from retrieval.snippet import Hit
from service.analysis import Fact, Issue
from service.case import Case
from service.composing.composition import Source, Value
from service.composing.overlap import pairs
from service.composing.rewording import Reworder
from service.composing.selecting import Candidate
from service.composing.weighing import LAW, Known, fact_of
from service.composing.wording import Wording
from service.facts.computing import fact_key, in_period
from service.facts.reading import LEVEL, conditions, rules
from service.facts.rule import Rule
from service.facts.sentence import sentences
from service.facts.timeline import holds, truth_of
from service.facts.vocabulary import topics_in, vocabulary

FAULTS = ("quality", "damage", "wrong", "missing")
_BY_NATURE = ("custom", "perishable")
_EXCLUSIONS = frozenset({"custom", "hygiene", "perishable", "presented"})
_BESIDE = frozenset({"opened", "remote", "presented"})
"""Conditions that leave a rule general."""
_IMPOSSIBLE = -3
"""A rule that fits no better holds for somebody else."""
_READ = 12
"""Sentences read for what the policies allow."""


class Rulings:
    """The rules among the hits, weighed by how well they fit this case."""

    def __init__(
        self, case: Case, issue: Issue, *, query: int, known: Known, reworder: Reworder, wording: Wording
    ) -> None:
        self._case, self._issue, self._query = case, issue, query
        self._known, self._reworder, self._wording = known, reworder, wording

    @property
    def _truths(self) -> Mapping[str, bool]:
        return self._known.truths

    @cached_property
    def _rules(self) -> tuple[tuple[Rule, float], ...]:
        """Every rule of the hits with how well its conditions fit, in the order of the hits."""
        return tuple(
            (rule, self._fit(rule) + self._place(rule, hit, rank))
            for rank, hit in enumerate(self._case.hits)
            for rule in rules(hit.snippet)
            if not self._reworder.internal(rule.sentence.text)
        )

    def _place(self, rule: Rule, hit: Hit, rank: int) -> float:
        """A rule counts for more in its topic's own document, and where this issue's search found it."""
        at_home = rule.topic in topics_in(hit.snippet.heading)
        law = 0.9 if hit.snippet.shop == LAW else 0.0
        other = 1.5 if self._beside_the_row(rule, hit) else 0.8 if self._strange_row(rule) else 0.0
        return (
            (0.4 if at_home else 0.0) - law - other + (0.3 if hit.query == self._query else 0.0) - 0.15 * rank
        )

    def _strange_row(self, rule: Rule) -> bool:
        """Whether the rule is in a row of a table that names nothing of what is spoken of."""
        said = self._known.said | pairs(self._issue.text)
        return bool(rule.sentence.row and self._known.products) and not pairs(rule.sentence.row) & said

    def _beside_the_row(self, rule: Rule, hit: Hit) -> bool:
        """Whether the rule is in a row of a table in which another row names the goods."""
        if not rule.sentence.row:
            return False
        said = self._known.said | pairs(self._issue.text)
        rows = [each.row for each in sentences(hit.snippet) if each.row]
        return not pairs(rule.sentence.row) & said and any(pairs(row) & said for row in rows)

    def _fit(self, rule: Rule) -> float:
        within = in_period(rule.sentence, self._known.paid)
        fit = 0.0 if within is None else 1.5 if within else -9.0
        fit -= 1.4 if rule.named else 0.0
        truths = {name: truth_of(self._truths, name) for name in rule.conditions}
        faults = [truths.pop(name) for name in FAULTS if name in truths]
        if faults:  # `quality, damage or wrong item`: any of them will do
            truths[""] = True if True in faults else None if None in faults else False
        true = sum(1 for truth in truths.values() if truth)
        fit += 0.8 + 0.2 * true if true else 0.0
        unknown = (
            -9.0 if name.startswith(LEVEL) else -0.35 for name, truth in truths.items() if truth is None
        )
        return fit + sum(unknown) - 9.0 * sum(truth is False for truth in truths.values())

    def rule(self, topic: str, *, kinds: tuple[str, ...], with_fact: bool = False) -> Rule | None:
        """The rule of these kinds about a topic (`return:no_reason`) that fits best, if any does."""
        name, _, condition = topic.partition(":")
        best: tuple[float, Rule] | None = None
        for rule, fit in self._rules:
            if rule.topic != name or rule.kind not in kinds:
                continue
            fit += self._asked_for(rule, condition)
            if fit <= _IMPOSSIBLE or (with_fact and self._fact(rule) is None):
                continue
            if best is None or fit > best[0]:
                best = (fit, rule)
        return best[1] if best else None

    def _asked_for(self, rule: Rule, condition: str) -> float:
        """How a rule's own conditions answer to the one that is asked for."""
        if not condition:
            return 0.0
        if rule.kind == "payer" and self._of_other_way(rule):
            return -3.0
        if condition in rule.conditions:
            return 1.5 if self._truths.get(condition) is not False else 10.5
        if rule.kind == "payer" and "return" not in topics_in(rule.sentence.text):
            return -99.0  # who pays in another matter says nothing of this one
        if any(name not in _BESIDE and not name.startswith(LEVEL) for name in rule.conditions):
            return -99.0
        return -0.4

    def _of_other_way(self, rule: Rule) -> bool:
        """Whether a rule on who pays is of an exchange where a return is asked about, or of what we send."""
        text = f"{rule.sentence.lead}{rule.sentence.text}"
        named = topics_in(text)
        swapped = "exchange" in named and "return" not in named and self._issue.intent != "exchange"
        return swapped or not any(word in text for word in vocabulary().ways["back"])

    def _fact(self, rule: Rule) -> Fact | None:
        return fact_of(rule, self._case.facts)

    def deadline(self, topic: str) -> Fact | None:
        """The computed deadline of the rule that fits best (`return:no_reason`)."""
        rule = self.rule(topic, kinds=("window", "cutoff"), with_fact=True)
        return self._fact(rule) if rule else None

    def denial(self, topic: str, *, opened: bool = False) -> Rule | None:
        """The rule that excludes this item from the topic, if one surely does."""
        wanted = {"opened"} if opened else _EXCLUSIONS
        for rule, _ in self._rules:
            if rule.kind != "stance" or rule.allowed is not False or rule.topic not in {topic, "return"}:
                continue
            named = conditions(rule.sentence.text)
            if opened and named & _EXCLUSIONS and not any(map(self._truths.get, named & _EXCLUSIONS)):
                continue
            own = named & wanted
            if "opened" in named and self._truths.get("opened") is False:
                continue
            if in_period(rule.sentence, self._known.paid) is False:
                continue
            if own and any(self._truths.get(name) for name in own):
                return rule
        return None

    def excluded_by_nature(self) -> bool:
        """Whether the goods are of a kind that law excludes, and the shop grants nothing of its own."""
        if not any(self._truths.get(name) for name in _BY_NATURE):
            return False
        rule = self.rule("return:no_reason", kinds=("window",))
        return rule is None or any(
            hit.snippet.shop == LAW and hit.snippet.key == rule.sentence.snippet for hit in self._case.hits
        )

    def allows(self, topic: str, readable: Sequence[Candidate]) -> Value | None:
        """The sentence by which the policies grant something, in whatever language they are written."""
        for each in readable[:_READ]:
            text = f"{each.sentence.lead} {each.sentence.text}"
            refused = any(rule.kind == "stance" and rule.allowed is False for rule in each.rules)
            refused |= not holds(conditions(text), self._truths)
            refused |= any(
                (fact := self._fact(rule)) and fact.passed for rule in each.rules if rule.kind == "window"
            )
            if topic in topics_in(text) and not refused:
                return Value(text, (Source(each.sentence.snippet, each.sentence.quote),))
        return None

    def measure(self, name: str) -> Value | None:
        """The value of `topic.window`, `.until`, `.due`, `.amount` or `.payer`."""
        topic, _, what = name.rpartition(".")
        if what == "payer":
            rule = self.rule(topic, kinds=("payer",))
            return self._value(rule, self._wording.format(f"payer_{rule.payer}")) if rule else None
        if what == "window":
            rule = self.rule(topic, kinds=("window",), with_fact=True) or self.rule(topic, kinds=("window",))
            said = rule.duration if rule else None
            return self._value(rule, self._wording.duration(said)) if rule and said else None
        kinds = ("percent", "money") if what == "amount" else ("window", "cutoff")
        rule = self.rule(topic, kinds=kinds, with_fact=True)
        fact = self._fact(rule) if rule else None
        return self._value(rule, self._wording.fact(fact)) if rule and fact else None

    @staticmethod
    def _value(rule: Rule, text: str) -> Value:
        return Value(text, (Source(rule.sentence.snippet, rule.sentence.quote),), (rule.sentence,))

    def sources_of(self, fact: Fact) -> tuple[Source, ...]:
        """The policy sentences that a computed fact rests on."""
        return tuple(
            Source(hit.snippet.key, rule.sentence.quote)
            for hit in self._case.hits
            if hit.snippet.key in fact.sources
            for rule in rules(hit.snippet)
            if fact_key(rule) == fact.key.partition("#")[0]
            and (not rule.said or rule.said in fact.derivation)
        )[:1]
