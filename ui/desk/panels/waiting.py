"""The queue: who waits, for what, and how long already."""

from retrieval.shop import ServiceLevels
from ui.desk.markup import Html, tag
from ui.desk.saying import Saying
from ui.desk.sitting import Sitting, Work

LINE_CHARS = 40


def waiting(sitting: Sitting, levels: ServiceLevels, say: Saying) -> Html:
    """The open conversations in the order of their reply clocks."""
    queue = sitting.queue()
    done = len(sitting.works) - len(queue)
    return tag(
        "div",
        tag(
            "div",
            tag("h2", say("desk_queue")),
            tag("span", str(len(queue)), class_="count"),
            tag("span", say("desk_done", count=done), class_="quiet") if done else None,
            class_="head",
        ),
        tag(
            "nav",
            [_item(sitting, work, levels, say) for work in queue],
            class_="items",
            aria_label=say("desk_queue"),
        )
        if queue
        else tag("p", say("desk_queue_empty"), class_="empty"),
        [tag("i", data_finished=work.ticket.id) for work in sitting.works.values() if work.outcome],
        class_="waiting",
    )


def _item(sitting: Sitting, work: Work, levels: ServiceLevels, say: Saying) -> Html:
    ticket = work.ticket
    name = ticket.nickname or say("desk_pasted" if work.pasted else "customer")
    last = ticket.conversation[ticket.burst[-1]].text if ticket.burst else _note(work, say)
    return tag(
        "button",
        tag("span", tag("b", name), _clock(sitting, work, levels, say), class_="top"),
        tag("span", " ".join(last.split())[: 2 * LINE_CHARS], class_="line"),
        class_="item" + (" current" if ticket.id == sitting.current else ""),
        data_do="open",
        data_ticket=ticket.id,
        aria_current="true" if ticket.id == sitting.current else None,
        title=name,
    )


def _note(work: Work, say: Saying) -> str:
    return (
        work.ticket.trigger.note if work.ticket.trigger and work.ticket.trigger.note else say("desk_outreach")
    )


def _clock(sitting: Sitting, work: Work, levels: ServiceLevels, say: Saying) -> Html:
    waited = sitting.waited_s(work)
    if waited is None:
        return tag("span", say("desk_outreach"), class_="clock calm")
    return tag(
        "span",
        "",
        class_="clock",
        data_waited=round(waited),
        data_first=levels.first_reply_s,
        data_limit=levels.reply_limit_s,
        data_over=say("desk_over"),
        title=say("desk_clock", first=levels.first_reply_s, limit=levels.reply_limit_s),
    )
