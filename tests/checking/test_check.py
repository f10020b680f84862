from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from hookcore import PluginManager, Signal
from hookcore.checking import check, document_of, read_spec, spec_from

PYPROJECT = """\
[project]
name = "shop-loyalty"
description = "Points"
readme = "README.md"

[project.entry-points."shop.plugins"]
loyalty = "shop_loyalty:Till"

[project.entry-points."shop.receivers"]
"order_paid.late" = "shop_late:late"
"""
GOOD = """\
from dataclasses import dataclass

import pluggy
from hookcore import receiver
from shop import signals
from shop.signals import order_cancelled, order_paid

hookimpl = pluggy.HookimplMarker("shop")


@dataclass
class Settings:
    points: int = 1


@receiver(order_paid, tryfirst=True)
def thank(number: str, amount: float, *, retries: int = 3, **others) -> str:
    return number


@receiver([signals.order_paid, order_cancelled])
def both(number: "str", signal): ...


@hookimpl(optionalhook=True)
def somebody_elses(): ...


@hookimpl(wrapper=True)
def order_paid_around():
    return (yield)


class Till:
    @hookimpl
    def order_cancelled(self, number): ...

    def ready(self, plugins, settings):
        plugins.hook.order_paid.connect(self.ring)
        order_paid.connect(lambda amount: None, weak=False)

    def ring(self, number): ...
"""


@pytest.fixture
def plugin(tmp_path):
    """Give what writes a plugin's distribution, with changes, and returns its folder."""

    def write(*changes: tuple[str, str], more: str = "") -> Path:
        pyproject, source = PYPROJECT, GOOD.replace("order_paid_around", "order_paid") + dedent(more)
        for old, new in changes:
            assert old in pyproject + source
            pyproject, source = pyproject.replace(old, new), source.replace(old, new)
        (tmp_path / "pyproject.toml").write_text(pyproject)
        (tmp_path / "README.md").write_text("# Points\n")
        (tmp_path / "shop_loyalty.py").write_text(source)
        (tmp_path / "shop_late.py").write_text("def late(amount): ...\n")
        (tmp_path / "tests").mkdir(exist_ok=True)
        (tmp_path / "tests" / "test_it.py").write_text("from shop.signals import no_such\nno_such.connect(print)\n")
        return tmp_path

    return write


def test_a_good_plugin_has_no_problem(plugin, spec):
    """With functions, methods, lambdas, marks, wrappers, lists and receivers of their own entry points."""
    assert check(plugin(), [spec]) == []


