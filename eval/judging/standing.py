"""Whether a judge's metrics may decide: its certificates, kept as files, and its canaries."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from eval.errors import RunDamaged
from eval.gate import MARGIN
from eval.judging.calibrating import Certificate
from eval.judging.jury import JUDGE_FILE
from eval.run import Run
from eval.runfolder import write_whole

NOT_CALIBRATED = "never calibrated on people's labels: warmline eval calibrate"


def keep_certificate(folder: Path, certificate: Certificate) -> Path:
    """Writes the certificate under its judge's fingerprint."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{certificate.fingerprint}.json"
    write_whole(path, [json.dumps(asdict(certificate), default=str, indent=1).encode()])
    return path


def find_certificate(folder: Path, fingerprint: str) -> Certificate | None:
    """The certificate of that judge, if it has one. Raises RunDamaged naming a broken file."""
    path = folder / f"{fingerprint}.json"
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        shares = {name: tuple(data[name]) for name in ("tpr", "tnr", "kappa")}
        return Certificate(**{**data, **shares, "issued": date.fromisoformat(data["issued"])})
    except (ValueError, KeyError, TypeError) as error:
        raise RunDamaged(f"{path}: not a certificate ({error}); calibrate the judge again") from error


def refusals(run: Run, *, certificates: Path, today: date) -> dict[str, tuple[str, ...]]:
    """Judge metric of the run → every reason why it may not decide; empty if it may."""
    judge: Mapping[str, Any] = run.manifest.get("judge") or {}
    canaries = _canaries(run.path)
    found = {}
    for metric, fingerprint in (judge.get("fingerprints") or {}).items():
        certificate = find_certificate(certificates, fingerprint)
        said = certificate.refusals(fingerprint, today) if certificate else [NOT_CALIBRATED]
        found[metric] = (*_canary_refusals(canaries.get(metric)), *said)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """A judged share beside what it is worth in true units."""

    metric: str
    judged: float
    corrected: float | None
    """Rogan–Gladen; None: the judge is blind."""
    visible: float
    """What a true fall of the gate's margin looks like through this judge."""

    def __str__(self) -> str:
        true = "—" if self.corrected is None else f"{self.corrected:.3f}"
        return (
            f"{self.metric}: judged {self.judged:.3f}, corrected {true}; "
            f"a true fall of {MARGIN:.2f} shows as {self.visible:.3f}"
        )


def worths(run: Run, *, certificates: Path) -> list[Worth]:
    """Every judge metric of the run whose judge has a certificate."""
    judge: Mapping[str, Any] = run.manifest.get("judge") or {}
    found = []
    for metric, fingerprint in (judge.get("fingerprints") or {}).items():
        certificate = find_certificate(certificates, fingerprint)
        mean = (run.summary["metrics"].get(metric) or {}).get("mean")
        if certificate and mean is not None:
            found.append(
                Worth(
                    metric=metric,
                    judged=mean,
                    corrected=certificate.corrected(mean),
                    visible=certificate.visible(MARGIN),
                )
            )
    return found


def _canary_refusals(tried: Mapping[str, Any] | None) -> list[str]:
    if tried is None:
        return ["its canaries were not run"]
    if tried["passed"]:
        return [f"{len(tried['passed'])} of {tried['tried']} canaries got through"]
    return [f"{tried['unjudged']} canaries were not judged"] if tried["unjudged"] else []


def _canaries(folder: Path) -> dict[str, Any]:
    path = folder / JUDGE_FILE
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["canaries"]) if path.is_file() else {}
    except (ValueError, KeyError, TypeError) as error:
        raise RunDamaged(f"{path}: not what a run writes ({error}); run the judge again") from error
