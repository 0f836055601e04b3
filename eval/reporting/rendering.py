"""A report in each of its formats, as text."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from eval.reporting.charts import families_chart, latency_chart, metrics_chart, slice_chart
from eval.reporting.page import Entry, Page

TEMPLATES = Path(__file__).parent / "templates"
SLICES = ("intent", "emotion", "practice", "risk", "severity", "split")
"""What the page is sliced by."""
_CONTROL = {code: None for code in range(32) if code not in {9, 10, 13}}
"""Characters XML cannot carry."""


def html(page: Page) -> str:
    """One self-contained page: no script from elsewhere, no font, no image."""
    return str(_template("report.html.j2", escape=True).render(page=page, charts=_charts(page)))


def markdown(page: Page) -> str:
    """What a pull request shows."""
    return str(_template("report.md.j2", escape=False).render(page=page))


def junit(page: Page) -> str:
    """One test case per unit, for CI."""
    suite = ElementTree.Element(
        "testsuite",
        name=page.run.manifest.get("suite", "warmline"),
        tests=str(len(page.entries)),
        failures=str(sum(one.good is False for one in page.entries)),
        errors=str(sum(not one.unit.written for one in page.entries)),
    )
    for entry in page.entries:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=entry.scenario.family,
            name=f"{entry.scenario.id}[{entry.unit.repeat}]",
            time=f"{entry.unit.ms / 1000:.3f}",
        )
        if not entry.unit.written:
            ElementTree.SubElement(case, "error", message=_plain(entry.unit.error)).text = entry.unit.status
        elif entry.good is False:
            why = "; ".join(f"{one.metric}: {one.reason}" for one in entry.failed)
            ElementTree.SubElement(case, "failure", message=_plain(why)).text = _plain(
                entry.output.get("text", "")
            )
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def write_reports(page: Page, folder: Path) -> dict[str, Path]:
    """All formats, written into the run's folder: format → file."""
    files = {
        "html": (folder / "report.html", html(page)),
        "markdown": (folder / "report.md", markdown(page)),
        "junit": (folder / "junit.xml", junit(page)),
    }
    for path, text in files.values():
        path.write_text(text, encoding="utf-8")
    return {name: path for name, (path, _) in files.items()}


def _charts(page: Page) -> dict[str, Any]:
    drawn = {name: slice_chart(page.slices.get(name, {})) for name in SLICES}
    return {
        "metrics": metrics_chart(page.rows, page.comparison),
        "families": families_chart(page.comparison) if page.comparison else "",
        "slices": {name: svg for name, svg in drawn.items() if svg},
        "latency": latency_chart([entry.unit.ms for entry in page.entries if entry.unit.written]),
    }


def _template(name: str, *, escape: bool) -> Any:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["share"] = _share
    environment.filters["cell"] = _cell
    environment.filters["marked"] = _failed_first
    return environment.get_template(name)


def _share(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.1f} %"


def _cell(text: str) -> str:
    """Text that cannot break out of a Markdown table cell."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;").replace("`", "'")


def _failed_first(entry: Entry) -> list[Any]:
    scored = [one for one in entry.scores if one.status != "n/a"]
    return sorted(scored, key=lambda one: (one.value is None, one.value if one.value is not None else 2.0))


def _plain(text: str) -> str:
    return text.translate(_CONTROL)
