"""How does a switch on the admin page last, and reach each process?

It is written into the config file, which every process follows: at the start of a request it looks whether the file has
changed. Where there is no file, or this process may not write it, a switch is what `plugins.enable()` and
`plugins.disable()` are: it holds in the process that answers, until it ends.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.signals import request_started

import hookcore
from hookcore.integrations.django.host import config_file, plugins


def lasting_file() -> Path | None:
    """Return the config file, if this process may write it."""
    path = config_file()
    may_be_written = path is not None and os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)
    return path if may_be_written and find_spec("tomlkit") else None


def switch(name: str, on: bool) -> None:
    """Let a plugin run, or run no more: in all processes, if the config file can be written.

    Raises what `plugins.edit_config()`, `plugins.enable()` and `plugins.disable()` do; nothing has changed then.
    """
    if lasting_file() is None:
        (plugins.enable if on else plugins.disable)(name)
    elif on:
        plugins.edit_config(enable=[name])
    else:
        plugins.edit_config(disable=[name])


class _Follower:
    """Reads the config anew when a request finds that the file has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stamp = self._look()

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def __call__(self, **named: Any) -> None:
        """Follow. A file that can't be used is told, and changes nothing."""
        stamp = self._look()
        if stamp != self.stamp:
            self.stamp = stamp
            try:
                plugins.reload_config()
            except hookcore.HookcoreError:
                import logging

                logging.getLogger("hookcore").exception("%s has changed, and is not followed", self.path)


def follow() -> None:
    """Follow the config file from now on, if there is one."""
    path = config_file()
    if path is not None:
        request_started.connect(_Follower(path), weak=False, dispatch_uid="hookcore.config")
