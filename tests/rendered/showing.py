"""Renders the kept cases."""

from pathlib import Path

from prompts.taxonomy import load_taxonomy
from prompts.template import find, load_templates
from service.prompting import reply_messages
from tests.rendered.cases import CASES, PLAYBOOKS


def path_of(name: str) -> Path:
    """Where a case's prompt is kept."""
    return Path(__file__).parent / f"{name}.txt"


def shown(name: str) -> str:
    """A case's prompt as text: every message under its role."""
    case = CASES[name]
    template = find(
        load_templates(), "outreach@1" if case.ticket.trigger else "reply@1", case.analysis.language
    )
    prompt = reply_messages(
        case, template=template, playbooks=PLAYBOOKS, taxonomy=load_taxonomy(), canary="WL-CANARY"
    )
    messages = "\n\n".join(f"=== {message.role}\n{message.text}" for message in prompt.messages)
    sources = ", ".join(snippet.key for snippet in prompt.sources) or "none"
    return f"{template.key} · {prompt.tokens} tokens · sources: {sources}\n\n{messages}\n"
