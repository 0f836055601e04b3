"""Everything the prompts room keeps in files, loaded and checked once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prompts.answers import AnswerWords, load_answer_words
from prompts.lexicon import Lexicon, load_lexicon
from prompts.phrasebook import Phrasebook, load_phrasebook
from prompts.playbook import Playbook, load_playbooks
from prompts.rulepack import RulePacks, load_rulepacks
from prompts.taxonomy import Taxonomy, load_taxonomy
from prompts.template import Template, load_templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The words of the shop's craft, as the service uses them."""

    lexicon: Lexicon
    playbooks: Mapping[str, Playbook]
    phrasebook: Phrasebook
    rulepacks: RulePacks
    templates: Mapping[str, Template]
    taxonomy: Taxonomy
    answers: AnswerWords


def load_library(root: Path | None = None, *, cache: Path | None = None) -> Library:
    """Every file under `prompts/` (or `root`); what is learned from them may be kept in `cache`.

    Raises PromptError naming the first file and field that does not fit.
    """
    return Library(
        lexicon=load_lexicon(root, cache=cache),
        playbooks=load_playbooks(root),
        phrasebook=load_phrasebook(root),
        rulepacks=load_rulepacks(root),
        templates=load_templates(root),
        taxonomy=load_taxonomy(root),
        answers=load_answer_words(root),
    )
