"""What a customer's own words may support: the restating of their own facts, never anything that we give."""

from datetime import date

from prompts.words import Words, clause
from service.ledger.mention import SENTENCE_END, Mention


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
            return own or _own_measure(mention, text, words)
        case _:
            return own


def _own_measure(mention: Mention, text: str, words: Words) -> bool:
    """A number of things or a measure about the customer; height and weight may stand a clause further on."""
    body = mention.unit in words.tables["body_units"]
    around = clause(text, *mention.span, stops=SENTENCE_END) if body else mention.clause
    inside, wide = text[slice(*mention.clause)], text[slice(*around)]
    told = words.find("own_thing", wide) or (body and words.find("own_fact", wide))
    return told and not words.find("count_matters", inside)


def _told_day(mention: Mention, inside: str, words: Words, today: date) -> bool:
    """A day gone by is the customer's story; one to come is theirs if they are the ones who do something."""
    if not isinstance(mention.low, date):
        return not words.find("grants", inside)
    if mention.low == today and words.find("dated_outcome", inside):  # 今天给您寄 is ours, not their story
        return words.find("own_plan", inside)
    return mention.low <= today or (
        words.find("own_plan", inside) and not words.find("dated_outcome", inside)
    )
