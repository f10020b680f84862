"""How a send is carried out: the receivers are called one after the other, in a plain loop.

This is what every way of sending means, and how sends after a change are done. For signals that are left alone
`compiling.py` writes the same as straight-line code. Nothing here knows a manager.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from hookcore.errors import AsyncReceiverError
from hookcore.signals.arguments.callables import qualified_name
from hookcore.signals.arguments.parameters import Parameters
from hookcore.signals.connecting.receiver import Receiver
from hookcore.signals.sending.methods import Pairs, Way
from hookcore.signals.sending.receiver_call import Step, step_of
from hookcore.signals.sending.recursion import explained
from hookcore.signals.sending.wrapping import enter, leave

if TYPE_CHECKING:
    from hookcore.signals.sending.observing import Watch

__tracebackhide__ = True  # pytest leaves such frames out


class Plan:
    """Whom a send calls, in order; and how often it has been carried out.

    Blocking receivers are called before coroutine receivers, which run side by side, unless each filters what the one
    before it returned.
    """

    __slots__ = (
        "_handing_out", "coroutines", "groups", "receivers", "runs", "sends", "steps", "wrappers"
    )  # fmt: skip

    def __init__(
        self,
        receivers: Sequence[Receiver],
        parameters: Parameters,
        in_one_row: bool = False,
        *,
        hands_out: bool = False,
        watches_of: Callable[[Receiver], Sequence[Watch]] | None = None,
    ) -> None:
        self.sends = 0
        self.runs: dict[int, Sequence[Sequence[Step]]] = {}  # what it is compiled from, by the method's index
        self.receivers = receivers
        self.steps: Sequence[Step] = [step_of(receiver, parameters) for receiver in receivers]
        if watches_of is not None:
            from hookcore.signals.sending.observing import observed  # in most processes nobody watches

            self.steps = [observed(*pair, watches_of) for pair in zip(self.steps, receivers, strict=True)]
        self.wrappers: Sequence[Step] = ()
        self.coroutines: Sequence[Step] = ()
        self.groups: list[tuple[bool, Sequence[Step]]] = [(False, self.steps)]
        self._handing_out: Plan | None = None
        for step in self.steps:
            if not step.is_plain:
                self._sort(parameters, in_one_row, hands_out, watches_of)
                break

    def _sort(
        self,
        parameters: Parameters,
        in_one_row: bool,
        hands_out: bool,
        watches_of: Callable[[Receiver], Sequence[Watch]] | None,
    ) -> None:
        self.wrappers = [step for step in self.steps if step.wraps]
        key = _is_awaited_unless_pluggys if hands_out else _is_awaited
        steps = [step for step in self.steps if not step.wraps]
        self.coroutines = [step for step in steps if key(step)]
        ordered = steps if in_one_row else sorted(steps, key=key)
        self.groups = [(is_awaited, list(group)) for is_awaited, group in groupby(ordered, key)]
        if not hands_out and any(step.is_async and step.as_pluggy for step in steps):
            self._handing_out = Plan(self.receivers, parameters, in_one_row, hands_out=True, watches_of=watches_of)

    @property
    def handing_out(self) -> Plan:
        """The plan of a call, which hands out the coroutines of what is registered with pluggy's marker."""
        return self._handing_out or self


def _is_awaited(step: Step) -> bool:
    return step.is_async


def _is_awaited_unless_pluggys(step: Step) -> bool:
    """Pluggy's call hands coroutines out: its users count on it."""
    return step.is_async and not step.as_pluggy


class Outcome:
    """What a send has come to so far."""

    __slots__ = ("answers", "pairs")

    def __init__(self) -> None:
        self.pairs: Pairs = []
        self.answers: list[Any] = []

    def answer(self, way: Way, given: dict[str, Any]) -> Any:
        """Return what the caller of the signal is given, and a wrapper sees."""
        if way.filters is not None:
            return given[way.filters]
        if way.firstresult:
            return self.answers[0] if self.answers else None
        return self.answers


