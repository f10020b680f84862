"""Are `async def ready` and `shutdown` awaited, in their turn, and is nothing of a plugin silently never run?"""

from __future__ import annotations

import asyncio

import pytest

from hookcore import PluginError, PluginStartError

ASYNC = """
import asyncio
from garden_signals import LOG, watered
from hookcore import receiver

@receiver(watered)
def answer(plant):
    return "NAME"

async def ready():
    LOG.append("ready NAME begins")
    await asyncio.sleep(0)
    LOG.append("ready NAME")

async def shutdown():
    await asyncio.sleep(0)
    LOG.append("shutdown NAME")
"""


def states_of(manager):
    """Return each plugin's state."""
    return {report.name: report.state for report in manager.report()}


@pytest.fixture
def three(garden):
    """Install three plugins; each needs the one before, and the middle one's `ready` is a coroutine function."""
    garden.install("ant")
    garden.install("bee", ASYNC.replace("NAME", "bee"), requires=["ant"])
    garden.install("cow", requires=["bee"])
    return garden


def test_ready_and_shutdown_are_awaited_each_in_its_turn(three):
    """In the order of requirements, among blocking ones; and the other way round."""
    manager = three.manager()

    async def main():
        async with manager as entered:
            assert entered is manager
            assert states_of(manager) == dict.fromkeys(("ant", "bee", "cow"), "active")
            assert three.water() == ["ant", "bee", "cow"]

    asyncio.run(main())
    assert [line for line in three.log if not line.startswith("import")] == [
        *("ready ant", "ready bee begins", "ready bee", "ready cow"),
        *("shutdown cow", "shutdown bee", "shutdown ant"),
    ]


def test_a_start_that_awaits_nothing_fails_the_plugin_and_says_what_to_write(three):
    """Its `ready` has not run, so that it is not active; who needs it is blocked."""
    manager = three.manager()
    manager.start()

    assert states_of(manager) == {"ant": "active", "bee": "failed", "cow": "blocked"}
    (bee,) = (report for report in manager.report() if report.name == "bee")
    assert "await plugins.astart()" in bee.reason
    assert not any(line.startswith("ready bee") for line in three.log)


def test_a_stop_that_awaits_nothing_says_that_a_shutdown_was_not_run(three, caplog):
    """The plugin is down all the same."""
    manager = three.manager()
    asyncio.run(manager.astart())
    manager.stop()

    assert "await plugins.astop()" in caplog.text
    assert "shutdown bee" not in three.log
    assert three.water() == []


GENERATORS = {
    "generator": "def ready():\n    yield\n",
    "asynchronous generator": "async def ready():\n    yield\n",
    "generator shutdown": "def ready(): pass\ndef shutdown():\n    yield\n",
}


@pytest.mark.parametrize("kind", ["generator", "asynchronous generator"])
@pytest.mark.parametrize("awaiting", [True, False])
def test_a_ready_of_which_nothing_would_run_fails_the_plugin(garden, kind, awaiting):
    """A generator function, with or without `async`."""
    garden.install("ant", GENERATORS[kind])
    manager = garden.manager()
    if awaiting:
        asyncio.run(manager.astart())
    else:
        manager.start()

    (ant,) = manager.report()
    assert (ant.state, "generator function" in ant.reason) == ("failed", True)


def test_a_shutdown_of_which_nothing_would_run_is_told(garden, caplog):
    """As any fault of a shutdown."""
    garden.install("ant", GENERATORS["generator shutdown"])
    manager = garden.manager()
    manager.start()
    manager.stop()

    assert "generator function" in caplog.text


@pytest.mark.parametrize("error", ["LookupError('no bone')", "GeneratorExit", "SystemExit"])
def test_a_fault_of_an_awaited_ready_is_that_plugins(three, error):
    """The others are up, but for those that need it."""
    three.install("dog", f"async def ready():\n    raise {error}\n")
    manager = three.manager()
    asyncio.run(manager.astart())

    assert states_of(manager) == {"ant": "active", "bee": "active", "cow": "active", "dog": "failed"}


def test_strict_sees_what_an_awaited_ready_has_come_to(three):
    """Nothing runs then, and what was awaited up is awaited down."""
    three.install("dog", "async def ready():\n    raise LookupError('no bone')\n")
    manager = three.manager()
    with pytest.raises(PluginStartError, match="no bone"):
        asyncio.run(manager.astart(strict=True))

    assert three.log[-3:] == ["shutdown cow", "shutdown bee", "shutdown ant"]
    assert three.water() == []


def test_a_start_that_is_cancelled_has_not_happened(garden):
    """All is down again, and the manager can be started anew."""
    garden.install("ant")
    garden.install("bee", "import asyncio\nasync def ready():\n    await asyncio.sleep(3600)\n")
    manager = garden.manager()

    async def main():
        task = asyncio.create_task(manager.astart())
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert garden.water() == []
    manager.start(disable=["bee"])
    assert garden.water() == ["ant"]


def test_what_another_task_asks_for_meanwhile_waits_its_turn(garden):
    """A switch in the middle of a start is carried out when the start is done."""
    garden.install("ant")
    garden.install("bee", "import asyncio\nasync def ready():\n    await asyncio.sleep(0.01)\n")
    manager = garden.manager()

    async def main():
        task = asyncio.create_task(manager.astart())
        await asyncio.sleep(0)
        manager.disable("ant")
        assert states_of(manager)["ant"] == "active"
        await task

    asyncio.run(main())
    assert states_of(manager) == {"ant": "disabled", "bee": "active"}


def test_enabling_a_plugin_that_must_be_awaited_says_what_to_write(three):
    """`enable()` cannot await."""
    manager = three.manager()
    manager.start(disable=["bee"])

    with pytest.raises(PluginError, match=r"await plugins\.astart\(\)"):
        manager.enable("bee")


def test_what_an_awaited_ready_connects_is_its_plugins(garden):
    """A library's function too, which nobody provides."""
    garden.install(
        "bee",
        """
import asyncio, functools
from garden_signals import watered

async def ready():
    await asyncio.sleep(0)
    watered.connect(functools.partial(dict, answered="bee"))
""",
    )
    manager = garden.manager()
    asyncio.run(manager.astart())
    assert len(garden.water()) == 1
    manager.disable("bee")
    assert garden.water() == []
