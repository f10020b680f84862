"""Do the tools by which people look at code see what a host wrote when it declared a signal?"""

from __future__ import annotations

import doctest
import importlib
import inspect
import pydoc
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from hookcore import Signal, SignalDeclarationError, signal

HOST = '''
"""What the shop tells the world."""
from __future__ import annotations

from hookcore import Signal, signal

@signal
def order_paid(sender: type, order_id: int, *, raw: bool = False) -> str | None:
    """An order was paid.

    >>> 1 + 1
    2
    """

@signal(firstresult=True)
def shipping_cost(sender: type, weight: float) -> int:
    """Say what shipping costs."""

class Namespace:
    @signal
    def order_sent(sender: type, order_id: int) -> None:
        """An order left the house."""

untyped = Signal()
'''


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A host's module with signals."""
    (tmp_path / "shop_to_look_at.py").write_text(HOST, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "shop_to_look_at", raising=False)
    return importlib.import_module("shop_to_look_at")


PARAMETERS = "(sender: 'type', order_id: 'int', *, raw: 'bool' = False) -> 'str | None'"


def test_inspect_sees_parameters_docstring_and_source(shop):
    """`inspect` answers for a declared signal as for the function."""
    assert str(inspect.signature(shop.order_paid)) == PARAMETERS
    assert list(inspect.signature(shop.shipping_cost).parameters) == ["sender", "weight"]
    assert list(inspect.signature(shop.Namespace.order_sent).parameters) == ["sender", "order_id"]
    assert inspect.getdoc(shop.order_paid).startswith("An order was paid.")
    assert "def order_paid" in inspect.getsource(inspect.unwrap(shop.order_paid))
    assert inspect.getmodule(shop.order_paid) is shop


def test_a_signal_has_a_functions_names(shop):
    """Name, qualified name, module."""
    sent = shop.Namespace.order_sent

    assert (sent.__name__, sent.__qualname__, sent.__module__) == (
        "order_sent",
        "Namespace.order_sent",
        "shop_to_look_at",
    )


def test_help_shows_parameters_and_docstring(shop):
    """`help(signal)` is what the host has written; `help(module)` has it too."""
    for text in (pydoc.render_doc(shop.order_paid, renderer=pydoc.plaintext), pydoc.plaintext.document(shop)):
        assert "order_paid" in text
        assert "An order was paid." in text
        assert "order_id" in text
    assert "shipping" in pydoc.plaintext.document(shop)


def test_doctest_finds_the_examples(shop):
    """Examples in a signal's docstring are run."""
    found = {test.name: test for test in doctest.DocTestFinder().find(shop)}

    assert [example.source for example in found["shop_to_look_at.order_paid"].examples] == ["1 + 1\n"]


def test_the_class_is_documented_as_before(shop):
    """What a single signal says of itself the class does not say."""
    assert Signal.__doc__.startswith("A signal: what a host sends")
    assert shop.untyped.__doc__ == Signal.__doc__
    assert Signal.__module__ == "hookcore.signals.signal"
    assert inspect.signature(Signal)


def test_the_declaration_itself_can_be_reached(shop):
    """As under `functools.wraps`."""
    assert inspect.isfunction(shop.order_paid.__wrapped__)


def test_attributes_of_the_declaration_do_not_become_the_signals():
    """A mark on the function, as of pluggy's, is not one on the signal."""

    def declared(sender):
        """Say something."""

    declared.shop_spec = {"firstresult": True}

    assert not hasattr(signal(declared), "shop_spec")


def test_a_signal_is_a_receiver_by_its_own_parameters():
    """One signal connected to another is given what it sends, by keyword."""

    @signal
    def first(sender, order_id, raw=False):
        """One."""

    @signal
    def second(sender, order_id):
        """Other."""

    second.connect(lambda order_id: order_id)
    first.connect(second)
    untyped = Signal()
    first.connect(untyped)

    assert [answer for _, answer in first.send(sender=None, order_id=7)] == [[7], []]


# -- python -OO -------------------------------------------------------------------------------------------------

UNDOCUMENTED = """
from hookcore import Signal, signal, PluginManager

@signal
def order_paid(sender, order_id):
    '''An order was paid.'''

@signal(firstresult=True)
def shipping_cost(sender):
    pass

class signals:
    paid = order_paid
    cost = shipping_cost

order_paid.connect(lambda order_id: order_id)
plugins = PluginManager("shop", signals)
with plugins:
    print([answer for _, answer in order_paid.send(sender=None, order_id=7)], order_paid.__doc__)
"""


def test_python_without_docstrings_demands_none():
    """`python -OO` strips docstrings, and a signal that had one is declared as before."""
    ended = subprocess.run([sys.executable, "-OO", "-c", UNDOCUMENTED], capture_output=True, text=True)

    assert (ended.stdout, ended.stderr) == ("[7] None\n", "")


def test_a_frozen_application_without_docstrings_demands_none(monkeypatch):
    """Whoever froze it may have stripped them without Python's flag: hookcore's own are gone, too, then."""
    from hookcore.signals import declaring

    monkeypatch.setattr(declaring._docstrings_are_kept, "__doc__", None)

    @signal
    def order_paid(sender):
        pass

    assert order_paid.send(sender=None) == []


def test_python_with_docstrings_demands_one():
    """Always document what your signals do."""
    with pytest.raises(SignalDeclarationError, match="give it a docstring"):

        @signal
        def order_paid(sender):
            pass
