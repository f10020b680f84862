"""Do real shells complete, and are there colours on a terminal, and nowhere else?"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux: elsewhere shells and terminals differ")


@pytest.fixture
def command(shop):
    """Give the shop a command `hookcore` on its PATH; return that."""
    script = shop.folder / "bin" / "hookcore"
    script.parent.mkdir()
    script.write_text(f"#!{shop.python}\nfrom hookcore.cli import main\nmain()\n")
    script.chmod(0o755)
    return {"PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}"}


def on_a_terminal(shop, arguments: list[str], *, typed: str = "", until: str = "", **more: str) -> str:
    """Run a program on a terminal of its own, type something, and return what it shows until a text is there."""
    ours, theirs = os.openpty()
    environment = {"TERM": "xterm", **shop.environment(more), "COLUMNS": "200"}
    process = subprocess.Popen(
        arguments, cwd=shop.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    shown, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline and (not until or until.encode() not in shown):
        if select.select([ours], [], [], 0.1)[0]:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # nobody holds the other end any more
                break
    if until:
        process.kill()
    process.wait()
    os.close(ours)
    return shown.decode(errors="replace")


# -- colours ------------------------------------------------------------------------------------------------------


def test_colours_are_for_terminals(shop, command):
    """And not where somebody wants none."""
    green = "\x1b[32m"

    asked = ["hookcore", "why", "audit"]

    assert green in on_a_terminal(shop, asked, **command)
    assert green in on_a_terminal(shop, asked, NO_COLOR="", **command)  # as no-color.org has it
    assert "\x1b" not in on_a_terminal(shop, asked, NO_COLOR="1", **command)
    assert "\x1b" not in on_a_terminal(shop, asked, **{**command, "TERM": "dumb"})
    assert "\x1b" not in shop.run(*asked[1:])


# -- completion ---------------------------------------------------------------------------------------------------

SWITCHED_ON = {
    "bash": 'eval "$(_HOOKCORE_COMPLETE=bash_source hookcore)"',
    "zsh": 'autoload -Uz compinit && compinit -u -D; eval "$(_HOOKCORE_COMPLETE=zsh_source hookcore)"',
    "fish": "_HOOKCORE_COMPLETE=fish_source hookcore | source",
}
PLAIN = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"], "fish": ["fish", "--no-config"]}
SHELLS = [shell for shell in SWITCHED_ON if shutil.which(shell)]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("begun", "whole"),
    [
        ("hookcore doc", "hookcore doctor"),
        ("hookcore why au", "hookcore why audit"),
        ("hookcore why shi", "hookcore why shipping_cost"),
        ("hookcore mute order", "hookcore mute order_paid"),
        ("hookcore disable order_paid.n", "hookcore disable order_paid.note"),
        ("hookcore enable mail --of mo", "hookcore enable mail --of more"),
        ("hookcore graph --as m", "hookcore graph --as mermaid"),
        ("hookcore bisect --keep au", "hookcore bisect --keep audit"),
        ("hookcore lock au", "hookcore lock audit"),
    ],
)
def test_shells_complete_commands_plugins_receivers_and_signals(shop, command, shell, begun, whole):
    """Typed, with a real tab; single receivers as far as the config names them. What the host prints is no name."""
    shop.config.write_text('[plugin.audit]\ndisable = ["order_paid.note"]\n')
    shop.variables["HOOKCORE_HOST"] = "shop.host:opened"
    if shell == "fish":
        program = f"{SWITCHED_ON[shell]}; complete --do-complete '{begun}'"
        done = subprocess.run(
            ["fish", "--no-config", "-c", program],
            cwd=shop.folder,
            env=shop.environment(command),
            capture_output=True,
            text=True,
            check=False,
        )
        assert [line.partition("\t")[0] for line in done.stdout.splitlines()] == [whole.rpartition(" ")[2]]
        return
    typed = f"{SWITCHED_ON[shell]}\n{begun}\t"
    assert whole in on_a_terminal(shop, PLAIN[shell], typed=typed, until=whole, **command)


def test_the_page_for_operators_says_how_to_switch_it_on():
    """By the very lines that are tried here."""
    page = (Path(__file__).parents[2] / "docs" / "operate.md").read_text(encoding="utf-8").replace("\\|", "|")

    assert all(f"| `{line.rpartition('; ')[2]}` |" in page for line in SWITCHED_ON.values())


def test_what_is_given_already_is_not_offered_again(shop, command):
    """Nor anything where the host can't be asked."""
    more = {"_HOOKCORE_COMPLETE": "bash_complete", "COMP_WORDS": "hookcore lock mail m", "COMP_CWORD": "3"}

    assert shop.run(program=("bin/hookcore",), **more) == "plain,more\n"
    assert shop.run(program=("bin/hookcore",), HOOKCORE_HOST="shop.host:broken", **more).strip() == ""
    assert shop.run(program=("bin/hookcore",), HOOKCORE_HOST="shop.exiting:x", **more).strip() == ""
