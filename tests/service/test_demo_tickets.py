"""The demo tickets: three for the terminal and a queue for the agent's page, all about the demo shop."""

import json
from pathlib import Path

import pytest

import retrieval
import service
from service.ticket import Ticket, read_ticket

FOLDER = Path(service.__file__).parent / "demo_tickets"
OPENERS = ("1-presale", "2-late-parcel", "3-broken-and-missing")
ORDERS = Path(retrieval.__file__).parent / "shops" / "demo" / "orders.json"
FILES = sorted(FOLDER.rglob("*.json"))
QUEUE_SIZE = 24


def load(path: Path) -> Ticket:
    return read_ticket(path.read_text(encoding="utf-8"), where=path.name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_demo_ticket_can_be_read_and_is_about_the_demo_shop(path: Path) -> None:
    ticket = load(path)
    assert ticket.shop == "demo"
    assert ticket.id == f"demo-{path.stem}"
    assert ticket.nickname or ticket.order is None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_inlined_order_is_the_one_the_shop_knows(path: Path) -> None:
    known = {record["order_id"]: record for record in json.loads(ORDERS.read_text(encoding="utf-8"))}
    order = json.loads(path.read_text(encoding="utf-8")).get("order")
    assert order is None or order == known[order["order_id"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_conversation_runs_forward_and_ends_before_the_ticket_clock(path: Path) -> None:
    ticket = load(path)
    times = [turn.at for turn in ticket.conversation if turn.at]
    assert len(times) == len(ticket.conversation)
    assert times == sorted(times)
    assert all(at <= ticket.now for at in times)
    if ticket.order:
        assert all(event.at <= ticket.now for event in ticket.order.tracking if event.at)


def test_the_three_tickets_of_the_demo_command_are_there() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(OPENERS)
    presale, late, broken = (load(FOLDER / f"{name}.json") for name in OPENERS)
    assert presale.order is None and any(turn.role == "agent" for turn in presale.conversation)
    assert late.order and late.order.status == "shipped" and late.order.promises_made
    assert broken.order and len(broken.burst) >= 4


def test_the_queue_is_full_of_different_customers() -> None:
    queue = [load(path) for path in sorted((FOLDER / "queue").glob("*.json"))]
    assert len(queue) == QUEUE_SIZE
    names = [ticket.nickname for ticket in queue]
    assert len(set(names)) == len(names)
    assert len({ticket.id for ticket in queue}) == len(queue)
    assert {"proactive_cart", "proactive_followup"} == {t.trigger.kind for t in queue if t.trigger}


def test_two_customers_of_the_queue_write_english() -> None:
    queue = [load(path) for path in (FOLDER / "queue").glob("*.json")]
    english = [t for t in queue if t.question and not any("\u4e00" <= c <= "\u9fff" for c in t.question)]
    assert len(english) == 2
