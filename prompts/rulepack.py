"""Rule packs: what a reply must not say, in files a compliance officer edits, and the words checks read by.

`rules/*.yaml` hold rules, `rules/words/*.yaml` named patterns, tables and sentences.
Patterns are RE2: linear time, whatever anybody writes into them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import re2
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from prompts.errors import PromptFileInvalid
from prompts.folding import Folded, Folding
from prompts.taxonomy import FindingKind, load_taxonomy

Severity = Literal["block", "warn", "hint"]
T = TypeVar("T", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wording(_Strict):
    """One sentence in the agent's language; English falls back on Chinese only if it is missing."""

    zh: str
    en: str

    def get(self, language: str) -> str:
        """The sentence in that language."""
        return self.en if language == "en" else self.zh


class _Examples(_Strict):
    must_fire: tuple[str, ...] = Field(min_length=1)
    must_not_fire: tuple[str, ...] = ()


class _RuleSpec(_Strict):
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
    swaps: dict[str, str] = {}
    safe: bool = False
    examples: _Examples


class _PackFile(_Strict):
    pack: str
    about: str
    rules: tuple[_RuleSpec, ...]


class _WordsFile(_Strict):
    about: str
    parts: dict[str, str] = {}
    patterns: dict[str, tuple[str, ...]] = {}
    tables: dict[str, dict[str, str]] = {}
    sentences: dict[str, Wording] = {}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a named pattern occurs, and where its groups do."""

    text: str
    span: tuple[int, int]
    spans: Mapping[str, tuple[int, int]]

    def get(self, group: str) -> str:
        """The words of a group; empty if it took no part."""
        start, end = self.spans.get(group, (0, 0))
        return self.text[start:end]


@dataclass(frozen=True, kw_only=True)
class Words:
    """Named patterns, tables and sentences that checks, ledger and masker read by."""

    patterns: Mapping[str, Any]
    tables: Mapping[str, Mapping[str, str]]
    sentences: Mapping[str, Wording]
    groups: Mapping[str, tuple[tuple[str, int], ...]]
    """Named groups of each pattern with their numbers; RE2 would count them anew at every match."""
    members: Mapping[str, Mapping[int, str]]
    families: Mapping[str, Any]
    """Patterns named `family.member`, joined: one pass tells which members stand where."""

    def find(self, name: str, text: str) -> bool:
        """Whether the named pattern occurs."""
        return self.patterns[name].search(text) is not None

    def negates(self, before: str) -> bool:
        """Whether what follows is denied; 未拆封 and 不喜欢 are conditions, no denials."""
        return self.find("negated", self.without("harmless_negation", before))

    def without(self, name: str, text: str) -> str:
        """The text with the named pattern blanked out, every other character in its place."""
        for start, end in self.spans(name, text):
            text = text[:start] + BLANK * (end - start) + text[end:]
        return text

    def spans(self, name: str, text: str) -> list[tuple[int, int]]:
        """Where the named pattern occurs."""
        return [match.span() for match in self.patterns[name].finditer(text)]

    def each(self, name: str, text: str) -> Iterator["Found"]:
        """Every place where the named pattern occurs, with its named groups."""
        pattern = self.patterns[name]
        for match in pattern.finditer(text):
            spans: dict[str, tuple[int, int]] = {}
            for group, index in self.groups[name]:
                span = match.span(index)
                if span[0] >= 0:
                    spans[group] = span
            yield Found(text=text, span=match.span(), spans=spans)

    def scan(self, family: str, text: str) -> list[tuple[int, int, str]]:
        """Where members of a family stand, and which; of two at one place the first in the file."""
        names = self.members[family]
        return [(*match.span(), names[match.lastindex]) for match in self.families[family].finditer(text)]


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


AS_FOLDED = str.maketrans(
    {
        "，": ",",
        "；": ";",
        "：": ":",
        "！": "!",
        "？": "\\?",
        "（": "\\(",
        "）": "\\)",
        "～": "~",
        "＋": "\\+",
    }
)
"""Full-width marks in a pattern, as the folded text has them."""

BLANK = "〇"
"""Stands for a character that is not to be read."""

FORMS: tuple[Literal["text", "compact"], ...] = ("text", "compact")
GROUP_NAME = re.compile(r"\(\?P<(\w+)>")

CLAUSE_END = ",。;!?\n"


def clause(text: str, start: int, end: int, *, stops: str = CLAUSE_END) -> tuple[int, int]:
    """The clause around a span: from the mark before it to the mark after it."""
    left = max((text.rfind(mark, 0, start) for mark in stops), default=-1) + 1
    rights = [at for mark in stops if (at := text.find(mark, end)) >= 0]
    return left, min(rights, default=len(text))


def load_rulepacks(root: Path | None = None) -> RulePacks:
    """All packs and words under `rules/` of the folder (default: the ones shipped).

    Raises PromptFileInvalid with one line naming file, field and what was expected.
    """
    root = root or Path(__file__).parent
    home = root / "rules"
    words, folding = _load_words(home / "words")
    rules: list[Rule] = []
    for path in sorted(home.glob("*.yaml")):
        rules.extend(_rule(path, spec, folding) for spec in _read(path, _PackFile).rules)
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
        given[name] = _compile(sources, f"{path.name}: {spec.id}.{name}")
    return Rule(**given, must_fire=spec.examples.must_fire, must_not_fire=spec.examples.must_not_fire)


def _refuse_repeats(home: Path, rules: list[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise PromptFileInvalid(f"{home}: rule id {rule.id!r} is used twice; give one another name")
        seen.add(rule.id)


def _load_words(home: Path) -> tuple[Words, Folding]:
    files = {path: _read(path, _WordsFile) for path in sorted(home.glob("*.yaml"))}
    parts = {name: part for file in files.values() for name, part in file.parts.items()}
    patterns: dict[str, Any] = {}
    tables: dict[str, dict[str, str]] = {}
    sentences: dict[str, Wording] = {}
    for path, file in files.items():
        for name, sources in file.patterns.items():
            full = [_expand(source, parts, f"{path.name}: patterns.{name}") for source in sources]
            patterns[name] = _compile(full, f"{path.name}: patterns.{name}")
        tables |= file.tables
        sentences |= file.sentences
    families = _families(patterns)
    words = Words(
        patterns=patterns,
        tables=tables,
        sentences=sentences,
        groups={name: tuple(_groups(pattern)) for name, pattern in patterns.items()},
        members={
            name: {number: group for group, number in _groups(family)} for name, family in families.items()
        },
        families=families,
    )
    return words, Folding(
        variants=tables["variants"],
        disguises=tables["disguises"],
        separators=frozenset(tables["separators"]),
    )


def _groups(pattern: Any) -> Iterator[tuple[str, int]]:
    for name, number in pattern.groupindex.items():
        yield name.partition("__")[0], number


def _families(patterns: Mapping[str, Any]) -> dict[str, Any]:
    members: dict[str, list[str]] = {}
    for name, pattern in patterns.items():
        family, dot, member = name.partition(".")
        if dot:
            members.setdefault(family, []).append(f"(?P<{member}>{pattern.pattern})")
    return {family: _compile(sources, family) for family, sources in members.items()}


def _expand(source: str, parts: Mapping[str, str], where: str) -> str:
    """`{{name}}` replaced by the part of that name, a few levels deep."""
    for _ in range(4):
        if "{{" not in source:
            return source
        for name, part in parts.items():
            source = source.replace("{{" + name + "}}", part)
    if "{{" in source:
        raise PromptFileInvalid(f"{where}: unknown part in {source[:80]!r}; expected one of {sorted(parts)}")
    return source


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 256 << 20
    return options


def _compile(sources: Iterable[str], where: str) -> Any:
    joined = "|".join(f"(?:{_numbered(source, index)})" for index, source in enumerate(sources))
    if not joined:
        return None
    try:
        return re2.compile(joined, _options())
    except re2.error as error:
        raise PromptFileInvalid(
            f"{where}: not an RE2 pattern: {error}; no look-around or backreference"
        ) from error


def _numbered(source: str, index: int) -> str:
    """A pattern whose group names are its own: RE2 keeps only the first of two groups of one name."""
    return GROUP_NAME.sub(rf"(?P<\1__{index}>", source.translate(AS_FOLDED))


def _sieve(rules: Iterable[Rule]) -> Any:
    chosen = re2.Set.SearchSet(_options())
    for rule in rules:
        chosen.Add(rule.patterns.pattern)
    chosen.Compile()
    return chosen


def _read(path: Path, shape: type[T]) -> T:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return shape.model_validate(data)
    except yaml.YAMLError as error:
        raise PromptFileInvalid(f"{path.name}: not YAML: {' '.join(str(error).split())[:200]}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise PromptFileInvalid(
            f"{path.name}: {field}: {first['msg']}, got {first['input']!r:.80}"
        ) from error
