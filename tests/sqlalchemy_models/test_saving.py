"""Are an ORM's saves, deletions, loads and bulk statements told, and only where somebody listens?"""

from __future__ import annotations

import gc

import pytest
from sqlalchemy import delete, event, insert, select, update
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, Session, mapped_column, scoped_session
from support.sqlalchemy_shop import SESSIONS, Base, Gift, Line, Named, Order, ShopSession

from hookcore import ReceiverError
from hookcore.integrations.sqlalchemy import listening, model_signals, signals


@pytest.fixture
def told():
    """Collect what receivers are told."""
    return []


def test_a_save_is_told_before_and_after(sessions, told):
    """Whether the row is new, and what has changed."""

    def before(created, changed):
        told.append(("before", created, dict(changed)))

    def after(instance, created, changed, session):
        told.append(("after", created, dict(changed), instance.id is not None, type(session)))

    signals.pre_save.connect(before, sender=Order)
    signals.post_save.connect(after, sender=Order)
    with sessions.begin() as session:
        order = Order(name="A-7")
        session.add(order)
    assert told == [
        ("before", True, {"name": (None, "A-7"), "kind": (None, "order")}),
        ("after", True, {"name": (None, "A-7"), "kind": (None, "order")}, True, SESSIONS.class_),
    ]
    del told[:]
    with sessions.begin() as session:
        order = session.scalars(select(Order)).one()
        order.total = 3
        order.name = order.name
    assert told == [("before", False, {"total": (0, 3)}), ("after", False, {"total": (0, 3)}, True, SESSIONS.class_)]


def test_what_has_not_changed_is_not_told(sessions, told):
    """Though SQLAlchemy counts it as dirty."""
    signals.pre_save.connect(lambda instance: told.append(instance), sender=Order)
    signals.post_save.connect(lambda instance: told.append(instance), sender=Order)
    with sessions.begin() as session:
        session.add(Order(name="A-7"))
    del told[:]
    with sessions.begin() as session:
        order = session.scalars(select(Order)).one()
        order.name = "A-7"
    assert told == []


def test_a_base_is_all_that_is_mapped_below_it(sessions, told):
    """A mapped class, a declarative base, a mix-in; also for what is mapped later."""
    signals.post_save.connect(lambda instance: told.append(("Order", type(instance).__name__)), sender=Order)
    signals.post_save.connect(lambda instance: told.append(("Base", type(instance).__name__)), sender=Base)
    named = lambda instance: told.append(("Named", type(instance).__name__))  # noqa: E731
    signals.post_save.connect(named, sender=Named)
    with sessions.begin() as session:
        session.add(Gift(name="A-8"))
        session.flush()
        session.add(Line(text="one"))
    assert told == [("Order", "Gift"), ("Base", "Gift"), ("Named", "Gift"), ("Base", "Line")]

    name = f"Voucher{len(Order.__subclasses__())}"  # SQLAlchemy warns of a second one by that name
    Voucher = type(name, (Order,), {"__mapper_args__": {"polymorphic_identity": name}})  # noqa: N806
    del told[:]
    assert signals.post_save.disconnect(named, sender=Named)
    with sessions.begin() as session:
        session.add(Voucher(name="A-9"))
    assert told == [("Order", name), ("Base", name)]


def test_a_receiver_may_change_what_is_about_to_be_written(sessions):
    """And add to the session: that is told, too."""
    seen = []

    def number(instance, session):
        instance.total = 7
        session.add(Line(text="added"))

    signals.pre_save.connect(number, sender=Order)
    signals.pre_save.connect(lambda instance: seen.append(instance.text), sender=Line)
    with sessions.begin() as session:
        session.add(Order(name="A-7"))
    with sessions() as session:
        assert session.scalars(select(Order.total)).one() == 7
        assert session.scalars(select(Line.text)).one() == "added"
    assert seen == ["added"]


def test_what_a_receiver_changes_after_the_flush_is_never_lost(sessions):
    """The commit writes it; what it adds as well."""

    def mark(instance, created, session):
        if created:
            instance.name = "marked"
            session.add(Line(text="added"))

    signals.post_save.connect(mark, sender=Order)
    with sessions.begin() as session:
        session.add(Order(name="A-7"))
    with sessions() as session:
        assert session.scalars(select(Order.name)).one() == "marked"
        assert session.scalars(select(Line.text)).one() == "added"


