"""What is left where a change is interrupted, at whatever line: by Ctrl-C, a soft time limit, an alarm that raises?

What was, or what is to be; and `stop()` and `start()` bring all plugins back.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import linecache
import os
import sys
from contextvars import copy_context
from pathlib import Path

import pytest

import hookcore

OURS = str(Path(hookcore.__file__).parent)


@pytest.fixture(autouse=True)
def _no_garbage():
    """Finalize no other test's managers meanwhile: there Python swallows what comes."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Interrupted(KeyboardInterrupt):
    """Comes at one line, whatever that line does."""


def interrupting(change, line):
    """Make a change, and interrupt it at its n-th line of our code. Return whether it was interrupted.

    Lines with `with` are left out: a trace function that raises where such a block ends keeps it from being left, so
    that a lock stays taken. No signal arrives there: Python looks for those at calls and at jumps back.
    """
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        text = linecache.getline(frame.f_code.co_filename, frame.f_lineno) if event == "line" else "with "
        if not text.lstrip().startswith(("with ", "async with ")):
            count += 1
            if count == line:
                sys.settrace(None)
                raise Interrupted
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        copy_context().run(next, _alone(change))
    except Interrupted:
        return True
    except hookcore.PluginError:  # what comes while a plugin's own code is called may be taken for its fault
        return True
    finally:
        sys.settrace(before)
    return False


def signalled(change, number):
    """Make a change, and interrupt it where the n-th signal may arrive: as a function of ours begins, or as one of
    Python's returns to ours. Return whether it has so many such places.
    """
    count = 0

    def profile(frame, event, argument):
        nonlocal count
        if event in ("call", "c_return") and frame.f_code.co_filename.startswith(OURS):
            count += 1
            if count == number:
                sys.setprofile(None)
                raise Interrupted

    sys.setprofile(profile)
    try:
        change()
    except (Interrupted, hookcore.PluginError):  # what comes in a plugin's own code may be taken for its fault
        pass
    finally:
        sys.setprofile(None)
    return count >= number


def _alone(change):
    """Make a change inside of a generator, and keep there which exceptions are being handled.

    At some lines at the end of an `except` Python does not notice that the block is left. What was caught there would
    be the context of whatever is raised in this thread from then on, in other tests too.
    """
    yield change()


# Each line takes half a minute: HOOKCORE_EVERY_LINE=1 asks for that, else these are lines all over what is called.
STEP = 1 if os.environ.get("HOOKCORE_EVERY_LINE") else 13

CHANGES = {
    "disable": lambda manager: manager.disable("bee"),
    "enable": lambda manager: manager.enable("owl"),
    "stop": lambda manager: manager.stop(),
    "reload_config": lambda manager: manager.reload_config(),
    "unregister": lambda manager: manager.unregister(name="bee"),
}


@pytest.mark.parametrize("change", [*CHANGES, "start"])
def test_a_change_that_is_interrupted_at_any_line_leaves_what_was_or_what_is_to_be(garden, states, change):
    """Each plugin's receivers all answer, or none does; and all come back."""
    for name in ("ant", "bee", "owl"):
        garden.install(name)
    garden.install("cat", requires=["bee"])
    manager = garden.manager("disable = ['owl']")
    everybody = ["ant", "bee", "cat"]

    line = 0
    interrupted = True
    while interrupted:
        line += 4 * STEP if change == "start" and STEP > 1 else STEP
        with contextlib.suppress(hookcore.ManagerStateError):
            manager.start()
        assert sorted(garden.water()) == everybody, line
        if change == "start":
            manager.stop()
        make = CHANGES.get(change, lambda manager: manager.start())
        interrupted = interrupting(lambda: make(manager), line)

        answers = garden.water()
        assert len(answers) == len(set(answers)), line
        active = {name for name, state in states(manager).items() if state == "active"}
        assert set(answers) == active, line
        manager.stop()
        assert garden.water() == [], line
        manager.start()
        assert sorted(garden.water()) == everybody, line
    assert line > 50


