"""When does a receiver with delivery="on_commit" run? In each kind of a session's transactions, sync and async."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
from contextlib import suppress

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker
from support.sqlalchemy_shop import SESSIONS, Base, Line, Order, order_paid

from hookcore.integrations.sqlalchemy import model_signals, signals


class Rollback(Exception):
    """Ends a block."""


@pytest.fixture
def told():
    """Collect what a receiver of `order_paid` is told, after commit."""
    told = []

    def note(number):
        told.append(number)

    order_paid.connect(note, delivery="on_commit")
    yield told
    order_paid.receivers = []


def send(number, **named):
    """Send the signal."""
    order_paid.send(sender=Order, number=number, **named)


def test_at_once_where_there_is_no_transaction(sessions, told):
    """Neither without a session nor beside one that has not begun."""
    send(1)
    with sessions():
        send(2)
        assert told == [1, 2]


def test_after_the_block(sessions, told):
    """When all is stored, and others can see it."""
    seen = []

    def count(number):
        with Session(sessions.kw["bind"]) as other:
            seen.append(len(other.scalars(select(Order)).all()))

    order_paid.connect(count, delivery="on_commit")
    with sessions.begin() as session:
        session.add(Order(name="A-7"))
        session.flush()
        send(1)
        assert told == []
    assert (told, seen) == ([1], [1])


def test_after_a_commit_that_nobody_has_begun(sessions, told):
    """A session begins by itself when it is first used."""
    with sessions() as session:
        session.execute(select(Order))
        send(1)
        assert told == []
        session.commit()
        assert told == [1]
        send(2)
        assert told == [1, 2]


def test_after_the_outermost_commit(sessions, told):
    """In the order of the sends, whatever savepoint they are in."""
    with sessions.begin() as session:
        send(1)
        with session.begin_nested():
            send(2)
            with session.begin_nested():
                send(3)
        assert told == []
        send(4)
    assert told == [1, 2, 3, 4]


def test_never_after_a_rollback_to_a_savepoint(sessions, told):
    """What was sent behind it has not happened; that includes a savepoint inside which was released."""
    with sessions.begin() as session:
        send(1)
        savepoint = session.begin_nested()
        send(2)
        with session.begin_nested():
            send(3)
        savepoint.rollback()
        with suppress(Rollback), session.begin_nested():
            send(4)
            raise Rollback
        send(5)
    assert told == [1, 5]


def test_never_after_a_rollback(sessions, told):
    """By hand, by an exception, by closing; and what waits is not left for the next transaction."""
    with sessions() as session:
        session.execute(select(Order))
        send(1)
        session.rollback()
        session.execute(select(Order))
        send(2)
    with suppress(Rollback), sessions.begin() as session:
        session.execute(select(Order))
        send(3)
        raise Rollback
    with sessions.begin() as session:
        session.execute(select(Order))
    assert told == []


def test_never_after_a_flush_that_fails(sessions, told):
    """The database refuses: the transaction is over."""
    with sessions.begin() as session:
        session.add(Order(id=1))
    with sessions() as session:
        session.add(Order(id=2))
        session.flush()
        send(1)
        session.add(Order(id=1))
        with pytest.raises(Exception, match=r"(?i)unique"):
            session.commit()
        session.rollback()
        session.commit()
    assert told == []


def test_never_behind_a_savepoint_that_a_failed_flush_rolls_back(sessions, told):
    """The host recovers, and what it sends afterwards is delivered."""
    with sessions.begin() as session:
        session.add(Order(id=1))
        session.flush()
        with pytest.raises(Exception, match=r"(?i)unique"), session.begin_nested():  # noqa: PT012
            send(1)
            session.expunge_all()
            session.add(Order(id=1))
            session.flush()
        send(2)
    assert told == [2]


def test_a_receiver_that_fails(sessions, told, caplog):
    """It is logged, hides nobody, reaches nobody."""

    def fails():
        raise LookupError("no such mailbox")

    order_paid.receivers = [*order_paid.receivers]
    order_paid.connect(fails, delivery="on_commit")
    last = []
    order_paid.connect(lambda number: last.append(number), delivery="on_commit")
    with caplog.at_level(logging.ERROR, "hookcore"):
        with sessions.begin() as session:
            session.add(Order(name="A-7"))
            session.flush()
            send(1)
        send(2)
    assert told == last == [1, 2]
    assert caplog.text.count("fails after commit (no such mailbox)") == 2
    with sessions() as session:
        assert session.scalars(select(Order.name)).one() == "A-7"


def test_a_receiver_has_a_session_of_its_own(sessions, told):
    """And a transaction of its own: a send in it begins anew."""

    def again(number):
        if number == 1:
            with sessions.begin() as session:
                session.add(Line(text="after"))
                session.flush()
                send(2)
                assert 2 not in told

    order_paid.connect(again, delivery="on_commit")
    with sessions.begin() as session:
        session.execute(select(Order))
        send(1)
    assert told == [1, 2]
    with sessions() as session:
        assert session.scalars(select(Line.text)).one() == "after"


def test_a_receiver_may_use_the_session_that_has_committed(sessions):
    """It begins anew there, and whoever commits that is told, too."""
    names = []
    signals.post_save.connect(
        lambda instance, session: names.append(session.scalars(select(Order.name)).one()),
        sender=Order,
        delivery="on_commit",
    )
    with sessions() as session:
        session.add(Order(name="A-7"))
        session.commit()
        session.rollback()
    assert names == ["A-7"]


def test_the_session_of_an_instance_that_is_sent(sessions, told, tmp_path):
    """Or the one that the send names: of two that are open, each has its own transaction."""
    other_engine = create_engine(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    Base.metadata.create_all(other_engine)
    others = sessionmaker(other_engine, class_=SESSIONS.class_)
    saved = []
    signals.post_save.connect(lambda instance: saved.append(instance.name), sender=Order, delivery="on_commit")
    with sessions() as one, others() as two:
        one.add(Order(name="one"))
        two.add(Order(name="two"))
        one.flush()
        two.flush()
        send(1, session=one)
        send(2, session=two)
        send(3)  # in that which has begun last
        two.commit()
        assert (saved, told) == (["two"], [2, 3])
        send(4)  # in that which is still open
        one.rollback()
    assert (saved, told) == (["two"], [2, 3])
    other_engine.dispose()


def test_sessions_of_others_are_not_followed(sessions, told):
    """Their transactions are unknown, so it is at once."""
    with Session(sessions.kw["bind"]) as session:
        session.execute(select(Order))
        send(1)
    assert told == [1]


def test_a_session_of_others_that_is_sent(sessions, told):
    """Its transaction is the one that is meant, so it is followed from then on; each send is delivered once."""
    with Session(sessions.kw["bind"]) as session:
        session.execute(select(Order))
        send(1, session=session)
        send(2, session=session)
        session.rollback()
        session.execute(select(Order))
        send(3, session=session)
        assert told == []
        session.commit()
        assert told == [3]


def test_one_session_on_two_databases(sessions, told, tmp_path):
    """One commit of the session commits both."""
    other = create_engine(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    Base.metadata.create_all(other)
    saved = []
    signals.post_save.connect(lambda sender: saved.append(sender.__name__), delivery="on_commit")
    with SESSIONS.class_(binds={Order: sessions.kw["bind"], Line: other}) as session:
        session.add_all([Order(), Line()])
        session.flush()
        assert saved == []
        session.commit()
        assert sorted(saved) == ["Line", "Order"]
        session.add_all([Order(), Line()])
        session.flush()
        session.rollback()
    assert len(saved) == 2
    other.dispose()


def test_a_transaction_of_an_outer_connection(sessions, told):
    """As test suites do it: the session joins it by a savepoint, and its own commit is what the receiver waits for."""
    with sessions.kw["bind"].connect() as connection, connection.begin() as outer:
        with sessions(bind=connection, join_transaction_mode="create_savepoint") as session:
            session.add(Order())
            session.flush()
            send(1)
            assert told == []
            session.commit()
        assert told == [1]
        outer.rollback()


def test_in_autocommit(sessions, told):
    """The session has a transaction all the same, and there is a commit to wait for."""
    with sessions(bind=sessions.kw["bind"].execution_options(isolation_level="AUTOCOMMIT")) as session:
        session.execute(select(Order))
        send(1)
        assert told == []
        session.commit()
    assert told == [1]


def test_another_thread_has_its_own_transactions(sessions, told):
    """A session that is open here is none of its business."""
    with sessions.begin() as session:
        session.execute(select(Order))
        thread = threading.Thread(target=contextvars.Context().run, args=(send, 1))
        thread.start()
        thread.join()
        assert told == [1]
        send(2)
    assert told == [1, 2]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_two_phase(sessions, told):
    """After the commit of what was prepared; never after a rollback of that."""
    engine = sessions.kw["bind"]
    two_phase = sessionmaker(engine, class_=SESSIONS.class_, twophase=True)
    with two_phase() as session:
        session.add(Order(name="A-7"))
        session.flush()
        send(1)
        session.prepare()
        assert told == []
        session.commit()
        assert told == [1]
        session.add(Order(name="A-8"))
        session.flush()
        send(2)
        session.prepare()
        session.rollback()
    assert told == [1]


@pytest.fixture
def async_sessions(url, sessions):
    """Give an asynchronous sessionmaker on the same database."""
    engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"))
    made = async_sessionmaker(engine, expire_on_commit=False)
    model_signals(made)
    return made


def test_async(async_sessions, told):
    """Savepoints, rollbacks, and what is saved: in a task each has its own."""
    saved = []
    signals.post_save.connect(lambda instance: saved.append(instance.name), sender=Order, delivery="on_commit")

    async def order(name, number, fails=False):
        async with async_sessions() as session:
            async with session.begin():
                session.add(Order(name=name))
                await session.flush()
                await asyncio.sleep(0.01)
                send(number)
                await order_paid.asend(sender=Order, number=-number, session=session)
                with suppress(Rollback):
                    async with session.begin_nested():
                        send(number * 100)
                        raise Rollback
                assert number not in told
                if fails:
                    await session.rollback()
                    return
            assert number in told

    async def orders():
        await order("A-7", 1)
        await order("A-8", 2, fails=True)
        await order("A-9", 3)
        await async_sessions.kw["bind"].dispose()

    asyncio.run(orders())
    assert told == [1, -1, 3, -3]
    assert saved == ["A-7", "A-9"]


def test_coroutine_receivers(sessions, async_sessions, told):
    """They are run to their end after a commit; after that of an asynchronous session as a task of its loop."""

    async def tell(number):
        await asyncio.sleep(0)
        told.append(f"told {number}")

    order_paid.connect(tell, delivery="on_commit")
    with sessions.begin() as session:
        session.execute(select(Order))
        send(1)
    assert told == [1, "told 1"]

    async def use():
        async with async_sessions.begin() as session:
            await session.connection()
            send(2)
        async with asyncio.timeout(5):
            while "told 2" not in told:
                await asyncio.sleep(0.01)
        await async_sessions.kw["bind"].dispose()

    asyncio.run(use())
    assert told == [1, "told 1", 2, "told 2"]


def test_async_tasks_side_by_side(url, async_sessions, told):
    """Each send belongs to its own task's session."""
    both = asyncio.Barrier(2)

    async def task(number, commits):
        async with async_sessions() as session:
            await session.execute(select(Order))
            await both.wait()
            send(number)
            await both.wait()
            await (session.commit() if commits else session.rollback())

    async def tasks():
        await asyncio.gather(task(1, True), task(2, False))
        await async_sessions.kw["bind"].dispose()

    asyncio.run(tasks())
    assert told == [1]


def test_an_async_session_class(url, told):
    """`model_signals` takes it as it takes a sessionmaker."""

    class OwnSession(AsyncSession):
        sync_session_class = type("OwnSyncSession", (Session,), {})

    model_signals(OwnSession)

    async def use():
        engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"))
        async with OwnSession(engine) as session, session.begin():
            await session.connection()
            send(1)
            assert told == []
        await engine.dispose()

    asyncio.run(use())
    assert told == [1]
