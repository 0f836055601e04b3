"""What a customer's own words may support: the restating of their own facts, never anything that we give."""

from datetime import date

from prompts.rulepack import Words
from service.ledger.mention import Mention


def restates(mention: Mention, text: str, words: Words, today: date) -> bool:
    """Whether a figure only repeats what the customer told of themselves, so that it promises nothing."""
    if mention.echo or mention.denied or mention.elapsed:
        return True
    inside = text[slice(*mention.clause)]
    if mention.kind == "date":
        return _told_day(mention, inside, words, today)
    if words.find("grants", inside) or (mention.topics and not mention.vague and mention.kind == "duration"):
        return False
    own = words.find("own_fact", inside)
    match mention.kind:
        case "money":
            return words.find("own_amount", inside)
        case "quantity":
            return own or (words.find("own_thing", inside) and not words.find("count_matters", inside))
        case _:
            return own


def _told_day(mention: Mention, inside: str, words: Words, today: date) -> bool:
    """A day gone by is the customer's story; one to come is theirs if they are the ones who do something."""
    if not isinstance(mention.low, date):
        return not words.find("grants", inside)
    return mention.low <= today or (
        words.find("own_plan", inside) and not words.find("dated_outcome", inside)
    )
