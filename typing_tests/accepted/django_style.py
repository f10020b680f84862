"""Code written for Django's signals: what mypy and pyright accept there, they accept here."""

from __future__ import annotations

from typing import Any

from hookcore import Signal, receiver

pizza_done = Signal()
order_saved = Signal(providing_args=["instance", "created"])
cached = Signal(use_caching=True)


@receiver(pizza_done)
def on_pizza(sender: object, **kwargs: Any) -> None:
    """Eat it."""


@receiver([pizza_done, order_saved], sender=dict, dispatch_uid="both")
def on_both(sender: object, **kwargs: Any) -> int:
    """Count it."""
    return len(kwargs)


class Store:
    """Sends, and connects a method."""

    def on_order(self, instance: object, created: bool, **kwargs: Any) -> None:
        """Note an order."""

    def open(self) -> bool:
        order_saved.connect(self.on_order, sender=dict, weak=False)
        pizza_done.send(sender=type(self), toppings=["olives"], size=30)
        responses: list[Any] = [response for _, response in order_saved.send_robust(self, instance=self, created=True)]
        return order_saved.disconnect(self.on_order, sender=dict) and cached.has_listeners(dict) and bool(responses)
