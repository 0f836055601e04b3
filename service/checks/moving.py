"""Does the reply move the case: next step, time, choices, every issue, no question twice."""

from collections.abc import Iterator

from prompts.patterns import Wording
from prompts.words import clause
from service.analysis import Issue
from service.checks.fixing import clause_of
from service.checks.manner import minutes
from service.checks.view import View
from service.draft import Finding, Fix

SENTENCE_END = "。;!?\n"
SHARED_PIECES = 2
"""Two-character pieces of an issue's words that show the reply takes it up."""


def no_next_step(view: View) -> Iterator[Finding]:
    """Nothing that anybody is going to do."""
    says_something = (
        view.ledger.proofs or view.ledger.rights or view.words.find("next_step", view.folded.text)
    )
    only_soothes = not says_something and view.words.find("soothing", view.folded.text)
    if _needs_action(view) and only_soothes:
        fix = _appended(view, "fix_no_next_step")
        yield view.finding("no_next_step", _last_sentence(view), says="no_next_step", fix=fix)


def no_time(view: View) -> Iterator[Finding]:
    """Something will be done, but nobody says when."""
    text = view.folded.text
    waits_for_answer = text.rstrip(" ~").endswith("?")
    if not _needs_action(view) or waits_for_answer or view.words.find("stated_time", text):
        return
    steps = [
        span
        for span in view.words.spans("future_step", text)
        if not view.words.find("conditional", text[slice(*clause(text, *span))])
    ]
    if steps:
        fix = _appended(view, "fix_no_time")
        yield view.finding("no_time", view.original(*steps[-1]), says="no_time", fix=fix)


def no_options(view: View) -> Iterator[Finding]:
    """A refusal without a way on."""
    text = view.folded.text
    refusals = view.words.spans("declines", text) if _needs_action(view) or _refusable(view) else []
    if refusals and not any(view.words.find(name, text) for name in ("options", "next_step")):
        fix = _appended(view, "fix_no_options")
        yield view.finding("no_options", view.original(*refusals[0]), says="no_options", fix=fix)


def missed_issue(view: View) -> Iterator[Finding]:
    """One of several issues that the reply does not take up."""
    matters = view.words.tables["matters"]
    issues = [issue for issue in view.case.analysis.issues if issue.intent in matters]
    answered = [issue for issue in issues if _answered(view, issue)]
    done = {matters[issue.intent] for issue in answered}
    for issue in issues if answered else ():
        apart = all(issue.span[1] <= one.span[0] or one.span[1] <= issue.span[0] for one in answered)
        if apart and matters[issue.intent] not in done:
            done.add(matters[issue.intent])
            name = view.words.tables["intent_names"].get(issue.intent, issue.intent)
            asked = issue.text.strip()
            issue_name = Wording(zh=asked or name, en=asked or issue.intent.replace("_", " "))
            fix = _appended(view, "fix_missed_issue", issue=issue_name.get(view.own))
            blanks = {"issue": issue_name}
            yield view.finding(
                "missed_issue", _last_sentence(view), says="missed_issue", blanks=blanks, fix=fix
            )


def _answered(view: View, issue: Issue) -> bool:
    text, asked = view.folded.text, issue.text
    pattern = f"answers.{issue.intent}"
    if pattern in view.words.patterns and view.words.find(pattern, text):
        return True
    plain = view.packs.folding.fold(asked).text
    pieces = {
        plain[i : i + 2] for i in range(len(plain) - 1) if plain[i] > "\u2e7f" and plain[i + 1] > "\u2e7f"
    }
    return sum(piece in text for piece in pieces) >= SHARED_PIECES


def re_asks(view: View) -> Iterator[Finding]:
    """A question whose answer is in the chat or on the order card."""
    text, seen = view.folded.text, set[str]()
    for start, end, slot in view.words.scan("ask", text):
        left, right = clause(text, start, end)
        inside = text[left : right + 1]
        around = text[slice(*clause(text, start, end, stops=SENTENCE_END))]
        asks = view.words.find("asking", inside) and not view.words.find("asks_conditionally", around)
        if slot not in seen and asks and _known(view, slot):
            seen.add(slot)
            tables, span = view.words.tables, view.original(left, right)
            name = Wording(zh=tables["slot_names"][slot], en=tables["slot_names_en"][slot])
            fix = Fix(replacement="", safe=True, span=clause_of(view.text, span, whole=True))
            yield view.finding("re_asks", span, says="re_asks", blanks={"slot": name}, fix=fix)


def _known(view: View, slot: str) -> bool:
    ticket, order = view.case.ticket, view.case.ticket.order
    said = "\n".join(
        view.packs.folding.fold(t.text).text for t in ticket.conversation if t.role == "customer"
    )
    if order is not None:
        shown = {
            "order_no": True,
            "tracking_no": order.tracking_no
            and "tracking_no" not in view.case.analysis.missing
            and not _returns(view),
            "product": len(order.items) == 1 and order.items[0].name,
            "delivered": order.delivered_at is not None or order.paid_at is not None,
        }
        if shown.get(slot):
            return True
    pattern = f"gave.{slot}"
    return pattern in view.words.patterns and view.words.find(pattern, said)


def _returns(view: View) -> bool:
    """Whether a parcel comes back, whose number only the customer knows."""
    order = view.case.ticket.order
    return order is not None and order.status in {"returning", "refunding", "delivered"}


def _needs_action(view: View) -> bool:
    intents = set(view.case.analysis.intents)
    return bool(intents & view.words.tables["action_intents"].keys())


def _refusable(view: View) -> bool:
    """Whether the customer wants something that may have to be declined."""
    return bool(set(view.case.analysis.intents) & {"unreasonable", "price_objection"})


def _appended(view: View, says: str, **blanks: str) -> Fix:
    """A sentence put at the end of the text."""
    end = len(view.text.rstrip())
    return view.fix(says, (end, end), blanks={"minutes": minutes(view), **blanks})


def _last_sentence(view: View) -> tuple[int, int]:
    text = view.folded.text.rstrip()
    if not text:
        return 0, 0
    left, _ = clause(text.rstrip(SENTENCE_END + "~ "), len(text) - 2, len(text) - 1, stops=SENTENCE_END)
    return view.original(max(0, min(left, len(text) - 1)), len(text))
