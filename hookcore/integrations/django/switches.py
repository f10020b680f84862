"""How does a switch on the admin page last, and reach each process?

It is written into the config file, which every process follows: at the start of a request it looks whether the file has
changed. Where there is no file, or this process may not write it, a switch is what `plugins.enable()` and
`plugins.disable()` are: it holds in the process that answers, until it ends.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.signals import request_started

import hookcore
from hookcore.integrations.django.host import config_file, plugins, reports


def lasting_file() -> Path | None:
    """Return the config file, if this process may write it."""
    path = config_file()
    may_be_written = path is not None and os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)
    return path if may_be_written and find_spec("tomlkit") else None


def switch(name: str, on: bool) -> None:
    """Let a plugin run, or run no more: in all processes, if the config file can be written.

    Raises what `plugins.enable()`, `plugins.disable()` and `plugins.reload_config()` do; nothing has changed then.
    """
    path = lasting_file()
    if path is None or all(report.name != name for report in reports()):
        (plugins.enable if on else plugins.disable)(name)
        return
    before = path.read_text(encoding="utf-8")
    _replace(path, _switched(before, name, on))
    try:
        plugins.reload_config()
    except hookcore.HookcoreError:
        _replace(path, before)
        raise


def _switched(text: str, name: str, on: bool) -> str:
    """Return the text of a config file that lets a plugin run, or not; all else in it stays as it is."""
    import tomlkit  # only who switches needs them
    from packaging.utils import canonicalize_name

    document: Any = tomlkit.parse(text)
    listed = {key: [canonicalize_name(each) for each in document.get(key, ())] for key in ("enable", "disable")}
    meant = canonicalize_name(name)
    if on:
        for index in reversed([index for index, each in enumerate(listed["disable"]) if each == meant]):
            del document["disable"][index]
    wanted = "enable" if on and document.get("mode") == "explicit" else None if on else "disable"
    if wanted is not None and meant not in listed[wanted]:
        document.setdefault(wanted, []).append(name)
    return tomlkit.dumps(document)


def _replace(path: Path, text: str) -> None:
    """Write a file anew, all of it or nothing."""
    path = path.resolve()
    descriptor, written = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        shutil.copymode(path, written)
        os.replace(written, path)
    except BaseException:
        os.unlink(written)
        raise


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
