"""What really must be asked: slots a playbook wants that neither the chat nor the order card gives."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from prompts.lexicon import Lexicon
from service.analysis import Mentioned
from service.ticket import Ticket


class Asking(Protocol):
    """What understanding needs of a playbook: the slots it asks for."""

    @property
    def ask(self) -> tuple[str, ...]: ...


def missing(
    ticket: Ticket,
    *,
    intents: Sequence[str],
    said: str,
    facts: Sequence[Mentioned],
    playbooks: Mapping[str, Asking],
    lexicon: Lexicon,
) -> tuple[str, ...]:
    """Slots to ask for, in the order of the issues; `said` is all the customer wrote, folded."""
    wanted = dict.fromkeys(
        slot for intent in intents if intent in playbooks for slot in playbooks[intent].ask
    )
    kinds: set[str] = {fact.kind for fact in facts}
    return tuple(slot for slot in wanted if not _given(slot, ticket, said, kinds, lexicon))


def _given(slot: str, ticket: Ticket, said: str, kinds: set[str], lexicon: Lexicon) -> bool:
    if _on_card(slot, ticket):
        return True
    entry = lexicon.slots.get(slot)
    return entry is not None and (bool(set(entry.kinds) & kinds) or entry.given.within(said))


def _on_card(slot: str, ticket: Ticket) -> bool:
    order = ticket.order
    if order is None:
        return False
    if slot == "tracking_no":
        return bool(order.tracking_no)
    if slot == "quantity":
        return bool(order.items)
    return slot == "order_no" or (slot == "product" and len(order.items) == 1)
