"""A shop's quick phrases as documents: any YAML of scenes and texts."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from retrieval.catalogue import wording
from retrieval.document import Document, Section
from retrieval.errors import ShopError
from retrieval.frontmatter import load_yaml
from retrieval.markdown import slug

TEXT_NAMES = ("text", "body", "reply", "phrase", "content", "template", "words", "zh")
NAME_NAMES = ("id", "key", "name", "slug")
SCENE_NAMES = ("scene", "title", "heading", "when", "intent", "name")


def read_phrases(text: str, *, shop: str, source: str) -> tuple[Document, list[str]]:
    """The phrases of one file as a document `phrase-<file>`."""
    data = load_yaml(text, where=source)
    stem = PurePosixPath(source).stem
    sections: dict[str, Section] = {}
    for number, (name, scene, words) in enumerate(_phrases(data, ""), start=1):
        anchor = slug(name or scene) or str(number)
        while anchor in sections:
            anchor = f"{anchor}-{number}"
        sections[anchor] = Section(anchor=anchor, heading=scene, text=words)
    if not sections:
        raise ShopError(f"{source}: no phrases; expected a list of {{id, scene, text}}")
    return Document(
        id=wording()["prefixes"]["phrase"] + (slug(stem) or "phrases"), title="", kind="phrase", shop=shop,
        sections=tuple(sections.values()), source=source,
    ), []  # fmt: skip


def _phrases(data: Any, under: str, depth: int = 0) -> Iterator[tuple[str, str, str]]:
    """Every (name, scene, text) in a nest of lists and mappings."""
    if depth > 8:
        return
    if isinstance(data, str) and data.strip():
        yield under, under, data.strip()
    elif isinstance(data, list):
        for item in data:
            yield from _phrases(item, under, depth + 1)
    elif isinstance(data, dict):
        words = next((data[name] for name in TEXT_NAMES if isinstance(data.get(name), str)), None)
        if words is not None:
            name = next((str(data[key]) for key in NAME_NAMES if data.get(key)), "")
            scene = next((str(data[key]) for key in SCENE_NAMES if data.get(key)), under)
            yield name, scene, words.strip()
            return
        for key, value in data.items():
            yield from _phrases(value, str(key), depth + 1)
