"""Does the reply say what it must, rest on what it must, and ask what it must?"""

import re
from functools import lru_cache

from eval.figures import Figures, fold
from eval.metrics.score import Score, held, not_asked, share
from eval.sample import Sample
from eval.scenario import Scenario
from eval.wording import Wording


def states(scenario: Scenario, sample: Sample) -> Score:
    """Share of the required statements of which one alternative appears."""
    wanted = scenario.expect.states
    missed = [one[0] for one in wanted if not any(says(sample.text, words) for words in one)]
    return share("states", len(wanted), missed)


def must_not(scenario: Scenario, sample: Sample) -> Score:
    """Hard: nothing of what the scenario forbids appears."""
    if not scenario.expect.must_not:
        return not_asked("must_not")
    said = [words for words in scenario.expect.must_not if says(sample.text, words)]
    return held("must_not", not said, f"says {' · '.join(said)}")


def facts(scenario: Scenario, sample: Sample, figures: Figures) -> Score:
    """Share of the decisive figures that the reply states, normalised."""
    assert scenario.now is not None
    today = scenario.now.date()
    missed = [
        f"{fact.key}={fact.value}"
        for fact in scenario.expect.facts
        if not figures.same(fact.type, fact.value, sample.text, today)
    ]
    return share("facts", len(scenario.expect.facts), missed)


def asks(scenario: Scenario, sample: Sample, wording: Wording) -> Score:
    """Share of the needed questions that are asked."""
    wanted = scenario.expect.asks
    if not wanted:
        return not_asked("asks")
    sentences = _sentences(sample.text)
    missed = [slot for slot in wanted if not _asks_for(slot, sentences, wording)]
    return share("asks", len(wanted), missed)


def action(scenario: Scenario, sample: Sample, wording: Wording) -> Score:
    """The reply makes the expected move."""
    wanted = scenario.expect.action
    if wanted is None:
        return not_asked("action")
    text = fold(sample.text)
    if wanted == "handoff":
        done = wording.does(text, "handoff")
    elif wanted == "refuse":
        done = wording.does(text, "refuse")
    elif wanted == "ask":
        done = wording.does(text, "ask")
    else:
        done = bool(text) and not sample.handover
    return held("action", done, f"does not {wanted}")


def evidence(scenario: Scenario, sample: Sample) -> Score:
    """Share of the documents and sections of the right answer that are among the citations."""
    wanted = scenario.expect.evidence
    missed = [one for one in wanted if not any(rests_on(one, cited) for cited in sample.cited)]
    return share("evidence", len(wanted), missed, label="not cited")


def document(scenario: Scenario, sample: Sample) -> Score:
    """Share of the right documents that are among the citations, whatever the section."""
    wanted = tuple(dict.fromkeys(one.partition("#")[0] for one in scenario.expect.evidence))
    missed = [one for one in wanted if not any(rests_on(one, cited) for cited in sample.cited)]
    return share("document", len(wanted), missed, label="not cited")


def retrieved(scenario: Scenario, sample: Sample) -> Score:
    """Share of the evidence that the writer was given: what is lost here is retrieval's fault."""
    wanted = scenario.expect.evidence
    missed = [one for one in wanted if not any(rests_on(one, given) for given in sample.given)]
    return share("retrieved", len(wanted), missed, label="not found")


def rests_on(wanted: str, snippet: str) -> bool:
    """Whether the snippet is the wanted one, a split part of it, or of the wanted document or product."""
    if snippet == wanted or snippet.startswith(f"{wanted}#"):
        return True
    document, _, section = snippet.partition("#")
    return "#" not in wanted and (section == wanted or document.endswith(f"-{wanted}"))


def says(text: str, words: str) -> bool:
    """Whether the text has the words, or matches them if they are `/a regular expression/`."""
    if len(words) > 2 and words.startswith("/") and words.endswith("/"):
        pattern = compiled(words)
        return bool(pattern.search(text) or pattern.search(fold(text)))
    return fold(words) in fold(text)


@lru_cache(maxsize=4096)
def compiled(words: str) -> re.Pattern[str]:
    """The pattern between the slashes. Raises re.error."""
    return re.compile(words[1:-1], re.IGNORECASE)


def _sentences(text: str) -> list[str]:
    return [one for one in re.split(r"(?<=[。！？!?；;\n])|(?<=\.)\s", fold(text)) if one.strip()]


def _asks_for(slot: str, sentences: list[str], wording: Wording) -> bool:
    names = wording.asks.get(slot, (slot,))
    return any(
        wording.does(sentence, "ask") and any(name in sentence for name in names) for sentence in sentences
    )
