"""How the database is opened, and how a transaction keeps the blog's rows apart from its plugins'."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from example_app.models import Base

logger = logging.getLogger(__name__)

LONGEST_WAIT = 30.0
"""How many seconds to wait for others who write."""


class BlogSession(Session):
    """The blog's sessions. What they save and delete is told to plugins, by SQLAlchemy's signals of models."""


@dataclass(frozen=True, slots=True)
class Database:
    """Makes sessions. Those for `writing` wait for each other when they begin, those for `reading` wait for nobody.

    A transaction that reads first and writes later would be turned away by SQLite if somebody else wrote in between.
    """

    reading: sessionmaker[BlogSession]
    writing: sessionmaker[BlogSession]


@contextmanager
def opened_database(path: Path) -> Iterator[Database]:
    """Open the SQLite database at `path`, creating file and tables where they are missing, and close it again."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": LONGEST_WAIT})
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    writing = engine.execution_options(begin="BEGIN IMMEDIATE")
    try:
        Base.metadata.create_all(writing)
        yield Database(
            sessionmaker(engine, class_=BlogSession, expire_on_commit=False),
            sessionmaker(writing, class_=BlogSession, expire_on_commit=False),
        )
    finally:
        engine.dispose()


@contextmanager
def kept_apart(session: Session) -> Iterator[None]:
    """Give what happens in the block a transaction of its own: a savepoint where one is running, else a new one.

    Rows of the block that can't be stored are logged and dropped, they alone; nothing is raised for them.
    """
    transaction = session.begin_nested() if session.in_transaction() else session.begin()
    try:
        with transaction:
            yield
    except SQLAlchemyError:
        logger.exception("What the receivers wanted to store can't be stored; the blog goes on without it.")
        for row in session:  # they are as the receivers left them, or forgotten; the blog goes on with what is stored
            session.refresh(row)


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    # Python's driver begins transactions at times of its own choice, too late for savepoints: SQLAlchemy begins them.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
