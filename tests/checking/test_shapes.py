"""Does `check` follow the many shapes in which receivers are written and connected?"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from hookcore.checking import check

PROJECT = """\
[project]
name = "shop-gifts"
description = "Gifts"
readme = "README.md"
[project.entry-points."shop.plugins"]
gifts = "gifts"
"""
# Each has one receiver that takes WHAT: `number` is sent, and `nubmer` is not; the line ends with `# here`.
SHAPES = {
    "an imported signal of another name": """
        from hookcore import receiver as on
        from shop.signals import order_paid as paid
        @on(paid)
        def give(WHAT): ...  # here
    """,
    "a module of signals": """
        import hookcore
        import shop.signals
        @hookcore.receiver(shop.signals.order_paid)
        def give(WHAT): ...  # here
    """,
    "a module of signals by another name": """
        import hookcore as hooks, shop.signals as events
        @hooks.receiver(events.order_paid)
        def give(WHAT): ...  # here
    """,
    "what the host hands out elsewhere": """
        from hookcore import receiver
        from shop import order_paid
        @receiver(order_paid)
        def give(WHAT): ...  # here
    """,
    "a class of the host's that holds signals": """
        from shop.signals import Signals
        def ready():
            Signals.order_paid.connect(give)
        def give(WHAT): ...  # here
    """,
    "an import for type checkers": """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        from hookcore import receiver
        if TYPE_CHECKING:
            from shop.signals import order_paid
        else:
            from importlib import import_module
            order_paid = import_module("shop.signals").order_paid
        @receiver(order_paid)
        def give(WHAT: str): ...  # here
    """,
    "an import that may fail": """
        from hookcore import receiver
        try:
            from shop.signals import order_paid
        except ImportError:
            order_paid = None
        if order_paid is not None:
            @receiver(order_paid)
            def give(WHAT): ...  # here
    """,
    "an import inside of ready": """
        def ready():
            from shop.signals import order_paid
            def give(WHAT): ...  # here
            order_paid.connect(give)
    """,
    "all names at once": """
        from shop.signals import *
        from hookcore import *
        from hookcore import receiver
        @receiver(order_paid)
        def give(WHAT): ...  # here
    """,
    "a name of one's own": """
        from hookcore import receiver
        from shop import signals
        paid = signals.order_paid
        @receiver(paid)
        def give(WHAT): ...  # here
    """,
    "several signals": """
        from hookcore import receiver
        from shop.signals import order_cancelled, order_paid
        @receiver((order_cancelled, order_paid))
        def give(WHAT): ...  # here
    """,
    "several signals that have a name": """
        from hookcore import receiver
        from shop.signals import order_cancelled, order_paid
        BOTH = [order_cancelled, order_paid]
        @receiver(BOTH)
        def give(WHAT): ...  # here
    """,
    "a loop over signals": """
        from shop.signals import order_cancelled, order_paid
        def give(WHAT): ...  # here
        for signal in (order_cancelled, order_paid):
            signal.connect(give)
    """,
    "a stack of decorators": """
        import functools
        from hookcore import receiver
        from shop.signals import order_cancelled, order_paid
        @receiver(order_cancelled)
        @receiver(order_paid, tryfirst=True)
        @functools.lru_cache
        def give(WHAT): ...  # here
    """,
    "a decorator that is called": """
        from hookcore import receiver
        from shop.signals import order_paid
        class Gifts:
            def __init__(self):
                receiver(order_paid)(self.give)
            def give(self, WHAT): ...  # here
        def ready():
            Gifts()
    """,
    "a lambda": """
        from shop.signals import order_paid
        order_paid.connect(lambda WHAT: None)  # here
    """,
    "connect by keyword": """
        from shop.signals import order_paid
        def give(WHAT): ...  # here
        order_paid.connect(receiver=give, weak=False)
    """,
    "a with block": """
        from shop.signals import order_paid
        def give(WHAT): ...  # here
        def during():
            with order_paid.connected_to(give):
                pass
    """,
    "a method of an instance": """
        from shop.signals import order_paid
        class Gifts:
            def give(self, WHAT): ...  # here
        gifts = Gifts()
        order_paid.connect(gifts.give)
    """,
    "an instance that is called": """
        from shop.signals import order_paid
        class Gifts:
            def __call__(self, WHAT): ...  # here
        order_paid.connect(Gifts(), weak=False)
    """,
    "an inherited method": """
        from shop.signals import order_paid
        class Base:
            def give(self, WHAT): ...  # here
        class Gifts(Base):
            def ready(self):
                order_paid.connect(self.give)
    """,
    "a static method": """
        from shop.signals import order_paid
        class Gifts:
            @staticmethod
            def give(WHAT): ...  # here
        order_paid.connect(Gifts.give)
    """,
    "a class method": """
        from shop.signals import order_paid
        class Gifts:
            @classmethod
            def give(cls, WHAT): ...  # here
            @classmethod
            def up(cls):
                order_paid.connect(cls.give)
    """,
    "the manager's hook": """
        def ready(plugins):
            plugins.hook.order_paid.connect(give)
        def give(WHAT): ...  # here
    """,
    "a marker": """
        import pluggy
        hookimpl = pluggy.HookimplMarker("shop")
        @hookimpl
        def order_paid(WHAT): ...  # here
    """,
    "a marker with a constant": """
        from pluggy import HookimplMarker
        PROJECT = "shop"
        hookimpl = HookimplMarker(project_name=PROJECT)
        class Gifts:
            @hookimpl(specname="order_paid", trylast=True)
            def give(self, WHAT): ...  # here
    """,
    "a marker that is called at once": """
        import pluggy
        @pluggy.HookimplMarker("shop")(tryfirst=True)
        def order_paid(WHAT): ...  # here
    """,
    "the host's own marker": """
        import shop
        @shop.hookimpl
        def order_paid(WHAT): ...  # here
    """,
    "a marked static method": """
        from shop.marks import hookimpl
        class Gifts:
            @staticmethod
            @hookimpl
            def order_paid(WHAT): ...  # here
    """,
    "a coroutine function": """
        from hookcore import receiver
        from shop.signals import order_paid
        @receiver(order_paid)
        async def give(*, WHAT): ...  # here
    """,
    "a decorator of one's own that hands on what it is given": """
        import functools
        from hookcore import receiver
        from shop.signals import order_paid
        def logged(level):
            def decorate(function):
                @functools.wraps(function)
                def call(*arguments, **named):
                    return function(*arguments, **named)
                return call
            return decorate
        def noted(function):
            return function
        @receiver(order_paid)
        @logged("INFO")
        @noted
        def give(WHAT): ...  # here
    """,
    "a receiver of several lines": """
        from hookcore import receiver
        from shop.signals import order_paid
        @receiver(
            order_paid,
            tryfirst=True,
        )
        def give(WHAT):  # here
            return None
    """,
}
# Receivers that look wrong and are not.
RIGHT = {
    "a generator inside": """
        from hookcore import receiver
        from shop.signals import order_paid
        @receiver(order_paid)
        def give(number):
            def each():
                yield number
            return next(each())
    """,
    "a decorator that gives an argument of its own": """
        import functools
        from hookcore import receiver
        from shop.signals import order_paid
        from shop import hookimpl
        def with_database(function):
            @functools.wraps(function)
            def call(number):
                return function(number, database=1)
            return call
        @receiver(order_paid)
        @with_database
        def give(number, database): ...
        @with_database
        def give_more(number, database): ...
        order_paid.connect(give_more)
        class Gifts:
            @hookimpl(specname="order_paid")
            @with_database
            def give(self, database): ...
    """,
    "a receiver of somebody else's signal": """
        from hookcore import Signal, receiver
        mine = Signal()
        @receiver(mine)
        def give(whatever): ...
        mine.connect(lambda other: None)
    """,
    "a marker of another project": """
        import pluggy
        hookimpl = pluggy.HookimplMarker("other")
        @hookimpl
        def order_paid(whatever): ...
    """,
    "something else that connects": """
        import sqlite3
        from shop.signals import Database, order_paid
        Database.connect("shop.sqlite3")
        sqlite3.connect("shop.sqlite3")
        def order(order_paid):
            order_paid.connect(lambda whatever: None)
    """,
    "what is not compared": """
        from typing import Any, Optional, Union
        from hookcore import receiver
        from shop.signals import order_paid
        @receiver(order_paid)
        def give(number: Any, amount: "Union[int, str]") -> Optional[str]: ...
        @receiver(order_paid)
        def give_more(number: object, amount: float = 1.0) -> None: ...
    """,
    "settings of every kind": """
        from dataclasses import dataclass, field
        from typing import ClassVar, Literal
        @dataclass
        class Settings:
            VERSION = 2
            _cache = None
            known: ClassVar = 1
            points: float = 1
            kind: Literal["a", "b"] = "a"
            names: list[str] = field(default_factory=list)
            path: str | None = None
        def ready(settings, plugins, colour="red"): ...
    """,
    "a pydantic model": """
        from pydantic import BaseModel, ConfigDict
        class Settings(BaseModel):
            model_config = ConfigDict(extra="forbid")
            points: int = 1
    """,
    "a Settings and a ready of something else": """
        class Window:
            class Settings:
                size = 1
            def ready(self, screen): ...
        def prepare():
            def ready(screen): ...
            return ready
    """,
}
# One fault each, that is no misspelt argument; the line ends with `# here`.
WRONG = {
    "a method that is connected in its class": (
        """
        from hookcore import receiver
        from shop.signals import order_paid
        class Gifts:
            @receiver(order_paid)
            def give(self, number): ...  # here
        """,
        "Connect the bound one in `__init__` or in `ready` (`signal.connect(self.give)`)",
    ),
    "a method of nobody": (
        """
        from shop.signals import order_paid
        class Gifts:
            def give(self, number): ...  # here
        order_paid.connect(Gifts.give)
        """,
        "'self' is nobody's yet",
    ),
    "a type in a union": (
        """
        from typing import Optional
        from hookcore import receiver
        from shop.signals import order_paid
        @receiver(order_paid)
        def give(
            number: str,
            amount: Optional[str],  # here
        ): ...
        """,
        "sends 'amount' as int, and it wants Optional[str]",
    ),
    "an asynchronous generator": (
        """
        from hookcore import receiver
        from shop.signals import order_paid
        @receiver(order_paid)
        async def give(number):  # here
            yield number
        """,
        "asynchronous generator function",
    ),
    "a wrapper that does not wrap": (
        """
        from hookcore import receiver
        from shop.signals import order_paid
        @receiver(order_paid, wrapper=True)
        def give(number): ...  # here
        """,
        "a wrapper needs a yield",
    ),
    "a signal that is not sent, connected in a loop": (
        """
        from shop import signals
        def give(number): ...
        for one in (signals.order_paid, signals.order_lost):
            one.connect(give)  # here
        """,
        "'shop' sends no signal 'order_lost'",
    ),
    "a marked function of no signal": (
        """
        import pluggy
        @pluggy.HookimplMarker("shop")
        def order_payd(number): ...  # here
        """,
        "'shop' sends no signal 'order_payd'. Did you mean 'order_paid'?",
    ),
    "a class that asks for what there is not": (
        """
        class Gifts:
            def __init__(self, setting): ...  # here
        gifts = Gifts
        """,
        "__init__ may not ask for 'setting'. Did you mean 'settings'?",
    ),
    "an instance whose shutdown asks": (
        """
        class Gifts:
            def __init__(self, anything): ...
            def shutdown(self, *, manager): ...  # here
        gifts = Gifts(1)
        """,
        "shutdown may not ask for 'manager'. There are: settings, plugins.",
    ),
    "settings that are a named tuple": (
        """
        from typing import NamedTuple
        class Settings(NamedTuple):  # here
            points: int = 1
        """,
        "Settings is no dataclass",
    ),
    "a setting that no file can hold": (
        """
        import dataclasses
        @dataclasses.dataclass(frozen=True)
        class Settings:
            key: bytes = b""  # here
        """,
        "setting 'key' can't be set: a config file holds no bytes",
    ),
    "a default of another type": (
        """
        from dataclasses import dataclass
        @dataclass
        class Settings:
            points: int = "1"  # here
        """,
        "setting 'points' is int, and its default '1' is none",
    ),
    "a default that a dataclass refuses": (
        """
        from dataclasses import dataclass
        @dataclass
        class Settings:
            names: list[str] = []  # here
        """,
        "field(default_factory=",
    ),
}


@pytest.fixture
def problems(tmp_path, spec):
    """Give what writes a plugin and returns its problems, each as the line's text and what is said of it."""

    def found(source: str, **more: str) -> list[tuple[str, str]]:
        target = "gifts:gifts" if "\ngifts = " in dedent(source) else "gifts"
        files = {"pyproject.toml": PROJECT.replace('"gifts"', f'"{target}"'), "README.md": "# Gifts\n"}
        for file, text in {**files, "gifts.py": dedent(source), **more}.items():
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(dedent(text))
        return [(Path(one.file).read_text().splitlines()[one.line - 1], one.text) for one in check(tmp_path, [spec])]

    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_a_receiver_is_followed_in_each_shape(problems, shape):
    """A good one passes, and of the same with a misspelt argument the line is told, for each signal."""
    source = SHAPES[shape]
    assert problems(source.replace("WHAT", "number")) == []
    signals = ["order_cancelled", "order_paid"] if "order_cancelled" in source else ["order_paid"]
    [line] = [one for one in dedent(source).splitlines() if one.endswith("# here")]
    assert problems(source.replace("WHAT", "nubmer")) == [
        (line.replace("WHAT", "nubmer"), f"signal {name!r} sends no argument 'nubmer'. Did you mean 'number'?")
        for name in signals
    ]


