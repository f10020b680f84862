"""Does a real terminal show what docs/screens.md says, with all nine plugins installed?

Write the page anew: `python test_screens.py` where the blog and its plugins are installed.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import sysconfig
import tempfile
import termios
from pathlib import Path

import pytest

from hookcore import discover

PAGE = Path(__file__).parents[3] / "docs" / "screens.md"
FILE = re.compile(r"<!-- file: (?P<name>\S+) -->\n```\w+\n(?P<text>.*?)```", re.DOTALL)
SCREEN = re.compile(
    r"(?P<head><!-- terminal: (?P<columns>\d+), exit status (?P<status>\d) -->\n```console\n"
    r"\$ (?P<command>[^\n]+)\n)(?P<shown>.*?)```\n",
    re.DOTALL,
)

pytestmark = pytest.mark.skipif(
    len(discover("example_app")) < 9, reason="the plugins of this repository are not all installed"
)


def rewritten(page: str, folder: Path) -> str:
    """Return the page with what a terminal shows now, in the order of the page, in one folder."""
    for file in FILE.finditer(page):
        (folder / file["name"]).write_text(file["text"], encoding="utf-8")
    # Paths below the current directory are shown from there: so they are the same on each machine.
    (folder / "site-packages").symlink_to(sysconfig.get_path("purelib"))

    def again(screen: re.Match[str]) -> str:
        shown, status = on_a_terminal(int(screen["columns"]), screen["command"], folder)
        assert status == int(screen["status"]), f"{screen['command']}: {status}\n{shown}"
        return f"{screen['head']}{shown}```\n"

    return SCREEN.sub(again, page)


def on_a_terminal(columns: int, command: str, folder: Path) -> tuple[str, int]:
    """Return what a terminal of this width shows of a shell's command, without its colours, and the exit status."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    variables = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "CI")}
    variables |= {
        "EXAMPLE_APP_DATA": str(folder / "data"),
        "EXAMPLE_APP_PLUGINS_CONFIG": "blog.toml",
        "HOOKCORE_HOST": "example-app",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": str(folder / "site-packages"),
        "TERM": "xterm",
    }
    running = subprocess.Popen(
        ["sh", "-c", command], cwd=folder, env=variables, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # so Linux tells that nobody has the terminal open any more
        pass
    os.close(ours)
    text = shown.decode().replace("\r\n", "\n")
    return re.sub(r"\x1b\[[\d;]*m", "", text), running.wait()


def test_a_terminal_shows_what_the_page_does(tmp_path: Path) -> None:
    """At 80 and at 140 columns, each command, and no line is longer."""
    page = PAGE.read_text(encoding="utf-8")
    screens = list(SCREEN.finditer(page))

    assert {screen["columns"] for screen in screens} == {"80", "140"}
    for screen in screens:
        lines = screen["shown"].splitlines()
        assert max(map(len, lines)) <= int(screen["columns"]) or "Error: " in lines[-1]
    assert rewritten(page, tmp_path) == page


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), Path(tempfile.mkdtemp())), encoding="utf-8")
