"""Reports show what a run found, and nothing a customer wrote can break out of them."""

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree

from eval.gate import gate
from eval.regrading import regrade
from eval.reporting.charts import slice_chart
from eval.reporting.page import gather
from eval.reporting.rendering import html, junit, markdown, write_reports
from eval.running import run
from eval.suite import read_suite
from tests.eval.parts import FAMILY, TinyShelf, TinyWriter, tiny_suite


async def test_the_page_shows_headline_drafts_and_reasons(tmp_path: Path) -> None:
    finished = await run(tiny_suite(tmp_path), writer=TinyWriter(), shop=TinyShelf(), out=tmp_path / "r")
    page = gather(finished)
    text = html(page)
    assert "66.7 %" in text and "11月17日24:00前都可以申请退货" in text
    assert page.entries[0].good is False
    assert not re.search(r'(src|href)="(?!#)|@import|url\((?!#)', text)


async def test_a_page_against_a_base_shows_what_flipped_with_both_drafts(tmp_path: Path) -> None:
    suite, shop = tiny_suite(tmp_path), TinyShelf()
    base = await run(suite, writer=TinyWriter(), shop=shop, out=tmp_path / "r", name="base")
    writer = TinyWriter(answers={"return-window-open": "这个退不了的哦"})
    worse = await run(suite, writer=writer, shop=shop, out=tmp_path / "r", name="worse")
    page = gather(worse, base=base, verdict=gate(base, worse))
    assert (page.won, page.lost) == (0, 1)
    text = html(page)
    assert "这个退不了的哦" in text and "11月17日24:00前都可以申请退货" in text and "<svg" in text
    assert "↓ `return-window-open` 1.00 → 0.00" in markdown(page)


async def test_charts_take_the_colours_of_the_page(tmp_path: Path) -> None:
    svg = slice_chart({"return": {"good": 0.5, "scenarios": 20}, "stock": {"good": 0.9, "scenarios": 7}})
    assert "var(--bad)" in svg and "var(--good)" in svg and "#" not in re.sub(r"url\(#\w+\)", "", svg)
    assert svg.index("return · 20") < svg.index("stock · 7")


async def test_what_customers_and_writers_say_stays_text(tmp_path: Path) -> None:
    nasty = "<script>alert(1)</script>|`x`\n# 标题\x08"
    writer = TinyWriter(answers={"return-window-open": nasty, "greeting-hello": nasty})
    page = gather(await run(tiny_suite(tmp_path), writer=writer, shop=TinyShelf(), out=tmp_path / "r"))
    assert "<script>alert" not in html(page) and html(page).count("<script") == 1
    assert "<script>" not in markdown(page) and "\n# 标题" not in markdown(page)
    suite = ElementTree.fromstring(junit(page).encode())
    assert suite.get("failures") == "2" and suite.get("tests") == "3"


async def test_a_unit_without_a_draft_is_an_error_in_junit_and_empty_in_html(tmp_path: Path) -> None:
    writer = TinyWriter(broken=frozenset({"return-window-open"}))
    page = gather(await run(tiny_suite(tmp_path), writer=writer, shop=TinyShelf(), out=tmp_path / "r"))
    assert ElementTree.fromstring(junit(page)).get("errors") == "1"
    assert "∅" in html(page) and "incomplete" in html(page)


async def test_reports_carry_the_verdict_and_lie_beside_the_run(tmp_path: Path) -> None:
    finished = await run(tiny_suite(tmp_path), writer=TinyWriter(), shop=TinyShelf(), out=tmp_path / "r")
    page = gather(finished, verdict=gate(finished, finished))
    files = write_reports(page, finished.path)
    assert set(files) == {"html", "markdown", "junit"} and all(file.exists() for file in files.values())
    assert "INCONCLUSIVE" in files["markdown"].read_text(encoding="utf-8")


async def test_stored_drafts_are_scored_again_without_the_writer(tmp_path: Path) -> None:
    suite = tiny_suite(tmp_path)
    finished = await run(suite, writer=TinyWriter(), shop=TinyShelf(), out=tmp_path / "r")
    same = regrade(finished.path, tmp_path / "same")
    assert same.scores == finished.scores
    (suite / "return-window.yaml").write_text(
        FAMILY.replace('"11月17日"', '"明年"').replace("/11[./-]17/", "后年")
    )
    newer = regrade(finished.path, tmp_path / "newer", suite=read_suite(suite))
    states = [one for one in newer.scores["return-window-open", 0] if one.metric == "states"]
    assert states[0].value == 0.0 and states[0].reason == "missing: 明年"


CONFTEST = """
import sys
sys.path.insert(0, {root!r})
def pytest_configure(config):
    from tests.eval.parts import TinyShelf, TinyWriter
    config.warmline_parts = lambda: (TinyWriter(), TinyShelf())
"""


def test_every_scenario_is_a_pytest_test(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    suite = tiny_suite(tmp_path)
    (tmp_path / "conftest.py").write_text(CONFTEST.format(root=root), encoding="utf-8")
    options = ["-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-c", os.devnull]
    if not any(one.name == "warmline" for one in entry_points(group="pytest11")):
        options += ["-p", "eval.pytest_plugin"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--warmline-suite", str(suite), "conftest.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 2 passed" in result.stdout, result.stdout + result.stderr
    assert re.search(r"greeting.yaml:\d+: asks", result.stdout)
