"""Is all that has to do with transactions the same on a real PostgreSQL?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support import postgresql

HERE = Path(__file__).parent


def test_transactions_on_postgresql():
    """The tests of what runs after commit, and of bulk operations, on a server that is started for them."""
    postgresql.require("psycopg")
    with postgresql.running("shop") as socket:
        command = [sys.executable, "-m", "pytest", "-c", str(HERE.parent.parent / "pyproject.toml")]
        finished = subprocess.run(
            [
                *command,
                "-p",
                "no:cacheprovider",
                "-q",
                str(HERE / "test_on_commit.py"),
                str(HERE / "test_forwarding.py"),
            ],
            env={**os.environ, "SHOP_POSTGRESQL": str(socket)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert " passed" in finished.stdout
