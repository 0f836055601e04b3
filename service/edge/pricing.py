"""What a call costs: tokens times the prices a shop has written down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from service.draft import Usage
from service.errors import SettingsError
from service.ticket import first_problem

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


def read_prices(path: Path) -> PriceTable:
    """The table of a YAML file: `model name: {input: 0.8, output: 2.0}`.

    Raises SettingsError with one line that names file and field.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return PriceTable(TypeAdapter(dict[str, Price]).validate_python(data))
    except ValidationError as error:
        raise SettingsError(f"{path}: {first_problem(error)}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
