"""Was the message understood? Intents, emotion, risks, escalation."""

from eval.metrics.score import Score, f1, held, not_asked
from eval.sample import Sample
from eval.scenario import Scenario


def intents(scenario: Scenario, sample: Sample) -> Score:
    """F1 of the set of intents."""
    return f1("intents", scenario.expect.intents, sample.intents)


def emotion(scenario: Scenario, sample: Sample) -> Score:
    """The emotion's label is right."""
    wanted = scenario.expect.emotion
    if wanted is None:
        return not_asked("emotion")
    return held("emotion", sample.emotion == wanted, f"{sample.emotion or '—'} for {wanted}")


def strength(scenario: Scenario, sample: Sample) -> Score:
    """1 if exact, ½ if one step off (P01: how strongly decides the order of moves)."""
    wanted = scenario.expect.strength
    if wanted is None:
        return not_asked("strength")
    off = abs(sample.strength - wanted)
    value = {0: 1.0, 1: 0.5}.get(off, 0.0)
    return Score(metric="strength", value=value, reason=f"{sample.strength} for {wanted}" if off else "")


def risks(scenario: Scenario, sample: Sample) -> Score:
    """F1 of the set of risks; none expected and none found: 1."""
    return f1("risks", scenario.expect.risks, sample.risks)


def escalation(scenario: Scenario, sample: Sample) -> Score:
    """Escalated exactly when it must be."""
    wanted = scenario.expect.escalate
    if wanted is None:
        return not_asked("escalation")
    return held(
        "escalation", sample.escalate == wanted, "not escalated" if wanted else "escalated for nothing"
    )


def handoff(scenario: Scenario, sample: Sample) -> Score:
    """Hard: a case that must go to a supervisor is marked so, with a summary (P20)."""
    if not scenario.expect.escalate:
        return not_asked("handoff")
    if not sample.escalate:
        return held("handoff", False, "must go to a supervisor, is not marked so")
    return held("handoff", bool(sample.handover.strip()), "no summary for the supervisor")
