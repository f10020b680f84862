"""Starts a real PostgreSQL, Debian's, in a temporary directory: a socket there, no network.

postgresql.require("psycopg")
with postgresql.running("shop") as socket: ...
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest


def require(*modules: str) -> None:
    """Skip a test without the server, or a module that talks to it; in tox that is a failure in CI, as any skip."""
    missing = [module for module in modules if find_spec(module) is None]
    if _programs() is None:
        missing.append("PostgreSQL")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def _programs() -> Path | None:
    """Return the directory of the server's programs, or None if PostgreSQL is not installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    return next((path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)


@contextmanager
def running(user: str) -> Iterator[Path]:
    """Run a server for the length of a block; give the directory of its socket. `user` may do everything there."""
    programs = _programs()
    assert programs is not None, "require() comes first"
    # Not pytest's directory: the path of a socket may have a hundred characters. Root may not run the server.
    directory = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if os.path.isdir("/tmp") else None))
    as_whom = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if as_whom:
        shutil.chown(directory, "postgres", "postgres")

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=directory, **as_whom)  # type: ignore[call-overload]

    data = str(directory / "data")
    try:
        run(str(programs / "initdb"), "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--no-sync")
        settings = f"listen_addresses='' unix_socket_directories='{directory}' fsync=off max_prepared_transactions=8"
        options = " ".join(f"-c {setting}" for setting in settings.split())
        run(str(programs / "pg_ctl"), "-D", data, "-w", "-l", str(directory / "log"), "-o", options, "start")
        try:
            yield directory
        finally:
            run(str(programs / "pg_ctl"), "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
