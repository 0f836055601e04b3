"""Whether a finished answer is a reply at all: not empty, not refused, in the right language, no leak."""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass

from prompts.answers import AnswerWords
from prompts.template import Template
from service.analysis import Language
from service.edge.leaking import leaks
from service.errors import ModelAnswerUnusable
from service.prompting import Prompt

_ECHO_RUN = 48
"""Characters of the customer's own words in a row that no reply repeats."""
_SHORTEST_JUDGED = 8
"""Letters below which the language of a text is anyone's guess."""
_CHINESE_SHARE = 0.35
"""A Chinese reply has at least this share of Chinese characters, model numbers and brand names included."""
_ENGLISH_SHARE = 0.25
"""An English reply has at most this share: product names, the customer's name."""
_ACTIVE = re.compile(
    r"!?\[[^\]\n]*\]\([^)\n\u2e80-\uffef]+\)|!?\[[^\]\n]*\]\[[^\]\n]*\]"
    r"|<\s*/?\s*[a-z!][^>\n]*>|<\s*[a-z]+[\s/]+[a-z]+\s*="
    r"|(?<![:\w])//[\w-]+(?:\.[\w-]+)+|(?:https?|ftp|javascript|data|file):[^\s，。；！？）]{3,}|\bwww\.[^\s，。；！？）]{3,}",
    re.IGNORECASE,
)
"""Markdown links and images, tags, addresses."""
_OTHER_SCRIPTS = ("HIRAGANA", "KATAKANA", "HANGUL", "CYRILLIC", "ARABIC", "THAI", "HEBREW", "DEVANAGARI")
_OTHER_SHARE = 0.1
_LONG_ENOUGH = 64
"""Letters of a text that is looked at in every disguise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What an answer is held against; made once."""

    words: AnswerWords
    templates: Collection[Template] = ()
    """All whose words must not come back, beside the one that was asked with: a repair's, above all."""
    fold: Callable[[str], str] = lambda text: text
    """Unifies character variants (`rulepacks.folding.fold(text).text`)."""


def require_usable(
    text: str, *, prompt: Prompt, template: Template, language: Language, guard: Guard
) -> None:
    """Returns if the text can be read as a reply.

    Raises ModelAnswerUnusable with `kind` empty, leak, active, echo, refused or wrong_language. Whether
    it is a good reply, and true, is for the checks.
    """
    if not text.strip():
        raise _unusable("is empty", "empty")
    if leaks(text, templates=(template, *guard.templates), canary=prompt.canary, fold=guard.fold):
        raise _unusable("gives away its instructions", "leak")
    if _active(text, prompt):
        raise _unusable("holds a link, an image or markup that no source has", "active")
    if _echoes(text, prompt):
        raise _unusable("repeats what it was sent", "echo")
    if guard.words.refuses(text):
        raise _unusable("declines to answer", "refused")
    if speaks(text) not in (language, None):
        raise _unusable(f"is not in the language of the ticket ({language})", "wrong_language")


def warm(guard: Guard) -> None:
    """Reads every template's own words now; the first answer would else wait for it."""
    leaks("a" * _LONG_ENOUGH, templates=guard.templates, canary="", fold=guard.fold)


def speaks(text: str) -> str | None:
    """`zh`, `en`, `other`, or None if there is too little to say."""
    letters = [each for each in text if each.isalpha()]
    if len(letters) < _SHORTEST_JUDGED:
        return None
    names = [unicodedata.name(each, "") for each in letters if ord(each) > 0x7F]
    if sum(name.startswith(_OTHER_SCRIPTS) for name in names) > _OTHER_SHARE * len(letters):
        return "other"
    chinese = sum("CJK" in name for name in names) / len(letters)
    if chinese >= _CHINESE_SHARE:
        return "zh"
    return "en" if chinese <= _ENGLISH_SHARE else None


def _active(text: str, prompt: Prompt) -> bool:
    """Whether the text holds something that a page could load or run; a shop's own links may be told."""
    return any(
        not any(found[0] in source.text for source in prompt.sources) for found in _ACTIVE.finditer(text)
    )


def _echoes(text: str, prompt: Prompt) -> bool:
    """Whether a long run of the customer's turns comes back, or a line of the prompt's own marking."""
    squeezed = "".join(text.split())
    return any(
        "".join(turn.split())[i : i + _ECHO_RUN] in squeezed
        for turn in prompt.customer_turns
        for i in range(max(0, len("".join(turn.split())) - _ECHO_RUN + 1))
    )


def _unusable(what: str, kind: str) -> ModelAnswerUnusable:
    return ModelAnswerUnusable(f"the model's answer {what}", kind=kind, partial=True)
