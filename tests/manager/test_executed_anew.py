"""When a module is executed anew, is what it connected before replaced by what it connects now?"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable

import pytest


def reload(module: types.ModuleType) -> types.ModuleType:
    """Python's own way."""
    return importlib.reload(module)


def as_autoreload(module: types.ModuleType) -> types.ModuleType:
    """IPython's: the namespace is emptied first, and old functions are given the new ones' code afterwards."""
    before = dict(vars(module))
    vars(module).clear()
    vars(module).update({name: before[name] for name in ("__name__", "__loader__")})
    module = importlib.reload(module)
    for name, old in before.items():
        new = vars(module).get(name)
        if isinstance(old, types.FunctionType) and isinstance(new, types.FunctionType):
            old.__code__, old.__defaults__ = new.__code__, new.__defaults__
    return module


def import_again(module: types.ModuleType) -> types.ModuleType:
    """What test suites do."""
    del sys.modules[module.__name__]
    return importlib.import_module(module.__name__)


WAYS: list[Callable[[types.ModuleType], types.ModuleType]] = [reload, as_autoreload, import_again]

CONNECTIONS = {
    "decorator": "@receiver(watered)\ndef answer(plant):\n    return 'ANSWER'\n",
    "connect": "def answer(plant):\n    return 'ANSWER'\nwatered.connect(answer)\n",
    "lambda": "watered.connect(lambda plant: 'ANSWER')\n",
    "partial": "def answer(text, plant):\n    return text\nwatered.connect(functools.partial(answer, 'ANSWER'))\n",
    "method": (
        "class Answer:\n    def answer(self, plant):\n        return 'ANSWER'\n"
        "one = Answer()\nwatered.connect(one.answer, weak=False)\n"
    ),
    "instance": (
        "class Answer:\n    def __call__(self, plant):\n        return 'ANSWER'\none = Answer()\nwatered.connect(one)\n"
    ),
    "closure": (
        "def make(text):\n    def answer(plant):\n        return text\n    return answer\n"
        "watered.connect(make('ANSWER'))\n"
    ),
    "dispatch_uid": "def answer(plant):\n    return 'ANSWER'\nwatered.connect(answer, dispatch_uid='answer')\n",
    "sender": "def answer(plant):\n    return 'ANSWER'\nwatered.connect(answer, sender=len)\n",
    "in a function": "def connect():\n    watered.connect(lambda plant: 'ANSWER')\nconnect()\n",
    "twice": "for _ in range(2):\n    watered.connect(lambda plant: 'ANSWER')\n",
}
HEAD = "import functools\nfrom garden_signals import LOG, anything, sown, watered\nfrom hookcore import receiver\n\n"


class Places:
    """The module that is executed anew: a plugin's, the host's, or nobody's in particular."""

    def __init__(self, garden, kind: str) -> None:
        self.garden, self.kind = garden, kind
        self.name = "rose" if kind == "plugin" else f"garden_{kind}"
        self.manager = None

    def write(self, source: str) -> None:
        """Write the module, so that Python reads it anew."""
        if self.kind == "plugin" and self.manager is None:
            self.garden.install("rose", HEAD + source)
        else:
            self.garden.write(f"{self.name}.py", HEAD + source)
        importlib.invalidate_caches()

    def start(self) -> types.ModuleType:
        """Import it, as its kind is imported."""
        self.manager = self.garden.start() if self.kind != "nobody" else None
        return importlib.import_module(self.name)


@pytest.fixture(params=["plugin", "host", "nobody"])
def place(request, garden) -> Places:
    """A module of each kind."""
    return Places(garden, request.param)


def answers(garden) -> list[object]:
    """What is answered when a plant is watered."""
    return [answer for _, answer in garden.signals.watered.send(sender=len, plant="rose")]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_a_module_executed_anew_replaces_what_it_connected(garden, place, connection, way):
    """Whatever it is that it connects, and however: it is there as often as the module says now."""
    count = 2 if connection == "twice" else 1
    place.write(CONNECTIONS[connection].replace("ANSWER", "before"))
    module = place.start()
    assert answers(garden) == ["before"] * count

    for text in ("after one", "after another"):
        place.write(CONNECTIONS[connection].replace("ANSWER", text))
        module = way(module)

        assert answers(garden) == [text] * count


