"""Does each command say what it is for, is each option on the page for operators, and does it end as that says?"""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from support.installing import write

from hookcore.cli.group import COMMANDS, hookcore

PAGE = (Path(__file__).parents[2] / "docs" / "operate.md").read_text(encoding="utf-8")
FOR_ALL = ("--help", "--host", "--json")
"""Options of which the page speaks once, for all commands."""


def command_called(name: str) -> click.Command:
    """Return a command."""
    command = hookcore.get_command(click.Context(hookcore), name)
    assert command is not None
    return command


def test_the_help_says_of_each_command_what_it_is_for(shop):
    """In a whole sentence, on 80 columns; so does its own, and `-h` is the same."""
    shown = shop.run("--help", COLUMNS="80").partition("Commands:\n")[2]
    lines = dict(line.split(maxsplit=1) for line in shown.splitlines())

    assert list(lines) == list(COMMANDS)
    assert {name: line for name, line in lines.items() if not line.endswith(".") or line.endswith("..")} == {}
    for name in COMMANDS:
        assert shop.run(name, "--help").startswith(f"Usage: hookcore {name} ")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_is_on_the_page_for_operators(name):
    """In its table, with what its help says."""
    options = [one for one in command_called(name).params if isinstance(one, click.Option)]
    rows = [
        f"| `{name}` | `{' '.join(filter(None, [one.opts[-1], one.metavar]))}` | {one.help} |"
        for one in options
        if one.opts[-1] not in FOR_ALL
    ]

    assert [row for row in rows if row not in PAGE] == []


def test_the_page_has_no_option_that_is_none():
    """Each row is one of a command's."""
    rows = [line.split(" | ")[:2] for line in PAGE.splitlines() if line.startswith("| `") and " | `--" in line]
    known = {name: {one.opts[-1] for one in command_called(name).params} for name in COMMANDS}

    assert len(rows) > 10
    assert [row for row in rows if row[1].strip("`").split()[0] not in known[row[0].strip("| `")]] == []


PLUGIN = {
    "README.md": "It does nothing.",
    "x.py": "",
    "pyproject.toml": """
[project]
name = "shop-x"
version = "1.0"
description = "X"
readme = "README.md"
dependencies = ["shop"]

[project.entry-points."shop.plugins"]
x = "x"
""",
}
NOTHING = "nothing-of-that-name"


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (["list"], None),
        (["signals"], ["signals", NOTHING]),
        (["why", "audit"], ["why", NOTHING]),
        (["graph"], ["graph", NOTHING]),
        (["time", "--", "PYTHON", "-c", "from shop.host import plugins; plugins().start()"], ["time", "--", "true"]),
        (["bisect", "--", "true"], ["bisect", "--", "false"]),
        (["enable", "audit"], ["enable", NOTHING]),
        (["disable", "audit"], ["disable", NOTHING]),
        (["mute", "order_paid"], ["mute", NOTHING]),
        (["lock"], ["lock", NOTHING]),
        (["verify"], None),
        (None, ["doctor"]),  # tests' own environment has an executable .pth
        (["spec"], ["spec", "--diff", "old.json", "new.json"]),
        (["check", "plugin"], ["check", "wrong"]),
        (["new", "--host-app", "garden"], None),
    ],
    ids=list(COMMANDS),
)
def test_exit_statuses(shop, good, bad):
    """0: all is well; 1: a problem; 2: wrong usage."""
    shop.folder.chmod(0o755)
    name = (good or bad)[0]
    if name == "verify":
        shop.run("lock")
    if name in ("spec", "check"):
        (shop.folder / "old.json").write_text(shop.run("spec"))
        (shop.folder / "new.json").write_text(shop.run("spec").replace("number", "digits"))
        write(
            shop.folder, {f"{folder}/{file}": text for folder in ("plugin", "wrong") for file, text in PLUGIN.items()}
        )
        (shop.folder / "wrong" / "x.py").unlink()
    if good is not None:
        shop.run(*[str(shop.python) if one == "PYTHON" else one for one in good])
    if bad is not None:
        shop.run(*bad, status=1)
    assert shop.run(name, "--no-such-option", status=2)
    shop.config.write_text("enabel = []\n")
    if name not in ("time", "spec", "check", "new"):  # which don't ask the config
        assert "shop.toml:1: unknown key 'enabel'" in shop.run(*(good or bad), status=1)
