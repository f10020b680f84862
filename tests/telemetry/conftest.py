"""A shop whose sends and receivers real OpenTelemetry SDKs are told of; `tox run -e opentelemetry,opentelemetry130`.

Where the SDK is not installed nothing here is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest

from hookcore import PluginManager, signal

collect_ignore_glob = [] if find_spec("opentelemetry") and find_spec("opentelemetry.sdk") else ["test_*.py"]


@pytest.fixture
def told() -> Any:
    """Give an SDK that keeps what it is told."""
    from support.telemetry import Told

    return Told()


@pytest.fixture
def shop(told: Any) -> Iterator[Any]:
    """Give a shop that runs and is instrumented: its signals, its manager, and what ends that."""
    from hookcore.integrations.opentelemetry import instrument

    @signal
    def order_paid(sender: object, number: str) -> str | None:
        """An order was paid."""

    @signal
    def stock_changed(sender: object, number: str) -> None:
        """There is more or less of something."""

    @signal(firstresult=True)
    def shipping_cost(sender: object) -> int | None:
        """Say what shipping costs."""

    @signal(robust=True)
    def order_seen(sender: object, number: str) -> None:
        """Somebody looks at an order."""

    signals = SimpleNamespace(
        order_paid=order_paid, stock_changed=stock_changed, shipping_cost=shipping_cost, order_seen=order_seen
    )
    plugins = PluginManager("shop", signals)
    plugins.start()
    signals.plugins = plugins
    signals.undo = instrument(plugins, **told.providers)
    yield signals
    plugins.stop()
