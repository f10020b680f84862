"""Do Django's own signals reach receivers of ours, and only while somebody wants them?"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.core import signals as core_signals
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models import signals as theirs
from django.dispatch import Signal
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from shop.models import Order, Plain, Tag

from hookcore import ReceiverError
from hookcore.integrations.django import signals


@pytest.fixture(autouse=True)
def connected(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave nobody connected."""
    before = {name: getattr(signals, name).receivers for name in signals.__all__}
    yield
    for name, receivers in before.items():
        getattr(signals, name).receivers = receivers


class Forwarding(TestCase):
    """Receivers of ours."""

    def test_nothing_is_connected_to_django_while_nobody_wants_it(self):
        """And only for the models that somebody wants."""
        assert theirs.pre_save.receivers == []
        assert not theirs.post_save.has_listeners(Plain)
        told = []

        def note(instance):
            told.append(instance)

        signals.post_save.connect(note, sender="shop.Plain")
        assert theirs.post_save.has_listeners(Plain)
        assert not theirs.post_save.has_listeners(Order)
        one = Plain.objects.create()
        assert told == [one]
        signals.post_save.disconnect(note, sender="shop.Plain")
        assert not theirs.post_save.has_listeners(Plain)

    def test_a_disabled_plugins_receivers_are_wanted_by_nobody(self):
        """Nor while the signal is muted."""
        assert theirs.post_save.has_listeners(User)
        with override_settings(HOOKCORE={"DISABLE": ["profiles"]}):
            assert not theirs.post_save.has_listeners(User)
        with signals.post_save.muted():
            assert not theirs.post_save.has_listeners(User)
        assert theirs.post_save.has_listeners(User)

    def test_somebody_who_looks_on_at_whom_django_reaches(self):
        """As Sentry does: over what holds a disabled plugin's receivers back, and whatever is disabled then."""
        reached, seen = [], []
        theirs_alone = Signal()
        theirs_alone.connect(lambda **named: reached.append(named["sender"]), weak=False)
        with override_settings(HOOKCORE={"DISABLE": ["profiles"]}):
            ours = Signal._live_receivers

            def look_on(signal, sender):
                seen.append(sender)
                return ours(signal, sender)

            with mock.patch.object(Signal, "_live_receivers", look_on):
                with override_settings(HOOKCORE={"DISABLE": ["profiles", "mail"]}):
                    theirs_alone.send(sender=User)
                theirs_alone.send(sender=Order)
        theirs_alone.send(sender=Tag)
        assert [sender for sender in seen if sender in (User, Order, Tag)] == [User, Order]
        assert reached == [User, Order, Tag]

    def test_each_signal_gives_what_django_sends(self):
        """By the names of the declaration, and without `**kwargs`."""
        told = []
        signals.pre_save.connect(lambda instance, raw, using, update_fields: told.append(("pre", raw, using)))
        signals.post_save.connect(lambda instance, created: told.append(("post", created)), sender=Plain)
        signals.pre_delete.connect(lambda instance, origin: told.append("pre delete"), sender=Plain)
        signals.post_delete.connect(lambda instance: told.append("post delete"), sender=Plain)
        signals.post_init.connect(lambda instance: told.append("init"), sender=Plain)
        one = Plain.objects.create()
        one.delete()
        assert told == ["init", ("pre", False, "default"), ("post", True), "pre delete", "post delete"]

    def test_many_to_many(self):
        """The sender is the model in between."""
        told = []
        signals.m2m_changed.connect(
            lambda action, pk_set: told.append((action, len(pk_set))), sender=Order.tags.through
        )
        order, tag = Order.objects.create(number="A-7"), Tag.objects.create(word="red")
        order.tags.add(tag)
        assert told == [("pre_add", 1), ("post_add", 1)]

    def test_requests_and_logins(self):
        """Those of the core and of auth."""
        told = []
        signals.request_started.connect(lambda environ: told.append(environ["PATH_INFO"]))
        signals.request_finished.connect(lambda: told.append("finished"))
        signals.user_logged_in.connect(lambda user: told.append(user.username))
        signals.user_login_failed.connect(lambda credentials: told.append(credentials["username"]))
        user = User.objects.create_user("ada", password="secret")
        client = Client()
        client.get("/pay/A-7/")
        assert told == ["/pay/A-7/", "finished"]
        told.clear()
        client.login(username="eve", password="guess")
        client.force_login(user)
        assert told == ["eve", "ada"]
        assert core_signals.got_request_exception.receivers == []

    def test_a_misspelled_argument_is_an_error_where_it_is_connected(self):
        """As with every declared signal."""
        with pytest.raises(ReceiverError, match="did you mean 'instance'"):
            signals.post_save.connect(lambda instanc: None)

    def test_an_exception_reaches_who_saves(self):
        """As with Django's."""

        def fails():
            raise LookupError("no")

        signals.post_save.connect(fails, sender=Plain)
        with pytest.raises(LookupError, match="no"):
            Plain.objects.create()