def test_a_receiver_may_query_and_is_refused_a_flush(sessions, told):
    """SQLAlchemy says so itself; and what the receiver has added is not lost by that."""

    def count(session):
        session.add(Line(text="added"))
        told.append(len(session.scalars(select(Order)).all()))
        with pytest.raises(InvalidRequestError, match="already flushing"):
            session.flush()

    signals.post_save.connect(count, sender=Order)
    with sessions.begin() as session:
        session.add_all([Order(name="A-7"), Order(name="A-8")])
    assert told == [2, 2]
    with sessions() as session:
        assert len(session.scalars(select(Line)).all()) == 2


@pytest.mark.parametrize("how", ["flush", "commit", "rollback", "close"])
def test_a_receiver_that_ends_what_the_session_is_in_is_refused(sessions, how):
    """It is told so by SQLAlchemy, and so is the host: nothing is stored by halves."""

    def end(instance, session):
        instance.name = "marked"
        getattr(session, how)()

    signals.post_save.connect(end, sender=Order)
    with sessions() as session:
        session.add(Order(name="A-7"))
        with pytest.raises(InvalidRequestError):
            session.commit()
    with sessions() as session:
        assert session.scalars(select(Order.name)).all() == []


def test_a_receiver_that_raises_ends_the_flush(sessions):
    """As any code of the host in the transaction; what others were to be told is forgotten with it."""
    told = []

    def fails():
        raise LookupError("no")

    signals.pre_save.connect(fails, sender=Order)
    signals.post_save.connect(lambda instance: told.append(instance), sender=Line)
    with sessions() as session:
        session.add_all([Line(), Order()])
        with pytest.raises(LookupError):
            session.commit()
        session.rollback()
        session.add(Line(text="later"))
        session.commit()
    assert len(told) == 1


def test_deletions_and_orphans(sessions, told):
    """Told before and after; an orphan's, too."""
    for name in ("pre_delete", "post_delete"):
        for sender in (Order, Line):
            receive = lambda instance, name=name: told.append((name, type(instance).__name__))  # noqa: E731
            getattr(signals, name).connect(receive, sender=sender)
    with sessions.begin() as session:
        session.add(Order(name="A-7", lines=[Line(text="1"), Line(text="2")]))
    with sessions.begin() as session:
        order = session.scalars(select(Order)).one()
        order.lines.pop()
    assert told == [("pre_delete", "Line"), ("post_delete", "Line")]
    del told[:]
    with sessions.begin() as session:
        session.delete(session.scalars(select(Order)).one())
    assert sorted(told) == [
        ("post_delete", "Line"),
        ("post_delete", "Order"),
        ("pre_delete", "Line"),
        ("pre_delete", "Order"),
    ]


def test_loads_are_told_on_request(sessions, told):
    """At each row that becomes an instance."""
    with sessions.begin() as session:
        session.add_all([Order(name="A-7"), Gift(name="A-8"), Line()])
    signals.post_load.connect(lambda instance: told.append(instance.name), sender=Order)
    with sessions() as session:
        session.scalars(select(Order).order_by(Order.id)).all()
        session.scalars(select(Line)).all()
    assert told == ["A-7", "A-8"]


def test_bulk_statements(sessions, told):
    """With the statement, its parameters and how many rows it has written."""
    for kind in ("insert", "update", "delete"):
        getattr(signals, f"pre_bulk_{kind}").connect(
            lambda statement, kind=kind: told.append(("before", kind, statement.is_dml)), sender=Order
        )
        getattr(signals, f"post_bulk_{kind}").connect(
            lambda count, kind=kind: told.append(("after", kind, count)), sender=Order
        )
    with sessions.begin() as session:
        session.execute(insert(Order), [{"name": "A-7", "kind": "order"}, {"name": "A-8", "kind": "order"}])
        session.execute(update(Order).where(Order.name == "A-7").values(total=3))
        session.execute(delete(Order))
        session.execute(insert(Line), [{"text": "1"}])
    assert told == [
        ("before", "insert", True),
        ("after", "insert", 2),
        ("before", "update", True),
        ("after", "update", 1),
        ("before", "delete", True),
        ("after", "delete", 2),
    ]


