"""Other ways to answer: drafts that decide otherwise, and the shop's quick phrases."""

from collections.abc import Sequence

from prompts.playbook import Playbook
from retrieval.snippet import Snippet
from service.draft import Draft
from ui.desk.markup import Html, tag
from ui.desk.saying import Saying


def ways(drafts: Sequence[Draft], offered: Draft | None, titles: Sequence[str], say: Saying) -> Html:
    """Drafts to choose from; the model's, if it came while the agent was typing, first."""
    cards = []
    if offered is not None:
        cards.append(_way("offered", say("desk_models_draft"), offered, say))
    cards += [_way(str(index), titles[index], draft, say) for index, draft in enumerate(drafts)]
    return tag("div", cards, class_="ways") if cards else tag("p", say("desk_no_ways"), class_="empty")


def title_of(decision: str, playbooks: dict[str, Playbook], language: str) -> str:
    """What a decision `intent.id+intent.id` decides, in words."""
    said = []
    for part in decision.split("+"):
        intent, _, name = part.partition(".")
        book = playbooks.get(intent)
        found = next((each for each in book.decisions if each.id == name), None) if book else None
        if found:
            said.append(found.guide.zh if language == "zh" else found.guide.en)
    return " ".join(said) or decision


def phrases(found: Sequence[Snippet], nickname: str | None, say: Saying) -> Html:
    """Quick phrases, ready to be put into the draft."""
    if not found:
        return tag("p", say("desk_no_phrases"), class_="empty")
    rows = []
    for snippet in found:
        text = snippet.text.replace("{nickname}", nickname) if nickname else snippet.text
        rows.append(
            tag("button", tag("b", snippet.heading), tag("span", text), data_do="insert", data_with=text)
        )
    return tag("div", rows, class_="phrases")


def verbs(rewritings: Sequence[str], say: Saying) -> Html:
    """Ways to say the text differently, and room for the last steers, which the browser remembers."""
    buttons = [
        tag("button", say.named("desk_verb", how), data_do="rewrite", data_how=how, class_="verb")
        for how in rewritings
    ]
    return tag(
        "div",
        buttons,
        tag("span", "", id="steers", role="group", aria_label=say("desk_steers")),
        class_="verbs",
    )


def _way(number: str, title: str, draft: Draft, say: Saying) -> Html:
    badge = tag("b", say("block"), class_="badge is-block") if draft.blocked else None
    return tag("button", badge, tag("b", title), tag("span", draft.text), data_do="take", data_way=number)