class Changed(TestCase):
    """What a save changed."""

    def setUp(self) -> None:
        """Note what each save changes."""
        self.told = []
        signals.post_save.connect(self.note, sender=Order, weak=False)

    def note(self, changed):
        """Note it, without what is of no interest."""
        self.told.append({name: tuple(change) for name, change in (changed or {}).items()})

    def test_old_and_new_values_without_a_further_query(self):
        """Of what was loaded, and of what was saved before."""
        order = Order.objects.create(number="A-7", total=Decimal("3.00"))
        assert self.told.pop()["number"] == (None, "A-7")
        order = Order.objects.get()
        order.status = "paid"
        order.total = "3.00"
        with self.assertNumQueries(1):
            order.save()
        assert self.told.pop() == {"status": ("new", "paid")}
        order.status = "sent"
        order.save()
        assert self.told.pop() == {"status": ("paid", "sent")}
        order.save()
        assert self.told.pop() == {}

    def test_only_the_fields_that_are_saved(self):
        """What is not saved differs still at the next save."""
        order = Order.objects.create(number="A-7")
        self.told.clear()
        order.status, order.number = "paid", "A-8"
        order.save(update_fields=["status"])
        assert self.told.pop() == {"status": ("new", "paid")}
        order.save()
        assert self.told.pop() == {"number": ("A-7", "A-8")}

    def test_what_is_read_anew_is_no_change(self):
        """`refresh_from_db`, and a deferred field that is loaded."""
        Order.objects.create(number="A-7")
        order = Order.objects.get()
        Order.objects.update(status="paid")
        order.refresh_from_db()
        self.told.clear()
        order.save()
        assert self.told.pop() == {}
        deferred = Order.objects.defer("status").get()
        assert deferred.status == "paid"
        deferred.status = "sent"
        deferred.save()
        assert self.told.pop() == {"status": ("paid", "sent")}

    def test_values_that_are_changed_where_they_stand(self):
        """A JSON field's dictionary; a file by its name."""
        order = Order.objects.create(number="A-7", extras={"gift": False})
        self.told.clear()
        order.extras["gift"] = True
        order.receipt.save("receipt.txt", ContentFile(b"paid"), save=False)
        order.save()
        changed = self.told.pop()
        assert changed["extras"] == ({"gift": False}, {"gift": True})
        assert changed["receipt"][0] == ""
        assert changed["receipt"][1].startswith("receipt")
        order.receipt.delete(save=False)

    def test_an_expression_is_what_it_is(self):
        """Its value is the database's to know."""
        order = Order.objects.create(number="A-7")
        self.told.clear()
        order.total = F("total") + 1
        order.save()
        assert set(self.told.pop()) == {"total"}

    def test_a_receiver_that_saves_again_sees_its_own_change_alone(self):
        """And nobody the same one twice."""
        order = Order.objects.create(number="A-7")
        self.told.clear()

        def mark(instance):
            if instance.status == "paid":
                instance.status = "marked"
                instance.save()

        signals.post_save.connect(mark, sender=Order)
        order.status = "paid"
        order.save()
        assert self.told == [{"status": ("new", "paid")}, {"status": ("paid", "marked")}]

    def test_whoever_asks_before_a_save_learns_of_that_save(self):
        """Also where others were told of the model's saves before anybody asked what they change."""
        signals.post_save.disconnect(self.note, sender=Order)

        def look_on(instance):
            """Do nothing."""

        signals.pre_save.connect(look_on, sender=Order)
        signals.pre_save.connect(self.note, sender=Order)
        order = Order.objects.create(number="A-7")
        self.told.clear()
        order.status = "paid"
        order.save()
        assert self.told == [{"status": ("new", "paid")}]

    def test_a_copy_of_a_row_is_new_and_changes_nothing_of_the_first(self):
        """Made as Django's documentation does, by taking the primary key away, or of a copy of the instance."""
        order = Order.objects.create(number="A-7")
        twin = copy.copy(order)
        twin.pk, twin.number = None, "A-8"
        twin.save()
        assert self.told.pop()["status"] == (None, "new")
        order.save()
        assert self.told.pop() == {}

    def test_values_that_say_of_each_element_whether_it_differs(self):
        """As arrays do: a save is not kept from by what is compared."""

        class Vector(list):
            def __ne__(self, other):
                raise ValueError("the truth value of an array is ambiguous")

            __hash__ = None

        def prepare(field, value):
            return None if value is None else str(list(value))

        with mock.patch("django.db.models.JSONField.get_prep_value", prepare):
            order = Order.objects.create(number="A-7", extras=Vector([1, 2]))
            self.told.clear()
            order.save()
            assert self.told.pop() == {}
            order.extras = Vector([1, 3])
            order.save()
            assert set(self.told.pop()) == {"extras"}

    def test_nothing_is_remembered_for_models_that_nobody_asks_for(self):
        """Nor is anything of Django's touched when nobody asks any more."""
        from django.db.models import Model

        one = Plain.objects.create()
        assert not hasattr(one._state, "hookcore_loaded")
        assert hasattr(Model.refresh_from_db, "hookcore")
        signals.post_save.disconnect(self.note, sender=Order)
        assert not hasattr(Model.refresh_from_db, "hookcore")
        assert not theirs.post_init.has_listeners(Order)


