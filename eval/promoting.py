"""What a release may rest on: a candidate run with exactly these words, passed against its base."""

from collections.abc import Mapping
from typing import Any

from eval.errors import NotProven
from eval.gate import Verdict
from eval.run import Run

PASSES = frozenset({"PASS", "IMPROVED"})


def proof(
    template: str, hashes: Mapping[str, str], *, base: Run, candidate: Run, verdict: Verdict
) -> dict[str, Any]:
    """The verdict as the promotion ledger keeps it. Raises NotProven."""
    arm = candidate.manifest.get("arm", {})
    if arm.get("template") != template:
        raise NotProven(
            f"{candidate.id}: was written with {arm.get('template') or 'the composer'}, not {template}; "
            f"run the suite with --template {template}"
        )
    changed = sorted(key for key, hash in hashes.items() if arm.get("template_hashes", {}).get(key) != hash)
    if changed:
        raise NotProven(f"{candidate.id}: {', '.join(changed)} changed since that run; run the suite again")
    if verdict.outcome not in PASSES:
        raise NotProven(
            f"{candidate.id} against {base.id}: {verdict.outcome}; {'; '.join(verdict.reasons[:3])}"
        )
    return {
        "outcome": verdict.outcome,
        "run": candidate.id,
        "base": base.id,
        "suite": candidate.manifest["suite"],
        "suite_hash": candidate.manifest["suite_hash"],
        "model": arm.get("model"),
        "scenarios": verdict.scenarios,
        "families": verdict.families,
    }
