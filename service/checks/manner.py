"""Warmth, length and tone: what a reply owes to how the customer feels (P07, P09, P14)."""

from collections.abc import Iterator

from service.checks.view import View
from service.draft import Finding, Fix

UPSET = frozenset({"anxious", "disappointed", "angry", "distressed"})
STRONG = 2
CURT_CHARS = 6
"""A whole reply this short is curt, unless it only greets."""
ENGLISH_FACTOR = 3
"""Characters of English that say what one of Chinese does."""
STRUCTURED_FACTOR = 1.5
"""A numbered reply may be this much longer."""


def no_empathy(view: View) -> Iterator[Finding]:
    """Strong emotion that the reply does not answer."""
    analysis = view.case.analysis
    upset = analysis.emotion in UPSET and analysis.strength >= STRONG
    if upset and not view.words.find("empathy", view.folded.text):
        whole = _whole(view)
        start = whole[0]
        fix = view.fix("fix_no_empathy", (start, start), safe=True)
        yield view.finding("no_empathy", whole, says="no_empathy", fix=fix)


def cold(view: View) -> Iterator[Finding]:
    """A whole reply of two or three words."""
    size = len("".join(view.folded.text.split()))
    limit = CURT_CHARS * (ENGLISH_FACTOR if view.english else 1)
    asked = len(view.case.ticket.question)
    if 0 < size <= limit < asked and not view.words.find("greets", view.folded.text):
        yield view.finding(
            "cold", _whole(view), says="cold", fix=view.fix("fix_cold", blanks={"minutes": minutes(view)})
        )


def too_long(view: View) -> Iterator[Finding]:
    """A wall of text for a chat."""
    text = view.text.strip()
    limit = float(view.case.shop.service_levels.chat_max_chars)
    limit *= ENGLISH_FACTOR if view.english else 1
    if view.words.find("numbered", view.folded.text):
        limit *= STRUCTURED_FACTOR
    if len(text) > limit and view.case.ticket.channel != "email":
        yield view.finding(
            "too_long",
            _whole(view),
            says="too_long",
            blanks={"length": str(len(text)), "limit": str(int(limit))},
        )


def unfit_tone(view: View) -> Iterator[Finding]:
    """Emoji where the customer is upset or complains."""
    if not in_trouble(view) or "praise" in view.case.analysis.intents:
        return
    for start, end in view.words.spans("emoji", view.folded.text):
        fix = Fix(replacement="", safe=True)
        yield view.finding("unfit_tone", view.original(start, end), says="unfit_tone", fix=fix)


def in_trouble(view: View) -> bool:
    """Whether the customer is upset, complains, or something went wrong."""
    analysis = view.case.analysis
    upset = analysis.emotion in UPSET and analysis.strength >= 1
    grave = set(analysis.intents) & view.words.tables["grave_intents"].keys()
    return upset or bool(analysis.risks) or bool(grave)


def minutes(view: View) -> str:
    """After how many minutes this shop comes back to a customer."""
    return str(view.case.shop.service_levels.verify_back_min)


def _whole(view: View) -> tuple[int, int]:
    start = len(view.text) - len(view.text.lstrip())
    return start, len(view.text.rstrip()) or len(view.text)