RECEIVER = "\n\n@receiver(order_paid)\ndef more({}): ...\n"
FAULTS = {
    "an argument that is not sent": ([], RECEIVER.format("nubmer"), "Did you mean 'number'?"),
    "a type that is not sent": ([], RECEIVER.format("number: int"), "sends 'number' as str, and it wants int"),
    "a deprecated argument": ([], RECEIVER.format("code"), "argument 'code' of signal 'order_paid' is deprecated: say"),
    "an answer of another type": (
        [],
        "\n\n@receiver(order_paid)\ndef more() -> int:\n    return 1\n",
        "answers int, and signal 'order_paid' expects str | None",
    ),
    "a signal that is not sent": (
        [],
        "\n\n@receiver(signals.order_payed)\ndef more(): ...\n",
        "'shop' sends no signal 'order_payed'. Did you mean 'order_paid'?",
    ),
    "a deprecated signal": (
        [],
        "\n\n@hookimpl\ndef order_gone(number): ...\n",
        "signal 'order_gone' is deprecated: listen to order_cancelled",
    ),
    "a generator that is no wrapper": (
        [],
        "\n\n@receiver(order_paid)\ndef more():\n    yield\n",
        "say wrapper=True",
    ),
    "a method that wants what is not sent": (
        [],
        "\n\nclass More:\n    def ready(self):\n        order_paid.connect(self.on)\n\n    def on(self, what): ...\n",
        "sends no argument 'what'",
    ),
    "an entry point to no module": (
        [('loyalty = "shop_loyalty:Till"', 'loyalty = "shop_loialty:Till"')],
        "",
        "no module",
    ),
    "an entry point to no attribute": (
        [('loyalty = "shop_loyalty:Till"', 'loyalty = "shop_loyalty:Till2"')],
        "",
        "shop_loyalty has no 'Till2'. Did you mean 'Till'?",
    ),
    "a group that is spelled nearly right": (
        [('"shop.plugins"', '"shop.plugin"')],
        "",
        "group 'shop.plugin' is not read. Did you mean 'shop.plugins'?",
    ),
    "a receiver of no signal in the entry points": (
        [('"order_paid.late"', '"order_payd.late"')],
        "",
        "sends no signal 'order_payd'",
    ),
    "settings that are no class of settings": ([("@dataclass\nclass", "class")], "", "Settings is no dataclass"),
    "a setting without a type": ([("    points: int = 1", "    points = 1")], "", "'points' has no type"),
    "ready that asks for what there is not": (
        [("def ready(self, plugins, settings)", "def ready(self, plugin, settings)")],
        "",
        "ready may not ask for 'plugin'. Did you mean 'plugins'?",
    ),
    "ready that asks for settings of which there is no class": (
        [
            ("def ready(self, plugins, settings)", "def ready(self, settings, plugins)"),
            ("class Settings", "class TillSettings"),
        ],
        "",
        "ready asks for settings, and the plugin has no class of the name Settings",
    ),
    "an entry point to a class as if it were a module": (
        [('loyalty = "shop_loyalty:Till"', 'loyalty = "shop_loyalty.Till"')],
        "",
        "there is no module 'shop_loyalty.Till' here. Did you mean 'shop_loyalty:Till'?",
    ),
    "an entry point to a function": (
        [('loyalty = "shop_loyalty:Till"', 'loyalty = "shop_loyalty:thank"')],
        "",
        "shop_loyalty:thank is a function, which is no plugin",
    ),
    "an entry point in somebody's group": (
        [('"shop.plugins"', '"hookcore.plugins"'), ('"shop.receivers"', '"hookcore.receivers"')],
        "",
        "'shop' finds no plugin here. Is 'hookcore.plugins' meant?",
    ),
    "a receiver that is given no signal": (
        [],
        "\n\n@receiver\ndef on(number): ...\n",
        "'on' is connected to no signal: write @receiver(signals.NAME)",
    ),
    "a receiver that is given a signal's name": (
        [],
        "\n\n@receiver('order_paid')\ndef on(number): ...\n",
        "'on' is connected to no signal: write @receiver(signals.NAME)",
    ),
    "an argument that is like none": (
        [],
        RECEIVER.format("customer"),
        "sends no argument 'customer'. It sends sender, number",
    ),
    "a name in another spelling": ([('"shop-loyalty"', '"Shop_Loyalty"')], "", "'shop-loyalty'"),
    "a plugin's name in another spelling": ([("loyalty = ", "Loyal_ty = ")], "", "'loyal-ty'"),
    "no documentation": ([('readme = "README.md"\n', "")], "", "say readme"),
    "no Python": ([], "\ndef def\n", "no Python: "),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_with_its_file_and_line(plugin, spec, fault):
    """Where the author has to change something; and nothing else is found."""
    changes, more, text = FAULTS[fault]
    folder = plugin(*changes, more=more)
    [problem] = check(folder, [spec])
    assert text in problem.text
    file = Path(problem.file)
    assert file.parent == folder
    assert file.name == ("shop_loyalty.py" if more or "etting" in fault or "ready" in fault else "pyproject.toml")
    line = file.read_text().splitlines()[problem.line - 1]
    if more:
        assert problem.line > len(GOOD.splitlines())
    else:
        assert changes[0][1].splitlines()[:1] in ([], [line[: len(changes[0][1])]]) or changes[0][1] in line


def test_receivers_of_an_untyped_signal_are_checked_too(plugin, shop):
    """The host's module is where it is imported from; `Signal()` itself does not know that."""
    shop.order_seen = Signal(providing_args=["number"])
    spec = spec_from(document_of(PluginManager("shop", shop)))
    more = "\n\nfrom shop.signals import order_seen\n@receiver(order_seen)\ndef seen(nubmer): ...\n"
    [problem] = check(plugin(more=more), [spec])
    assert "signal 'order_seen' sends no argument 'nubmer'. Did you mean 'number'?" in problem.text


def test_several_versions_of_a_host_are_checked_one_by_one(plugin, shop, spec):
    """The problem says with which."""
    newer = spec._replace(version="2", signals={**spec.signals, "order_cancelled": spec.signals["order_gone"]})
    older = spec._replace(version="1")
    found = check(plugin(), [older, newer])
    assert {one.host for one in found} == {"shop 2"}


def test_problems_are_shown_as_text_and_on_github(plugin, spec):
    """With the file as it is found from here; for GitHub from the checkout's root, escaped as its commands want it."""
    folder = plugin(more=RECEIVER.format("nubmer"))
    [problem] = check(folder, [spec])
    assert str(problem).startswith(f"{folder}/shop_loyalty.py:46: signal 'order_paid' sends no argument 'nubmer'.")
    assert problem.annotation(str(folder.parent)).startswith(f"::error file={folder.name}/shop_loyalty.py,line=46::sig")
    odd = problem._replace(file="/a/50%, b:c.py", text="100%,\r\nand: more", host="shop 1")
    assert odd.annotation("/a") == "::error file=50%25%2C b%3Ac.py,line=46::100%25,%0D%0Aand: more [shop 1]"


def test_the_published_file_has_types_and_schemas_and_nothing_of_the_machine(shop, tmp_path):
    """It is read again as it was written."""
    document = document_of(PluginManager("shop", shop))
    [paid, *_] = [one for one in document["signals"] if one["name"] == "order_paid"]
    assert {one["name"]: one.get("schema") for one in paid["arguments"]} == {
        "sender": None,
        "number": {"type": "string"},
        "amount": {"type": "integer"},
        "code": {"type": "string"},
    }
    assert str(Path(__file__).parent) not in json.dumps(document)
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(document))
    assert read_spec(path) == spec_from(document)
    assert document["format"] == 1
    path.write_text(json.dumps({**document, "format": 2}))
    with pytest.raises(ValueError, match=r"spec\.json: its format is 2, and this hookcore reads 1"):
        read_spec(path)
    path.write_text("[]")
    with pytest.raises(ValueError, match="no published spec"):
        read_spec(path)
