"""The assembled program for one command, with its progress on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.assembly import Warmline


@contextmanager
def assembled(**overrides: object) -> "Iterator[Warmline]":
    """The program with the environment's settings and these on top. Raises SettingsError."""
    from service.assembly import Warmline
    from service.settings import read_settings
    from ui.terminal.showing import sync_progress

    shop = overrides.pop("shop", None)
    app = Warmline(settings=read_settings(**overrides))
    with sync_progress() as progress:
        app.progress = progress
        if isinstance(shop, str):
            app.shop_id(shop)
        yield app
