"""The front matter of a template file: what it is for, what it takes, and its own words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from prompts.errors import PromptFileInvalid

_FIELDS = {"purpose", "inputs", "stable", "words"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands between the two lines of `---`."""

    purpose: str
    inputs: Mapping[str, str]
    stable: frozenset[str]
    words: Mapping[str, Any]


def read_header(text: str, path: Path) -> tuple[Header, str]:
    """The header of a file, and the body below it.

    Raises PromptFileInvalid with one line that names file and field.
    """
    fields, body = _cut_header(text, path)
    header = Header(
        purpose=_purpose(fields, path),
        inputs=_inputs(fields, path),
        stable=_stable(fields, path),
        words=_mapping(fields, "words", path),
    )
    return header, body


def _cut_header(text: str, path: Path) -> tuple[dict[str, Any], str]:
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if not match:
        raise PromptFileInvalid(f"{path}: front matter: expected it between two lines of ---")
    try:
        header = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise PromptFileInvalid(f"{path}: front matter: not valid YAML: {_one_line(error)}") from error
    if not isinstance(header, dict):
        raise PromptFileInvalid(f"{path}: front matter: expected fields {', '.join(sorted(_FIELDS))}")
    for name in header:
        if name not in _FIELDS:
            raise PromptFileInvalid(
                f"{path}: {name}: unknown field; expected one of {', '.join(sorted(_FIELDS))}"
            )
    return header, text[match.end() :]


def _purpose(header: Mapping[str, Any], path: Path) -> str:
    purpose = header.get("purpose")
    if not isinstance(purpose, str) or not purpose.strip():
        raise PromptFileInvalid(f"{path}: purpose: expected a line saying what the template is for")
    return purpose.strip()


def _inputs(header: Mapping[str, Any], path: Path) -> dict[str, str]:
    inputs = _mapping(header, "inputs", path)
    for name, what in inputs.items():
        if not str(name).isidentifier() or name == "words":
            raise PromptFileInvalid(f"{path}: inputs.{name}: expected a plain name other than `words`")
        if not isinstance(what, str) or not what.strip():
            raise PromptFileInvalid(f"{path}: inputs.{name}: expected a line saying what it is")
    return inputs


def _stable(header: Mapping[str, Any], path: Path) -> frozenset[str]:
    stable = header.get("stable") or []
    declared = header.get("inputs") or {}
    if not isinstance(stable, list) or not all(name in declared for name in stable):
        raise PromptFileInvalid(f"{path}: stable: expected a list of names that stand under inputs")
    return frozenset(stable)


def _mapping(header: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    value = header.get(name) or {}
    if not isinstance(value, dict):
        raise PromptFileInvalid(f"{path}: {name}: expected names and values, got {type(value).__name__}")
    return value


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
