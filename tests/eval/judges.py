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


def ragas_judge(messages: Messages) -> str:
    """Answers every ragas prompt in its shape, and finds half of what it is shown supported."""
    text = user_text(messages)
    shape = text.partition("键名和类型如下：\n")[2].partition("\n")[0]
    asked = json.loads(text.rpartition("输入：")[2].rpartition("输出：")[0])
    if '{"claims"' in shape:
        answer: object = {"claims": [asked["response"]]}
    elif "statements" in asked:
        verdicts = [
            {"statement": one, "reason": "看资料", "verdict": at % 2}
            for at, one in enumerate(asked["statements"])
        ]
        answer = {"statements": verdicts}
    elif '{"statements"' in shape:
        answer = {"statements": [one for one in asked["answer"].split("。") if one]}
    elif '{"classifications"' in shape:
        answer = {"classifications": [{"statement": asked["answer"], "reason": "有", "attributed": 1}]}
    elif '{"question"' in shape:
        answer = {"question": "什么时候能退款", "noncommittal": 0}
    elif '{"feedback"' in shape:
        answer = {"feedback": "清楚", "score": 4}
    else:
        answer = {"reason": "有用", "verdict": 1}
    return json.dumps(answer, ensure_ascii=False)


def _verdict(verdict: str) -> str:
    return json.dumps({"critique": "看了原话", "quote": "", "verdict": verdict}, ensure_ascii=False)


JUDGES = {
    "reading-judge": reading_judge,
    "obeying-judge": obeying_judge,
    "first-judge": first_judge,
    "ragas-judge": ragas_judge,
}


def install() -> None:
    """Makes them known to the model server."""
    WRITERS.update(JUDGES)
