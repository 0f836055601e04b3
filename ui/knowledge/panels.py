"""What the knowledge page shows: each panel a pure function from values to markup."""

from collections.abc import Sequence

from retrieval.conflicts import Conflict
from retrieval.gaps import Gap
from retrieval.snippet import Hit
from retrieval.status import Status
from ui.desk.markup import Html, tag
from ui.desk.saying import Saying

CARE = ("expired", "review", "unowned", "unknown_products", "withheld", "upcoming", "warnings")
"""What a manager looks after, the most pressing first."""


def standing(state: Status, say: Saying) -> Html:
    """How much there is, and since when."""
    kinds = [(f"kb_{kind}", str(count)) for kind, count in state.by_kind.items()]
    rows = [
        *kinds,
        ("kb_snippets", str(state.snippets)),
        ("kb_versions", str(state.versions)),
        ("kb_generation", state.generation),
        ("kb_synced", state.last_sync[:16].replace("T", " ")),
    ]
    figures = [tag("div", tag("dt", say(name)), tag("dd", value)) for name, value in rows]
    damage = tag("p", state.damage, class_="note") if state.damage else None
    return tag("div", damage, tag("dl", figures, class_="figures"), class_="sheet")


def care(state: Status, say: Saying) -> Html:
    """What needs somebody's care, by kind; files left out come first, with the reason."""
    left_out = [f"{file}: {why}" for file, why in state.skipped]
    lists = [("skipped", left_out), *((name, list(getattr(state, name))) for name in CARE)]
    cards = [
        tag(
            "section",
            tag("h3", say(f"kb_{name}"), " ", tag("span", str(len(items)), class_="count")),
            tag("ul", [tag("li", item) for item in items]),
            class_="card",
        )
        for name, items in lists
        if items
    ]
    return tag("div", cards, class_="cards") if cards else tag("p", say("kb_all_well"), class_="empty")


def found(hits: Sequence[Hit], say: Saying) -> Html:
    """What a search found, and why."""
    if not hits:
        return tag("p", say("kb_nothing"), class_="empty")
    rows = [
        tag(
            "li",
            tag("h3", hit.snippet.heading, " ", tag("code", hit.snippet.key)),
            tag("p", hit.snippet.text),
            tag("small", say.validity(hit.snippet), " · ", say("kb_why", why=hit.why)),
            class_="card",
        )
        for hit in hits
    ]
    return tag("ol", rows, class_="cards")


def conflicts(pairs: Sequence[Conflict], say: Saying) -> Html:
    """Pairs of sentences in force that give different figures for what seems one right."""
    if not pairs:
        return tag("p", say("kb_no_conflicts"), class_="empty")
    rows = [
        tag(
            "li",
            tag("h3", " ↔ ".join(each.figures)),
            [
                tag("p", sentence, tag("br"), tag("code", snippet.key))
                for snippet, sentence in ((each.one, each.one_sentence), (each.other, each.other_sentence))
            ],
            class_="card",
        )
        for each in pairs
    ]
    return tag("ul", rows, class_="cards")


def gaps(missing: Sequence[Gap], asked: int, say: Saying) -> Html:
    """What customers asked and the knowledge does not answer, the commonest first."""
    if not missing:
        return tag("p", say("kb_no_gaps" if asked else "kb_no_questions"), class_="empty")
    rows = [
        tag(
            "li",
            tag("h3", say("kb_asked", count=each.count)),
            [tag("p", question) for question in each.questions],
            tag("small", say("kb_nearest"), " ", tag("code", each.nearest or "—")),
            class_="card",
        )
        for each in missing
    ]
    return tag("ul", rows, class_="cards")