@pytest.mark.parametrize("way", WAYS)
def test_a_changed_signature_is_the_one_that_is_called(garden, place, way):
    """What was read of the old function is not held against the new one."""
    place.write("@receiver(anything)\ndef answer(plant):\n    return 'before'\n")
    module = place.start()
    garden.signals.anything.send(sender=None, plant="rose", depth=2)

    place.write("@receiver(anything)\ndef answer(depth, *, sender, plant='none'):\n    return 'after', depth, plant\n")
    way(module)

    sent = garden.signals.anything.send(sender=None, plant="rose", depth=2)
    assert [answer for _, answer in sent] == [("after", 2, "rose")]


@pytest.mark.parametrize("way", WAYS)
def test_what_a_module_connects_no_more_is_gone(garden, place, way):
    """Another signal, another name, or one receiver less: nothing of the former execution stays."""
    place.write(
        "@receiver(watered)\ndef one(plant):\n    return 'one'\n@receiver(watered)\ndef two(plant):\n    return 'two'\n"
    )
    module = place.start()
    assert answers(garden) == ["one", "two"]

    place.write("@receiver(sown)\ndef one(plant):\n    return 'one, elsewhere'\n")
    way(module)

    assert answers(garden) == []
    assert [answer for _, answer in garden.signals.sown.send(sender=None, plant="rose")] == ["one, elsewhere"]


def test_a_function_executed_anew_by_itself_replaces_the_former_one(garden):
    """IPython executes the functions that have changed, in the module's namespace, and no others."""
    garden.write(
        "garden_nobody.py",
        HEAD + "@receiver([watered, sown])\ndef one(plant):\n    return 'one'\n"
        "@receiver(watered)\ndef two(plant):\n    return 'two'\n",
    )
    module = importlib.import_module("garden_nobody")

    for text in ("new", "newer"):
        changed = f"@receiver([watered, sown])\ndef one(sender, plant):\n    return {text!r}\n"
        exec(compile(changed, module.__file__, "exec"), vars(module), {})

        assert sorted(answers(garden)) == sorted([text, "two"])
        assert [answer for _, answer in garden.signals.sown.send(sender=None, plant="rose")] == [text]


def test_others_stay(garden):
    """What other modules connected, and what was connected while the host ran, is not the module's."""
    garden.install("rose", HEAD + "@receiver(watered)\ndef answer(plant):\n    return 'rose'\n")
    garden.install("bee", HEAD + "@receiver(watered)\ndef answer(plant):\n    return 'bee'\n")
    garden.start()
    module = importlib.import_module("rose")
    garden.signals.watered.connect(module.answer, sender=len)
    garden.signals.watered.connect(lambda plant: "nobody")

    importlib.reload(module)

    assert sorted(answers(garden)) == ["bee", "nobody", "rose", "rose"]


def test_what_ready_connects_is_not_the_modules(garden):
    """`ready` is not run anew, so what it connected stays."""
    garden.install(
        "rose",
        HEAD + "@receiver(watered)\ndef answer(plant):\n    return 'module'\n"
        "def late(plant):\n    return 'ready'\n"
        "def ready():\n    watered.connect(late)\n",
    )
    garden.start()

    importlib.reload(importlib.import_module("rose"))

    assert sorted(answers(garden)) == ["module", "ready"]


def test_two_files_of_one_module_name_are_two_modules(garden, tmp_path):
    """Hosts that load plugins from files give all of them one name."""
    for number in (1, 2):
        path = tmp_path / f"plugin_{number}.py"
        path.write_text(HEAD + f"watered.connect(lambda plant: {number})\n", encoding="utf-8")
        spec = importlib.util.spec_from_file_location("plugin", path)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))

    assert answers(garden) == [1, 2]


def test_a_switched_off_plugin_stays_switched_off(garden):
    """What its module connects when it is executed anew belongs to it as before."""
    garden.install("rose", HEAD + "@receiver(watered)\ndef answer(plant):\n    return 'rose'\n")
    manager = garden.start()
    manager.disable("rose")

    importlib.reload(importlib.import_module("rose"))
    assert answers(garden) == []

    manager.enable("rose")
    assert answers(garden) == ["rose"]


def test_an_execution_that_fails_before_it_connects_changes_nothing(garden, place):
    """A mistake in the new source leaves what was."""
    place.write("@receiver(watered)\ndef answer(plant):\n    return 'before'\n")
    module = place.start()
    place.write("1 / 0\n")

    with pytest.raises(ZeroDivisionError):
        importlib.reload(module)

    assert answers(garden) == ["before"]