class Bulk(TestCase):
    """What Django does not tell."""

    def setUp(self) -> None:
        """Note every signal of bulk operations."""
        self.told = []
        Order.objects.bulk_create([Order(number=str(number)) for number in range(3)])

    def note(self, name, *arguments):
        """Connect a receiver of a signal that notes these of its arguments."""
        import inspect

        def receive(**given):
            self.told.append((name, *(given[one] for one in arguments)))

        receive.__signature__ = inspect.Signature(
            [inspect.Parameter(one, inspect.Parameter.KEYWORD_ONLY) for one in arguments]
        )
        getattr(signals, name).connect(receive, sender="shop.Order")

    def test_create(self):
        """Before and after; also one that ignores conflicts, or updates where there are any."""
        self.note("pre_bulk_create", "ignore_conflicts", "using")
        self.note("post_bulk_create", "update_fields")
        Order.objects.bulk_create([Order(number="9")], batch_size=1)
        Order.objects.bulk_create([Order(number="9")], ignore_conflicts=True)
        Order.objects.bulk_create(
            [Order(number="9")], update_conflicts=True, update_fields=["status"], unique_fields=["number"]
        )
        assert self.told == [
            ("pre_bulk_create", False, "default"),
            ("post_bulk_create", None),
            ("pre_bulk_create", True, "default"),
            ("post_bulk_create", None),
            ("pre_bulk_create", False, "default"),
            ("post_bulk_create", ["status"]),
        ]

    def test_update_of_instances_is_told_once(self):
        """Though Django makes it of several updates of querysets."""
        self.note("pre_bulk_update", "fields")
        self.note("post_bulk_update", "count")
        self.note("post_queryset_update", "count")
        orders = list(Order.objects.all())
        Order.objects.bulk_update(orders, ["status"], batch_size=1)
        assert self.told == [("pre_bulk_update", ["status"]), ("post_bulk_update", 3)]

    def test_rows_are_read_without_a_lock(self):
        """Which an update needs not, and PostgreSQL refuses outside a transaction."""
        self.note("pre_queryset_update", "rows")
        with CaptureQueriesContext(connection) as queries:
            Order.objects.select_for_update().update(status="paid")
        assert len(self.told[0][1]) == 3
        assert not [query for query in queries if "FOR UPDATE" in query["sql"]]

    def test_update_and_delete_of_querysets_read_rows_only_on_request(self):
        """One query more, and only then."""
        self.note("post_queryset_update", "values", "count")
        with self.assertNumQueries(1):
            Order.objects.filter(number="1").update(status="paid")
        assert self.told.pop() == ("post_queryset_update", {"status": "paid"}, 1)
        self.note("pre_queryset_update", "rows")
        with self.assertNumQueries(2):
            Order.objects.filter(status="paid").update(status="sent")
        [pk] = Order.objects.filter(status="sent").values_list("pk", flat=True)
        assert ("pre_queryset_update", [pk]) in self.told
        self.note("post_queryset_delete", "count", "by_model", "rows")
        Order.objects.filter(status="sent").delete()
        assert self.told.pop() == ("post_queryset_delete", 1, {"shop.Order": 1}, [pk])

    def test_what_fails_is_not_told_afterwards(self):
        """The one before has been."""
        self.note("pre_bulk_create", "using")
        self.note("post_bulk_create", "using")
        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.bulk_create([Order(number="1")])
        assert self.told == [("pre_bulk_create", "default")]

    def test_what_receivers_begin_is_told(self):
        """Those of a bulk operation, and those of the rows that it deletes."""
        self.note("post_queryset_update", "count")

        def update(**named):
            Order.objects.filter(number="2").update(status="left")

        signals.post_queryset_delete.connect(update, sender=Order)
        signals.post_delete.connect(update, sender=Order)
        Order.objects.filter(number__in="01").delete()
        assert self.told == [("post_queryset_update", 1)] * 3
        signals.post_queryset_delete.disconnect(update, sender=Order)
        signals.post_delete.disconnect(update, sender=Order)

    async def test_async_variants_too(self):
        """Django makes them of the others."""
        self.note("post_queryset_update", "count")
        self.note("post_bulk_create", "using")
        await Order.objects.aupdate(status="paid")
        await Order.objects.abulk_create([Order(number="9")])
        assert self.told == [("post_queryset_update", 3), ("post_bulk_create", "default")]
