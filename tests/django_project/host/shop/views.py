"""One view, in both ways."""

from django.http import HttpRequest, HttpResponse

from shop import signals
from shop.models import Order


def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Pay an order."""
    pairs = signals.order_paid.send(sender=Order, number=number)
    return HttpResponse(f"{len(pairs)} receivers")


async def pay_later(request: HttpRequest, number: str) -> HttpResponse:
    """Pay an order, awaited."""
    pairs = await signals.order_paid.asend(sender=Order, number=number)
    return HttpResponse(f"{len(pairs)} receivers")
