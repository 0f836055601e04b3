"""A stream that ends when its time is over, whatever waits inside it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

from service.errors import ModelUnavailable

T = TypeVar("T")


async def within(pieces: AsyncGenerator[T, None], *, limit_s: float | None) -> AsyncGenerator[T, None]:
    """The pieces as they come. Raises ModelUnavailable (`late`) when the time since the first ask is over.

    The clock is the loop's: setting the wall clock moves no deadline.
    """
    until = None if limit_s is None else asyncio.get_running_loop().time() + limit_s
    came = False
    async with aclosing(pieces):
        while True:
            try:
                async with asyncio.timeout_at(until):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise ModelUnavailable(
                    f"model: not done within the {limit_s:.0f} s left until the customer's reply is due",
                    kind="late",
                    partial=came,
                ) from error
            came = True
            yield piece
