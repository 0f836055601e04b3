"""Reading suites: folders of family files, with errors that name file and line."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from eval.errors import SuiteError
from eval.scenario import Family, Scenario

SHIPPED = Path(__file__).parent / "scenarios"
INCLUDE = "include.yaml"
"""In a suite's folder: which scenarios of another suite it is made of."""
MAX_SHOWN = 20
"""Problems in one error message; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Scenarios in a fixed order, and where each stands."""

    name: str
    scenarios: tuple[Scenario, ...]
    places: Mapping[str, str]
    """Scenario id → `file:line`."""

    def only(self, *, splits: Iterable[str] = (), ids: Iterable[str] = ()) -> "Suite":
        """The part in those splits and with those ids or families; nothing given: all."""
        wanted, named = set(splits), set(ids)
        kept = tuple(
            scenario
            for scenario in self.scenarios
            if (not wanted or scenario.split in wanted)
            and (not named or scenario.id in named or scenario.family in named)
        )
        return Suite(name=self.name, scenarios=kept, places=self.places)


@dataclass(frozen=True, slots=True)
class _Found:
    place: str
    scenario: Scenario


class _Include(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    suite: str
    only: tuple[str, ...]


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """Safe YAML in which dates stay words."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def suite_path(name: str | Path) -> Path:
    """The folder or file of a suite: a path, or the name of a shipped one (`golden`).

    Raises SuiteError.
    """
    for path in (Path(name), SHIPPED / name):
        if path.exists():
            return path
    shipped = ", ".join(sorted(path.name for path in SHIPPED.iterdir() if path.is_dir()))
    raise SuiteError(f"{name}: no suite of that name and no such path; shipped suites: {shipped}")


def read_suite(*names: str | Path) -> Suite:
    """All scenarios of the suites, sorted by id.

    Raises SuiteError that lists every problem with file and line.
    """
    problems: list[str] = []
    found: list[_Found] = []
    for file, shown in _files(names):
        read = _included if file.name == INCLUDE else _read_file
        found.extend(read(file, shown, problems))
    _refuse_duplicates(found, problems)
    if problems:
        raise SuiteError(_summary(problems), problems)
    if not found:
        listed = ", ".join(str(name) for name in names)
        raise SuiteError(
            f"{listed}: no scenario in it; expected *.yaml or *.jsonl files (see `warmline eval schema`)"
        )
    found.sort(key=lambda one: one.scenario.id)
    return Suite(
        name="+".join(Path(name).stem for name in names),
        scenarios=tuple(one.scenario for one in found),
        places={one.scenario.id: one.place for one in found},
    )


def _included(file: Path, shown: str, problems: list[str]) -> list[_Found]:
    """Scenarios of another suite: `{suite: golden, only: [ids]}`; one copy of each is enough."""
    try:
        wanted = _Include.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(
            f"{shown}: expected suite: and only:, a list of ids: {' '.join(str(error).split())[:160]}"
        )
        return []
    whole = read_suite(wanted.suite)
    known = {one.id: one for one in whole.scenarios}
    problems += [
        f"{shown}: {wanted.suite} has no scenario {one!r}" for one in wanted.only if one not in known
    ]
    return [_Found(whole.places[one], known[one]) for one in wanted.only if one in known]


def _files(names: Sequence[str | Path]) -> Iterator[tuple[Path, str]]:
    for name in names:
        path = suite_path(name)
        if path.is_file():
            yield path, path.name
            continue
        for file in sorted(path.rglob("*")):
            if file.suffix in {".yaml", ".yml", ".jsonl"} and not file.name.startswith((".", "_")):
                yield file, f"{path.name}/{file.relative_to(path)}"


def _read_file(file: Path, shown: str, problems: list[str]) -> list[_Found]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{shown}: cannot be read as UTF-8 text: {error}")
        return []
    return (
        _read_lines(text, shown, problems) if file.suffix == ".jsonl" else _read_yaml(text, shown, problems)
    )


def _read_lines(text: str, shown: str, problems: list[str]) -> list[_Found]:
    found: list[_Found] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        place = f"{shown}:{number}"
        try:
            data = json.loads(line)
            scenario = Scenario.model_validate(data)
        except json.JSONDecodeError as error:
            problems.append(
                f"{place}: not JSON: {error.msg} at column {error.colno}; expected one scenario per line"
            )
        except ValidationError as error:
            problems.extend(f"{place}: {_said(one)}" for one in error.errors(include_url=False))
        else:
            if _has_clock(scenario, place, problems):
                found.append(_Found(place, scenario))
    return found


def _read_yaml(text: str, shown: str, problems: list[str]) -> list[_Found]:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        data = loader.construct_document(root) if root is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problems.append(
            f"{shown}:{mark.line + 1 if mark else 1}: not YAML: {getattr(error, 'problem', error)}"
        )
        return []
    finally:
        loader.dispose()
    try:
        family = Family.model_validate(data)
    except ValidationError as error:
        found_problems = error.errors(include_url=False)
        problems.extend(f"{shown}:{_line(root, one['loc'])}: {_said(one)}" for one in found_problems)
        return []
    header = {"family": family.family, "why": family.why, "shop": family.shop, "split": family.split}
    found = []
    for index, body in enumerate(family.scenarios):
        place = f"{shown}:{_line(root, ('scenarios', index))}"
        fields = {name: getattr(body, name) for name in body.model_fields_set}
        scenario = Scenario(**{**header, **fields, "now": body.now or family.now})
        if _has_clock(scenario, place, problems):
            found.append(_Found(place, scenario))
    return found


def _has_clock(scenario: Scenario, place: str, problems: list[str]) -> bool:
    if scenario.now is None:
        problems.append(f"{place}: {scenario.id}: now: missing; expected ISO 8601 with offset")
    if not scenario.question.strip() and scenario.trigger is None:
        problems.append(
            f"{place}: {scenario.id}: conversation: no customer turn, and no trigger that says why"
        )
        return False
    return scenario.now is not None


def _refuse_duplicates(found: Sequence[_Found], problems: list[str]) -> None:
    first: dict[str, str] = {}
    for one in found:
        known = first.setdefault(one.scenario.id, one.place)
        if known != one.place:
            problems.append(
                f"{one.place}: id {one.scenario.id!r} is taken by {known}; ids pair runs, so each is one"
            )


def _line(node: yaml.Node | None, path: Sequence[int | str]) -> int:
    """The 1-based line of the deepest part of the path that the file has."""
    line = node.start_mark.line if node is not None else 0
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == step), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        else:
            break
    return int(line) + 1


def _said(problem: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in problem["loc"]) or "file"
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] in {"missing", "extra_forbidden"}:
        return f"{field}: {message}"
    shown = repr(problem["input"])
    return f"{field}: {message}, got {shown if len(shown) <= 60 else shown[:57] + '…'}"


def _summary(problems: Sequence[str]) -> str:
    more = len(problems) - MAX_SHOWN
    return "\n".join(problems[:MAX_SHOWN]) + (f"\n(and {more} more)" if more > 0 else "")
