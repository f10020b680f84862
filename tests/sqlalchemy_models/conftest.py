"""A real database, SQLite or a PostgreSQL that is started for the tests; `tox run -e sqlalchemy20,sqlalchemy21`.

Where SQLAlchemy and the drivers are not installed nothing here is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from support import postgresql

IS_INSTALLED = all(find_spec(name) for name in ("sqlalchemy", "aiosqlite", "greenlet"))
collect_ignore_glob = [] if IS_INSTALLED else ["test_*.py"]


@pytest.fixture(scope="session")
def postgresql_socket() -> Iterator[Path]:
    """Run a server for all tests that ask for it."""
    postgresql.require("psycopg")
    with postgresql.running("shop") as socket:
        yield socket


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shop.sqlite3'}"
        return
    from sqlalchemy import create_engine, text

    socket = request.getfixturevalue("postgresql_socket")
    root = create_engine(f"postgresql+psycopg://shop@/postgres?host={socket}", isolation_level="AUTOCOMMIT")
    with root.connect() as connection:
        connection.execute(text("CREATE DATABASE shop"))
    yield f"postgresql+psycopg://shop@/shop?host={socket}"
    with root.connect() as connection:
        connection.execute(text("DROP DATABASE shop WITH (FORCE)"))
    root.dispose()


@pytest.fixture
def sessions(url: str) -> Iterator[object]:
    """Give a sessionmaker whose sessions' models are told."""
    from sqlalchemy import create_engine, event
    from support.sqlalchemy_shop import SESSIONS, Base

    engine = create_engine(url)
    if url.startswith("sqlite"):  # as SQLAlchemy's documentation has it, so that savepoints work
        event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    Base.metadata.create_all(engine)
    SESSIONS.configure(bind=engine)
    yield SESSIONS
    engine.dispose()


@pytest.fixture(autouse=True)
def _signals_are_as_before() -> Iterator[None]:
    """Let go of what a test has connected."""
    if not IS_INSTALLED:
        yield
        return
    from hookcore.integrations.sqlalchemy import signals

    yield
    for name in signals.__all__:
        signal = getattr(signals, name)
        signal._later.clear()
        signal.receivers = []
