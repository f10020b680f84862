"""The shop's signals."""

from django.db.models import Model

from hookcore import signal
from hookcore.integrations.django import Signal


@signal(thread_sensitive=True)
def order_paid(sender: type[Model], number: str) -> None:
    """An order was paid. Sent in the transaction that stores it."""


as_ever = Signal()
"""A signal as a Django project has always had it."""
