"""What do the names in a written type stand for?"""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from hookcore import PluginManager, Signal
from hookcore.integrations.sphinx.linked_types import with_full_names

WRITTEN = {
    "Order": "~shop.models.Order",
    "type[Order] | None": "type[~shop.models.Order] | None",
    "models.Order": "~shop.models.Order",
    "dict[str, list[models.Order.Line]]": "dict[str, list[~shop.models.Order.Line]]",
    "int": "int",
    "Lacking": "Lacking",  # only type checkers import it
    "models.Lacking": "models.Lacking",
    "sometimes an order": "sometimes an order",
    "": "",
}


@pytest.mark.parametrize("written", WRITTEN)
def test_a_name_is_what_the_signals_module_has_under_it(monkeypatch, written):
    """What it does not have stays as it is, and so does what is no Python."""
    models, signals = ModuleType("shop.models"), ModuleType("shop.signals")
    exec("class Order:\n    class Line: ...", vars(models))
    signals.models, signals.Order, signals.paid = models, models.Order, Signal(providing_args=["order"])
    monkeypatch.setitem(sys.modules, "shop.signals", signals)
    [spec] = PluginManager("shop", signals).spec()
    spec = spec._replace(type=written, arguments=[one._replace(type=written) for one in spec.arguments])

    found = with_full_names(spec)
    assert [found.type, *(one.type for one in found.arguments)] == [WRITTEN[written]] * 3
