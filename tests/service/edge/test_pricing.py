"""What a call costs."""

import pytest

from service.draft import Usage
from service.edge import ModelEdge, PriceTable
from service.edge.pricing import Price
from service.model import Chunk, answer
from tests.service.edge.fakes import ASKED, Scripted

TABLE = PriceTable({"qwen": Price(input=1.0, output=2.0), "qwen-plus": Price(input=10.0, output=20.0)})


@pytest.mark.parametrize(
    ("model", "cost"),
    [("qwen", 2.0), ("qwen-2026", 2.0), ("qwen-plus-2026-11-01", 20.0), ("qwen2", None), ("other", None)],
)
def test_the_longest_name_that_fits_prices_a_model(model: str, cost: float | None) -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=500_000)
    assert TABLE.priced(usage, model=model).cost == cost


async def test_the_edge_prices_what_the_endpoint_counted() -> None:
    class Counted(Scripted):
        async def stream(self, *args: object, **kwargs: object):  # type: ignore[no-untyped-def]
            yield Chunk(text="好")
            yield Chunk(usage=Usage(input_tokens=1_000, output_tokens=100), model="qwen-2026")

    edge = ModelEdge([Counted(lambda call: [])], prices=TABLE)
    reply = await answer(edge, ASKED, parameters={})
    assert reply.usage and reply.usage.cost == pytest.approx(0.0012)
