"""What the README says that checkers find in its host: a misspelt argument, and what a call gives."""

from __future__ import annotations

from typing import assert_type

from hookcore import receiver, signal


@signal
def order_paid(sender: type, number: str, amount: float) -> None:
    """An order was paid. Sent after the bank has confirmed it."""


@signal(firstresult=True, robust=True)
def shipping_cost(sender: type, amount: float) -> float | None:
    """Say what shipping costs; the first plugin that answers wins, and one that fails is passed over."""


class Order:
    def __init__(self, number: str, amount: float) -> None:
        self.number, self.amount = number, amount

    def pay(self) -> None:
        order_paid.send(sender=Order, number=self.number, amount=self.amount)
        order_paid.send(sender=Order, nubmer=self.number, amount=self.amount)  # expect-error


@receiver(shipping_cost)
def free_above_ten(amount: float) -> float | None:
    return 0.0 if amount > 10 else None


@receiver(shipping_cost)  # expect-error
def free_for_all(amount: float) -> str:
    return "nothing"


cost = shipping_cost(sender=Order, amount=12.5)
assert_type(cost, float | None)
print(cost + 1)  # expect-error
