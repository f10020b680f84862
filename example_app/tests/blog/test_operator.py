"""What does the command `hookcore` say of the blog, with all nine plugins installed?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hookcore import discover

PICTURE = Path(__file__).parents[3] / "docs" / "graph.svg"
Hookcore = Callable[..., str]

pytestmark = pytest.mark.skipif(
    len(discover("example_app")) < 9, reason="the plugins of this repository are not all installed"
)


@pytest.fixture
def hookcore(tmp_path: Path) -> Hookcore:
    """Give what runs a command for the installed blog, and returns what it prints."""

    def run(*arguments: str, status: int = 0, **variables: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "hookcore.cli", "--host", "example-app", *arguments],
            cwd=tmp_path,
            env={**os.environ, "EXAMPLE_APP_DATA": str(tmp_path / "data"), "PYTHONIOENCODING": "utf-8", **variables},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return run


def test_all_plugins_are_listed(hookcore: Hookcore) -> None:
    """Each would be imported."""
    plugins = json.loads(hookcore("list", "--json"))["plugins"]

    assert [one["name"] for one in plugins] == [
        *("audit-log", "blog-search", "broken", "followers", "markdown", "media-cleanup", "profile", "stats"),
        "welcome-email",
    ]
    assert {one["state"] for one in plugins} == {"found"}


def test_the_readmes_picture_is_what_graph_draws(hookcore: Hookcore) -> None:
    """Draw it anew with this command, and ` > docs/graph.svg`."""
    drawn = hookcore("graph", "--import", "--as", "svg", "post_published", "search_posts", "user_signed_up")

    assert drawn == PICTURE.read_text(encoding="utf-8")


def test_why_a_plugin_failed_is_answered_with_file_and_line(hookcore: Hookcore) -> None:
    """The blog answers what plugins ask it while they come up."""
    assert "is active" in hookcore("why", "audit-log")
    shown = hookcore("why", "broken", status=1, BLOG_BROKEN="ready", COLUMNS="40")  # the file's path stays whole

    assert "broken (blog-broken 0.1.0) is failed" in shown
    assert "faults.py" in shown


def test_the_broken_plugin_is_found(hookcore: Hookcore) -> None:
    """By halves, of nine."""
    command = [sys.executable, "-m", "hookcore.cli", "--host", "example-app", "why", "broken"]
    shown = hookcore("bisect", "--", *command, status=1, BLOG_BROKEN="import")

    assert "It is broken (blog-broken 0.1.0)" in shown


def test_where_time_goes_is_shown(hookcore: Hookcore) -> None:
    """Of the very signals that a command sends."""
    command = [sys.executable, "-c", "from example_app.cli import main; main()", "signup", "ada", "ada@example.org"]
    document = json.loads(hookcore("time", "--json", "--", *command))

    called = {(one["plugin"], one["signal"]): one["calls"] for one in document["receivers"]}
    assert called["profile", "user_signed_up"] == called["welcome-email", "user_signed_up"] == 1
