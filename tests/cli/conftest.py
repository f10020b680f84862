"""A shop with a command line, and plugins that are installed for it in an environment of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.environments import Environment, install_wheels
from support.installing import wheel, write


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """Let commands hear Ctrl-C, though what a shell starts in the background, and all below it, ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


SHOP = {
    "shop/__init__.py": "",
    "shop/signals.py": '''
from hookcore import signal

@signal
def order_paid(sender: type, number: str) -> None:
    """An order was paid."""

@signal(firstresult=True)
def shipping_cost(sender: type, weight: float = 1.0) -> float | None:
    """Say what shipping costs; the first that answers wins."""
''',
    "shop/host.py": """
from contextlib import contextmanager

import click
import hookcore
import pluggy
from hookcore import PluginManager
from hookcore.cli import commands
from shop import signals

def plugins():
    return PluginManager("shop", signals, config="shop.toml")

@contextmanager
def opened():
    print("opened")
    with plugins() as manager:
        yield manager
    print("closed")

def broken():
    raise RuntimeError("no \\x1b[31mdatabase")

made = PluginManager("shop", signals)
pluggys = pluggy.PluginManager("shop")

@click.group()
def cli():
    pass

cli.add_command(commands(plugins))

if __name__ == "__main__":
    cli(prog_name="shop")
""",
    "shop/unimportable.py": "import a_module_that_is_missing\n",
    "shop/exiting.py": "raise SystemExit(5)\n",
}
EXTRAS = {
    "shop_extras.py": """
from hookcore import receiver
from shop.signals import order_paid, shipping_cost

class Audit:
    def __init__(self):
        receiver(order_paid, tryfirst=True)(self.note)

    def note(self, number): ...

class Mail:
    def __init__(self):
        receiver(order_paid)(self.thank)
        receiver(order_paid)(self.ask_for_stars)
        receiver(shipping_cost)(self.cost)

    def thank(self, number): ...

    def ask_for_stars(self): ...

    def cost(self): ...
""",
    "shop_broken.py": 'raise RuntimeError("no \\x1b[31mdatabase")\n',
}

BEE = """
import pluggy

@pluggy.HookimplMarker("plain")
def watered(plant):
    return f"{__name__} drinks from {plant}"
"""


class Shop:
    """The shop in a folder of its own: what is said in its config, and what its commands print."""

    def __init__(self, folder: Path, environment: Environment) -> None:
        self.folder = folder
        self.python = environment.python
        self.variables = {"HOOKCORE_HOST": "shop.host:plugins"}

    @property
    def config(self) -> Path:
        """The config file."""
        return self.folder / "shop.toml"

    def run(
        self, *arguments: str, status: int = 0, program: tuple[str, ...] = ("-m", "hookcore.cli"), **more: str
    ) -> str:
        """Run a command in a real process; return what it prints, on both streams."""
        done = subprocess.run(
            [str(self.python), *program, *arguments],
            cwd=self.folder,
            env=self.environment(more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def completed(self, *program: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a program in a real process; return what became of it, with what it prints on each stream."""
        return subprocess.run(
            program,
            cwd=self.folder,
            env=self.environment(more),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return the variables of a process that is given some more."""
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "PYTHONPATH", "NO_COLOR")}
        # Unbuffered, so that what comes on both streams is in the order in which it was written.
        return {**kept, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1", **self.variables, **more}


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Give an environment in which plugins of the shop are installed."""
    made = Environment(tmp_path_factory.mktemp("cli") / "environment")
    wheels = tmp_path_factory.mktemp("wheels")
    plugins = {"audit": "shop_extras:Audit", "mail": "shop_extras:Mail", "broken": "shop_broken", "old": "shop_extras"}
    install_wheels(
        made.python,
        wheel(wheels, "shop-extras", entry_points={"shop.plugins": plugins}, modules=EXTRAS, summary="Mail \x1b[31m!"),
        wheel(
            wheels,
            *("shop-more", "2.0"),
            entry_points={"shop.plugins": {"more": "shop_more"}},
            modules={"shop_more.py": ""},
            requires=["shop-old"],
        ),
        wheel(
            wheels,
            *("plain-bee", "1.0"),
            entry_points={"plain": {"bee": "plain_bee", "wasp": "plain_wasp"}},
            modules={"plain_bee.py": BEE, "plain_wasp.py": BEE},
        ),
        wheel(
            wheels,
            *("shop-old", "0.1"),
            entry_points={"shop.plugins": {"old-stock": "shop_old"}},
            modules={"shop_old.py": "raise SystemExit('imported')"},
        ),
    )
    return made


@pytest.fixture
def shop(tmp_path: Path, environment: Environment) -> Shop:
    """Give the shop, with an empty config."""
    write(tmp_path, SHOP)
    made = Shop(tmp_path, environment)
    made.config.write_text("")
    return made
