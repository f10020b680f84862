"""When does a receiver with delivery="on_commit" run? In each kind of transaction, on the database that is meant.

`test_postgresql.py` runs this on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connections, transaction
from django.test import TransactionTestCase
from shop import signals
from shop.models import Order, Plain

from hookcore.integrations.django.signals import post_save


class Rollback(Exception):
    """Ends a block."""


@contextmanager
def rolled_back(using: str | None = None) -> Iterator[None]:
    """Make a transaction, or a savepoint in one, that an exception rolls back at the end."""
    with suppress(Rollback), transaction.atomic(using=using):
        yield
        raise Rollback


class OnCommit(TransactionTestCase):
    """The matrix."""

    databases = frozenset({"default", "other"})

    @pytest.fixture(autouse=True)
    def _receivers(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        self.caplog = caplog
        self.told: list[object] = []
        before = signals.order_paid.receivers, post_save.receivers
        signals.order_paid.receivers = []
        signals.order_paid.connect(self.note, delivery="on_commit")
        yield
        signals.order_paid.receivers, post_save.receivers = before

    def note(self, number):
        """Note it, and whether a transaction is open."""
        self.told.append(number)
        self.is_open = transaction.get_connection().in_atomic_block

    def send(self, number="A-7"):
        """Send the signal."""
        signals.order_paid.send(sender=Order, number=number)

    def test_at_once_in_autocommit(self):
        """There is nothing to wait for."""
        self.send()
        assert self.told == ["A-7"]

    def test_after_the_block(self):
        """When all is stored, and others can see it."""
        with transaction.atomic():
            Order.objects.create(number="A-7")
            self.send()
            assert self.told == []
        assert self.told == ["A-7"]
        assert not self.is_open

    def test_after_the_outermost_block(self):
        """In the order of the sends, whatever block they are in."""
        with transaction.atomic():
            self.send("1")
            with transaction.atomic():
                self.send("2")
            assert self.told == []
            self.send("3")
        assert self.told == ["1", "2", "3"]

    def test_never_after_a_rollback_to_a_savepoint(self):
        """What was sent behind it has not happened; the rest has."""
        with transaction.atomic():
            self.send("1")
            with rolled_back():
                self.send("2")
            self.send("3")
        assert self.told == ["1", "3"]

    def test_never_after_a_rollback(self):
        """And what waits is not left for the next transaction."""
        with rolled_back():
            self.send("1")
        with transaction.atomic():
            pass
        assert self.told == []
        with transaction.atomic():
            self.send("2")
            transaction.set_rollback(True)
        assert self.told == []

    def test_a_receiver_that_fails(self):
        """It is logged, hides nobody, reaches nobody."""

        def fails():
            raise LookupError("no such mailbox")

        signals.order_paid.receivers = []
        signals.order_paid.connect(fails, delivery="on_commit")
        signals.order_paid.connect(self.note, delivery="on_commit")
        with self.caplog.at_level(logging.ERROR, "hookcore"):
            with transaction.atomic():
                self.send()
            self.send("A-8")
        assert self.told == ["A-7", "A-8"]
        assert self.caplog.text.count("fails after commit (no such mailbox)") == 2

    def test_a_receiver_that_breaks_the_database_connection_for_itself(self):
        """It runs outside of any transaction: what it opens is its own."""

        def fails():
            with transaction.atomic():
                Order.objects.create(number="A-7")
                Order.objects.create(number="A-7")

        signals.order_paid.receivers = []
        signals.order_paid.connect(fails, delivery="on_commit")
        signals.order_paid.connect(self.note, delivery="on_commit")
        with self.caplog.at_level(logging.CRITICAL, "hookcore"), transaction.atomic():
            Plain.objects.create(number=7)
            self.send()
        assert self.told == ["A-7"]
        assert not Order.objects.exists()
        assert Plain.objects.get().number == 7

    def test_it_is_the_database_of_what_is_sent(self):
        """`using` of a model's own signals; that of an instance that is sent."""

        def saved(instance, using):
            self.told.append((instance.number, using))

        post_save.connect(saved, sender="shop.Plain", delivery="on_commit")
        with transaction.atomic(using="other"):
            Plain.objects.create(number=1)
            assert self.told == [(1, "default")], "no transaction is open there"
            Plain.objects.using("other").create(number=2)
            assert len(self.told) == 1
        assert self.told == [(1, "default"), (2, "other")]
        with transaction.atomic(using="other"), transaction.atomic():
            Plain.objects.using("other").create(number=3)
            Plain.objects.create(number=4)
        assert self.told[2:] == [(4, "default"), (3, "other")]

    def test_a_rollback_of_one_database_is_none_of_the_others(self):
        """Each has its own transaction."""

        def saved(instance):
            self.told.append(instance.number)

        post_save.connect(saved, sender=Plain, delivery="on_commit")
        with transaction.atomic(), rolled_back(using="other"):
            Plain.objects.create(number=1)
            Plain.objects.using("other").create(number=2)
        assert self.told == [1]

    def test_a_model_is_stored_when_its_receiver_runs(self):
        """Also one that is saved alone."""
        found = []
        post_save.connect(lambda: found.append(Plain.objects.count()), sender=Plain, delivery="on_commit")
        Plain.objects.create()
        with transaction.atomic():
            Plain.objects.create()
            Plain.objects.create()
        assert found == [1, 3, 3]

    def test_inside_a_blocks_own_receivers(self):
        """A send after commit, by a receiver, begins anew."""

        def again(number):
            if number == "1":
                with transaction.atomic():
                    self.send("2")
                    assert "2" not in self.told

        signals.order_paid.connect(again, delivery="on_commit")
        with transaction.atomic():
            self.send("1")
        assert self.told == ["1", "2"]

    def test_awaited_in_a_transaction_of_the_thread_that_waits(self):
        """The signal is `thread_sensitive`: its blocking receivers are reached where Django's transactions are."""
        with transaction.atomic():
            async_to_sync(signals.order_paid.asend)(sender=Order, number="A-7")
            assert self.told == []
        assert self.told == ["A-7"]

    def test_awaited_without_a_transaction(self):
        """At once."""
        asyncio.run(signals.order_paid.asend(sender=Order, number="A-7"))
        assert self.told == ["A-7"]
        asyncio.run(close())

    def test_a_transaction_in_a_thread_of_an_async_view(self):
        """`sync_to_async` of a function that opens one."""

        def pay():
            with transaction.atomic():
                self.send()
                assert self.told == []

        async def view():
            await sync_to_async(pay)()
            await close()

        asyncio.run(view())
        assert self.told == ["A-7"]

    def test_coroutine_receivers(self):
        """They are run to their end after the commit."""

        async def tell(number):
            await asyncio.sleep(0)
            self.told.append(f"told {number}")

        signals.order_paid.connect(tell, delivery="on_commit")
        with transaction.atomic():
            self.send()
            assert self.told == []
        assert self.told == ["A-7", "told A-7"]


async def close() -> None:
    """Close the connections that the loop's thread has opened."""
    await sync_to_async(connections.close_all)()
