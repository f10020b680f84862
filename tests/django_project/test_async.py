"""Do async views send as Django's own signals do: blocking receivers in their request's thread, no request waiting?"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator

import pytest
from asgiref.testing import ApplicationCommunicator
from shop import signals
from shop.asgi import application

whose = contextvars.ContextVar("whose", default="nobody's")


@pytest.fixture(autouse=True)
def _receivers() -> Iterator[None]:
    before = signals.order_paid.receivers
    signals.order_paid.receivers = []
    yield
    signals.order_paid.receivers = before


async def paid(number: str) -> bytes:
    """Make one request of the project under ASGI; return the body of the answer."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": f"/pay-later/{number}/",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }

    async def in_its_context(scope, receive, send):
        whose.set(number)
        await application(scope, receive, send)

    communicator = ApplicationCommunicator(in_its_context, scope)
    await communicator.send_input({"type": "http.request"})
    start = await communicator.receive_output(20)
    assert start["status"] == 200
    body = await communicator.receive_output(20)
    await communicator.wait(20)
    answer: bytes = body["body"]
    return answer


def test_two_requests_never_wait_for_each_other():
    """Each has its thread: blocking receivers of both are under way at once."""
    meeting = threading.Barrier(2)

    def wait(number):
        meeting.wait(15)

    signals.order_paid.connect(wait)

    async def both():
        return await asyncio.gather(paid("A-7"), paid("A-8"))

    assert asyncio.run(both()) == [b"1 receivers"] * 2


def test_a_request_has_its_context():
    """What is set for it, its receivers see, the blocking and the awaited ones."""
    told = []

    def blocking(number):
        told.append((number, whose.get()))

    async def awaited(number):
        await asyncio.sleep(0.01)
        told.append((number, whose.get()))

    signals.order_paid.connect(blocking)
    signals.order_paid.connect(awaited)

    async def both():
        return await asyncio.gather(paid("A-7"), paid("A-8"))

    asyncio.run(both())
    assert sorted(told) == [("A-7", "A-7")] * 2 + [("A-8", "A-8")] * 2
