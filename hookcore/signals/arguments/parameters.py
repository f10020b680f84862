"""What a signal sends: the names of its arguments, which of them may be left out, and whether there may be more."""

from __future__ import annotations

import functools
import inspect
import keyword
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from hookcore.errors import SignalDeclarationError


class Parameters(NamedTuple):
    """What a signal sends.

    `names` are in order; those in `defaults` may be left out of a send; `keyword_only` counts how many at the end must
    be given by keyword. `complete` is false for a signal that may send more than it names (an untyped one), and
    `lenient` is true where pluggy's rules hold: a missing argument is a warning, one too many is nothing.
    """

    names: tuple[str, ...]
    defaults: Mapping[str, object]
    keyword_only: int = 0
    complete: bool = True
    lenient: bool = False

    @property
    def name_set(self) -> frozenset[str]:
        """The names, to compare with the keys of what was given."""
        return _as_set(self.names)

    @property
    def required(self) -> tuple[str, ...]:
        """The names that every send gives."""
        return tuple(name for name in self.names if name not in self.defaults)

    def missing_from(self, given: Mapping[str, object]) -> tuple[str, ...]:
        """Return the required names that `given` lacks."""
        return tuple(name for name in self.required if name not in given)

    def unexpected_in(self, given: Mapping[str, object]) -> tuple[str, ...]:
        """Return the names in `given` that the signal does not send."""
        if not self.complete:
            return ()
        return tuple(name for name in given if name not in self.names)

    def __str__(self) -> str:
        parts = [f"{name}={self.defaults[name]!r}" if name in self.defaults else name for name in self.names]
        if self.keyword_only:
            parts.insert(len(parts) - self.keyword_only, "*")
        return f"({', '.join(parts if self.complete else [*parts, '**named'])})"


_as_set = functools.lru_cache(maxsize=1024)(frozenset[str])

ANYTHING: Final = Parameters(("sender",), {}, complete=False)
"""What an untyped `Signal()` sends: a sender, and whatever the host names, as Django's signals do."""


def can_be_parameter(name: str) -> bool:
    """Tell whether a function can have a parameter of this name."""
    return name.isidentifier() and not keyword.iskeyword(name) and name != "__debug__"


def as_python_reads(name: str) -> str:
    """Return a name as it is once Python has read it in a source: in the normal form that PEP 3131 has chosen."""
    if name.isascii():
        return name
    from unicodedata import normalize  # only such a name needs it

    return normalize("NFKC", name)


def named_parameters(names: Collection[str]) -> Parameters:
    """Return what `Signal(providing_args=names)` sends. Raises SignalDeclarationError for what cannot be a name."""
    wrong = [name for name in names if not can_be_parameter(str(name)) or name == "signal"]
    if isinstance(names, str) or wrong:
        raise SignalDeclarationError(
            f"Signal(providing_args={names!r}): give a list of argument names"
            + (f"; {wrong[0]!r} cannot be one" if wrong and not isinstance(names, str) else ""),
            signal="<unnamed signal>",
        )
    listed = tuple(dict.fromkeys(as_python_reads(name) for name in names if name != "sender"))
    return Parameters(("sender", *listed), {}, keyword_only=len(listed))


def pluggy_parameters(required: Sequence[str], optional: Sequence[str], function: Callable[..., object]) -> Parameters:
    """Return what a signal sends that was specified with pluggy's marker: pluggy's own rules hold for it."""
    if not optional:
        return _all_required(tuple(required))
    defaults = getattr(inspect.unwrap(function), "__defaults__", None) or ()
    return Parameters((*required, *optional), dict(zip(optional, defaults, strict=False)), lenient=True)


@functools.lru_cache(maxsize=1024)
def _all_required(names: tuple[str, ...]) -> Parameters:
    """Return one object of equal ones: hosts are made anew, pytest for each of its own tests."""
    return Parameters(names, {}, lenient=True)
