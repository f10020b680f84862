"""What may a new distribution be called, and what are its package and its plugin called then?"""

from __future__ import annotations

import importlib.util
import keyword
import re
from importlib.metadata import PackageNotFoundError, distribution
from typing import Final

from packaging.utils import InvalidName, canonicalize_name

from hookcore import discover_group

_FOLDERS: Final = frozenset({"build", "dist", "docs", "tests"})


class UnfitError(ValueError):
    """A project can't be written as it was asked for; the message says why, and what can be."""


def names_for_plugin(name: str, project: str) -> dict[str, str]:
    """Return the names of a plugin's distribution, package and plugin, by these words.

    The plugin is called like the distribution, without the host's name in front of it. Raises UnfitError.
    """
    names = names_for_host(name)
    plugin = name.removeprefix(f"{canonicalize_name(project)}-")
    for one in discover_group(f"{project}.plugins"):
        if canonicalize_name(one.name) == plugin:
            whose = one.distribution.name
            raise UnfitError(
                f"{name!r}: {whose} has a plugin {one.name!r} for {project}, and two would block each other."
            )
    return {**names, "plugin": plugin}


def names_for_host(name: str) -> dict[str, str]:
    """Return the names of a host's distribution and package. Raises UnfitError."""
    try:
        written: str = canonicalize_name(name, validate=True)
    except InvalidName:
        fit = canonicalize_name(re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-"))
        hint = f" Say {fit!r}?" if fit else ""
        raise UnfitError(
            f"{name!r} can't be the name of a distribution: it has letters of ASCII, digits and hyphens.{hint}"
        ) from None
    if name != written:
        raise UnfitError(f"{name!r} is not written as names compare. Say {written!r}.")
    package = name.replace("-", "_")
    if not package.isidentifier() or keyword.iskeyword(package) or package in _FOLDERS:
        raise UnfitError(f"{name!r}: {package!r} can't be the name of its package. Put another word in front of it.")
    try:
        distribution(name)
    except PackageNotFoundError:
        pass
    else:
        raise UnfitError(f"{name!r} is installed already: choose another name, or uninstall that.")
    found = importlib.util.find_spec(package)
    if found is not None and found.origin is not None:  # a folder without any code has none
        raise UnfitError(
            f"{name!r}: there is a module {package!r} already ({found.origin}), which its package would hide."
        )
    return {"name": name, "package": package}
