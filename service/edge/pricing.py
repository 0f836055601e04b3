"""What a call costs: tokens times the prices a shop has written down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field

from service.draft import Usage

_PER = 1_000_000


class Price(BaseModel):
    """Prices per million tokens, in one currency for all models."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0)
    output: float = Field(ge=0)


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices by model name; a name also covers its dated versions: `qwen` for `qwen-2026-11-01`."""

    prices: Mapping[str, Price]

    def priced(self, usage: Usage, *, model: str) -> Usage:
        """The usage with its cost; without, if the model has no price."""
        names = [name for name in self.prices if model == name or model.startswith(f"{name}-")]
        if not names:
            return usage
        price = self.prices[max(names, key=len)]
        cost = (usage.input_tokens * price.input + usage.output_tokens * price.output) / _PER
        return replace(usage, cost=cost)
