"""What rests on a policy, and what a new version of it would change."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Literal

from retrieval.document import Document
from retrieval.errors import RetrievalError
from retrieval.figures import Claim, claims, sentences
from retrieval.knowledge import Knowledge
from retrieval.snippet import Snippet
from retrieval.splitting import entries

SAME_RIGHT = 0.4
"""Share of a text's topic words that a policy sentence has, too, when it states the same right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Something that may rest on a policy."""

    kind: Literal["scenario", "phrase", "draft"]
    id: str
    snippets: tuple[str, ...] = ()
    """Snippet ids it names, with or without `@version`."""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """A use that rests on the policy, and how that is known."""

    use: Use
    why: str
    changes: tuple[str, ...] = ()
    """Snippet ids by which a new version touches it; empty: it stays true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a new version changes in one section."""

    snippet: str
    before: tuple[str, ...]
    """Sentences that are no more; with `after` empty and all of the section gone, so is the section."""
    after: tuple[str, ...]
    """Sentences that are new."""
    figures_gone: tuple[str, ...]
    figures_new: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What rests on a policy, and what a new version of it would change."""

    policy: str
    against: str
    """`id@version` that the new version was held against; empty: there is no new version."""
    resting: tuple[Resting, ...]
    edits: tuple[Edit, ...]


def impact(
    knowledge: Knowledge, policy: str, *, uses: Iterable[Use], at: date, new: Document | None = None
) -> Impact:
    """What rests on a policy, by naming it or by stating its figures, and what a new version changes.

    The new version is held against the one it edits or, if it starts on another day, the one it follows.
    Raises RetrievalError where the shop has no such document.
    """
    snippets = knowledge.of_document(policy)
    if not snippets:
        raise RetrievalError(f"policy {policy!r}: {_instead(knowledge, policy, at)}")
    version = _replaced(snippets, new, at) if new else ""
    before = {snippet.id: snippet for snippet in snippets if snippet.version == version}
    edits = tuple(_edits(before, new)) if new else ()
    lost = {edit.snippet: [*claims("\n".join(edit.before))] for edit in edits}
    known = [claim for snippet in snippets for claim in claims(snippet.text)]
    resting = [
        Resting(use=use, why=why, changes=tuple(name for name in lost if _touches(use, name, lost[name])))
        for use in uses
        if (why := _rests(use, policy, known))
    ]
    resting.sort(key=lambda one: not one.changes)
    against = f"{policy}@{version}" if new else ""
    return Impact(policy=policy, against=against, resting=tuple(resting), edits=edits)


def _instead(knowledge: Knowledge, policy: str, at: date) -> str:
    """What the shop has where it does not have the policy that was asked for."""
    names = sorted({snippet.document for snippet in knowledge.all_in_force(at, kinds=("policy",))})
    near = get_close_matches(policy, names, n=3, cutoff=0.5) or names[:8]
    return f"shop {knowledge.shop.id} has no such document; it has {', '.join(near) or 'none'}"


def _replaced(snippets: Sequence[Snippet], new: Document, at: date) -> str:
    """The version that a new one edits, or follows on the day it starts; else the newest there is."""
    versions = [snippet.version for snippet in snippets]
    if new.version in versions:
        return new.version
    day = (new.effective_from or at) - timedelta(days=1)
    followed = [snippet.version for snippet in snippets if snippet.in_force(day)]
    return max(followed or versions)


def _rests(use: Use, policy: str, known: Sequence[Claim]) -> str:
    named = [name for name in use.snippets if name.partition("@")[0].partition("#")[0] == policy]
    if named:
        return f"names {', '.join(named)}"
    stated = next((other for claim in claims(use.text) for other in known if _same(claim, other)), None)
    return f"states “{stated.sentence}”" if stated else ""


def _touches(use: Use, snippet: str, lost: Sequence[Claim]) -> bool:
    """Whether a use rests on an edited section: it names it, or states a figure that is no more."""
    names = {name.partition("@")[0] for name in use.snippets}
    if snippet in names or snippet.partition("#")[0] in names:
        return True
    return any(_same(claim, gone) for claim in claims(use.text) for gone in lost)


def _same(claim: Claim, other: Claim) -> bool:
    """Whether a sentence states a figure of another, and of the same right."""
    shared = claim.topic & other.topic
    return bool(
        claim.figures & other.figures and len(shared) >= 2 and len(shared) >= SAME_RIGHT * len(claim.topic)
    )


def _edits(before: Mapping[str, Snippet], new: Document) -> Iterator[Edit]:
    after = {entry.snippet.id: entry.snippet.text for entry in entries(new)}
    for name in dict.fromkeys([*before, *after]):
        old, fresh = (
            list(sentences(text))
            for text in (before[name].text if name in before else "", after.get(name, ""))
        )
        gone, came = ([s for s in one if s not in other] for one, other in ((old, fresh), (fresh, old)))
        if gone or came:
            yield Edit(
                snippet=name, before=tuple(gone), after=tuple(came),
                figures_gone=_figures(old, fresh), figures_new=_figures(fresh, old),
            )  # fmt: skip


def _figures(of: Sequence[str], without: Sequence[str]) -> tuple[str, ...]:
    """Figures that one text states and another does not, like `15 day`."""
    here, there = (
        {f"{value} {unit}" for claim in claims("\n".join(lines)) for unit, value in claim.figures}
        for lines in (of, without)
    )
    return tuple(sorted(here - there))
