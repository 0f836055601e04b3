"""Releasing templates: what is wrong with them before they go out, and the pins that hold them still."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prompts.errors import PromptFileInvalid
from prompts.template import Template, environment, load_templates, read_pins

_PIN_HEAD = """\
# Released templates and the SHA-256 of their files. A released file is never edited: write the next
# version beside it, prove that it is better, and release that. Written by `warmline prompts release`.

[released]
"""

_MAY_STAND = frozenset(
    {"Template", "Output", "TemplateData", "Name", "Getattr", "Getitem", "Const", "If", "For"}
    | {"Not", "And", "Or", "Compare", "Operand", "CondExpr"}
)
"""Jinja nodes a template may use: it may loop and choose, not compute, call or define."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a template file."""

    path: Path
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def lint(root: Path | None = None) -> tuple[Problem, ...]:
    """Everything wrong with the templates under a prompts folder; empty if they are fit to use."""
    root = root or Path(__file__).parent
    try:
        templates = load_templates(root)
    except PromptFileInvalid as error:
        path, _, what = str(error).partition(": ")
        return (Problem(path=Path(path), what=what),)
    problems = [problem for template in templates.values() for problem in check_template(template)]
    gone = [key for key in read_pins(root) if key not in templates]
    problems += [
        Problem(path=root / "released.toml", what=f"{key}: the released file is gone") for key in gone
    ]
    return tuple(problems + list(_lone_languages(templates)))


def check_template(template: Template) -> tuple[Problem, ...]:
    """What is wrong with one template: its inputs, its prefix, its constructs, its pin."""
    said = [*_input_problems(template), *_construct_problems(template)]
    if template.released and template.released != template.hash:
        said.append(
            f"released and then changed (pinned {template.released[:12]}, now {template.hash[:12]}); "
            f"undo the change and write v{template.version + 1} instead"
        )
    return tuple(Problem(path=template.path, what=what) for what in said)


def release(name: str, root: Path | None = None) -> tuple[str, ...]:
    """Pins every language of `reply@2` in `released.toml`; returns the keys newly pinned.

    Raises PromptFileInvalid if there is no such version or one of its files does not pass the lint.
    """
    root = root or Path(__file__).parent
    chosen = [each for each in load_templates(root).values() if each.id == name]
    if not chosen:
        raise PromptFileInvalid(f"release {name!r}: expected a name with its version, like reply@1")
    for template in chosen:
        for problem in check_template(template):
            raise PromptFileInvalid(str(problem))
    pins = read_pins(root)
    new = {each.key: each.hash for each in chosen if each.key not in pins}
    _write_pins(root, pins | new)
    return tuple(new)


def diff(old: Template, new: Template) -> str:
    """The change between two templates as a unified diff; empty if there is none."""
    lines = difflib.unified_diff(
        old.path.read_text(encoding="utf-8").splitlines(),
        new.path.read_text(encoding="utf-8").splitlines(),
        fromfile=old.key,
        tofile=new.key,
        lineterm="",
    )
    return "\n".join(lines)


def _input_problems(template: Template) -> Iterable[str]:
    from jinja2 import TemplateSyntaxError, meta

    used: set[str] = set()
    for section in template.sections:
        try:
            names = meta.find_undeclared_variables(environment().parse(section.text)) - {"words"}
        except TemplateSyntaxError as error:
            yield f"{section.role} section, line {error.lineno}: {error.message}"
            return
        used |= names
        if section.role == "system":
            for name in sorted(names & set(template.inputs) - template.stable):
                yield (
                    f"{name}: stands in a system section, which must be the same for every ticket; "
                    "move it to a user section, or list it under stable"
                )
    for name in sorted(used - set(template.inputs)):
        yield f"{name}: used but not declared under inputs"
    for name in sorted(set(template.inputs) - used):
        yield f"inputs.{name}: declared but never used"


def _construct_problems(template: Template) -> Iterable[str]:
    from jinja2 import TemplateSyntaxError, nodes

    for section in template.sections:
        try:
            tree = environment().parse(section.text)
        except TemplateSyntaxError:
            return
        for node in tree.find_all(nodes.Node):
            kind = type(node).__name__
            if kind not in _MAY_STAND:
                yield f"{section.role} section, line {node.lineno}: {kind}: a template only loops and chooses"


def _lone_languages(templates: Mapping[str, Template]) -> Iterable[Problem]:
    languages = {each.language for each in templates.values()}
    for template in templates.values():
        for language in sorted(languages):
            if f"{template.id}.{language}" not in templates:
                yield Problem(path=template.path, what=f"has no twin in {language!r}")


def _write_pins(root: Path, pins: Mapping[str, str]) -> None:
    lines = [f'"{key}" = "{pins[key]}"\n' for key in sorted(pins, key=_natural)]
    path = root / "released.toml"
    aside = path.with_suffix(".toml.new")
    aside.write_text(_PIN_HEAD + "".join(lines), encoding="utf-8")
    aside.replace(path)


def _natural(key: str) -> tuple[str, int, str]:
    match = re.fullmatch(r"(.+)@(\d+)\.(\w+)", key)
    return (match[1], int(match[2]), match[3]) if match else (key, 0, "")
