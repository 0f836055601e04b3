"""A product of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One row of `products.csv`; every column beyond the named ones is a spec."""

    id: str
    name: str
    category: str = ""
    price: Decimal | None = None
    """In yuan."""
    specs: Mapping[str, str] = field(default_factory=dict)
    """Column heading → value, in the file's order; empty cells are left out."""
