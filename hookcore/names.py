"""Are these two names the same, and how are they shown? They compare in canonical form, globs included.

The form is that of the packaging specification (PEP 503): lower case, and each run of `-`, `_` and `.` is one `-`.
`packaging.utils` has the same rule, but importing it costs more than all of our own modules together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache


@lru_cache(maxsize=4096)  # each switch of a plugin asks for a dozen
def canonical_name(name: str) -> str:
    """Return `name` in the one form in which names compare: `Blog_Welcome.Email` is `blog-welcome-email`."""
    return normalized(name.strip())


def normalized(name: str) -> str:
    """Return the canonical form of a name that blanks before and after belong to, as importlib.metadata has it."""
    name = name.lower().replace("_", "-").replace(".", "-")
    while "--" in name:
        name = name.replace("--", "-")
    return name


def canonical_names(names: Sequence[str]) -> list[str]:
    """Return the canonical form of each name. All at once: every start sorts by them, and a call for each adds up."""
    canonical = [name.strip() for name in normalized("\n".join(names)).split("\n")]
    if len(canonical) == len(names):
        return canonical
    return [canonical_name(name) for name in names]  # there are none, or one has a line end in it


def printable(text: str) -> str:
    """Return `text` with all that does not print written as an escape: what moves a cursor, turns or hides text.

    What prints is what `str.isprintable` says (no control or format character, no line end, no blank but a space).
    """
    if text.isprintable():
        return text
    return "".join([character if character.isprintable() else ascii(character)[1:-1] for character in text])


def is_pattern(name: str) -> bool:
    """Tell whether `name` is a glob such as `legacy-*`, which may rightly match nothing today."""
    return any(character in name for character in "*?[")


def meant(name: str, names: Collection[str]) -> list[str]:
    """Return which of `names` somebody means by a name or glob. What is among them is no glob."""
    if name in names:
        return [name]
    if not is_pattern(name):
        return []
    from fnmatch import fnmatchcase  # few configs have a glob in them

    return [one for one in names if fnmatchcase(one, name)]


def names_in(argument: str, given: Collection[str]) -> Collection[str]:
    """Return what is given as several names. Raises TypeError if it is one text, which has letters, or holds others."""
    if isinstance(given, str):
        raise TypeError(f"{argument} is a list of names: write [{given!r}]")
    if not all(isinstance(one, str) for one in given):
        raise TypeError(f"{argument} is a list of names, which are texts, not {given!r}")
    return given
