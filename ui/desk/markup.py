"""Markup that cannot carry anyone else's: every string that goes in is escaped on the way."""

from collections.abc import Iterable
from html import escape

VOID = frozenset({"input", "br", "img"})
"""Elements without an end."""


class Html(str):
    """Markup made by `tag`; any other string is text."""

    __slots__ = ()


Child = str | Html | Iterable["Child"] | None


def tag(name: str, /, *children: Child, **attributes: str | int | float | bool | None) -> Html:
    """One element. `class_` and `data_ticket` become `class` and `data-ticket`; None and False leave out."""
    shown = "".join(_attribute(key, value) for key, value in attributes.items())
    return Html(f"<{name}{shown}>" if name in VOID else f"<{name}{shown}>{markup(children)}</{name}>")


def markup(child: Child) -> Html:
    """Text escaped, markup as it is, the parts of a sequence one after the other.

    Line breaks become references: a panel is one line, which Gradio's Markdown shows as it stands.
    """
    if child is None:
        return Html("")
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return Html(_escaped(child))
    return Html("".join(markup(each) for each in child))


def _attribute(key: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{_escaped(str(value))}"'


def _escaped(text: str) -> str:
    visible = "".join(char for char in text if char >= " " or char in "\n\t")
    return escape(visible, quote=True).replace("\n", "&#10;").replace("\t", " ")
