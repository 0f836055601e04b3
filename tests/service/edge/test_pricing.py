"""What a call costs."""

from pathlib import Path

import pytest

from service.draft import Usage
from service.edge import ModelEdge, read_prices
from service.errors import SettingsError
from service.model import Chunk, answer
from tests.service.edge.fakes import ASKED, Scripted

TABLE = "qwen: {input: 1.0, output: 2.0}\nqwen-plus: {input: 10.0, output: 20.0}\n"


def table(tmp_path: Path, text: str = TABLE) -> Path:
    path = tmp_path / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("model", "cost"),
    [("qwen", 2.0), ("qwen-2026", 2.0), ("qwen-plus-2026-11-01", 20.0), ("qwen2", None), ("other", None)],
)
def test_the_longest_name_that_fits_prices_a_model(tmp_path: Path, model: str, cost: float | None) -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=500_000)
    assert read_prices(table(tmp_path)).priced(usage, model=model).cost == cost


async def test_the_edge_prices_what_the_endpoint_counted(tmp_path: Path) -> None:
    class Counted(Scripted):
        async def stream(self, *args: object, **kwargs: object):  # type: ignore[no-untyped-def]
            yield Chunk(text="好")
            yield Chunk(usage=Usage(input_tokens=1_000, output_tokens=100), model="qwen-2026")

    edge = ModelEdge([Counted(lambda call: [])], prices=read_prices(table(tmp_path)))
    reply = await answer(edge, ASKED, parameters={})
    assert reply.usage and reply.usage.cost == pytest.approx(0.0012)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("qwen: {input: 1}", "qwen.output"),
        ("qwen: {input: -1, output: 1}", "qwen.input"),
        ("a: [", "not readable"),
    ],
)
def test_a_wrong_table_is_named_with_its_field(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        read_prices(table(tmp_path, text))
