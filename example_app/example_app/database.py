"""How the database is opened, and how a transaction keeps the blog's rows apart from its plugins'."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from example_app.models import Base

logger = logging.getLogger(__name__)


@contextmanager
def opened_database(path: Path) -> Iterator[sessionmaker[Session]]:
    """Open the SQLite database at `path`, creating file and tables where they are missing, and close it again."""
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    try:
        Base.metadata.create_all(engine)
        yield sessionmaker(engine, expire_on_commit=False)
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


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    # Python's driver begins transactions at times of its own choice, too late for savepoints: SQLAlchemy begins them.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
