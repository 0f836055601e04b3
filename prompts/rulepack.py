"""Rule packs: what a reply must not say, in `rules/*.yaml` files that a compliance officer edits."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import re2
from pydantic import Field

from prompts.errors import PromptFileInvalid
from prompts.folding import Folded, Folding
from prompts.patterns import Strict, Wording, compiled, options, read_rules
from prompts.taxonomy import FindingKind, load_taxonomy
from prompts.words import Words, clause, load_words

Severity = Literal["block", "warn", "hint"]


class _Examples(Strict):
    must_fire: tuple[str, ...] = Field(min_length=1)
    must_not_fire: tuple[str, ...] = ()


class _RuleSpec(Strict):
    id: str = Field(pattern=r"^[a-z0-9-]+$")
    finding: str
    source: str
    severity: Severity | None = None
    patterns: tuple[str, ...] = Field(min_length=1)
    exceptions: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    form: Literal["text", "compact"] = "text"
    negatable: bool = True
    quotable: bool = True
    platforms: tuple[str, ...] = ()
    why: Wording
    replacement: Wording | None = None
    swaps: dict[str, str] = Field(default_factory=dict)
    safe: bool = False
    examples: _Examples


class _PackFile(Strict):
    pack: str
    about: str
    rules: tuple[_RuleSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Where a rule applies, in the original text."""

    rule: "Rule"
    span: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing a reply must not say."""

    id: str
    finding: str
    """Id of the taxonomy's findings."""
    source: str
    """Compliance fact (`CF01`), law or practice (`P29`) it comes from."""
    severity: Severity | None
    """None: the taxonomy's."""
    patterns: Any
    exceptions: Any
    """A match that overlaps one of these is harmless."""
    unless: Any
    """A match in a clause with one of these is harmless."""
    form: Literal["text", "compact"]
    """`compact`: separators and disguises are removed first."""
    negatable: bool
    """`we never ask for…` is not the thing itself."""
    quotable: bool
    """The customer's own words in quotation marks are not ours."""
    platforms: tuple[str, ...]
    """Platforms where it holds; empty: everywhere."""
    why: Wording
    replacement: Wording | None
    """Stands in for the whole clause; empty: the clause goes."""
    swaps: Mapping[str, str]
    """Word → the harmless one; where one of them is among the words found, the clause may stay."""
    safe: bool
    """Whether the fix may be made without asking."""
    must_fire: tuple[str, ...]
    must_not_fire: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RulePacks:
    """All rules and words, compiled once."""

    rules: tuple[Rule, ...]
    words: Words
    findings: Mapping[str, FindingKind]
    """The taxonomy's findings: usual severity and practice."""
    folding: Folding
    sieves: Mapping[str, Any]
    """One RE2 set per text form: which rules may apply at all."""
    sieve_rules: Mapping[str, tuple[Rule, ...]]

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """Rules by their id."""
        return {rule.id: rule for rule in self.rules}

    def matches(self, text: str, *, platform: str = "") -> list[Match]:
        """Every place where a rule applies."""
        folded = self.folding.fold(text)
        return self.matches_folded(folded, self.folding.compact(folded), platform=platform)

    def matches_folded(self, folded: Folded, compact: Folded, *, platform: str = "") -> list[Match]:
        """Every place where a rule applies, for a text already folded."""
        found: list[Match] = []
        for form, view in (("text", folded), ("compact", compact)):
            for index in sorted(self.sieves[form].Match(view.text) or ()):
                rule = self.sieve_rules[form][index]
                if not rule.platforms or not platform or platform in rule.platforms:
                    found.extend(Match(rule=rule, span=span) for span in self._apply(rule, view))
        return found

    def _apply(self, rule: Rule, view: Folded) -> Iterator[tuple[int, int]]:
        harmless = [m.span() for m in rule.exceptions.finditer(view.text)] if rule.exceptions else []
        for match in rule.patterns.finditer(view.text):
            start, end = match.span()
            if start == end or any(a < end and start < b for a, b in harmless):
                continue
            left, right = clause(view.text, start, end)
            if rule.unless and rule.unless.search(view.text[left:right]):
                continue
            if rule.negatable and self.words.negates(view.text[left:start]):
                continue
            yield view.span(start, end)


FORMS: tuple[Literal["text", "compact"], ...] = ("text", "compact")


def load_rulepacks(root: Path | None = None) -> RulePacks:
    """All packs and words under `rules/` of the folder (default: the ones shipped).

    Raises PromptFileInvalid with one line naming file, field and what was expected.
    """
    root = root or Path(__file__).parent
    home = root / "rules"
    words, folding = load_words(home / "words")
    rules: list[Rule] = []
    for path in sorted(home.glob("*.yaml")):
        rules.extend(_rule(path, spec, folding) for spec in read_rules(path, _PackFile).rules)
    _refuse_repeats(home, rules)
    sieve_rules: dict[str, tuple[Rule, ...]] = {
        form: tuple(r for r in rules if r.form == form) for form in FORMS
    }
    return RulePacks(
        rules=tuple(rules),
        words=words,
        findings=load_taxonomy(root).findings,
        folding=folding,
        sieves={form: _sieve(chosen) for form, chosen in sieve_rules.items()},
        sieve_rules=sieve_rules,
    )


def lint_rulepacks(packs: RulePacks) -> list[str]:
    """What is wrong with the rules, one line each: unknown findings, examples that do not hold."""
    problems: list[str] = []
    for rule in packs.rules:
        if rule.finding not in packs.findings:
            problems.append(f"{rule.id}: finding {rule.finding!r} is not in taxonomy.yaml")
        silent = (text for text in rule.must_fire if not _fires(packs, rule, text))
        problems.extend(f"{rule.id}: must fire, but does not: {text}" for text in silent)
        loud = (text for text in rule.must_not_fire if _fires(packs, rule, text))
        problems.extend(f"{rule.id}: must not fire, but does: {text}" for text in loud)
        if rule.safe and rule.replacement:
            problems.extend(_unsafe(packs, rule))
    return problems


def _unsafe(packs: RulePacks, rule: Rule) -> Iterator[str]:
    assert rule.replacement is not None
    for words in (rule.replacement.zh, rule.replacement.en):
        for match in packs.matches(words):
            yield f"{rule.id}: its replacement {words!r} breaks {match.rule.id}"


def _fires(packs: RulePacks, rule: Rule, text: str) -> bool:
    return any(match.rule is rule for match in packs.matches(text))


def _rule(path: Path, spec: _RuleSpec, folding: Folding) -> Rule:
    given = {name: getattr(spec, name) for name in Rule.__dataclass_fields__ if hasattr(spec, name)}
    for name in ("patterns", "exceptions", "unless"):
        sources = getattr(spec, name)
        if spec.form == "compact":
            sources = [folding.disguised(source) for source in sources]
        given[name] = compiled(sources, f"{path.name}: {spec.id}.{name}")
    return Rule(**given, must_fire=spec.examples.must_fire, must_not_fire=spec.examples.must_not_fire)


def _refuse_repeats(home: Path, rules: list[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise PromptFileInvalid(f"{home}: rule id {rule.id!r} is used twice; give one another name")
        seen.add(rule.id)


def _sieve(rules: Iterable[Rule]) -> Any:
    chosen = re2.Set.SearchSet(options())
    for rule in rules:
        chosen.Add(rule.patterns.pattern)
    chosen.Compile()
    return chosen
