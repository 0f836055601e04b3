"""Settings: what switches a model on, and what a contradiction says."""

import pytest

from service.errors import SettingsError
from service.settings import DEFAULT_MODEL, read_settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "WARMLINE_MODEL",
        "WARMLINE_API_KEY",
        "WARMLINE_BASE_URL",
    ):
        monkeypatch.delenv(name, raising=False)


def test_a_key_alone_sends_nothing_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert read_settings().model_name is None


def test_key_and_endpoint_switch_the_model_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1/")
    settings = read_settings()
    assert settings.model_name == DEFAULT_MODEL
    assert settings.base_url == "http://127.0.0.1:1/v1"
    assert read_settings(model="none").model_name is None


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"WARMLINE_MODEL": "m"}, "set OPENAI_BASE_URL"),
        ({"WARMLINE_MODEL": "m", "OPENAI_BASE_URL": "http://h/v1"}, "set OPENAI_API_KEY"),
        ({"OPENAI_BASE_URL": "h/v1"}, "starts with http"),
        ({"WARMLINE_PORT": "x"}, "port"),
    ],
)
def test_a_contradiction_is_one_line_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said) as caught:
        read_settings()
    assert "\n" not in str(caught.value)


def test_the_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    assert "very-secret" not in repr(read_settings())
