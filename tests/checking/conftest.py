"""A host's signals, and what it publishes of them."""

from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest

from hookcore import PluginManager, signal
from hookcore.checking import document_of, spec_from


@pytest.fixture
def shop():
    """A host's signals in a module of its own."""
    module = ModuleType("shop.signals")

    @signal(deprecated_arguments={"code": "say number"})
    def order_paid(sender: object, number: str, amount: int = 0, code: str = "") -> str | None:
        """An order was paid."""

    @signal
    def order_cancelled(sender: object, number: str) -> None:
        """An order was cancelled."""

    @signal(deprecated="listen to order_cancelled")
    def order_gone(sender: object, number: str) -> None:
        """An order is gone."""

    for one in (order_paid, order_cancelled, order_gone):
        vars(one)["__module__"] = "shop.signals"
        setattr(module, one.name, one)
    sys.modules["shop.signals"] = module
    yield module
    del sys.modules["shop.signals"]


@pytest.fixture
def spec(shop):
    """What the host publishes, as it comes from its file."""
    return spec_from(json.loads(json.dumps(document_of(PluginManager("shop", shop)))))