def test_other_sessions_are_not_told(sessions, told):
    """Only those that the host has given."""
    signals.post_save.connect(lambda instance: told.append(instance))
    with Session(sessions.kw["bind"]) as session:
        session.add(Order(name="A-7"))
        session.commit()
    assert told == []
    with sessions.begin() as session:
        session.add(Line())
    assert len(told) == 1


def test_nothing_is_listened_to_for_whom_nobody_waits(sessions):
    """Neither for classes nor for sessions; and again nothing when the receiver is gone."""

    def listened():
        return [
            event.contains(target, name, function)
            for target, name, function in (
                (Line, "after_update", listening._updated),
                (Order, "after_update", listening._updated),
                (Mapper, "after_update", listening._updated),
                (SESSIONS.class_, "after_flush", listening._after_flush),
                (SESSIONS.class_, "do_orm_execute", listening._executed),
            )
        ]

    def receive(): ...

    assert listened() == [False, False, False, False, False]
    signals.post_save.connect(receive, sender=Order)
    assert listened() == [False, True, False, True, False]
    signals.post_save.disconnect(receive, sender=Order)
    assert listened() == [False, False, False, False, False]
    signals.post_save.connect(receive)
    assert listened() == [False, False, True, True, False]


def test_model_signals_of_what_makes_no_sessions():
    """Is refused; twice the same is once."""
    with pytest.raises(TypeError, match="makes no sessions"):
        model_signals(Order)
    assert model_signals(SESSIONS) is model_signals(SESSIONS) is signals
    assert model_signals(scoped_session(SESSIONS)) is signals


def test_model_signals_of_a_base_of_what_is_followed_already(sessions, told):
    """Each save is told once, whichever comes first."""
    signals.post_save.connect(lambda instance: told.append(instance.name), sender=Order)
    try:
        for target in (ShopSession, SESSIONS):
            model_signals(target)
            with sessions.begin() as session:
                session.add(Order(name="A-7"))
            with ShopSession(sessions.kw["bind"]) as session:
                session.add(Order(name="A-8"))
                session.commit()
    finally:
        listening._followed.remove(ShopSession)
        listening.transactions.follow(ShopSession, event.remove)
        model_signals(SESSIONS)
    assert told == ["A-7", "A-8"] * 2


def test_a_receiver_that_wants_what_is_not_sent():
    """Is told so where it connects, also below a base without mapped classes."""

    class Empty(DeclarativeBase):
        pass

    with pytest.raises(ReceiverError, match="instanse"):
        signals.post_save.connect(lambda instanse: None, sender=Empty)

    class Late(Empty):
        __tablename__ = "late"
        id: Mapped[int] = mapped_column(primary_key=True)

    assert Late.__mapper__ is not None


class Clerk:
    """Receives by a method, which is another object at each look."""

    def __init__(self, told):
        self.told = told

    def note(self, instance):
        """Note what was saved."""
        self.told.append(instance)


def test_who_has_gone_or_disconnected_does_not_wait_for_what_is_mapped_later(sessions, told):
    """A method that is disconnected, one whose object is gone, one that is named by its `dispatch_uid`."""

    class Late(DeclarativeBase):
        pass

    stays, leaves, dies, named = (Clerk(told) for _ in range(4))
    for clerk in (stays, leaves, dies):
        signals.post_save.connect(clerk.note, sender=Late)
    signals.post_save.connect(named.note, sender=Late, dispatch_uid="named")
    signals.post_save.disconnect(leaves.note, sender=Late)
    signals.post_save.disconnect(sender=Late, dispatch_uid="named")
    del dies, clerk
    gc.collect()
    assert len(signals.post_save._later) == 1

    class Parcel(Late):
        __tablename__ = "parcels"
        id: Mapped[int] = mapped_column(primary_key=True)

    with sessions.begin() as session:
        Late.metadata.create_all(session.connection())
        session.add(Parcel())
    assert len(told) == 1
    signals.post_save.disconnect(stays.note, sender=Late)
    assert not signals.post_save.has_listeners(Parcel)
