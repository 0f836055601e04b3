"""Reading tickets: what is strict, and how a mistake is told."""

import pytest

from service.errors import BadTicket
from service.ticket import Ticket, read_ticket

NOW = "2026-11-12T20:15:00+08:00"


def ticket(*turns: tuple[str, str], **more: object) -> Ticket:
    conversation = [{"role": role, "text": text} for role, text in turns]
    return read_ticket({"id": "t", "now": NOW, "conversation": conversation, **more})


def test_the_burst_is_the_last_run_of_customer_turns() -> None:
    read = ticket(
        ("customer", "在吗"), ("agent", "在的"), ("customer", "快递呢"), ("customer", "急"), ("agent", "稍等")
    )
    assert read.burst == (2, 3)
    assert read.question == "快递呢\n急"


def test_answer_to_chooses_an_earlier_burst() -> None:
    read = ticket(("customer", "在吗"), ("agent", "在的"), ("customer", "快递呢"), answer_to=0)
    assert read.question == "在吗"


def test_the_order_names_the_customer_when_the_ticket_does_not() -> None:
    order = {"order_id": "A1", "status": "paid", "customer": {"nickname": "小满"}}
    assert ticket(("customer", "在吗"), order=order).nickname == "小满"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{", "ticket: document: Invalid JSON"),
        ("[]", "ticket: document: Input should be an object"),
        ({"id": "t", "conversation": []}, "ticket: now: Field required"),
        (
            {"id": "t", "now": "2026-11-12 20:15", "conversation": []},
            "ticket: now: Input should have timezone",
        ),
        ({"id": "t", "now": NOW, "colour": "red"}, "ticket: colour: Extra inputs are not permitted"),
        (
            {"id": "t", "now": NOW, "conversation": [{"role": "bot", "text": "x"}]},
            "ticket: conversation.0.role: Input should be 'customer' or 'agent'",
        ),
        ({"id": "t", "now": NOW, "conversation": []}, "ticket: conversation: nothing to answer"),
        (
            {"id": "t", "now": NOW, "conversation": [{"role": "customer", "text": " \n"}]},
            "ticket: conversation: nothing to answer",
        ),
        (
            {"id": "t", "now": NOW, "answer_to": 3, "conversation": [{"role": "customer", "text": "x"}]},
            "ticket: answer_to: 3 is not the index of a customer turn",
        ),
        (
            {"id": "t", "now": NOW, "conversation": [{"role": "customer", "text": "长" * 20_001}]},
            "ticket: conversation.0.text: String should have at most 20000 characters",
        ),
    ],
)
def test_a_mistake_is_one_line_that_names_the_field(given: object, said: str) -> None:
    with pytest.raises(BadTicket) as caught:
        read_ticket(given)  # type: ignore[arg-type]
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_trigger_needs_no_conversation() -> None:
    assert ticket(trigger={"kind": "proactive_cart", "note": "D101"}).burst == ()
