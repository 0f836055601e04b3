"""What the shop's policies say to one issue: sentences to quote, figures to state, deadlines, denials."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from prompts.playbook import Decision, Playbook
from retrieval.snippet import Hit
from service.analysis import Fact, Issue
from service.case import Case
from service.composing.composition import Source, Stated, Value
from service.composing.rewording import Reworder
from service.composing.selecting import FLOOR, LAW, Candidate, Known, candidates, fact_of, pairs
from service.composing.wording import Wording
from service.facts.computing import fact_key, in_period
from service.facts.reading import LEVEL, conditions, rules
from service.facts.rule import Rule
from service.facts.sentence import sentences
from service.facts.timeline import holds, truth_of
from service.facts.vocabulary import topics_in

FAULTS = ("quality", "damage", "wrong", "missing")
_BY_NATURE = ("custom", "perishable")
_EXCLUSIONS = frozenset({"custom", "hygiene", "perishable", "presented"})
_BESIDE = frozenset({"opened", "remote", "presented"})
"""Conditions that leave a rule general."""
_MORE = 0.68
"""A further sentence must score this share of the best…"""
_BESIDE_SHARE = 0.6
"""…or this one, in the same section."""
_SLACK = 0.3
"""Its own words may earn a little less than that share."""
_CONTENT = 0.4
"""Least that the words of an answer must earn by themselves."""
_SHORT = 6
_IMPOSSIBLE = -3
"""A rule that fits no better holds for somebody else."""
_PREFERRED = 0.7
_AVOIDED = 0.9
_SURE = 3.2
"""Score of a sentence worth saying beside an answer that is already complete."""
_READ = 12
"""Sentences read for what the policies allow."""


class PolicyWords:
    """The policies' answer to one issue."""

    def __init__(
        self,
        case: Case,
        issue: Issue,
        book: Playbook,
        *,
        query: int,
        truths: Mapping[str, bool],
        reworder: Reworder,
        wording: Wording,
        stated: Stated,
        budget: int,
        cache: dict[tuple[int, str], tuple[Candidate, ...]],
    ) -> None:
        self._cache = cache
        self._case, self._issue, self._book, self._query = case, issue, book, query
        self._truths, self._reworder, self._wording = truths, reworder, wording
        self._stated, self._budget = stated, budget
        self._decision: Decision | None = None

    def decide(self, decision: Decision) -> None:
        """Weighs sentences for this decision from now on."""
        self._decision = decision

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

    @cached_property
    def _known(self) -> Known:
        order = self._case.ticket.order
        paid = order.paid_at.astimezone(self._case.now.tzinfo).date() if order and order.paid_at else None
        names = [product.name for product in self._case.products[:2]]
        names += [item.name for item in order.items[:2] if item.name] if order else []
        return Known(
            truths=self._truths,
            goods=pairs(" ".join(names)),
            said=pairs(" ".join([*names, *(product.category for product in self._case.products[:2])])),
            facts=self._case.facts,
            paid=paid,
        )

    # --- sentences ----------------------------------------------------------------------------

    @cached_property
    def ranked(self) -> tuple[Candidate, ...]:
        """Sentences that may be told, best first."""
        return self._candidates(self._wording.language)

    def _candidates(self, language: str) -> tuple[Candidate, ...]:
        """Ranked once for all attempts at one reply."""
        key = (self._query, language)
        if key not in self._cache:
            self._cache[key] = self._ranked_in(language)
        return self._cache[key]

    def _ranked_in(self, language: str) -> tuple[Candidate, ...]:
        return candidates(
            self._issue,
            query=self._query,
            hits=self._case.hits,
            playbook=self._book,
            known=self._known,
            reworder=self._reworder,
            language=language,
        )

    def words(self, name: str) -> Value | None:
        """The best sentences (`policy`), or the best one about a topic (`freight.policy`)."""
        if name == "return_denied.policy":
            rule = self.denial("return") or self.denial("return", opened=True)
            return self._told_rule(rule)
        if name == "policy":
            return self._best(self._weighed(), self._budget)
        if name == "policy_fit":
            return self._best(self._fitting(), self._budget, floor=FLOOR)
        if name == "policy_more":
            return self._best(self._weighed(), self._budget // 2, floor=_SURE)
        topic = name.removesuffix(".policy")
        rule = self._rule(topic, kinds=("percent", "window", "payer", "stance", "cutoff", "money"))
        return self._told_rule(rule)

    def _fitting(self) -> Sequence[Candidate]:
        """Only the sentences that the decision prefers."""
        words = self._decision.prefer if self._decision else ()
        return [each for each in self._weighed() if any(word in each.sentence.text for word in words)]

    def _told_rule(self, rule: Rule | None) -> Value | None:
        if rule is None:
            return None
        found = [each for each in self.ranked if each.sentence == rule.sentence]
        return self._best(found, self._budget, floor=-9.0) if found else None

    def _best(self, ranked: Sequence[Candidate], budget: int, *, floor: float = FLOOR) -> Value | None:
        chosen: list[tuple[Candidate, str]] = []
        used = 0
        fresh = [each for each in ranked if self._key(each) not in self._stated.sentences]
        for each in fresh[:12]:
            if not self._enough(each, chosen, floor):
                continue
            text = self._told(each) if self._stands(each, chosen) else ""
            if not text or (chosen and used + len(text) > budget) or self._repeats(each, chosen):
                continue
            chosen.append((each, text))
            used += len(text)
            if len(chosen) == 3:
                break
        if not chosen:
            return None
        chosen = sorted(
            chosen, key=lambda pair: (ranked.index(self._leader(pair[0], chosen)), pair[0].sentence.position)
        )
        gap = "" if self._wording.language == "zh" else " "
        return Value(
            gap.join(text for _, text in chosen),
            tuple(Source(each.sentence.snippet, each.sentence.quote) for each, _ in chosen),
            tuple(each.sentence for each, _ in chosen),
        )

    @staticmethod
    def _leader(each: Candidate, chosen: Sequence[tuple[Candidate, str]]) -> Candidate:
        """The best candidate of the same snippet: a snippet's sentences stay together, in order."""
        return next(other for other, _ in chosen if other.sentence.snippet == each.sentence.snippet)

    @staticmethod
    def _enough(each: Candidate, chosen: Sequence[tuple[Candidate, str]], floor: float) -> bool:
        """Whether a sentence answers well enough; beside a chosen one of its own section less will do."""
        if not each.to_the_point and floor > 0:
            return False
        if not chosen:
            return each.score >= floor and each.content >= min(_CONTENT, floor)
        top = chosen[0][0]
        beside = any(other.sentence.snippet == each.sentence.snippet for other, _ in chosen)
        share = _BESIDE_SHARE if beside else _MORE
        return each.score >= max(floor, top.score * share) and each.content >= top.content * (share - _SLACK)

    def _stands(self, each: Candidate, chosen: Sequence[tuple[Candidate, str]]) -> bool:
        """Whether it can be understood: what points back is told only after what it points at."""
        if not self._reworder.dangling(each.sentence.text):
            return True
        before = (each.sentence.snippet, each.sentence.position - 1)
        return any(self._key(other) == before for other, _ in chosen)

    def _repeats(self, each: Candidate, chosen: Sequence[tuple[Candidate, str]]) -> bool:
        """Whether it says in other words what a chosen sentence says: the same rule with the same figure."""
        own = {(rule.topic, rule.said, rule.payer) for rule in each.rules if rule.kind != "stance"}
        told = {(rule.topic, rule.said, rule.payer) for other, _ in chosen for rule in other.rules}
        return bool(own) and own <= told

    def _told(self, each: Candidate) -> str:
        text = each.sentence.text
        if self._key(each) in self._stated.facts:
            text = self._rest(each)
            if len(text) < _SHORT:
                return ""
        return self._reworder.told(each.sentence, text=text)

    @staticmethod
    def _rest(each: Candidate) -> str:
        """The sentence after the clause whose figure was already stated for this order."""
        text = each.sentence.text
        ends = [rule.span[1] for rule in each.rules if rule.kind in {"window", "cutoff"}]
        start = max(ends, default=0)
        cut = min((at for mark in "，,；;" if (at := text.find(mark, start)) >= 0), default=-1)
        return text[cut + 1 :] if cut >= 0 else ""

    @staticmethod
    def _key(each: Candidate) -> tuple[str, int]:
        return each.sentence.snippet, each.sentence.position

    # --- rules --------------------------------------------------------------------------------

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
        other = 1.5 if self._beside_the_row(rule, hit) else 0.0
        return (
            (0.4 if at_home else 0.0) - law - other + (0.3 if hit.query == self._query else 0.0) - 0.15 * rank
        )

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
        fit -= 0.8 if rule.named else 0.0
        truths = {name: truth_of(self._truths, name) for name in rule.conditions}
        faults = [truths.pop(name) for name in FAULTS if name in truths]
        if faults:  # `quality, damage or wrong item`: any of them will do
            truths[""] = True if True in faults else None if None in faults else False
        true = sum(1 for truth in truths.values() if truth)
        fit += 0.8 + 0.2 * true if true else 0.0
        return fit + sum(-0.35 if truth is None else -9.0 for truth in truths.values() if not truth)

    def _rule(self, topic: str, *, kinds: tuple[str, ...], with_fact: bool = False) -> Rule | None:
        name, _, condition = topic.partition(":")
        best: tuple[float, Rule] | None = None
        for rule, fit in self._rules:
            if rule.topic != name or rule.kind not in kinds:
                continue
            if condition and condition not in rule.conditions:
                if rule.kind == "payer" and "return" not in topics_in(rule.sentence.text):
                    continue  # who pays in another matter says nothing of this one
                if any(name not in _BESIDE and not name.startswith(LEVEL) for name in rule.conditions):
                    continue
                fit -= 0.4
            elif condition:
                fit += 1.5 if self._truths.get(condition) is not False else 10.5
            if fit <= _IMPOSSIBLE or (with_fact and self._fact(rule) is None):
                continue
            if best is None or fit > best[0]:
                best = (fit, rule)
        return best[1] if best else None

    def _fact(self, rule: Rule) -> Fact | None:
        return fact_of(rule, self._case.facts)

    def mentions(self, words: Sequence[str]) -> Value | None:
        """A sentence of the policies, in whatever language, that has one of the words."""
        for each in self._readable:
            if any(word in each.sentence.text for word in words):
                return Value("", (Source(each.sentence.snippet, each.sentence.quote),))
        return None

    def deadline(self, topic: str) -> Fact | None:
        """The computed deadline of the rule that fits best (`return:no_reason`)."""
        rule = self._rule(topic, kinds=("window", "cutoff"), with_fact=True)
        return self._fact(rule) if rule else None

    def denial(self, topic: str, *, opened: bool = False) -> Rule | None:
        """The rule that excludes this item from the topic, if one surely does."""
        wanted = {"opened"} if opened else _EXCLUSIONS
        for rule, _ in self._rules:
            if rule.kind != "stance" or rule.allowed is not False or rule.topic not in {topic, "return"}:
                continue
            named = conditions(rule.sentence.text)
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
        rule = self._rule("return:no_reason", kinds=("window",))
        return rule is None or any(
            hit.snippet.shop == LAW and hit.snippet.key == rule.sentence.snippet for hit in self._case.hits
        )

    def allows(self, topic: str) -> Value | None:
        """The sentence by which the policies grant something, in whatever language they are written."""
        for each in self._readable[:_READ]:
            text = f"{each.sentence.lead} {each.sentence.text}"
            refused = any(rule.kind == "stance" and rule.allowed is False for rule in each.rules)
            refused |= not holds(conditions(text), self._truths)
            refused |= any(
                (fact := self._fact(rule)) and fact.passed for rule in each.rules if rule.kind == "window"
            )
            if topic in topics_in(text) and not refused:
                return Value(text, (Source(each.sentence.snippet, each.sentence.quote),))
        return None

    @cached_property
    def _readable(self) -> tuple[Candidate, ...]:
        if self._wording.language == "zh":
            return self.ranked
        return self._candidates("zh") + self.ranked

    def measure(self, name: str) -> Value | None:
        """The value of `topic.window`, `.until`, `.due`, `.amount` or `.payer`."""
        topic, _, what = name.rpartition(".")
        if what == "payer":
            rule = self._rule(topic, kinds=("payer",))
            return self._value(rule, self._wording.format(f"payer_{rule.payer}")) if rule else None
        if what == "amount":
            return self._sum(topic)
        if what == "window":
            rule = self._rule(topic, kinds=("window",), with_fact=True) or self._rule(
                topic, kinds=("window",)
            )
            return (
                self._value(rule, self._wording.duration(rule.duration)) if rule and rule.duration else None
            )
        rule = self._rule(topic, kinds=("window", "cutoff"), with_fact=True)
        fact = self._fact(rule) if rule else None
        return self._value(rule, self._wording.fact(fact)) if rule and fact else None

    def _sum(self, topic: str) -> Value | None:
        rule = self._rule(topic, kinds=("percent", "money"), with_fact=True)
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
