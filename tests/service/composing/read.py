"""Reading drafts: `python -m tests.service.composing.read SHOP_DIR TICKETS.jsonl`."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from prompts.library import Library, load_library
from retrieval.knowledge import Knowledge
from retrieval.order import Order
from retrieval.sync import sync
from service.case import Case
from service.composing import Composition, compose
from service.preparing import prepare
from service.ticket import Ticket, read_ticket


def tickets(path: Path, orders: dict[str, Order]) -> Iterator[Ticket]:
    """The tickets of a file; `text` and `order_id` stand for a whole conversation and order."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            yield ticket_of(json.loads(line), orders, number=number)


def ticket_of(data: dict[str, Any], orders: dict[str, Order], *, number: int = 1) -> Ticket:
    """A ticket from its short form."""
    data = {"id": f"t{number}", "now": "2026-11-12T20:15:00+08:00", **data}
    if "text" in data:
        data["conversation"] = [
            *data.get("conversation", []),
            {"role": "customer", "text": data.pop("text")},
        ]
    order_id = data.pop("order_id", None)
    if order_id:
        data["order"] = json.loads(orders[order_id].model_dump_json())
    return read_ticket(data)


def draft(
    ticket: Ticket, knowledge: Knowledge, library: Library, *, candidate: int = 0
) -> tuple[Case, Composition]:
    """A ticket's case and composition."""
    case = prepare(ticket, knowledge=knowledge, library=library)
    return case, compose(
        case, playbooks=library.playbooks, phrasebook=library.phrasebook, candidate=candidate
    )


def open_shop(folder: Path, home: Path) -> Knowledge:
    """A shop folder, synced and opened."""
    sync(folder, home)
    return Knowledge.open(home, folder.name)


def main(arguments: list[str]) -> None:
    """Prints every ticket of a file with its draft."""
    folder, path = Path(arguments[0]), Path(arguments[1])
    library = load_library()
    home = Path(tempfile.mkdtemp())
    knowledge = open_shop(folder, home)
    write = sys.stdout.write
    for ticket in tickets(path, dict(knowledge.orders)):
        start = perf_counter()
        case, made = draft(ticket, knowledge, library)
        took = (perf_counter() - start) * 1000
        analysis = case.analysis
        write(f"\n=== {ticket.id} [{', '.join(analysis.intents)}] {analysis.emotion}{analysis.strength}")
        write(f" {' '.join(analysis.risks)}{' ESC' if analysis.escalation.needed else ''}")
        write(f" order={ticket.order.status if ticket.order else '-'} {took:.0f} ms {len(made.text)} chars\n")
        write("> " + ticket.question.replace("\n", "\n> ") + "\n" + made.text + "\n")
        write(f"  ({made.decision}; {', '.join(dict.fromkeys(c.snippet for c in made.citations))})\n")
        if made.handover:
            write("  " + made.handover.replace("\n", "\n  ") + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
