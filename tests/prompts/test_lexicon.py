"""The lexicon's files are complete, and a mistake in them is named by file and field."""

import shutil
from pathlib import Path

import pytest

from prompts.errors import PromptFileInvalid
from prompts.lexicon import load_lexicon
from prompts.taxonomy import load_taxonomy
from prompts.wordlist import words

ROOT = Path(__file__).parents[2] / "prompts"


def copied(folder: Path) -> Path:
    shutil.copy(ROOT / "taxonomy.yaml", folder)
    shutil.copytree(ROOT / "lexicon", folder / "lexicon")
    return folder


def test_every_intent_a_customer_can_have_is_shown_by_many_examples_in_both_languages() -> None:
    taxonomy, lexicon = load_taxonomy(), load_lexicon()
    spoken = {name for name, kind in taxonomy.intents.items() if kind.family != "outreach"}
    assert set(lexicon.intents) == spoken
    for name, entry in lexicon.intents.items():
        assert sum(map(len, entry.zh.values())) >= 40, name
        assert sum(map(len, entry.en.values())) >= 12, name


def test_no_example_stands_for_two_intents() -> None:
    seen: dict[str, str] = {}
    for name, entry in load_lexicon().intents.items():
        for _, text in entry.examples:
            assert seen.setdefault(text, name) == name, text


def test_every_emotion_risk_and_slot_of_the_taxonomy_has_its_words() -> None:
    taxonomy, lexicon = load_taxonomy(), load_lexicon()
    assert set(lexicon.emotions.words) == set(taxonomy.emotions) - {"calm"}
    assert set(lexicon.risks) == set(taxonomy.risks)
    assert set(lexicon.slots) == set(taxonomy.asks)


def test_a_broken_pattern_is_named_with_its_file_and_field(tmp_path: Path) -> None:
    root = copied(tmp_path)
    path = root / "lexicon" / "risks.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("signs: [", "signs: ['(', ", 1), encoding="utf-8"
    )
    with pytest.raises(PromptFileInvalid, match=r"risks\.yaml: risks\.\w+\.signs: .*not an RE2 pattern"):
        load_lexicon(root)


def test_an_unknown_intent_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "lexicon" / "intents" / "extra.yaml").write_text("intents:\n  dance: {}\n", encoding="utf-8")
    with pytest.raises(PromptFileInvalid, match=r"extra\.yaml: intents\.dance: .*expected one of"):
        load_lexicon(root)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "lexicon" / "slots.yaml").unlink()
    with pytest.raises(PromptFileInvalid, match=r"slots\.yaml"):
        load_lexicon(root)


def test_a_typo_must_be_as_long_as_what_it_stands_for(tmp_path: Path) -> None:
    root = copied(tmp_path)
    path = root / "lexicon" / "folding.yaml"
    text = path.read_text(encoding="utf-8").replace("typos: {", "typos: {啥子: 什, ", 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PromptFileInvalid, match="as long as"):
        load_lexicon(root)


def test_words_are_found_left_to_right_and_none_in_an_empty_list() -> None:
    assert list(words(["退款", "退"]).spans("退款，退")) == [(0, 2), (3, 4)]
    assert not words([]).within("退款")


def test_the_taxonomy_rejects_an_unknown_field(tmp_path: Path) -> None:
    text = (ROOT / "taxonomy.yaml").read_text(encoding="utf-8") + "\nmoods: []\n"
    (tmp_path / "taxonomy.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PromptFileInvalid, match=r"taxonomy\.yaml: moods"):
        load_taxonomy(tmp_path)
