"""What can go wrong, in one family.

Every error that hookcore raises is a `HookcoreError`. Each carries its data as attributes, and its text names
what is wrong, where, and what to do. Where Python has a standard exception for the same mistake, the error is one
of those too, so that `except TypeError` written years ago still works.
"""

from __future__ import annotations

from collections.abc import Iterable


class HookcoreError(Exception):
    """Root of every error that hookcore raises: a text, and as keywords the data that it carries as attributes.

    Each survives `copy` and `pickle` with both, whatever its `__init__` wants: it is made anew without `__init__`.
    """

    def __init__(self, message: str = "", /, **data: object) -> None:
        super().__init__(message)
        vars(self).update(data)

    def __reduce__(self) -> tuple[object, ...]:
        import copyreg  # only who copies an error needs it

        state = {**vars(self), "args": self.args}  # an OSError has its arguments from `__init__` alone
        return copyreg.__newobj__, (type(self), *self.args), state  # type: ignore[attr-defined, unused-ignore]


# -- signals ----------------------------------------------------------------------------------------------------


class SignalDeclarationError(HookcoreError, TypeError):
    """A function cannot be declared as a signal: `signal` says which, the text says why and what to write."""

    signal: str


class SignalArgumentError(HookcoreError, TypeError):
    """A send whose arguments do not fit the signal.

    Attributes: `signal` (its name), `missing` and `unexpected` (argument names, in the order of the send).
    """

    signal: str
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()


class ReceiverError(HookcoreError, TypeError):
    """A receiver that cannot be connected: it is not callable, or it wants an argument that the signal never sends.

    Attributes: `signal` (its name), `receiver` (its description, with file and line where they are known) and
    `arguments` (the names that do not fit).
    """

    signal: str
    receiver: str
    arguments: tuple[str, ...] = ()


class AsyncReceiverError(HookcoreError, RuntimeError):
    """A blocking send, inside a running event loop, of a signal with a coroutine receiver. Nobody could wait for that.

    Attributes: `signal` (its name) and `receiver` (its description).
    """

    signal: str
    receiver: str


class ReceiverTimeoutError(HookcoreError, TimeoutError):
    """A coroutine receiver was cancelled, since it took longer than the config's `timeout` lets its plugin.

    Attributes: `plugin`, `signal` and `receiver`, their names. What it is raised from has the receiver's traceback.
    """

    plugin: str
    signal: str
    receiver: str


class UnknownSignalError(HookcoreError, LookupError):
    """A plugin names a signal that the host does not declare. `signal` is the name as written."""

    signal: str


class OrderingCycleError(HookcoreError, ValueError):
    """`before=` and `after=` contradict each other. `cycle` holds the receivers' descriptions, in a circle."""

    signal: str
    cycle: tuple[str, ...]


class SignalRecursionError(HookcoreError, RecursionError):
    """Receivers that send each other's signals without end. `chain` names them, outermost first."""

    chain: tuple[str, ...]


class SignalHeldError(HookcoreError, RuntimeError):
    """A declared signal is held by one manager at a time, and another one holds it. `holder` says which."""

    signal: str
    holder: str


# -- config -----------------------------------------------------------------------------------------------------


class ConfigError(HookcoreError, ValueError):
    """A config that cannot be used. Nothing of it has been applied.

    Attributes: `problems`, one sentence each, every one naming its source (`file:line:column`, environment variable
    or argument) and what to write instead.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class SettingsError(HookcoreError, ValueError):
    """The operator's settings do not fit a plugin's `Settings`. `plugin` is its name, `problems` one sentence each."""

    def __init__(self, problems: Iterable[str], *, plugin: str) -> None:
        self.problems = tuple(problems)
        self.plugin = plugin
        super().__init__("\n".join(self.problems))


# -- plugins ----------------------------------------------------------------------------------------------------


class PluginError(HookcoreError):
    """Something is wrong with one plugin. `plugin` is its name."""

    plugin: str


class UnknownPluginError(PluginError, LookupError):
    """No installed plugin goes by that name."""


class PluginLoadError(PluginError):
    """A plugin's entry point does not lead to a plugin: no such module, no such attribute, or unusable there."""


class PluginStartError(HookcoreError):
    """The host refuses to start, because `required` or `strict` says so. `failures` lists every reason."""

    def __init__(self, failures: Iterable[str]) -> None:
        self.failures = tuple(failures)
        super().__init__("\n".join(("the plugins did not start:", *(f"  - {failure}" for failure in self.failures))))


class ManagerStateError(HookcoreError, RuntimeError):
    """A call that does not fit the manager's state, such as `start()` on a manager that is running."""


class ManagerCopyError(HookcoreError, TypeError):
    """A manager was copied or pickled: there is one for each host and process, which the host makes."""
