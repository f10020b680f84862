"""Does `new` begin a plugin, or a host, that works as it is written?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.environments import Environment, pip
from support.host_to_write_for import HOST, SIGNALS
from support.installing import wheel, write
from support.pages import ROOT

from hookcore.templates import write_project

pytestmark = pytest.mark.environments
SEND = """
import asyncio, logging
from shop import host, signals
logging.basicConfig(level="INFO", format="%(name)s: %(message)s")
with host.plugins():
    print(asyncio.run(signals.label.asend(sender=None, text="glass", kind="big")))
    print(signals.label(sender=None, text="glass", kind="big"))
"""


class Author:
    """Somebody who writes distributions in a folder, and tries them in an environment."""

    def __init__(self, folder: Path, environment: Environment) -> None:
        self.folder = folder
        self.environment = environment

    def run(self, *program: str, into: str = ".", status: int = 0, **variables: str) -> str:
        """Run a module, or `-c` a program, in the folder or one in it; return what it prints, on both streams."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON", "COLUMNS"))
        }
        done = subprocess.run(
            [str(self.environment.python), *program],
            cwd=self.folder / into,
            env={**kept, "PYTHONIOENCODING": "utf-8", "HOOKCORE_HOST": "", **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def hookcore(self, *arguments: str, into: str = ".", status: int = 0) -> str:
        """Run the command `hookcore`."""
        return self.run("-m", "hookcore.cli", *arguments, into=into, status=status)

    def install(self, name: str) -> None:
        """Install what is written, as it says itself: in place, with what its tests need, which is there."""
        options = ["--quiet", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--editable"]
        self.run(*pip(self.environment.python)[1:], "install", *options, f"{self.folder / name}[test]")

    def try_out(self, name: str) -> None:
        """Install it, pass its tests as they are."""
        self.install(name)
        assert " passed" in self.run("-m", "pytest", "-p", "no:cacheprovider", into=name)


def workflow_check(project: Path) -> list[str]:
    """Return the arguments with which the workflow for GitHub runs `hookcore check`."""
    workflow = (project / ".github" / "workflows" / "test.yml").read_text()
    return next(line.split()[3:] for line in workflow.splitlines() if "run: hookcore" in line)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Give an environment with two hosts: the example application, and a shop with all kinds of signals."""
    made = Environment(tmp_path_factory.mktemp("new") / "environment")
    made.pip("install", str(ROOT / "example_app"))
    hosts = {"hookcore.hosts": {"shop": "shop.host:plugins"}}
    made.pip("install", str(wheel(tmp_path_factory.mktemp("wheels"), "shop", entry_points=hosts, modules=HOST)))
    return made


@pytest.fixture
def author(tmp_path: Path, environment: Environment) -> Author:
    """Give an author with an empty folder."""
    return Author(tmp_path, environment)


def test_a_plugin_for_the_example_from_nothing_to_its_first_call(author: Author, capsys: pytest.CaptureFixture[str]):
    """`new`, `pip install -e`, its tests, `check`, and the example calls it; all of it in minutes."""
    began = time.perf_counter()
    author.hookcore("new", "blog-celebration", "--host", "example-app", "--signal", "post_published")
    author.try_out("blog-celebration")
    assert author.hookcore("check", into="blog-celebration") == ". fits example_app 0.1.0.\n"
    assert author.hookcore(*workflow_check(author.folder / "blog-celebration"), into="blog-celebration") == ""
    blog = ("-c", "from example_app.cli import main; main()", "--data", "data")
    author.run(*blog, "signup", "ada", "ada@example.org")
    assert "Reacted: blog-celebration\n" in author.run(*blog, "publish", "ada", "Hello", "First post.")
    with capsys.disabled():
        minutes = (time.perf_counter() - began) / 60
        sys.stderr.write(f"\nfrom hookcore new to the first call by the example: {minutes:.2f} minutes\n")


def test_a_host_and_a_plugin_for_it(author: Author):
    """The host's own tests pass, the command finds it, and it calls a plugin that is begun for it."""
    author.hookcore("new", "--host-app", "front-desk")
    author.try_out("front-desk")
    assert "No plugin is installed" in author.hookcore("list", "--host", "front-desk")
    assert "installed again" in author.hookcore("list", "--host", "Front_Desk")  # names compare as distributions' do
    assert author.run("-m", "front_desk", "Ada") == "Hello, Ada!\n"
    author.hookcore("new", "front-desk-manners", "--host", "front-desk", "--signal", "greeting")
    author.try_out("front-desk-manners")
    assert author.hookcore("check", into="front-desk-manners") == ". fits front_desk 0.1.0.\n"
    assert author.hookcore("list", into="front-desk-manners").startswith("manners  found  front-desk-manners 0.1.0")
    assert author.run("-m", "front_desk", "Ada") == "Hello, Ada!\n"


@pytest.mark.parametrize("signal", [one for one in SIGNALS if one not in ("order_paid", "priced", "many", "free")])
def test_a_plugin_for_each_kind_of_signal(author: Author, signal: str):
    """Its tests pass, and `check` finds nothing, whatever the signal is like."""
    name = f"shop-{signal.replace('_', '-')}"
    said = author.hookcore("new", name, "--host", "shop", "--signal", signal)
    author.try_out(name)
    assert author.hookcore("check", into=name) == ". fits shop 1.0.\n"
    assert ("Left to you: thing: its type can't be imported" in said) is (signal == "local")
    if signal == "label":  # awaited, and with an answer
        noted = "shop_label: label: text='glass', kind='big'\n"
        assert author.run("-c", SEND).count(noted) == 2
        assert author.run("-c", SEND, SHOP_PLUGINS_DISABLE="label").endswith("\n[]\nglass\n")


WRONG = {
    "no name": ([], "say the NAME of a plugin, or --host-app NAME for a host"),
    "two names": (["gifts", "--host-app", "gifts"], "say the NAME of a plugin, or --host-app NAME for a host"),
    "a signal for a host": (["--host-app", "gifts", "--signal", "tick"], "--signal is for plugins"),
    "an unknown host": (["gifts", "--host", "shp"], "--host: no installed host is called 'shp'. Did you mean 'shop'?"),
    "a host that is like none": (
        ["gifts", "--host", "blog"],
        "'blog'. Installed are example-app, shop; any other is written MODULE:ATTRIBUTE.",
    ),
    "an unknown signal": (["gifts", "--signal", "tik"], "'shop' sends no signal 'tik'. Did you mean 'tick'?"),
    "no signal": (["gifts"], "which signal of shop? say --signal, with one of free, import, label"),
    "a deprecated signal": (["gifts", "--signal", "tock"], "signal 'tock' is deprecated: use tick"),
    "a keyword": (["gifts", "--signal", "import"], "signal 'import' can't be imported from shop.signals by its name"),
    "no distribution's name": (["gifts & co"], "'gifts & co' can't be the name of a distribution"),
    "another spelling": (["Shop_Gifts"], "'Shop_Gifts' is not written as names compare. Say 'shop-gifts'."),
    "no package's name": (["3d"], "'3d' can't be the name of its package. Put another word in front of it."),
    "a module of Python's": (["email"], "there is a module 'email' already"),
    "the host's": (["shop"], "'shop' is installed already: choose another name, or uninstall that."),
    "an installed host's": (["--host-app", "example-app"], "'example-app' is installed already"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_uses_are_told_and_nothing_is_written(author: Author, kind: str):
    """Each in a sentence that says what can be said instead."""
    arguments, sentence = WRONG[kind]
    host = [] if "--host" in arguments or "--host-app" in arguments else ["--host", "shop"]
    assert sentence in author.hookcore("new", *arguments, *host, status=2)
    assert list(author.folder.iterdir()) == []


def test_a_plugin_of_the_same_name_would_be_blocked(author: Author):
    """So it is refused, with the distribution that has it."""
    points = {"shop.plugins": {"gifts": "somebodys_gifts"}}
    modules = {"somebodys_gifts.py": ""}
    author.environment.pip("install", str(wheel(author.folder, "somebodys", entry_points=points, modules=modules)))
    try:
        said = author.hookcore("new", "shop-gifts", "--host", "shop", "--signal", "tick", status=2)
    finally:
        author.environment.uninstall("somebodys")
    assert "somebodys has a plugin 'gifts' for shop, and two would block each other" in said


def test_a_host_that_is_not_installed_is_left_to_the_author(author: Author):
    """The plugin works all the same where the host is found."""
    write(author.folder, {"stall/__init__.py": "", "stall/host.py": STALL})
    said = author.hookcore("new", "stall-gifts", "--host", "stall.host:plugins")
    assert said.endswith("Left to you: dependencies: stall is no installed distribution; add what it comes from.\n")
    written = (author.folder / "stall-gifts" / "pyproject.toml").read_text()
    assert 'dependencies = ["hookcore"]' in written
    assert 'host = "stall.host:plugins"' in written


def test_a_host_without_signals_has_nothing_to_receive(author: Author):
    """That is said."""
    write(author.folder, {"stall.py": "from hookcore import PluginManager\nplugins = PluginManager('stall')\n"})
    said = author.hookcore("new", "gifts", "--host", "stall:plugins", status=2)
    assert "Error: which signal of stall? it has none to receive\n" in said


STALL = """
from hookcore import PluginManager, signal

@signal
def sold(sender: object) -> None:
    \"\"\"Something was sold; it is the only signal, so nobody is asked.\"\"\"

plugins = PluginManager("stall", [sold])
"""


def test_a_folder_that_has_something_in_it_is_left_alone(author: Author):
    """An empty one is filled."""
    (author.folder / "gifts").mkdir()
    (author.folder / "gifts" / "mine.txt").write_text("mine")
    said = author.hookcore("new", "gifts", "--host", "shop", "--signal", "tick", status=2)
    assert "Error: gifts exists already, and is not empty\n" in said
    assert [one.name for one in author.folder.rglob("*")] == ["gifts", "mine.txt"]
    (author.folder / "gifts" / "mine.txt").unlink()
    author.hookcore("new", "gifts", "--host", "shop", "--signal", "tick")
    assert (author.folder / "gifts" / "pyproject.toml").exists()


def test_who_is_interrupted_leaves_nothing_half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What is written is moved to its place when it is whole."""
    import copier

    def interrupted(template: str, folder: Path, **options: object) -> None:
        folder.mkdir()
        (folder / "half").write_text("made")
        raise KeyboardInterrupt

    monkeypatch.setattr(copier, "run_copy", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_project("plugin", tmp_path / "gifts", {})
    assert list(tmp_path.iterdir()) == []


def test_without_copier_a_sentence_says_what_to_install(author: Author):
    """It is an extra, since nobody needs it who begins nothing."""
    program = "import sys; sys.modules['copier'] = None; from hookcore.cli import main; main()"
    said = author.run("-c", program, "new", "gifts", "--host", "shop", status=1)
    assert said == "Error: new needs copier: pip install 'hookcore[new]'\n"


@pytest.mark.skipif(os.name == "nt", reason="only on systems with terminals that a program can make")
def test_a_person_at_a_terminal_is_asked_for_the_signal(author: Author):
    """With what each is for."""
    import pty

    person, terminal = pty.openpty()
    command = [str(author.environment.python), "-m", "hookcore.cli", "new", "gifts", "--host", "shop"]
    with subprocess.Popen(command, cwd=author.folder, stdin=terminal, stdout=subprocess.PIPE, text=True) as process:
        os.write(person, b"tik\ntick\n")
        said, _ = process.communicate()
    for one in (person, terminal):
        os.close(one)
    assert process.returncode == 0, said
    assert "shipping_cost  What does it cost?\n" in said
    assert "tock" not in said
    assert "on_tick" in (author.folder / "gifts" / "gifts" / "__init__.py").read_text()
