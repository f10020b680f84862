"""A shop with its signals, declared anew for each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from hookcore import signal


@pytest.fixture
def shop() -> Iterator[ModuleType]:
    """The module of the shop's signals, importable while the test runs."""
    module = ModuleType("shop_signals")
    sys.modules["shop_signals"] = module

    @signal
    def order_paid(sender: object, number: str, amount: float = 0.0) -> str | None:
        """An order was paid."""

    @signal(firstresult=True)
    def shipping_cost(sender: object, number: str) -> float | None:
        """Say what shipping costs."""

    @signal(filters="text")
    def rendered(sender: object, text: str) -> str:
        """Change a text."""
        raise NotImplementedError

    @signal(historic=True)
    def opened(sender: object, gate: str) -> str | None:
        """A gate was opened."""

    for one in (order_paid, shipping_cost, rendered, opened):
        setattr(module, one.name, one)
    yield module
    del sys.modules["shop_signals"]
