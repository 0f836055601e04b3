"""Templates: the words a model is sent, kept as files a person can open.

`prompts/templates/<name>/v<version>.<language>.md` holds front matter (`purpose`, `inputs`, `stable`,
`words`), then sections that begin with a line `=== system` or `=== user`. Sections are cut before anything
is filled in, and every filled-in value is escaped, so no data can open a section, a tag or a source number.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from prompts.errors import PromptFileInvalid, TemplateInputsWrong, UnknownTemplate
from prompts.frontmatter import read_header

if TYPE_CHECKING:
    from jinja2 import Environment

Role = Literal["system", "user"]

_FILE = re.compile(r"v(?P<version>[1-9]\d*)\.(?P<language>[a-z]{2})\.md")
_SECTION = re.compile(r"^=== (\S+)[ \t]*$", re.MULTILINE)
_SOURCE_NUMBER = re.compile(r"[\[【](\s*[\^#]?\d{1,3}(?:\s*[,，、]\s*\d{1,3})*\s*)[\]】]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One message of a template: before rendering its source, after rendering its text."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One version of one prompt in one language."""

    name: str
    version: int
    language: str
    purpose: str
    inputs: Mapping[str, str]
    """Name → what it is. Rendering takes exactly these."""
    body: str
    """Everything below the front matter."""
    hash: str
    """SHA-256 of the whole file, with line ends normalised."""
    path: Path
    stable: frozenset[str] = frozenset()
    """Inputs that are the same for every ticket of a shop: only these may stand in a system section, so
    that providers can cache the prefix."""
    words: Mapping[str, Any] = field(default_factory=dict)
    """The template's own vocabulary, reached as `words.…`: ids → how they read in this language."""
    released: str | None = None
    """The hash `released.toml` pins for this file; None: not released."""

    @property
    def id(self) -> str:
        """`reply@1`."""
        return f"{self.name}@{self.version}"

    @property
    def key(self) -> str:
        """`reply@1.zh`, unique."""
        return f"{self.id}.{self.language}"

    @property
    def sections(self) -> tuple[Section, ...]:
        """The messages of the template, not yet filled in."""
        return cut_sections(self.body, where=str(self.path))


def load_templates(root: Path | None = None) -> dict[str, Template]:
    """Every template by its key (`reply@1.zh`), in order of name, version and language.

    `root` is the prompts folder. Raises PromptFileInvalid with one line that names file and field.
    """
    root = root or Path(__file__).parent
    pins = read_pins(root)
    templates = [
        read_template(path, released=pins.get(f"{path.parent.name}@{path.name[1:].removesuffix('.md')}"))
        for path in (root / "templates").glob("*/*.md")
    ]
    ordered = sorted(templates, key=lambda each: (each.name, each.version, each.language))
    return {template.key: template for template in ordered}


def find(templates: Mapping[str, Template], name: str, language: str) -> Template:
    """The template called `reply@2`, or for plain `reply` the newest released one (else the newest).

    Raises UnknownTemplate with what there is instead.
    """
    base, _, version = name.partition("@")
    known = [each for each in templates.values() if each.name == base and each.language == language]
    if version:
        chosen = [each for each in known if str(each.version) == version]
    else:
        chosen = [each for each in known if each.released] or known
    if not chosen:
        there = ", ".join(sorted({f"{each.id} ({each.language})" for each in templates.values()}))
        raise UnknownTemplate(
            f"template {name!r} ({language}): there is none; known: {there or 'none at all'}"
        )
    return max(chosen, key=lambda each: each.version)


def render(template: Template, /, **inputs: Any) -> tuple[Section, ...]:
    """The template's messages with its inputs filled in.

    Raises TemplateInputsWrong with one line that names the missing or unknown input.
    """
    _match_inputs(template, inputs)
    return tuple(
        Section(role=section.role, text=_render_text(template, section.text, inputs))
        for section in template.sections
    )


def escape(value: object) -> str:
    """A value as data: it can neither open or close a tag nor pass for a source number.

    `<`, `>` and the brackets of `[3]` become their full-width twins; everything else stays as it is.
    """
    text = str(value).replace("<", "＜").replace(">", "＞")
    return _SOURCE_NUMBER.sub(r"［\1］", text)


def read_template(path: Path, *, released: str | None = None) -> Template:
    """One template file, checked against the schema.

    Raises PromptFileInvalid with one line that names file and field.
    """
    match = _FILE.fullmatch(path.name)
    if not match:
        raise PromptFileInvalid(f"{path}: file name: expected v<number>.<language>.md, like v1.zh.md")
    try:
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptFileInvalid(f"{path}: cannot be read as UTF-8 text: {error}") from error
    header, body = read_header(text, path)
    cut_sections(body, where=str(path))
    return Template(
        name=path.parent.name,
        version=int(match["version"]),
        language=match["language"],
        purpose=header.purpose,
        inputs=header.inputs,
        body=body,
        hash=hashlib.sha256(text.encode()).hexdigest(),
        path=path,
        stable=header.stable,
        words=header.words,
        released=released,
    )


def read_pins(root: Path) -> dict[str, str]:
    """Released keys (`reply@1.zh`) and the hashes they are pinned to; empty if nothing is released."""
    import tomllib

    path = root / "released.toml"
    if not path.exists():
        return {}
    try:
        pins = tomllib.loads(path.read_text(encoding="utf-8")).get("released", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PromptFileInvalid(f"{path}: not valid TOML: {error}") from error
    if not isinstance(pins, dict) or not all(isinstance(value, str) for value in pins.values()):
        raise PromptFileInvalid(f'{path}: released: expected lines like "reply@1.zh" = "<sha-256>"')
    return pins


def cut_sections(body: str, *, where: str) -> tuple[Section, ...]:
    """The body cut at its `=== role` lines.

    Raises PromptFileInvalid if there is none, or one of another role.
    """
    pieces = _SECTION.split(body)
    if len(pieces) < 3 or pieces[0].strip():
        raise PromptFileInvalid(f"{where}: body: expected it to begin with a line `=== system` or `=== user`")
    sections = []
    for role, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if role not in ("system", "user"):
            raise PromptFileInvalid(f"{where}: section {role!r}: expected system or user")
        sections.append(Section(role=cast(Role, role), text=text.strip()))
    return tuple(sections)


@lru_cache(maxsize=1)
def environment() -> "Environment":
    """Jinja without anything that computes: sandboxed, strict, no globals, every value escaped."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=escape
    )
    made.globals.clear()
    return made


@lru_cache(maxsize=256)
def _compiled(source: str) -> Any:
    return environment().from_string(source)


def _render_text(template: Template, source: str, inputs: Mapping[str, Any]) -> str:
    from jinja2 import TemplateError

    try:
        text = _compiled(source).render(**inputs, words=template.words)
    except TemplateError as error:
        raise TemplateInputsWrong(f"{template.path}: {error.message or error}") from error
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _match_inputs(template: Template, inputs: Mapping[str, Any]) -> None:
    missing = [name for name in template.inputs if name not in inputs]
    unknown = [name for name in inputs if name not in template.inputs]
    if not missing and not unknown:
        return
    parts = []
    if missing:
        parts.append(f"missing input {', '.join(missing)}")
    if unknown:
        parts.append(f"unknown input {', '.join(unknown)}")
    raise TemplateInputsWrong(
        f"template {template.key}: {'; '.join(parts)}; it takes {', '.join(template.inputs) or 'none'}"
    )
