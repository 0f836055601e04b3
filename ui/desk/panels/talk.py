"""The conversation, as bubbles; the turns to answer stand out and any other can be chosen instead."""

from datetime import timedelta

from service.ticket import Ticket
from ui.desk.markup import Html, tag
from ui.desk.saying import Saying

SAME_BREATH = timedelta(minutes=5)
"""Within it, the same speaker's next message needs no name and time."""


def talk(ticket: Ticket, say: Saying) -> Html:
    """Every turn of a ticket."""
    burst = set(ticket.burst)
    bubbles = [_bubble(ticket, index, index in burst, say) for index in range(len(ticket.conversation))]
    if ticket.trigger:
        bubbles.append(tag("p", say(f"desk_{ticket.trigger.kind}"), " ", ticket.trigger.note, class_="note"))
    return tag(
        "div",
        tag("div", tag("h2", ticket.nickname or say("customer")), _level(ticket), class_="head"),
        tag("div", bubbles, class_="bubbles", tabindex="0", role="log", aria_label=say("desk_conversation")),
        tag(
            "div",
            tag(
                "input",
                type="text",
                name="heard",
                placeholder=say("desk_heard_hint"),
                maxlength=2000,
                aria_label=say("desk_heard_hint"),
            ),
            tag("button", say("desk_heard"), data_do="hear", class_="go"),
            class_="heard",
        ),
        class_="talk",
        data_ticket=ticket.id,
    )


def _level(ticket: Ticket) -> Html | None:
    people = (ticket.customer, ticket.order.customer if ticket.order else None)
    level = next((each.member_level for each in people if each and each.member_level), None)
    return tag("span", level, class_="level") if level else None


def _bubble(ticket: Ticket, index: int, answered: bool, say: Saying) -> Html:
    turn = ticket.conversation[index]
    choose = (
        tag("button", say("desk_answer_this"), class_="choose", data_do="answer", data_index=index)
        if turn.role == "customer" and not answered
        else None
    )
    who = None if _goes_on(ticket, index) else (say(turn.role), " ", tag("time", say.time(turn.at)))
    meta = tag("span", who, choose, class_="meta") if who or choose else None
    kind = f"turn {turn.role}" + (" answered" if answered else "")
    return tag("div", meta, tag("p", turn.text), class_=kind)


def _goes_on(ticket: Ticket, index: int) -> bool:
    """Whether the same person goes on speaking at once."""
    if index == 0:
        return False
    before, turn = ticket.conversation[index - 1], ticket.conversation[index]
    if before.role != turn.role:
        return False
    return not (before.at and turn.at) or turn.at - before.at < SAME_BREATH
