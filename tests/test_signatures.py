"""May functions be annotated with what only type checkers import? On Python 3.14 an annotation is code that is run."""

from __future__ import annotations

import sys
import types

import pytest

from hookcore import Signal
from hookcore.plugins.loading import call_with_wanted

# Compiled without the `from __future__ import annotations` of this file, under which nothing would be evaluated.
SOURCE = """
import functools
from typing import TYPE_CHECKING
from hookcore import signal

if TYPE_CHECKING:
    from nowhere import Order

{declared}
def order_paid(sender: type, order: "Order") -> "Order | None":
    "An order was paid."

def plain(order: {annotation}) -> {annotation}:
    return order

def decorator(function):
    @functools.wraps(function)
    def wrapper(*arguments, **named):
        return function(*arguments, **named)
    return wrapper

decorated = decorator(plain)

class Instance:
    def __call__(self, order: {annotation}):
        return order

instance = Instance()

def ready(plugins: {annotation}) -> {annotation}:
    return plugins
"""


NOT_EVALUATED = pytest.mark.skipif(sys.version_info < (3, 14), reason="only on Python 3.14 and newer")


@pytest.fixture(params=['"Order"', pytest.param("Order", marks=NOT_EVALUATED)])
def module(request) -> types.ModuleType:
    """Return a module whose functions are annotated with a name that is not there when they run."""
    made = types.ModuleType("annotated")
    source = SOURCE.format(annotation=request.param, declared="@signal").replace('"Order"', request.param)
    source = source.replace('"Order | None"', request.param)
    exec(compile(source, "<annotated>", "exec", dont_inherit=True), made.__dict__)
    return made


@pytest.mark.parametrize("name", ["plain", "decorated", "instance"])
def test_a_receiver_may_be_annotated_with_what_is_not_there(module, name):
    """It is read, connected and called; with declared signals and others."""
    for sent in (module.order_paid, Signal()):
        sent.connect(getattr(module, name), weak=False)
        assert [answer for _, answer in sent.send(sender=None, order=7)] == [7]


def test_what_a_plugin_is_called_with_may_be_annotated_so(module):
    """Its `ready`, for one."""
    assert call_with_wanted(module.ready, {"plugins": 1, "settings": 2}, plugin="ant") == 1
