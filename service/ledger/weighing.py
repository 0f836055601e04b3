"""How near two figures are to each other by what is said beside them."""

from collections import Counter
from collections.abc import Iterable, Mapping

from service.ledger.comparing import Closeness, same_heads
from service.ledger.mention import Mention
from service.ledger.source import Source

MATTER = 1.0
"""What a common topic weighs, in pieces of text that only one source has."""
CONTEXT = 0.25
"""What a piece of the same sentence weighs against one of the same clause."""
NAMED = 2
"""A number beside a figure (42码, 108片装) names what the figure belongs to."""
MARGIN = 1.4
MONEY_MARGIN = 3.0
"""By so much a figure that says otherwise must be nearer before it counts against an agreeing one."""


def rarities(known: Iterable[Source]) -> Mapping[str, float]:
    """The weight of every piece of text beside a figure: 1 if one figure has it, less if many do."""
    counts = Counter(piece for source in known for mention in source.mentions for piece in mention.pieces)
    return {piece: 1 / count for piece, count in counts.items()}


def nearness(mine: Mention, theirs: Mention, rarity: Mapping[str, float]) -> float:
    """How much of what is said beside one figure is said beside the other."""
    beside = sum(_weight(piece, rarity) for piece in mine.pieces & theirs.pieces)
    mine_all, theirs_all = mine.pieces | mine.context, theirs.pieces | theirs.context
    around = (mine_all & theirs_all) - (mine.pieces & theirs.pieces)
    return beside + CONTEXT * sum(_weight(piece, rarity) for piece in around)


def _weight(piece: str, rarity: Mapping[str, float]) -> float:
    return rarity.get(piece, 1.0) * (NAMED if piece[0].isdigit() else 1)


def outdone(
    mine: Mention,
    found: Iterable[tuple[Source, Mention, Closeness]],
    against: Iterable[tuple[Source, Mention]],
    rarity: Mapping[str, float],
    *,
    margin: float = MARGIN,
) -> bool:
    """Whether a source that says otherwise is plainly nearer: 五金件质保三年 where that is the frame's."""
    agreeing = [
        nearness(mine, each, rarity) + (MATTER if same_heads(mine, each) else 0)
        for source, each, _ in found
        if each.pieces and source.voice == "policy"
    ]
    if len(agreeing) < len(list(found)):  # an order, a computed fact or an earlier promise says the same
        return False
    rivals = [nearness(mine, each, rarity) + (MATTER if same_heads(mine, each) else 0) for _, each in against]
    named = any(each.places & mine.places for _, each in against)
    if named and not any(each.places for _, each, _ in found):  # 新疆 is not among the other provinces
        return True
    margin = max(margin, MONEY_MARGIN) if mine.kind == "money" else margin
    return max(rivals, default=0) > max(agreeing, default=0) + margin
