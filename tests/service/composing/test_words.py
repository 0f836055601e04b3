"""The files of playbooks and phrases fit each other and the code that speaks from them."""

from pathlib import Path

import pytest

from prompts.errors import PromptFileInvalid
from prompts.library import Library
from prompts.phrasebook import load_phrasebook
from prompts.playbook import load_playbooks, unknown_lines
from prompts.taxonomy import load_taxonomy
from service.case import Case
from service.composing.composition import Stated
from service.composing.rewording import Reworder
from service.composing.situation import Situation
from service.composing.telling import Teller
from service.composing.wording import Wording

_FILLED_BY_THE_REPLY = {"options", "ask", "nickname", "address", "closing", "number"}


def test_every_intent_has_a_playbook_of_its_class() -> None:
    books, taxonomy = load_playbooks(), load_taxonomy()
    assert set(books) == set(taxonomy.intents)
    for name, book in books.items():
        assert set(book.ask) <= set(taxonomy.asks), name


def test_every_line_that_a_decision_names_exists(library: Library) -> None:
    for book in library.playbooks.values():
        assert unknown_lines(book, library.phrasebook) == (), book.intent


def test_every_flag_and_slot_is_one_the_composer_knows(cases: list[Case], library: Library) -> None:
    case = cases[0]
    for book in library.playbooks.values():
        wording = Wording(library.phrasebook, "zh", case.now)
        situation = Situation(
            case,
            case.analysis.issues[0],
            book,
            query=0,
            reworder=Reworder(library.phrasebook.rewording),
            wording=wording,
            teller=Teller(library.phrasebook, wording),
            stated=Stated(),
            budget=150,
        )
        flags = [flag for decision in book.decisions for flag in decision.needs]
        flags += [flag for line in book.lines.values() for flag in line.needs]
        flags += [flag for needs in (*book.ask_if.values(), *book.absorbs.values()) for flag in needs]
        for flag in flags:
            situation.holds(flag)
        for line in book.lines.values():
            for slot in line.slots():
                if slot not in _FILLED_BY_THE_REPLY:
                    situation.slot(slot)


def test_a_broken_playbook_is_named_with_its_field(tmp_path: Path) -> None:
    folder = tmp_path / "playbooks"
    folder.mkdir()
    (folder / "return.yaml").write_text("intent: return\nclass: nonsense\n", encoding="utf-8")
    with pytest.raises(PromptFileInvalid, match=r"return\.yaml: class"):
        load_playbooks(tmp_path)


def test_an_unpaired_bracket_in_a_line_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "phrases"
    folder.mkdir()
    (folder / "rewording.yaml").write_text('day: "{month}-{day}"\n', encoding="utf-8")
    (folder / "greeting.yaml").write_text('hello: {zh: "[您好", en: "Hi"}\n', encoding="utf-8")
    with pytest.raises(PromptFileInvalid, match=r"greeting\.yaml: hello.*brackets"):
        load_phrasebook(tmp_path)
