"""The plan of models: several endpoints in order, limits per use, prices, keys that stand in no file."""

from pathlib import Path

import pytest

from service.endpoints import read_plan
from service.errors import SettingsError
from service.settings import read_settings

PLAN = """
endpoints:
  - {name: main, base_url: "http://one.example/v1/", model: big, api_key_env: ONE_KEY}
  - {base_url: "http://two.example/v1", model: small, api_key_env: TWO_KEY}
uses:
  draft: {temperature: 0.5, seed: 7}
  analysis: {endpoints: [small], total_s: 3}
prices:
  big: {input: 1, output: 2}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "models.yaml"
    file.write_text(PLAN, encoding="utf-8")
    return file


def test_endpoints_are_asked_in_the_order_of_the_file_unless_a_use_names_its_own(path: Path) -> None:
    plan = read_plan(path)
    assert [each.model for each in plan.asked_for("draft")] == ["big", "small"]
    assert [each.model for each in plan.asked_for("analysis")] == ["small"]
    assert plan.endpoints[0].base_url == "http://one.example/v1"


def test_each_use_has_limits_of_its_own_and_keeps_what_the_file_leaves_out(path: Path) -> None:
    plan = read_plan(path)
    assert plan.use("draft").parameters == {"temperature": 0.5, "max_tokens": 800, "seed": 7}
    assert (plan.use("analysis").total_s, plan.use("analysis").max_tokens) == (3, 400)
    assert plan.use("judge").temperature == 0


def test_a_key_comes_from_the_variable_that_the_file_names(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWO_KEY", "sk-two")
    monkeypatch.delenv("ONE_KEY", raising=False)
    settings = read_settings(models=path)
    assert settings.plan
    assert [settings.key_of(each) for each in settings.plan.endpoints] == ["", "sk-two"]


@pytest.mark.parametrize(
    ("asked", "order"), [("small", ["small", "big"]), ("main", ["big", "small"]), ("huge", ["huge", "small"])]
)
def test_a_model_named_on_the_command_line_is_asked_first(path: Path, asked: str, order: list[str]) -> None:
    settings = read_settings(models=path, model=asked)
    assert settings.plan
    assert [each.model for each in settings.plan.asked_for("draft")] == order
    assert settings.plan.asked_for("analysis")[0].model == order[0]


def test_none_switches_every_model_off(path: Path) -> None:
    assert read_settings(models=path, model="none").plan is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("model: big", "modell: big"), "endpoints.0.model"),
        (("endpoints: [small]", "endpoints: [tiny]"), "no endpoint 'tiny'; known: main, small"),
        (("model: small", "model: main"), "'main' stands there twice"),
        (("http://two", "two"), "endpoints.1.base_url"),
        (("total_s: 3", "total_s: 0"), "uses.analysis.total_s"),
        (("draft:", "drafts:"), "uses.drafts"),
        (("output: 2", "output: -2"), "prices.big.output"),
        (("endpoints:\n", "endpoints: ["), "not readable as YAML"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_that_names_file_and_field(
    path: Path, change: tuple[str, str], said: str
) -> None:
    path.write_text(PLAN.replace(*change), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"models\.yaml") as caught:
        read_settings(models=path)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.yaml"):
        read_settings(models=tmp_path / "nowhere.yaml")
