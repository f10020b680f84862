"""Spans and metrics of sends and receivers, by OpenTelemetry (docs/telemetry.md).

`instrument(plugins)` switches them on for one manager, and the command `opentelemetry-instrument` for each that its
program makes. Where neither does, nothing here is imported, and sends know nothing of it.
"""

from __future__ import annotations

import copy
import functools
import importlib.metadata
import logging
import traceback
import types
import weakref
from collections.abc import Callable, Coroutine, Generator, Mapping
from time import perf_counter
from typing import Any, Final, cast

from opentelemetry import context, metrics, trace

from hookcore import ObservedReceiver, PluginManager

__all__ = ["HookcoreInstrumentor", "instrument"]

_logger = logging.getLogger("hookcore")
_LONGEST: Final = 256
"""So many characters are kept of names, which others have written."""
_BOUNDARIES: Final = (1e-5, 5e-5, 1e-4, 5e-4, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Where the buckets of durations end, in seconds: those of HTTP requests, and shorter ones."""


def instrument(
    plugins: PluginManager,
    *,
    tracer_provider: trace.TracerProvider | None = None,
    meter_provider: metrics.MeterProvider | None = None,
) -> Callable[[], None]:
    """Tell OpenTelemetry of each send of a manager's signals and each call of a receiver, by spans and durations.

    Returns a function that ends it. The providers are those that are set globally, if none are given. A manager that
    is instrumented already stays as it is, and the same function is returned. Nothing that a provider, a processor or
    an exporter raises reaches a send: the first such exception is logged.
    """
    known: Callable[[], None] | None = vars(plugins).get(_UNDO)
    if known is not None:
        return known
    # Signals outlive their manager, and keep what watches them: that must not keep the manager.
    telemetry = _Telemetry(plugins.project_name, tracer_provider, meter_provider)
    undo_sends = plugins.add_hookcall_monitoring(telemetry.before, telemetry.after)
    undo_receivers = plugins.observe(telemetry.watch_of)

    def undo() -> None:
        if vars(plugins).get(_UNDO) is undo:
            del vars(plugins)[_UNDO]
            _instrumented.discard(plugins)
            undo_receivers()
            undo_sends()

    vars(plugins)[_UNDO] = undo
    _instrumented.add(plugins)
    return undo


_UNDO: Final = "_undo_opentelemetry"
_instrumented: Final[weakref.WeakSet[PluginManager]] = weakref.WeakSet()


class HookcoreInstrumentor:
    """What `opentelemetry-instrument` finds: instruments each manager that is made from then on."""

    _plain_init: Callable[..., None] | None = None

    def instrument(
        self,
        *,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
        **_: object,
    ) -> None:
        """Instrument each manager that is made from now on. Does nothing if that is done already."""
        kind = HookcoreInstrumentor
        if kind._plain_init is not None:
            return
        plain = kind._plain_init = PluginManager.__init__

        @functools.wraps(plain)
        def init(plugins: PluginManager, *arguments: Any, **named: Any) -> None:
            plain(plugins, *arguments, **named)
            try:
                instrument(plugins, tracer_provider=tracer_provider, meter_provider=meter_provider)
            except Exception:  # an older opentelemetry-api than the extra asks for, say; the host knows nothing of it
                _logger.exception(
                    "the manager of %r could not be instrumented; it goes on without", plugins.project_name
                )

        PluginManager.__init__ = cast("Any", init)  # type: ignore[method-assign]

    def uninstrument(self, **_: object) -> None:
        """Instrument managers no more, and none that is there."""
        kind = HookcoreInstrumentor
        if kind._plain_init is not None:
            PluginManager.__init__ = kind._plain_init  # type: ignore[method-assign]
            kind._plain_init = None
        for plugins in list(_instrumented):
            vars(plugins)[_UNDO]()


class _Telemetry:
    """What is told of one manager."""

    def __init__(
        self,
        host: str,
        tracer_provider: trace.TracerProvider | None,
        meter_provider: metrics.MeterProvider | None,
    ) -> None:
        self.tracer = trace.get_tracer("hookcore", _version(), tracer_provider)
        meter = metrics.get_meter("hookcore", _version(), meter_provider)
        self._durations = [
            meter.create_histogram(
                f"hookcore.{name}.duration", "s", description, explicit_bucket_boundaries_advisory=_BOUNDARIES
            )
            for name, description in (
                ("send", "Duration of sends of a signal, all receivers included."),
                ("receiver", "Duration of calls of a receiver."),
            )
        ]
        self._host = {"hookcore.host.name": _clean(host)}
        self._sends: dict[str, _Watched] = {}
        self._under_way: dict[int, _Call] = {}
        self._is_told = False

    def tell_once(self) -> None:
        """Log the exception that is handled, the first of them."""
        if not self._is_told:
            self._is_told = True
            _logger.exception("OpenTelemetry failed; sends go on without. This is told once for each manager")

    def watch_of(self, receiver: ObservedReceiver) -> _Watched:
        """Return what watches a receiver."""
        named = {
            "hookcore.signal.name": receiver.signal,
            "hookcore.receiver.name": receiver.receiver,
            "hookcore.plugin.name": receiver.plugin,
            "hookcore.distribution.name": receiver.distribution,
            "hookcore.distribution.version": receiver.version,
        }
        attributes = self._host | {key: _clean(text) for key, text in named.items() if text is not None}
        return _Watched(self, self._durations[1], _clean(f"receive {receiver.signal}.{receiver.receiver}"), attributes)

    # A monitor is told of a send twice, each time with the same arguments: by their identity it is known again.

    def before(self, name: str, _: object, given: Mapping[str, object]) -> None:
        """Begin a send."""
        watched = self._sends.get(name)
        if watched is None:
            attributes = self._host | {"hookcore.signal.name": _clean(name)}
            watched = self._sends[name] = _Watched(self, self._durations[0], _clean(f"send {name}"), attributes)
        self._under_way[id(given)] = watched.begin()

    def after(self, outcome: Any, name: str, _: object, given: Mapping[str, object]) -> None:
        """End it."""
        begun = self._under_way.pop(id(given), None)
        if begun is not None:
            self._sends[name].end(begun, outcome.exception)


class _Call:
    """One send, or one call of a receiver, that is under way: its span, and the context in which that is current."""

    __slots__ = ("began", "current", "span", "token")

    def __init__(self, span: trace.Span) -> None:
        self.span = span
        self.current = trace.set_span_in_context(span)
        self.token: Any = context.attach(self.current)
        self.began = perf_counter()

    def leave(self) -> None:
        """Let the span be current no more."""
        if self.token is not None:
            context.detach(self.token)
            self.token = None


class _Watched:
    """A signal or a receiver whose calls are told: each has a span of this name, and both have these attributes."""

    __slots__ = ("_attributes", "_duration", "_name", "_parent", "_telemetry")

    def __init__(
        self, telemetry: _Telemetry, duration: metrics.Histogram, name: str, attributes: Mapping[str, str]
    ) -> None:
        self._telemetry = telemetry
        self._duration = duration
        self._name = name
        self._attributes = attributes
        self._parent: context.Context | None = None

    def put_off(self) -> _Watched:
        """Return what watches a call that is made after the commit: its span is a child of the send's all the same."""
        later = copy.copy(self)
        later._parent = context.get_current()
        return later

    def begin(self) -> _Call:
        """Start a span, as a child of the one that is current, and make it the current one."""
        try:
            span = self._telemetry.tracer.start_span(self._name, self._parent, attributes=self._attributes)
        except Exception:
            self._telemetry.tell_once()
            span = trace.NonRecordingSpan(trace.get_current_span().get_span_context())
        return _Call(span)

    def awaiting(self, call: _Call, coroutine: Coroutine[Any, Any, Any], /) -> Any:
        """Return what is awaited in a coroutine receiver's place: in it the span is current, and nowhere else."""
        call.leave()
        return _step_by_step(coroutine, call.current)

    def end(self, call: _Call, error: BaseException | None, /) -> None:
        """End a span, with the exception that was raised, and record the duration."""
        seconds = perf_counter() - call.began
        attributes = self._attributes
        call.leave()
        try:
            try:
                if error is not None:
                    attributes = {**attributes, "error.type": _type_of(error)}
                    _record(call.span, error)
                self._duration.record(seconds, attributes, call.current)
            finally:
                call.span.end()
        except Exception:
            self._telemetry.tell_once()


@types.coroutine
def _step_by_step(coroutine: Coroutine[Any, Any, Any], current: context.Context) -> Generator[Any, Any, Any]:
    """Await a coroutine in whose steps an OpenTelemetry context of its own is current.

    Coroutine receivers of one send run side by side in one context (PEP 567), as Django has it: what one leaves
    current while it waits would be the others' parent.
    """
    resume: Callable[..., Any] = coroutine.send
    given: Any = None
    while True:
        token = context.attach(current)
        try:
            awaited = resume(given)
        except StopIteration as done:
            return done.value
        finally:
            current = context.get_current()
            context.detach(token)
        try:
            given = yield awaited
            resume = coroutine.send
        except BaseException as error:
            resume, given = coroutine.throw, error


def _record(span: trace.Span, error: BaseException) -> None:
    """Record an exception. Not by `record_exception`, which raises what the exception's own `__str__` raises."""
    if not span.is_recording():
        return
    kind = _type_of(error)
    try:
        text = _clean(str(error), None)
    except Exception:
        text = "<its text could not be made>"
    trail = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    span.set_attribute("error.type", kind)
    span.set_status(trace.StatusCode.ERROR, f"{kind}: {text}")
    named = {"exception.type": kind, "exception.message": text, "exception.stacktrace": _clean(trail, None)}
    span.add_event("exception", named)


def _type_of(error: BaseException) -> str:
    kind = type(error)
    return _clean(kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}")


def _clean(text: str, longest: int | None = _LONGEST) -> str:
    """Return text as UTF-8 can have it, else exporters would lose all that they send with it; and no longer."""
    return text[:longest].encode("utf-8", "backslashreplace").decode("utf-8")


def _version() -> str:
    try:
        return importlib.metadata.version("hookcore")
    except importlib.metadata.PackageNotFoundError:  # an application in one file
        return ""
