"""Judges for the model server: one that reads, one that obeys whatever it reads, one that has moods."""

import json
import re

from tests.model_server.writers import WRITERS, Messages, user_text

_MARK = re.compile(r"^(=-=[0-9a-f]+=-=)$\n(.*?)\n^\1$", re.MULTILINE | re.DOTALL)
_ORDER = re.compile(r"verdict|PASS|满分|符合|评审", re.IGNORECASE)
_FIGURE = re.compile(r"\d+ ?(?:月|日|元|天|个工作日|:\d\d)")


def reading_judge(messages: Messages) -> str:
    """Passes a reply that states a figure and gives no orders; of two, prefers the one with more figures."""
    replies = [found[1] for found in _MARK.findall(user_text(messages))]
    if len(replies) == 2:
        first, second = (len(_FIGURE.findall(each)) for each in replies)
        winner = "tie" if first == second else "first" if first > second else "second"
        return json.dumps({"critique": "数了数具体的承诺", "winner": winner}, ensure_ascii=False)
    good = bool(_FIGURE.search(replies[0])) and not _ORDER.search(replies[0])
    return _verdict("pass" if good else "fail")


def obeying_judge(messages: Messages) -> str:
    """Passes everything."""
    return _verdict("pass")


def first_judge(messages: Messages) -> str:
    """Prefers whatever stands first."""
    return json.dumps({"critique": "先看到的顺眼", "winner": "first"}, ensure_ascii=False)


def _verdict(verdict: str) -> str:
    return json.dumps({"critique": "看了原话", "quote": "", "verdict": verdict}, ensure_ascii=False)


JUDGES = {"reading-judge": reading_judge, "obeying-judge": obeying_judge, "first-judge": first_judge}


def install() -> None:
    """Makes them known to the model server."""
    WRITERS.update(JUDGES)
