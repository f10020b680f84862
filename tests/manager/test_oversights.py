"""Is the operator told of what most likely was meant otherwise?"""

from __future__ import annotations

import pytest

NOTHING = {
    "dict": ("answers = {}", "bee:answers", "names a dict"),
    "list": ("answers = [1]", "bee:answers", "names a list"),
    "another project's marker": (
        "import pluggy\n@pluggy.HookimplMarker('gardn')\ndef watered(plant): ...",
        "bee",
        "marked for 'gardn': HookimplMarker(\"garden\")",
    ),
    "a method with a signal's name": (
        "class Bee:\n    def watered(self, plant): ...",
        "bee:Bee",
        "it has watered, the names of",
    ),
    "a module with a signal's name": ("def watered(plant): ...", "bee", "it has watered, the names of signals"),
    "nothing at all": ("", "bee", "put @receiver(signals.NAME) on what is to receive, or write a ready()"),
}


@pytest.mark.parametrize(("source", "entry_point", "said"), NOTHING.values(), ids=NOTHING)
def test_an_active_plugin_that_connects_nothing_is_a_warning(garden, logged, source, entry_point, said):
    """It is told once, with what to do instead."""
    garden.install("bee", source, entry_points=entry_point)
    garden.start()

    [warning] = logged(30)
    assert warning.startswith("plugin 'bee' (bee 1.5) is active, connects nothing and has no ready(): ")
    assert said in warning


@pytest.mark.parametrize("more", ["", "from hookcore import receiver\nreceiver(watered)(answer)"])
def test_a_function_is_no_plugin(garden, report_of, more):
    """Nobody would call it, whether or not its module connects something; and `ready` beside it would not run."""
    source = f"from garden_signals import watered\ndef answer(plant): ...\ndef ready(): ...\n{more}"
    garden.install("bee", source, entry_points="bee:answer")
    bee = report_of(garden.start(), "bee")
    assert (bee.state, garden.water()) == ("failed", [])
    assert "'answer' is a function, which is no plugin. Name the module, 'bee'" in bee.reason


def test_a_class_named_with_a_dot_is_told_with_the_colon(garden, report_of):
    """The module before the dot has it."""
    garden.install("bee", "class Bee: ...", entry_points="bee.Bee")
    reason = report_of(garden.start(), "bee").reason

    assert "There is no module 'bee.Bee'. Did you mean 'bee:Bee'?" in reason


def test_a_namespace_folder_is_no_plugin(garden, logged):
    """There is no code in it."""
    garden.install("bee", {"bee/hive.py": ""}, entry_points="bee")
    garden.start()

    [warning] = logged(30)
    assert "a folder without __init__.py" in warning


@pytest.mark.parametrize(
    ("source", "receivers"),
    [
        ("def ready(): ...", {}),
        (
            "from hookcore import receiver\nfrom garden_signals import watered\n@receiver(watered)\ndef a(plant): ...",
            {},
        ),
        ("def answer(plant): ...", {"watered.answer": "bee:answer"}),
    ],
)
def test_one_that_does_something_is_none(garden, logged, source, receivers):
    """A `ready`, a receiver, a receiver's entry point."""
    garden.install("bee", source, receivers=receivers)
    garden.start()

    assert logged(30) == []


@pytest.mark.parametrize("option", ["before", "after"])
def test_a_name_in_an_order_that_nobody_bears_is_a_warning(garden, logged, option):
    """With the nearest that somebody does."""
    garden.install("audit-log")
    garden.install(
        "bee",
        f"from hookcore import receiver\nfrom garden_signals import watered\n"
        f"@receiver(watered, {option}=['audit_lgo', 'audit-log'])\ndef answer(plant): ...\n",
    )
    garden.start()

    [warning] = logged(30)
    assert warning == (
        f"{option}='audit-lgo' of receiver 'answer' of signal 'watered' means no plugin that is installed."
        " Did you mean 'audit-log'?"
    )


@pytest.mark.parametrize("command", [["-m", "shopping.app"], ["shopping/app.py"]])
def test_a_host_that_is_imported_a_second_time_is_a_warning(garden, command):
    """Its plugins connect to the signals of another copy, and nobody would be called."""
    garden.write("shopping/__init__.py", "")
    garden.write(
        "shopping/app.py",
        """
        import sys
        from hookcore import PluginManager, Signal

        sold = Signal()

        if __name__ == "__main__":
            import logging
            logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format="%(message)s")
            PluginManager("shopping", sys.modules["__main__"]).start()
        """,
    )
    garden.install_files(
        "bee-1.0.dist-info",
        {"bee.py": "from shopping.app import sold\ndef answer(**named): ...\nsold.connect(answer)\n"},
        metadata=["Name: bee", "Version: 1.0"],
        groups={"shopping.plugins": {"bee": "bee"}},
    )

    printed = garden.run(
        f"""
        import os, subprocess, sys
        os.chdir({str(garden.site)!r})
        print(subprocess.run([sys.executable, *{command!r}], capture_output=True, text=True, check=True).stdout)
        """
    )

    assert "shopping.app has been imported beside it: a second copy with signals of its own" in printed
