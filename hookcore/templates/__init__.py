"""What does a new distribution consist of? A plugin for a host's signal, or a host; from copier's templates beside.

There is nothing that `copier update` could compare with: the templates are as old as hookcore is, and in no repository
of their own. So nothing of copier's stays in what it writes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from hookcore.templates.naming import UnfitError, names_for_host, names_for_plugin
from hookcore.templates.receiver import receiver_for

__all__ = ["UnfitError", "names_for_host", "names_for_plugin", "receiver_for", "write_project"]

_TEMPLATE: Final = Path(__file__).with_name("project")


def write_project(kind: Literal["plugin", "host"], folder: Path, answers: Mapping[str, object]) -> None:
    """Write a project into a folder that is empty or does not exist: all of it, or, if anything goes wrong, nothing.

    Raises ModuleNotFoundError where copier is not installed, and OSError.
    """
    import copier

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} exists already, and is not empty")
    with tempfile.TemporaryDirectory(prefix=".hookcore-new-", dir=folder.parent) as beside:
        unfinished = Path(beside) / folder.name
        copier.run_copy(str(_TEMPLATE), unfinished, data={"kind": kind, **answers}, quiet=True)
        if folder.exists():
            folder.rmdir()  # it is empty; not every system puts another folder in its place
        unfinished.rename(folder)
