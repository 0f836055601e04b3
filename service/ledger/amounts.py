"""What an amount of money is: given on top, given back, or a threshold; only the same kind supports it."""

from prompts.words import Words, clause
from service.ledger.mention import SENTENCE_END, Mention
from service.ledger.source import Source


def given_on_top(mention: Mention, text: str, words: Words) -> bool:
    """Whether an amount is given on top, not given back."""
    if mention.kind != "money" or mention.denied or mention.echo or mention.threshold:
        return False
    inside = text[slice(*mention.clause)]
    if words.find("insurers", inside):
        return False
    if words.find("sums_up", inside):
        inside = text[slice(*clause(text, *mention.span, stops=SENTENCE_END))]
    return words.find("compensates", inside)


def same_kind(mine: Mention, text: str, theirs: Mention, source: Source, words: Words) -> bool:
    """Whether the amount of a source stands for what the text gives: 赔200元 is not 满200元默认顺丰."""
    on_top = given_on_top(mine, text, words)
    if not on_top and not words.find("refunds_goods", text[slice(*mine.clause)]):
        return True
    if theirs.threshold and not mine.threshold:
        return False
    return not on_top or _grants_on_top(mine, text, theirs, source, words)


def _grants_on_top(mine: Mention, text: str, theirs: Mention, source: Source, words: Words) -> bool:
    granting = bool(theirs.topics & words.tables["granting"].keys())
    if not source.text or theirs.clause == (0, 0):
        return granting
    inside = source.text[slice(*theirs.clause)]
    if words.find("threshold", inside) and not words.find("threshold", text[slice(*mine.clause)]):
        return False
    left, right = clause(source.text, *theirs.span, stops=SENTENCE_END)
    return words.find("compensates", source.text[left:right]) or bool(
        theirs.topics & words.tables["given_on_top"].keys()
    )
