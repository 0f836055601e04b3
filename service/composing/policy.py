"""What the shop's policies say to one issue: the sentences to quote, weighed for the decision taken."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from prompts.playbook import Decision, Playbook
from service.analysis import Issue
from service.case import Case
from service.composing import cells
from service.composing.composition import Source, Stated, Value
from service.composing.overlap import pairs
from service.composing.rewording import Reworder
from service.composing.ruling import Rulings
from service.composing.selecting import FLOOR, Candidate, candidates
from service.composing.telling import Teller
from service.composing.weighing import LAW, Known, fact_of
from service.composing.wording import Wording, has_chinese
from service.facts.rule import Rule
from service.facts.vocabulary import topics_in, vocabulary

Ranked = dict[tuple[int, str], tuple[Candidate, ...]]
"""Sentences by query and language: ranked once for all attempts at one reply."""
_SHORT = 6
_MOST = {"zh": 4, "en": 2}
"""Sentences told at once."""
_STEP = 1.3
"""A further sentence may score so much less than the best…"""
_BESIDE_STEP = 0.6
"""…and one of a section already quoted only this much."""
_FURTHER = -1.8
"""Least score of a further sentence."""
_PREFERRED = 0.9
_AVOIDED = 1.5
_TOLD = -2.0
"""Score of a sentence that is told whatever the playbook's own lines say."""
_SURE = -1.0
"""Score of a sentence worth saying beside an answer that is already complete."""
_GENERAL = frozenset({"no_reason"})
"""A period under no other condition is the one that a deadline of this case stands for."""
_SAME = 0.6
"""Sharing more of its words with a chosen sentence, a sentence says the same."""


