"""What an operator does with pip and the shell, in an environment of its own that pip fills from this checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[3]
PLUGINS = CHECKOUT / "plugins"

pytestmark = [
    pytest.mark.environments,
    pytest.mark.skipif(not PLUGINS.is_dir(), reason="needs a checkout, for the plugins' source trees"),
]

Run = Callable[..., str]
Installed = Callable[[str], AbstractContextManager[None]]


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build all that is installed here, once, and return the folder of the wheels."""
    folder = tmp_path_factory.mktemp("wheels")
    sources = [CHECKOUT, CHECKOUT / "example_app", PLUGINS / "blog-audit-log", PLUGINS / "blog-welcome-email"]
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    call(sys.executable, "-m", "pip", "wheel", *options, *sources)
    return folder


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    """Make an environment that holds example-app and no plugin, and return its folder of commands."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    commands = folder / ("Scripts" if sys.platform == "win32" else "bin")
    call(*pip(commands), "install", "--quiet", *wheels.glob("hookcore-*"), *wheels.glob("example_app-*"))
    return commands


def pip(environment: Path) -> tuple[str | Path, ...]:
    """Return the command that is pip's for that environment."""
    return (sys.executable, "-m", "pip", "--python", environment / "python")


@pytest.fixture
def run(environment: Path, tmp_path: Path) -> Run:
    """Return what runs `example-app` of that environment on a fresh data folder."""

    def run(*arguments: str, **variables: str) -> str:
        return call(environment / "example-app", "--data", str(tmp_path / "data"), *arguments, **variables)

    return run


def call(*command: str | Path, **variables: str) -> str:
    """Run a command with nothing of the blog's in its environment but `variables`, and return its standard output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("EXAMPLE_APP_", "PYTHON"))}
    done = subprocess.run(
        command, env={**environment, **variables}, capture_output=True, encoding="utf-8", timeout=300, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def installed(environment: Path, wheels: Path) -> Installed:
    """Return what installs a plugin with pip, and uninstalls it again."""

    @contextmanager
    def installed(distribution: str) -> Iterator[None]:
        [wheel] = wheels.glob(f"{distribution.replace('-', '_')}-*")
        call(*pip(environment), "install", "--quiet", wheel)
        try:
            yield
        finally:
            call(*pip(environment), "uninstall", "--quiet", "--yes", distribution)

    return installed


def audited(tmp_path: Path) -> list[dict[str, Any]]:
    """Return the publications in the audit log."""
    path = tmp_path / "data" / "plugins" / "audit-log" / "audit.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line for line in map(json.loads, lines) if line["signal"] == "post_published"]


def test_a_plugin_works_from_its_installation_to_its_removal(installed: Installed, run: Run, tmp_path: Path) -> None:
    """Once `blog-audit-log` is installed, the next publication is a line in its log; once it is gone, no more are."""
    run("signup", "ada", "ada@example.org")
    run("publish", "ada", "Before", "text")
    with installed("blog-audit-log"):
        assert audited(tmp_path) == []
        run("publish", "ada", "With it", "text")
        assert [line["arguments"]["post"]["id"] for line in audited(tmp_path)] == [2]
    run("publish", "ada", "After", "text")
    assert len(audited(tmp_path)) == 1


MODULE_CHECK = """
import sys
from pathlib import Path
from example_app.composition import opened_application
with opened_application(Path(sys.argv[1])) as application:
    application.blog.sign_up("ada", "ada@example.org")
print("blog_welcome_email" in sys.modules)
"""


def test_a_plugin_can_be_disabled_without_being_imported(
    environment: Path, installed: Installed, run: Run, tmp_path: Path
) -> None:
    """By the plugin's or the distribution's name, in any spelling, in environment or file: no mail, no import."""
    maildir = tmp_path / "data" / "plugins" / "welcome-email" / "Maildir" / "new"
    with installed("blog-welcome-email"):
        run("signup", "first", "first@example.org")
        assert len(list(maildir.iterdir())) == 1
        for number, name in enumerate(("blog-welcome-email", "welcome-email", "Blog_Welcome.Email")):
            run("signup", f"person{number}", "person@example.org", EXAMPLE_APP_PLUGINS_DISABLE=name)
            folder = tmp_path / f"other-{number}"
            checked = call(environment / "python", "-c", MODULE_CHECK, str(folder), EXAMPLE_APP_PLUGINS_DISABLE=name)
            assert checked == "False\n"
        assert len(list(maildir.iterdir())) == 1
        (tmp_path / "data" / "example_app.toml").write_text('disable = ["welcome-email"]\n', encoding="utf-8")
        run("signup", "last", "last@example.org")
        assert len(list(maildir.iterdir())) == 1


def test_the_story_is_told_where_no_plugin_is_installed(run: Run) -> None:
    """`example-app demo` needs none."""
    assert "The blog ran to its end." in run("demo")
