"""What hookcore raises can be carried: copied, pickled, sent between processes, with all that it says."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import hookcore
from hookcore import HookcoreError, PluginManager, Signal, SignalArgumentError


def every_error(root: type[HookcoreError] = HookcoreError) -> Iterator[type[HookcoreError]]:
    """Yield hookcore's own error classes, a new one too."""
    if root.__module__.startswith("hookcore"):
        yield root
    for child in root.__subclasses__():
        yield from every_error(child)


ERRORS = sorted(set(every_error()), key=lambda kind: kind.__name__)

WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


def made(kind: type[HookcoreError]) -> HookcoreError:
    """Make an error with all the data that its class declares, as hookcore does."""
    own_init = kind.__init__ is not HookcoreError.__init__
    declared = [name for base in kind.__mro__ for name in vars(base).get("__annotations__", {})]
    wanted = list(inspect.signature(kind).parameters)[1:] if own_init else declared
    given = ["first reason", "second reason"] if own_init else "what is wrong, and what to do"
    return kind(given, **{name: (f"{name} 1", f"{name} 2") for name in wanted})


@pytest.fixture(params=ERRORS, ids=lambda kind: kind.__name__)
def error(request: pytest.FixtureRequest) -> HookcoreError:
    """One of each class."""
    return made(request.param)


@pytest.mark.parametrize("way", WAYS)
def test_an_error_is_carried_with_its_data(error: HookcoreError, way: str):
    """Whichever way an error is carried, its class, its text, its data and its notes arrive."""
    error.extra = "what somebody has added"
    error.add_note("a note")

    arrived = WAYS[way](error)

    assert arrived is not error
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert arrived.args == error.args
    assert vars(arrived) == vars(error)
    assert arrived.__notes__ == ["a note"]


class ErrorOfAHost(HookcoreError):
    """A host's own, whose `__init__` wants what ours does not."""

    def __init__(self, code: int, *, shop: str) -> None:
        super().__init__(f"{shop}: {code}")
        self.code = code


@pytest.mark.parametrize("way", WAYS)
def test_an_error_that_a_host_derives_is_carried_too(way: str):
    """A subclass with an `__init__` of its own needs no `__reduce__` of its own."""
    arrived = WAYS[way](ErrorOfAHost(7, shop="tea"))

    assert (str(arrived), arrived.code) == ("tea: 7", 7)


def test_every_error_is_exported():
    """Each error class can be caught by its name in `hookcore`."""
    assert {kind.__name__ for kind in ERRORS} <= set(hookcore.__all__)


WORKER = """
from hookcore import signal

@signal
def ordered(order_id: int) -> None:
    '''An order came in.'''

def send_misspelled(_):
    ordered.send(order_idd=1)
"""


def test_a_workers_error_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A misspelled argument in a worker process is told to who waits for the worker."""
    (tmp_path / "worker_that_misspells.py").write_text(WORKER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    worker = importlib.import_module("worker_that_misspells")

    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(SignalArgumentError, match="order_idd") as raised,
    ):
        list(pool.map(worker.send_misspelled, [0]))

    assert raised.value.unexpected == ("order_idd",)


class signals_of_a_shop:  # noqa: N801 - a namespace
    paid = Signal()


@pytest.mark.parametrize("way", WAYS)
def test_a_manager_refuses_to_be_carried(way: str):
    """Who copies or pickles a manager is told what to do instead."""
    plugins = PluginManager("shop", signals_of_a_shop)

    with pytest.raises(hookcore.ManagerCopyError, match="make a PluginManager there") as raised:
        WAYS[way](plugins)

    assert isinstance(raised.value, TypeError)
