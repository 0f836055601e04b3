"""Templates: what a file must be, what rendering takes, and what a release holds still."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.errors import PromptFileInvalid, TemplateInputsWrong, UnknownTemplate
from prompts.releasing import diff, lint, release
from prompts.template import escape, find, load_templates, render

HEADER = "---\npurpose: greets\ninputs: {name: who}\n---\n"
GOOD = HEADER + "=== system\n你好\n=== user\n{{ name }}\n"


def folder(tmp_path: Path, **files: str) -> Path:
    """A prompts folder with `greeting/v1.zh.md` and so on: `v1_zh="…"`."""
    for name, text in files.items():
        path = tmp_path / "templates" / "greeting" / (name.replace("_", ".") + ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_the_shipped_templates_pass_their_lint_and_exist_in_both_languages() -> None:
    assert lint() == ()
    names = {(each.name, each.language) for each in load_templates().values()}
    for name in ("reply", "repair", "rewrite", "summary", "outreach", "analysis"):
        assert {(name, "zh"), (name, "en")} <= names


def test_a_missing_and_an_unknown_input_are_named_in_one_line(tmp_path: Path) -> None:
    template = find(load_templates(folder(tmp_path, v1_zh=GOOD)), "greeting", "zh")
    with pytest.raises(TemplateInputsWrong) as caught:
        render(template, nickname="小林")
    assert str(caught.value) == (
        "template greeting@1.zh: missing input name; unknown input nickname; it takes name"
    )


def test_a_field_missing_inside_an_input_is_named(tmp_path: Path) -> None:
    text = "---\npurpose: x\ninputs: {order: an order}\n---\n=== user\n{{ order.status }}\n"
    template = find(load_templates(folder(tmp_path, v1_zh=text)), "greeting", "zh")
    with pytest.raises(TemplateInputsWrong, match="status"):
        render(template, order={})


def test_plain_names_mean_the_newest_released_version(tmp_path: Path) -> None:
    root = folder(tmp_path, v1_zh=GOOD, v2_zh=GOOD, v10_zh=GOOD)
    assert find(load_templates(root), "greeting", "zh").id == "greeting@10"
    release("greeting@2", root)
    assert find(load_templates(root), "greeting", "zh").id == "greeting@2"
    assert find(load_templates(root), "greeting@1", "zh").id == "greeting@1"


@pytest.mark.parametrize("name", ["greeting@7", "farewell", "greeting@x"])
def test_an_unknown_template_is_answered_with_what_there_is(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownTemplate, match=r"known: greeting@1 \(zh\)"):
        find(load_templates(folder(tmp_path, v1_zh=GOOD)), name, "zh")


def test_a_released_file_that_changed_is_reported_and_a_new_version_is_not(tmp_path: Path) -> None:
    root = folder(tmp_path, v1_zh=GOOD)
    assert release("greeting@1", root) == ("greeting@1.zh",)
    assert release("greeting@1", root) == ()
    assert lint(root) == ()
    folder(tmp_path, v1_zh=GOOD.replace("你好", "您好"), v2_zh=GOOD)
    assert [str(problem.what).split("(")[0].strip() for problem in lint(root)] == [
        "released and then changed"
    ]


def test_a_released_file_that_is_gone_is_reported(tmp_path: Path) -> None:
    root = folder(tmp_path, v1_zh=GOOD)
    release("greeting@1", root)
    shutil.rmtree(root / "templates")
    assert [problem.what for problem in lint(root)] == ["greeting@1.zh: the released file is gone"]


def test_a_template_that_fails_its_lint_cannot_be_released(tmp_path: Path) -> None:
    root = folder(tmp_path, v1_zh=GOOD.replace("{{ name }}", "{{ other }}"))
    with pytest.raises(PromptFileInvalid, match="other: used but not declared"):
        release("greeting@1", root)
    assert not (root / "released.toml").exists()


def test_a_diff_shows_what_changed_between_versions(tmp_path: Path) -> None:
    templates = load_templates(folder(tmp_path, v1_zh=GOOD, v2_zh=GOOD.replace("你好", "您好")))
    shown = diff(templates["greeting@1.zh"], templates["greeting@2.zh"])
    assert "-你好" in shown and "+您好" in shown
    assert diff(templates["greeting@1.zh"], templates["greeting@1.zh"]) == ""


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("你好", "front matter: expected it between two lines of ---"),
        ("---\n- a\n---\n=== user\nx", "front matter: expected fields"),
        ("---\npurpose: x\nversion: 2\n---\n=== user\nx", "version: unknown field"),
        ("---\ninputs: {}\n---\n=== user\nx", "purpose: expected"),
        ("---\npurpose: x\ninputs: [a]\n---\n=== user\nx", "inputs: expected names and values"),
        ("---\npurpose: x\ninputs: {a: }\n---\n=== user\nx", "inputs.a: expected a line"),
        ("---\npurpose: x\nstable: [b]\n---\n=== user\nx", "stable: expected"),
        ("---\npurpose: x\n---\nwords first\n=== user\nx", "body: expected it to begin"),
        ("---\npurpose: x\n---\n=== tool\nx", "section 'tool'"),
        (HEADER + "=== user\n你好", "inputs.name: declared but never used"),
        (HEADER + "=== user\n{{ name }}{{ age }}", "age: used but not declared"),
        (HEADER + "=== system\n{{ name }}", "name: stands in a system section"),
        (HEADER + "=== user\n{{ name ", "user section, line 1"),
        (HEADER + "=== user\n{{ name * 3 }}", "Mul: a template only loops and chooses"),
        (HEADER + "=== user\n{{ name.format(1) }}", "Call: a template only loops and chooses"),
        (HEADER + "=== user\n{{ name | safe }}", "Filter: a template only loops and chooses"),
        (HEADER + "=== user\n{% set x = name %}{{ x }}", "Assign: a template only loops and chooses"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(tmp_path: Path, text: str, what: str) -> None:
    problems = lint(folder(tmp_path, v1_zh=text))
    assert any(what in str(problem) and "v1.zh.md" in str(problem) for problem in problems), problems
    assert all("\n" not in str(problem) for problem in problems)


def test_a_file_of_another_name_is_refused(tmp_path: Path) -> None:
    path = folder(tmp_path, v1_zh=GOOD) / "templates" / "greeting" / "final.md"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(PromptFileInvalid, match=r"expected v<number>\.<language>\.md"):
        load_templates(tmp_path)


def test_a_template_without_its_twin_in_the_other_language_is_reported(tmp_path: Path) -> None:
    root = folder(tmp_path, v1_zh=GOOD, v1_en=GOOD, v2_zh=GOOD)
    assert [problem.what for problem in lint(root)] == ["has no twin in 'en'"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<>[]【】 \u3000")))
def test_rendering_returns_what_it_was_given(text: str) -> None:
    template = load_templates()["rewrite@1.zh"]
    sections = render(template, style="", canary="", how="warmer", target="", text=f"|{text}|")
    assert f"|{text}|" in sections[-1].text


@given(st.text(alphabet="<>[]【】1234,， =\nsystemuser资料/{}%#^", max_size=60))
def test_data_opens_no_section_tag_or_source_number(text: str) -> None:
    template = load_templates()["rewrite@1.zh"]
    plain = render(template, style="", canary="", how="warmer", target="", text="")
    filled = render(template, style="", canary="", how="warmer", target="", text=text)
    assert [section.role for section in filled] == [section.role for section in plain]
    assert filled[0] == plain[0]
    assert filled[1].text.count("<") == plain[1].text.count("<")
    assert "[1]" not in escape(text) and "【1】" not in escape(text)