def carry_out(way: Way, plan: Plan, given: dict[str, Any]) -> Any:
    """Call the receivers of a plan with what they want of what was `given`."""
    outcome = Outcome()
    try:
        if plan.coroutines and not way.robust:
            _refuse_inside_loop(way, plan.coroutines)
        if plan.wrappers:
            return _carry_out_wrapped(way, plan, given, outcome)
        if not plan.coroutines:
            call_receivers(way, plan.groups[0][1], given, outcome)
        else:
            _call_groups(way, plan, given, outcome)
    except RecursionError as error:
        raise explained(error)  # noqa: B904 - it says itself what it comes from
    return outcome.pairs if way.pairs else outcome.answer(way, given)


async def carry_out_awaited(way: Way, plan: Plan, given: dict[str, Any]) -> Any:
    """Do so with coroutine receivers awaited, and blocking receivers called outside the event loop's thread."""
    outcome = Outcome()
    try:
        if plan.wrappers:
            return await _carry_out_wrapped_awaited(way, plan, given, outcome)
        if len(plan.coroutines) == len(plan.steps) and not way.firstresult and way.filters is None:
            await _side_by_side(way, plan.coroutines, given, outcome)
        else:
            await _await_groups(way, plan, given, outcome)
    except RecursionError as error:
        raise explained(error)  # noqa: B904
    return outcome.pairs if way.pairs else outcome.answer(way, given)


def _carry_out_wrapped(way: Way, plan: Plan, given: dict[str, Any], outcome: Outcome) -> Any:
    entered: list[Any] = []
    failure = None
    try:
        enter(way, plan.wrappers, given, entered)
        _call_groups(way, plan, given, outcome)
    except BaseException as error:
        failure = error
    return leave(way, entered, outcome.pairs, None if failure else outcome.answer(way, given), failure)


async def _carry_out_wrapped_awaited(way: Way, plan: Plan, given: dict[str, Any], outcome: Outcome) -> Any:
    entered: list[Any] = []
    failure = None
    try:
        enter(way, plan.wrappers, given, entered)
        await _await_groups(way, plan, given, outcome)
    except BaseException as error:
        failure = error
    return leave(way, entered, outcome.pairs, None if failure else outcome.answer(way, given), failure)


def _call_groups(way: Way, plan: Plan, given: dict[str, Any], outcome: Outcome) -> None:
    for is_async, steps in plan.groups:
        if way.firstresult and outcome.answers:
            return
        if is_async:
            _run_coroutines(way, steps, given, outcome)
        else:
            call_receivers(way, steps, given, outcome)


def _run_coroutines(way: Way, steps: Sequence[Step], given: dict[str, Any], outcome: Outcome) -> None:
    from hookcore.signals.sending.concurrency import is_loop_running, run_coroutine  # few sends need it

    if not is_loop_running():
        run_coroutine(await_receivers, way, steps, given, outcome, thread_sensitive=way.thread_sensitive)
        return
    for step in steps:  # of a robust send
        receiver = step.resolved()
        if receiver is not None:
            outcome.pairs.append((receiver, way.failed(receiver, _refusal(way, receiver))))


def _refuse_inside_loop(way: Way, coroutines: Sequence[Step]) -> None:
    """Raise AsyncReceiverError, before anybody is called, where nobody could wait for coroutine receivers."""
    from hookcore.signals.sending.concurrency import is_loop_running

    if is_loop_running():
        for step in coroutines:
            receiver = step.resolved()
            if receiver is not None:
                raise _refusal(way, receiver)


def _refusal(way: Way, receiver: object) -> AsyncReceiverError:
    """Return the error for a blocking send that would have to wait for a coroutine receiver inside an event loop."""
    signal: str = way.signal.name
    method = "send_robust" if way.robust and way.pairs else "send"  # the one that can be awaited
    name = qualified_name(receiver)
    return AsyncReceiverError(
        f"{signal}.{method}() cannot wait for {name}, which is a coroutine function, while an event loop runs in "
        f"this thread: write `await {signal}.a{method}(...)`",
        signal=signal,
        receiver=name,
    )


