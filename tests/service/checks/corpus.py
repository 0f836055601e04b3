"""Labelled drafts, read from data files, each with the case it was written for."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from prompts.library import Library, load_library
from retrieval.shop import Authority, Shop
from retrieval.snippet import Snippet
from service.case import Case
from service.preparing import prepare_given
from service.ticket import read_ticket

DATA = Path(__file__).parent / "data"
ROLES = {"agent": 30, "lead": 100, "supervisor": 500}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A finding that must be made: any of the types, near the quote."""

    types: frozenset[str]
    span: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One draft with its case and labels; none: a clean draft."""

    id: str
    text: str
    case: Case
    labels: tuple[Label, ...]


@cache
def library() -> Library:
    """The shipped words, loaded once for all tests."""
    return load_library()


def labelled(half: str) -> Iterator[Labelled]:
    """The drafts of `dev` or `gate`."""
    path = DATA / f"{half}.yaml"
    if not path.exists():
        return
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for index, draft in enumerate(data["drafts"]):
        world = data["worlds"][draft["w"]]
        yield Labelled(
            id=f"{half}-{draft['w']}-{index}",
            text=draft["t"],
            case=case_of(world, draft),
            labels=tuple(_label(draft["t"], types, quote) for types, quote in (draft.get("f") or {}).items()),
        )


def case_of(world: dict[str, Any], draft: dict[str, Any]) -> Case:
    """The case of a draft: the world's sources, the draft's own question if it has one."""
    said = draft.get("chat") or [{"role": "customer", "text": draft.get("say", world["said"])}]
    order = None if draft.get("say") and not draft.get("order") else world.get("order")
    if order and draft.get("order"):
        order = order | draft["order"] if isinstance(draft["order"], dict) else order
    ticket = read_ticket(
        {"id": "t", "shop": "s", "now": draft.get("now", world["now"]), "conversation": said, "order": order}
    )
    return given(ticket, world["snippets"] | draft.get("snippets", {}))


def given(ticket: Any, snippets: dict[str, str]) -> Case:
    """A case whose only sources are these snippets."""
    shop = Shop(id="s", authority={name: Authority(compensation_max=Decimal(x)) for name, x in ROLES.items()})
    found = [Snippet(id=name, text=text, kind="policy", shop="s") for name, text in snippets.items()]
    return prepare_given(ticket, snippets=found, shop=shop, library=library(), role="agent")


def _label(text: str, types: str, quote: str) -> Label:
    at = text.find(quote) if quote else -1
    if quote and at < 0:
        raise ValueError(f"label {quote!r} does not stand in {text!r}")
    return Label(types=frozenset(types.split("|")), span=(at, at + len(quote)) if quote else None)