@pytest.mark.parametrize("shape", RIGHT)
def test_what_only_looks_wrong_passes(problems, shape):
    """Nothing is found."""
    assert problems(RIGHT[shape]) == []


@pytest.mark.parametrize("fault", WRONG)
def test_a_fault_of_another_kind_is_found_at_its_line(problems, fault):
    """And nothing else."""
    source, text = WRONG[fault]
    [(line, said)] = problems(source)
    assert line.endswith("# here")
    assert text in said


def test_what_one_module_takes_from_another_is_followed(problems):
    """Signals, markers and receivers, by relative imports too; a fault is told where the receiver is defined."""
    found = problems(
        "from gifts_parts.receivers import *\n",
        **{
            "gifts_parts/__init__.py": "from gifts_parts.compat import paid as order_was_paid\n",
            "gifts_parts/compat.py": """
                import pluggy
                from shop.signals import order_paid as paid
                ours = pluggy.HookimplMarker("shop")
            """,
            "gifts_parts/given.py": """
                def give(nubmer): ...  # here

                class Giver:
                    def give_more(self, nubmer): ...  # here
            """,
            "gifts_parts/receivers.py": """
                from . import given, order_was_paid
                from .compat import ours
                from .given import give as giving
                order_was_paid.connect(giving)
                order_was_paid.connect(given.Giver().give_more)

                @ours
                def order_cancelled(nubmer): ...  # here
            """,
        },
    )
    assert [(line.strip()[-6:], text[:7]) for line, text in found] == [("# here", "signal ")] * 3


def test_tests_environments_and_other_projects_are_not_read(problems):
    """Nor what pip and tox have left; but a module that is called like a test's is, if it is in the package."""
    wrong = (
        "from hookcore import receiver\nfrom shop.signals import order_paid\n@receiver(order_paid)\ndef g(no): ...\n"
    )
    left = ("conftest.py", "test_gifts.py", "tests/a.py", "venv/lib/a.py", "other/a.py", ".tox/a.py", "build/a.py")
    more = {"venv/pyvenv.cfg": "", "other/pyproject.toml": "", **dict.fromkeys(left, wrong)}
    assert problems("", **more) == []
    assert len(problems("", **more, **{"gifts_parts/testing.py": wrong, "gifts_parts/__init__.py": ""})) == 1


def test_a_module_that_is_no_python_hides_no_other(problems):
    """Wrong syntax, zero bytes and another encoding than it says."""
    found = problems("def give(:\n", **{"zero.py": "\0", "deep.py": f"{'(' * 500}{')' * 500}\n"})
    assert len(found) == 3
    assert all("no Python" in text for _, text in found)