SIGNALLED = {
    **CHANGES,
    "start": lambda manager: (manager.stop(), manager.start()),
    "mute and reload_config": lambda manager: manager.reload_config(),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # where Python itself swallows it
@pytest.mark.parametrize("change", SIGNALLED)
def test_nothing_of_a_change_that_a_signal_interrupts_is_left_behind(garden, change):
    """All plugins come back, whatever was said is said no more, and what the host connects is the host's."""
    for name in ("ant", "bee", "owl"):
        garden.install(name)
    manager = garden.start("")
    watered = garden.signals.watered

    def host(plant):
        return "host"

    number = 0
    interrupted = True
    while interrupted:
        number += STEP // 4 + 1
        if change == "enable":
            manager.disable("owl")
        if change == "mute and reload_config":
            garden.say("mute = ['watered']")
        interrupted = signalled(lambda: SIGNALLED[change](manager), number)
        garden.say("")

        manager.stop()
        manager.start()
        watered.connect(host)
        for _ in range(2):
            assert sorted(garden.water()) == ["ant", "bee", "host", "owl"], number
        assert manager.plugin_of(host) is None, number
        manager.disable("bee")
        assert sorted(garden.water()) == ["ant", "host", "owl"], number
        manager.enable("bee")
        assert watered.disconnect(host)
        assert sorted(garden.water()) == ["ant", "bee", "owl"], number
    assert number > 30


AWAITED = """
import types
from hookcore import receiver
from garden_signals import watered

@types.coroutine
def elsewhere():
    yield

@receiver(watered)
def answer(plant):
    return "NAME"

async def ready():
    await elsewhere()

async def shutdown():
    await elsewhere()
"""


def driven(coroutine, error=None):
    """Carry out a coroutine without an event loop: asyncio's swallows what comes between two of its own steps.

    Or carry out the rest of it, after an error where it awaits.
    """
    with contextlib.suppress(StopIteration):
        if error is not None:
            coroutine.throw(error)
        while True:
            coroutine.send(None)


@pytest.fixture
def awaited(garden):
    """Give a started manager of four plugins, two of which have much to await."""
    garden.install("ant")
    garden.install("bee", AWAITED.replace("NAME", "bee"))
    garden.install("cat", requires=["bee"])
    garden.install("owl", AWAITED.replace("NAME", "owl"))
    manager = garden.manager()
    driven(manager.astart())
    return manager


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")  # it was interrupted before
@pytest.mark.parametrize("change", ["astart", "astop"])
def test_what_is_awaited_and_interrupted_at_any_line_leaves_what_was_or_what_is_to_be(garden, awaited, states, change):
    """As what is not awaited; and all come back."""
    everybody = ["ant", "bee", "cat", "owl"]

    line = 0
    interrupted = True
    while interrupted:
        line += 2 * STEP
        if change == "astart":
            driven(awaited.astop())
        interrupted = interrupting(lambda: driven(getattr(awaited, change)()), line)

        answers = garden.water()
        active = {name for name, state in states(awaited).items() if state == "active"}
        assert (len(answers), set(answers)) == (len(active), active), line
        driven(awaited.astop())
        assert garden.water() == [], line
        driven(awaited.astart())
        assert sorted(garden.water()) == everybody, line
    assert line > 50


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize("error", [GeneratorExit, KeyboardInterrupt])
@pytest.mark.parametrize("change", ["astart", "astop"])
def test_what_is_closed_while_it_awaits_takes_all_down(garden, awaited, states, change, error):
    """As an event loop that ends does it; nothing is awaited any more, and all come back."""
    if change == "astart":
        driven(awaited.astop())
    coroutine = getattr(awaited, change)()
    coroutine.send(None)
    with pytest.raises(error):
        driven(coroutine, error)

    assert garden.water() == []
    assert "active" not in states(awaited).values()
    driven(awaited.astart())
    assert sorted(garden.water()) == ["ant", "bee", "cat", "owl"]


def test_a_start_that_its_event_loop_has_left_is_given_up(garden, awaited, states):
    """As by Ctrl-C: what was asked for next is done, and does not wait for what nobody carries on."""
    driven(awaited.astop())
    loop = asyncio.new_event_loop()
    start = loop.create_task(awaited.astart())
    loop.call_soon(interrupt)
    with pytest.raises(Interrupted):
        loop.run_until_complete(start)

    awaited.stop()
    assert garden.water() == []
    assert set(states(awaited).values()) == {"stopped"}
    asyncio.run(awaited.astart())
    assert sorted(garden.water()) == ["ant", "bee", "cat", "owl"]

    loop.run_until_complete(start)
    loop.close()
    assert sorted(garden.water()) == ["ant", "bee", "cat", "owl"]


def interrupt():
    """Be the handler of a signal that an event loop receives between two of its steps."""
    raise Interrupted
