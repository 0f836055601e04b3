"""Reading a YAML file under `prompts/` into a strict record, with errors that name file and field."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from prompts.errors import PromptFileInvalid

Record = TypeVar("Record", bound=BaseModel)

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Strict(BaseModel):
    """A record of a file: frozen, and nothing in it that is not expected."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def read_yaml(path: Path) -> Any:
    """The contents of one YAML file.

    Raises PromptFileInvalid when the file is missing, not UTF-8 or not YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        raise PromptFileInvalid(f"{path}: cannot be read ({error.strerror}); expected a YAML file") from error
    except UnicodeDecodeError as error:
        raise PromptFileInvalid(f"{path}: not UTF-8; save the file as UTF-8") from error
    except yaml.YAMLError as error:
        raise PromptFileInvalid(f"{path}: not YAML: {' '.join(str(error).split())}") from error


def read_record(path: Path, kind: type[Record], *, data: Any = None, part: str = "") -> Record:
    """One file (or the `part` of it that is already read as `data`) as a record of that kind."""
    try:
        return kind.model_validate(read_yaml(path) if data is None else data)
    except ValidationError as error:
        where = f"{path}: {part}" if part else str(path)
        raise PromptFileInvalid(f"{where}: {_first(error)}") from error


def yaml_files(folder: Path) -> Iterable[Path]:
    """The YAML files of a folder, by name; sub-folders are not entered."""
    return sorted(folder.glob("*.yaml"))


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in problem["loc"]) or "file"
    more = error.error_count() - 1
    return " ".join(f"{field}: {problem['msg']}".split()) + (f" (and {more} more)" if more else "")
