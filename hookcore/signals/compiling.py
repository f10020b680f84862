"""From a signal's receivers to a function: which of them for which sender, and what stands around them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hookcore.signals.dispatch import (
    MISSING,
    Function,
    Outside,
    compile_dispatch,
    compile_table,
    compile_watched,
)
from hookcore.signals.failures import FailureLog
from hookcore.signals.methods import (
    CALL,
    Method,
    form_for,
    guarded_form,
    guarded_outside,
    outside_for,
    parameters_for,
    steps_for,
)
from hookcore.signals.parameters import Parameters, as_python_reads, can_be_parameter
from hookcore.signals.receiver import ANY_SENDER, Receiver
from hookcore.signals.recursion import explained
from hookcore.signals.sources import Form


class SenderTable(dict[int, Function]):
    """Whom to call, by the sender's id. Held by the functions that look into it, and by nobody else."""

    __slots__ = ("__weakref__",)


class Compiler:
    """Compiles the ways to send of one signal, whose name and parameters it is given as plain values.

    `label` is the signal's name in logs, None if it has none yet; `offered` is what receivers get as `signal`.
    """

    __slots__ = ("_prepared", "doc", "firstresult", "label", "name", "offered", "parameters", "tables")

    def __init__(
        self, name: str, label: str | None, parameters: Parameters, firstresult: bool, doc: str, offered: object
    ) -> None:
        self.name = name
        self.label = label
        self.parameters = parameters
        self.firstresult = firstresult
        self.doc = doc
        self.offered = offered
        self._prepared: dict[str, tuple[Form, Outside, dict[str, object]]] = {}
        # The look-up tables in functions that are still held, so that a dead sender can be taken out of them.
        self.tables: tuple[weakref.ref[SenderTable], ...] = ()

    def direct(self, method: Method, receivers: Sequence[Receiver]) -> Function:
        """Compile a function that calls these receivers, whoever sends."""
        steps = steps_for(method, parameters_for(method, self.parameters), receivers)
        return compile_dispatch(self._form(method), steps, self.values(method), self._outside(method))

    def by_sender(self, method: Method, receivers: Sequence[Receiver]) -> Function:
        """Compile a function that calls those of these receivers that wait for the sender, or for no one."""
        parameters = parameters_for(method, self.parameters)
        return self._by_sender(self._form(method), method, parameters, receivers, self._outside(method), {})

    def by_pluggys_rules(self, receivers: Sequence[Receiver], by_name: Function) -> Function:
        """Compile a pluggy call. One whose arguments do not fit goes to `by_name`, as two mappings."""
        form, outside = self._by_pluggys_rules()
        return self._by_sender(form, CALL, self.parameters, receivers, outside, {"by_name": by_name})

    def _by_pluggys_rules(self) -> tuple[Form, Outside]:
        parameters = self.parameters
        form = guarded_form(self._form(CALL), (), parameters.names)
        return form, guarded_outside(self._outside(CALL), parameters.names, parameters.defaults)

    def expecting(self, method: Method, receivers: Sequence[Receiver], names: tuple[str, ...]) -> Function:
        """Compile a send of an untyped signal for the arguments that it was last sent with: hosts seldom change them.

        A send with others is compiled for any arguments.
        """
        if not all(map(_can_be_expected, names)):
            return self.by_sender(method, receivers)
        general: list[Function] = []

        def by_name(given: Mapping[str, object], extra: Mapping[str, object]) -> Any:
            if not general:
                general.append(self.by_sender(method, receivers))
            return general[0](**{name: value for name, value in given.items() if value is not MISSING}, **extra)

        form = guarded_form(self._form(method), self.parameters.names, names)
        outside = guarded_outside(self._outside(method), names, {})
        expected = Parameters((*self.parameters.names, *names), {})
        return self._by_sender(form, method, expected, receivers, outside, {"by_name": by_name})

    def watched(
        self, method: Method, receivers: Sequence[Receiver], watch: Function, by_name: Function | None
    ) -> Function:
        """Compile a function that hands the call to `watch`, as something to run and the arguments as a mapping.

        With `by_name` it is a call by pluggy's rules, and one whose arguments do not fit goes there, as above.
        """
        form, outside = self._form(method), self._outside(method)
        parameters = parameters_for(method, self.parameters)
        inner = self._by_sender(form.part(awaits=form.awaits), method, parameters, receivers, outside.part(), {})
        if by_name is None:
            return compile_watched(form, inner, watch, {}, outside)
        form, outside = self._by_pluggys_rules()
        return compile_watched(form, inner, watch, {"by_name": by_name}, outside)

    def handed_over(self, method: Method, take: Callable[[Mapping[str, object]], Any]) -> Function:
        """Compile a function that hands its arguments to `take`, as a mapping, and calls nobody itself."""
        return compile_watched(
            self._form(method), _nobody, lambda _, arguments: take(arguments), {}, self._outside(method)
        )

    def values(self, method: Method) -> dict[str, object]:
        """Return what generated code calls beside receivers. None of it costs anything until it is needed."""
        return self._prepare(method)[2]

    def _values(self, method: Method) -> dict[str, object]:
        return {
            "signal": self.offered,
            "failed": FailureLog(self.label, method.label),
            "recursion": explained,
        }

    def _by_sender(
        self,
        form: Form,
        method: Method,
        parameters: Parameters,
        receivers: Sequence[Receiver],
        outside: Outside,
        more: Mapping[str, object],
    ) -> Function:
        """Compile for all senders at once, or a table of senders where some receivers wait for one."""
        values = {**self.values(method), **more}

        def dispatch(form: Form, receivers: Sequence[Receiver], outside: Outside) -> Function:
            return compile_dispatch(form, steps_for(method, parameters, receivers), values, outside)

        filtered = [receiver.sender_id for receiver in receivers if receiver.sender_id != ANY_SENDER]
        if not filtered:
            return dispatch(form, receivers, outside)
        part, label = form.part(awaits=form.awaits), outside.part()
        table = SenderTable()
        found = weakref.ref(table)  # so that a table does not keep itself, and through itself receivers, alive

        def first_time(*arguments: Any) -> Any:
            """Compile for one sender when it first sends."""
            sender = id(_sender_among(arguments, form))
            function = dispatch(part, _meant(receivers, sender), label)
            table = found()
            if table is not None and sender in table:
                table[sender] = function
            return function(*arguments)

        table.update(dict.fromkeys(filtered, first_time))
        self.tables = (*(known for known in self.tables if known() is not None), found)
        everybodys = _meant(receivers, ANY_SENDER)
        # A coroutine that calls nobody must still be one, so an awaited send always has a function to call.
        form = form._replace(misses=form.awaits or bool(everybodys))
        return compile_table(form, table, dispatch(part, everybodys, label), values, outside)

    def forget_sender(self, sender: int) -> None:
        """Take a sender that is gone out of all functions that are still held, so that its id can be another's."""
        for known in self.tables:
            table = known()
            if table is not None:
                table.pop(sender, None)

    def _form(self, method: Method) -> Form:
        return self._prepare(method)[0]

    def _outside(self, method: Method) -> Outside:
        return self._prepare(method)[1]

    def _prepare(self, method: Method) -> tuple[Form, Outside, dict[str, object]]:
        """Return what does not depend on the receivers, made once."""
        prepared = self._prepared.get(method.attribute)
        if prepared is None:
            prepared = self._prepared[method.attribute] = (
                form_for(method, self.parameters, self.firstresult),
                outside_for(method, self.parameters, self.name, self.doc or None),
                self._values(method),
            )
        return prepared


def _meant(receivers: Sequence[Receiver], sender: int) -> list[Receiver]:
    return [receiver for receiver in receivers if receiver.sender_id == ANY_SENDER or receiver.sender_id == sender]


def _sender_among(arguments: Sequence[Any], form: Form) -> object:
    names = form.forward.split(", ")
    return arguments[names.index("sender")] if "sender" in names else arguments[0].get("sender")


def _can_be_expected(name: str) -> bool:
    """Tell whether an argument can be a parameter: any string can be sent, `**{"not a name": 1}`."""
    return can_be_parameter(name) and as_python_reads(name) == name and name not in ("signal", "sender", "self")


def _nobody(*_: object) -> None:
    """Stands where the call is handed over whole."""
