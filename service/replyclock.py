"""How long a model may take before the customer's reply is due: the shop's clock, not the model's."""

from service.case import Case

READ_S = 10.0
"""Seconds the agent keeps for reading and sending."""
SHORTEST_S = 4.0
"""A model that is asked at all gets this long."""


def reply_left_s(case: Case) -> float | None:
    """Seconds for a model until the next of the shop's limits on a reply is near (P35).

    None where no clock runs: nobody said when the customer wrote, or every limit is over already, and the
    instant draft on the screen is all that could still be on time.
    """
    at = [case.ticket.conversation[index].at for index in case.ticket.burst]
    first = next((each for each in at if each), None)
    if first is None:
        return None
    waited_s = max(0.0, (case.ticket.now - first).total_seconds())
    levels = case.shop.service_levels
    for limit_s in sorted((levels.first_reply_s, levels.reply_limit_s)):
        if waited_s + SHORTEST_S + READ_S <= limit_s:
            return limit_s - waited_s - READ_S
    return None
