"""A fitted classifier kept in a file, so that only the first start after a change pays for the fit."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np

from prompts.lexicon import Lexicon
from service.understanding.learned import Classifier


def kept(lexicon: Lexicon, fit: Callable[[], Classifier]) -> Classifier:
    """The classifier kept for just these lexicon files and this code; else a fitted one, kept from now on.

    A folder that cannot be written to, or a damaged file, costs the time of a fit and nothing else.
    """
    if lexicon.cache is None:
        return fit()
    path = lexicon.cache / f"understanding-{_digest(lexicon.folder)}.npz"
    found = _read(path, lexicon)
    if found is None:
        found = fit()
        with suppress(OSError):
            _write(path, found)
    return found


def _digest(folder: Path) -> str:
    """Changes with any lexicon file and with the code that learns."""
    whole = sha256()
    for path in [*sorted(folder.rglob("*.*")), *sorted(Path(__file__).parent.glob("*.py"))]:
        whole.update(path.name.encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def _read(path: Path, lexicon: Lexicon) -> Classifier | None:
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            names = file["names"].tobytes().decode("utf-8").split("\n")
            return Classifier(
                intents=tuple(lexicon.intents),
                emotions=lexicon.felt,
                lengths=lexicon.tuning.grams,
                vocabulary={name: index for index, name in enumerate(names)},
                rarity=file["rarity"],
                weights=file["weights"],
                bias=file["bias"],
            )
    except Exception:  # absent, cut off, overwritten: the zip's checksums tell, in many ways
        return None


def _write(path: Path, classifier: Classifier) -> None:
    """Put it there whole, and take away what earlier words left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file,
                names=np.frombuffer("\n".join(classifier.vocabulary).encode("utf-8"), dtype=np.uint8),
                rarity=classifier.rarity,
                weights=classifier.weights,
                bias=classifier.bias,
            )
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    for other in path.parent.glob("understanding-*.npz"):
        if other != path:
            other.unlink(missing_ok=True)