async def _await_groups(way: Way, plan: Plan, given: dict[str, Any], outcome: Outcome) -> None:
    for is_async, steps in plan.groups:
        if way.firstresult and outcome.answers:
            return
        if is_async:
            await await_receivers(way, steps, given, outcome)
        elif steps:
            from hookcore.signals.sending.concurrency import in_thread

            await in_thread(call_receivers, way, steps, given, outcome, thread_sensitive=way.thread_sensitive)


def call_receivers(way: Way, steps: Iterable[Step], given: dict[str, Any], outcome: Outcome) -> None:
    """Call blocking receivers in order, and note in `outcome` what they answer."""
    collects_pairs, firstresult, filters = way.pairs, way.firstresult, way.filters
    pairs, answers = outcome.pairs, outcome.answers
    for step in steps:
        receiver = step.target if step.reference is None else step.resolved()
        if receiver is None:
            continue
        try:
            try:
                # What nearly all want, without a call of `step.call` for each.
                arguments = None if step.names is None else [given[name] for name in step.names]
            except KeyError:
                arguments = None
            response = step.call(receiver, given, way.signal) if arguments is None else receiver(*arguments)
        except BaseException as error:
            if not way.robust:
                raise
            pairs.append((receiver, way.failed(receiver, error)))
            continue
        if collects_pairs:
            pairs.append((receiver, response))
        if response is not None:
            answers.append(response)
            if firstresult:
                return
            if filters is not None:
                given[filters] = response


async def await_receivers(way: Way, steps: Sequence[Step], given: dict[str, Any], outcome: Outcome) -> None:
    """Await coroutine receivers: side by side, or one after the other where each depends on the one before."""
    if way.firstresult or way.filters is not None:
        for step in steps:
            before = len(outcome.answers)
            await _side_by_side(way, [step], given, outcome)
            if len(outcome.answers) > before:
                if way.firstresult:
                    return
                given[str(way.filters)] = outcome.answers[-1]
    else:
        await _side_by_side(way, steps, given, outcome)


async def _side_by_side(way: Way, steps: Sequence[Step], given: dict[str, Any], outcome: Outcome) -> None:
    from hookcore.signals.sending.concurrency import together  # only sends with coroutines need it

    signal = way.signal
    receivers: list[Callable[..., Any]] = []
    coroutines: list[Coroutine[Any, Any, Any]] = []
    failures: set[int] = set()
    try:
        for step in steps:
            receiver = step.target if step.reference is None else step.resolved()
            if receiver is None:
                continue
            if way.robust:
                coroutines.append(_recorded(way, step, receiver, given, len(receivers), failures))
            else:
                coroutines.append(step.call(receiver, given, signal))
            receivers.append(receiver)
        responses = await together(coroutines)
    except BaseException:
        # Where one cannot even be started (a receiver refuses its arguments, the stack is full), none is left behind.
        # Written out, since a full stack has no room for a call.
        for coroutine in coroutines:
            coroutine.close()
        raise
    outcome.pairs.extend(zip(receivers, responses, strict=True))
    answered = [each for index, each in enumerate(responses) if each is not None and index not in failures]
    outcome.answers.extend(answered)


async def _recorded(
    way: Way, step: Step, receiver: Callable[..., Any], given: dict[str, Any], index: int, failures: set[int]
) -> Any:
    """Await one receiver of a robust send: a failure is recorded and returned as the response."""
    try:
        return await step.call(receiver, given, way.signal)
    except BaseException as error:
        from hookcore.signals.sending.concurrency import passes_awaited

        if passes_awaited(error):
            raise
        failures.add(index)
        return way.failed(receiver, error)
