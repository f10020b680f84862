"""A host whose signals show all that a receiver has to be written for."""

from __future__ import annotations

HOST = {
    "shop/__init__.py": '"""A shop."""\n',
    "shop/py.typed": "",
    "shop/host.py": '''
"""Where its manager is."""

from __future__ import annotations

from hookcore import PluginManager

from shop import signals


def plugins() -> PluginManager:
    """Make the manager."""
    return PluginManager("shop", signals)
''',
    "shop/models.py": '''
"""What is sold."""


class Order:
    """An order."""


class Settings:
    """Called like the settings of a plugin."""
''',
    "shop/signals.py": '''
"""The signals."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping, Sequence
from decimal import Decimal as Money
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hookcore import Signal, signal

from .models import Order, Settings

if TYPE_CHECKING:
    from _typeshed import StrPath

Json: t.TypeAlias = "dict[str, Any]"


class Customer:
    """Who buys."""


@signal
def order_paid(sender: type[Order], order: Order, customer: Customer, at: datetime.datetime, total: Money) -> None:
    """An order was paid."""


@signal(firstresult=True)
def shipping_cost(sender: object, weight: float, of: "Mapping[str, Sequence[Path | StrPath]]") -> float | None:
    """What does it cost?"""


@signal(filters="text")
def label(sender: object, text: str, kind: Literal["big", "small"]) -> str:
    """The label."""
    raise NotImplementedError


@signal
def priced(sender: object, document: Json, settings: Settings, level: int, of: Settings | None) -> Money:
    """A price from each; one argument has the name, another the type, of something in the plugin."""
    raise NotImplementedError


@signal(historic=True)
def opened(sender: object, name) -> None:  # type: ignore[no-untyped-def]
    """It was opened."""


@signal(deprecated_arguments={"code": "say number"})
def ready(number: int, code: str = "") -> t.Any:
    """Called like a hook of plugins, and without a sender."""


@signal
def tick() -> None:
    """Nothing is sent with it."""


@signal
def many(
    sender: object,
    first_argument: int,
    second_argument: str,
    third_argument: Customer,
    fourth_argument: Sequence[Order],
) -> None:
    """Too many for a line."""


@signal(deprecated="use tick")
def tock() -> None:
    """An old one."""


def made() -> Signal[..., Any, Any]:
    """Make a signal with a type that nobody can import."""

    class Local: ...

    @signal
    def local(sender: object, thing: Local) -> Local | None:
        """Something of its own."""

    return local


local = made()
untyped = Signal(providing_args=["one", "two"])
free = Signal()


class Held:
    """A class that keeps a signal."""

    @signal
    def held(sender: object, name: str) -> None:
        """It is held."""


vars()["import"] = Signal()
''',
}
SIGNALS = (
    *("order_paid", "shipping_cost", "label", "priced", "opened", "ready", "tick", "many", "local", "untyped", "free"),
    "held",
)
"""Those for which a plugin can be written."""
