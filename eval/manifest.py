"""What a run was made of, so that it can be resumed, compared, or refused."""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from eval.errors import RunDrift
from eval.metrics.every import METRICS
from eval.scenario import Scenario

FORMAT = 1
"""Version of the run folder's layout."""
ROOMS = ("service", "prompts", "retrieval", "eval")
PACKAGES = (
    "chromadb",
    "jinja2",
    "langchain-core",
    "langchain-openai",
    "numpy",
    "openai",
    "pydantic",
    "warmline",
)
_SOURCES = {".py", ".yaml", ".md", ".j2", ".toml"}


def make_manifest(
    *,
    suite: str,
    scenarios: Sequence[Scenario],
    shop: str,
    knowledge: str,
    arm: Mapping[str, Any],
    repeats: int,
    judge: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The manifest: equal manifests give equal runs."""
    return {
        **({"judge": dict(judge)} if judge else {}),
        "format": FORMAT,
        "suite": suite,
        "scenarios": len(scenarios),
        "suite_hash": suite_hash(scenarios),
        "shop": shop,
        "knowledge": knowledge,
        "arm": dict(arm),
        "repeats": repeats,
        "code": code_hash(),
        "checks": {metric.id: metric.version for metric in METRICS.values()},
        "versions": {"python": sys.version.split()[0], **_versions(PACKAGES)},
    }


def run_id(manifest: Mapping[str, Any]) -> str:
    """A name that says the suite and is the same for the same manifest."""
    canonical = json.dumps(manifest, sort_keys=True, ensure_ascii=False)
    return f"{manifest['suite']}-{hashlib.sha256(canonical.encode()).hexdigest()[:8]}"


def drift(begun: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The fields in which two manifests differ, as `field: was → is`."""
    return [
        f"{name}: {_short(begun.get(name))} → {_short(now.get(name))}"
        for name in sorted({*begun, *now})
        if begun.get(name) != now.get(name)
    ]


def refuse_drift(begun: Mapping[str, Any], now: Mapping[str, Any], *, where: Path) -> None:
    """Raises RunDrift with a field-by-field difference if the run was begun with something else."""
    differences = drift(begun, now)
    if differences:
        raise RunDrift(
            f"{where}: begun with something else; {'; '.join(differences)}. Use another run name, "
            "or --allow-drift (the run is then not comparable)"
        )


def suite_hash(scenarios: Iterable[Scenario]) -> str:
    """Hash of ids and contents, whatever the order."""
    lines = sorted(f"{one.id} {one.hash}" for one in scenarios)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def code_hash() -> str:
    """Hash of our code, words and rules: a changed playbook is another arm."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for room in ROOMS:
        for file in sorted((root / room).rglob("*")):
            if file.suffix in _SOURCES and not _is_data(file.relative_to(root)):
                digest.update(str(file.relative_to(root)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _is_data(path: Path) -> bool:
    return path.parts[:2] in {("eval", "scenarios"), ("retrieval", "shops")}


def _versions(packages: Iterable[str]) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "—"
    return found


def _short(value: object) -> str:
    shown = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return shown if len(shown) <= 80 else shown[:77] + "…"