class PolicyWords:
    """The sentences that answer one issue."""

    def __init__(
        self,
        case: Case,
        issue: Issue,
        book: Playbook,
        *,
        query: int,
        known: Known,
        rulings: Rulings,
        reworder: Reworder,
        wording: Wording,
        teller: Teller,
        stated: Stated,
        budget: int,
        cache: Ranked,
    ) -> None:
        self._case, self._issue, self._book, self._query = case, issue, book, query
        self._known, self._rulings, self._reworder, self._wording = known, rulings, reworder, wording
        self._teller, self._stated, self._budget, self._cache = teller, stated, budget, cache
        self._decision: Decision | None = None
        self.answered = False
        """Whether a line has already answered with this customer's own figures."""

    def decide(self, decision: Decision) -> None:
        """Weighs sentences for this decision from now on."""
        self._decision = decision

    @cached_property
    def ranked(self) -> tuple[Candidate, ...]:
        """Sentences that may be told, best first."""
        key = (self._query, self._wording.language)
        if key not in self._cache:
            self._cache[key] = candidates(
                self._issue,
                query=self._query,
                hits=self._case.hits,
                playbook=self._book,
                known=self._known,
                reworder=self._reworder,
                language=self._wording.language,
            )
        return self._cache[key]

    def about(self, text: str, *, query: int) -> Value | None:
        """The sentence that says most of a thing that is to be mentioned, if any speaks of it."""
        found = candidates(
            replace(self._issue, text=text),
            query=query,
            hits=self._case.hits,
            playbook=self._book,
            known=self._known,
            reworder=self._reworder,
            language=self._wording.language,
        )
        named = [each for each in found if _speaks_of(each, text)]
        return self._best(named[:1], self._budget)

    def mentions(self, words: Sequence[str]) -> Value | None:
        """A sentence of the policies that has one of the words."""
        for each in self.ranked:
            if any(word in each.sentence.text for word in words):
                return Value("", (Source(each.sentence.snippet, each.sentence.quote),))
        return None

    def words(self, name: str) -> Value | None:
        """The best sentences (`policy`), or the best one about a topic (`freight.policy`)."""
        if name == "policy":
            return self._best(self._fit_beside, self._budget, floor=_TOLD if self.answered else FLOOR)
        if name == "policy_fit":
            return self._best(self._fitting(), self._budget)
        if name == "policy_sure":
            return self._best(self._weighed, self._budget, floor=_TOLD)
        if name == "policy_more":
            return self._best(self._weighed, self._budget // 2, floor=_SURE)
        topic = name.removesuffix(".policy")
        if topic == "return_denied":
            return self._told_rule(
                self._rulings.denial("return") or self._rulings.denial("return", opened=True)
            )
        kinds = ("percent", "window", "payer", "stance", "cutoff", "money")
        return self._told_rule(self._rulings.rule(topic, kinds=kinds))

    @property
    def _weighed(self) -> Sequence[Candidate]:
        decision = self._decision
        if decision is None or not (decision.prefer or decision.avoid):
            return self.ranked
        weighed = []
        for each in self.ranked:
            told = f"{each.hit.snippet.heading}{each.sentence.text}"
            wanted = any(word in told for word in decision.prefer)
            score = each.score + _PREFERRED * wanted - _AVOIDED * any(word in told for word in decision.avoid)
            weighed.append(replace(each, score=score, to_the_point=each.to_the_point or wanted))
        return sorted(weighed, key=lambda each: -each.score)

    @property
    def _fit_beside(self) -> Sequence[Candidate]:
        """A refusal with the customer's own figures stands beside nothing of another topic."""
        if not (self.answered and self._decision and self._decision.action == "refuse"):
            return self._weighed
        topics = set(self._book.topics)
        return [
            each
            for each in self._weighed
            if topics & topics_in(each.hit.snippet.heading + each.sentence.text)
        ]

    def _fitting(self) -> Sequence[Candidate]:
        """Only the sentences that the decision prefers."""
        words = self._decision.prefer if self._decision else ()
        return [each for each in self._weighed if any(word in each.sentence.text for word in words)]

    def _told_rule(self, rule: Rule | None) -> Value | None:
        if rule is None:
            return None
        found = [each for each in self.ranked if each.sentence == rule.sentence]
        return self._best(found, self._budget, floor=-99.0) if found else None

    def _best(self, ranked: Sequence[Candidate], budget: int, *, floor: float = FLOOR) -> Value | None:
        chosen: list[tuple[Candidate, str]] = []
        used = 0
        for each in ranked:
            if len(chosen) == _MOST[self._wording.language] or not self._enough(each, chosen, floor):
                break
            if each.key in self._stated.sentences or each.sentence.quote in self._stated.quotes:
                continue
            if floor > -99.0 and (not each.to_the_point or self._overruled(each)):
                continue
            text = self._told(each, chosen) if self._adds(each, chosen) else ""
            if (
                not text
                or any(text == other for _, other in chosen)
                or (chosen and used + len(text) > budget)
            ):
                continue
            chosen.append((each, text))
            used += len(text)
        if not chosen:
            return None
        leaders = [each.sentence.snippet for each, _ in chosen]
        chosen.sort(key=lambda pair: (leaders.index(pair[0].sentence.snippet), pair[0].sentence.position))
        gap = "" if self._wording.language == "zh" else " "
        return Value(
            gap.join(text for _, text in chosen),
            tuple(Source(each.sentence.snippet, each.sentence.quote) for each, _ in chosen),
            tuple(each.sentence for each, _ in chosen),
        )

    @staticmethod
    def _enough(each: Candidate, chosen: Sequence[tuple[Candidate, str]], floor: float) -> bool:
        """Whether a sentence answers well enough to stand beside those chosen."""
        if not chosen:
            return each.score >= floor
        return each.score >= max(_FURTHER, chosen[0][0].score - _STEP)

    def _adds(self, each: Candidate, chosen: Sequence[tuple[Candidate, str]]) -> bool:
        """Whether it can be understood here, and says something that the chosen ones do not."""
        beside = [other for other, _ in chosen if other.sentence.snippet == each.sentence.snippet]
        if self._reworder.dangling(each.sentence.text):
            return any(other.sentence.position == each.sentence.position - 1 for other in beside)
        if beside and each.score < chosen[0][0].score - _BESIDE_STEP:
            return False
        if self._wording.language == "en" and not each.cell and chosen:
            told = {rule.topic for other, _ in chosen for rule in other.rules}
            if {rule.topic for rule in each.rules} <= told:
                return False
        own = pairs(each.sentence.text)
        shared = max((len(own & pairs(other.sentence.text)) for other, _ in chosen), default=0)
        return shared <= _SAME * len(own) and not self._repeats(each, chosen)

    def _overruled(self, each: Candidate) -> bool:
        """Whether it gives another period for a right whose deadline in this case was already told."""
        told = {
            rule.topic: rule.said
            for candidate in self.ranked
            if candidate.key in self._stated.facts
            for rule in candidate.rules
            if _is_right(rule)
        }
        return any(
            _is_right(rule) and rule.said != told.get(rule.topic, rule.said) and rule.conditions <= _GENERAL
            for rule in each.rules
        )

    @staticmethod
    def _repeats(each: Candidate, chosen: Sequence[tuple[Candidate, str]]) -> bool:
        """Whether it says in other words what a chosen sentence says: the same rule with the same figure."""
        own = {(rule.topic, rule.said, rule.payer) for rule in each.rules if rule.kind != "stance"}
        told = {(rule.topic, rule.said, rule.payer) for other, _ in chosen for rule in other.rules}
        return bool(own) and own <= told

    def _is_past(self, each: Candidate) -> bool:
        """Whether the customer's time that it gives is over: what it grants beside is over, too."""
        facts = (fact_of(rule, self._known.facts) for rule in each.rules if _is_right(rule))
        return any(fact.passed for fact in facts if fact)

    def _told(self, each: Candidate, chosen: Sequence[tuple[Candidate, str]]) -> str:
        text = each.sentence.text
        if each.cell:
            named = any(other.cell for other, _ in chosen) or each.sentence.lead in self._stated.names
            return cells.told(each.sentence, self._wording, self._teller, named=named)
        if self._wording.language == "en" and has_chinese(text):
            if each.key in self._stated.facts:
                return ""
            return self._teller.told(text, each.rules, topics=self._book.topics)
        if each.key in self._stated.facts:
            text = "" if self._is_past(each) else _rest(each)
            if len(text) < _SHORT:
                return ""
        return self._reworder.told(each.sentence, text=text)


def _is_right(rule: Rule) -> bool:
    """Whether it gives the customer a time to do something in."""
    return rule.kind == "window" and bool(rule.topic) and vocabulary().topics[rule.topic].who == "customer"


def _speaks_of(each: Candidate, text: str) -> bool:
    """Whether it shares a word with a text, or a topic, in whatever language that is named."""
    if each.hit.snippet.shop == LAW:
        return False
    told = f"{each.hit.snippet.heading}{each.sentence.text}"
    return bool(pairs(told) & pairs(text) or topics_in(each.sentence.text) & topics_in(text))


def _rest(each: Candidate) -> str:
    """The sentence after the clause whose figure was already stated for this order."""
    text = each.sentence.text
    ends = [rule.span[1] for rule in each.rules if rule.kind in {"window", "cutoff"}]
    start = max(ends, default=0)
    cut = min((at for mark in "，,；;" if (at := text.find(mark, start)) >= 0), default=-1)
    return text[cut + 1 :] if cut >= 0 else ""
