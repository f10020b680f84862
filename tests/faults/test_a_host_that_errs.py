"""What happens when the host's own code is wrong: is it told at once, with signal, argument and the right name?"""

from __future__ import annotations

import pytest

from hookcore import Signal, SignalArgumentError, SignalDeclarationError, signal


@signal
def order_paid(sender: object, number: str, amount: float = 0.0) -> None:
    """An order was paid."""


def test_a_declared_signal_without_a_docstring_is_refused():
    """Always document what your signals are doing."""
    with pytest.raises(SignalDeclarationError, match=r"'undocumented'.*test_a_host_that_errs\.py:\d+.*docstring"):

        @signal
        def undocumented(sender: object) -> None: ...


@pytest.mark.parametrize("send", [order_paid.send, order_paid.send_robust, order_paid], ids=["send", "robust", "call"])
def test_a_send_that_lacks_an_argument_names_it(send):
    """Each way to send names the signal and the missing argument, with receivers or without."""
    with pytest.raises(SignalArgumentError, match=r"order_paid.*number") as error:
        send(sender=None)

    assert error.value.missing == ("number",)


def test_a_send_with_a_misspelled_argument_names_the_nearest():
    """The error names the signal, the argument and the right name."""
    with pytest.raises(SignalArgumentError, match=r"(?s)order_paid.*'numbr'.*[Dd]id you mean 'number'") as error:
        order_paid.send(sender=None, numbr="A-7")

    assert error.value.unexpected == ("numbr",)


def test_providing_args_are_enforced():
    """`Signal(providing_args=…)` names what is sent; Django only documented it."""
    saved = Signal(providing_args=["instance", "created"])

    with pytest.raises(SignalArgumentError, match="creatd"):
        saved.send(sender=None, instance=object(), creatd=True)
