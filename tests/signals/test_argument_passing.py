"""Which arguments does a receiver get? Those that it names."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hookcore import ReceiverError, Signal, signal
from hookcore.signals.arguments.wanted import wanted_by
from hookcore.signals.declaring import signal as declare
from hookcore.signals.sending.receiver_call import argument_list

pytestmark = pytest.mark.usefixtures("carried_out")


def responses(outcome):
    """Return the responses of a send without the receivers."""
    return [response for _, response in outcome]


def declared(header: str) -> Signal[..., Any]:
    """Declare a signal with these parameters."""
    namespace: dict[str, Any] = {}
    exec(f"def sent({header}):\n    'Documented.'\n", namespace)
    return declare(namespace["sent"])


@pytest.fixture
def sent() -> Signal:
    """Return a declared signal of three arguments."""

    @signal
    def post_published(sender, post, notify=True):
        """A post became public."""

    return post_published


def test_a_receiver_names_just_what_it_wants(sent):
    """Nothing, one, several in its own order, the rest in `**kwargs`: each gets what it names."""
    sent.connect(lambda: "nothing")
    sent.connect(lambda post: post)
    sent.connect(lambda notify, sender: (notify, sender))
    sent.connect(lambda post, **rest: (post, sorted(rest)))
    sent.connect(lambda *, notify, sender: (notify, sender))
    sent.connect(lambda post, /, *, signal: (post, signal))
    assert responses(sent.send("me", "hello", False)) == [
        "nothing",
        "hello",
        (False, "me"),
        ("hello", ["notify", "sender", "signal"]),
        (False, "me"),
        ("hello", sent),
    ]


def test_a_default_of_the_receiver_gives_way_to_what_is_sent(sent):
    """What is sent is passed even where the receiver could do without."""
    sent.connect(lambda post="default", notify="default", other="default": (post, notify, other))

    assert responses(sent.send(sender=None, post="hello")) == [("hello", True, "default")]


def test_star_arguments_get_nothing_that_has_a_name(sent):
    """`*args` alone receives no arguments: what is sent has names."""
    sent.connect(lambda *arguments: arguments)
    sent.connect(lambda post, *arguments: (post, arguments))
    sent.connect(lambda post, *arguments, notify: (post, arguments, notify))
    sent.connect(lambda *arguments, **named: (arguments, sorted(named)))
    assert responses(sent.send(sender=None, post=1)) == [
        (),
        (1, ()),
        (1, (), True),
        ((), ["notify", "post", "sender", "signal"]),
    ]


def test_untyped_signals_pass_what_the_receiver_names_of_what_was_sent():
    """The same holds where only the call itself tells what there is."""
    sent = Signal()
    sent.connect(lambda: "nothing")
    sent.connect(lambda sender: sender)
    sent.connect(lambda post, sender: (post, sender))
    sent.connect(lambda post="default", *, other="default": (post, other))
    sent.connect(lambda signal, post: (signal, post))
    assert responses(sent.send("me", post=1, unasked=2)) == [
        "nothing",
        "me",
        (1, "me"),
        (1, "default"),
        (sent, 1),
    ]


def test_positional_only_parameters_of_receivers_are_filled_by_their_names():
    """Of a declared and of an untyped signal alike."""
    for sent in (Signal(), Signal(providing_args=["post"])):
        sent.connect(lambda sender, /: sender)
        sent.connect(lambda sender, /, post: (sender, post))
        sent.connect(lambda post, sender, /: (post, sender))
        sent.connect(lambda sender, /, **rest: (sender, sorted(rest)))
        sent.connect(lambda post, /, sender, **rest: (post, sender, sorted(rest)))
        assert responses(sent.send(sender="me", post=1)) == [
            "me",
            ("me", 1),
            (1, "me"),
            ("me", ["post", "signal"]),
            (1, "me", ["signal"]),
        ]


def test_a_failing_receiver_is_told_by_its_own_arguments(sent):
    """An error inside the receiver about arguments is the receiver's own, and is not taken for a misfit."""

    def inner(needed):
        pass

    sent.connect(lambda post: inner())
    with pytest.raises(TypeError, match="needed"):
        sent.send(sender=None, post=1)


OURS = [
    *("receiver_0", "receiver_1", "wrapper_0", "reference_0", "function_0", "instance_0", "response_0", "run_0"),
    *(
        "response",
        "responses",
        "result",
        "results",
        "pairs",
        "error",
        "stop",
        "receivers",
        "coroutines",
        "now",
        "later",
    ),
    *(
        "inner",
        "failed",
        "recursion",
        "together",
        "guarded",
        "in_thread",
        "run_coroutine",
        "bind",
        "unanswered",
        "found",
        "picked",
    ),
    *(
        "did_not_yield",
        "yielded_twice",
        "throw_into",
        "entered",
        "left",
        "passed_by",
        "leading",
        "in_table",
        "default",
        "watch",
        "extra",
    ),
    *("by_name", "MISSING", "id", "next", "zip", "named", "name", "send", "call", "self", "method", "arguments"),
    *(
        "Exception",
        "BaseException",
        "SystemExit",
        "RecursionError",
        "StopIteration",
        "_response",
        "__result",
        "_",
        "__",
    ),
    *("list", "dict", "type", "isinstance", "print", "hookcore", "_named", "names", "given", "steps", "cls", "args"),
]


def everything_that_can_go_on(sent, name, register):
    """Connect receivers of every kind to a signal that has an argument of this name; return what each must get."""

    class Mailer:
        def __init__(self, kind):
            self.kind = kind

        def mail(self, /, **named):
            return (self.kind, sorted(named), named[name])

        def __call__(self, /, **named):
            return (self.kind, sorted(named), named[name])

    keep = [Mailer("method"), Mailer("instance")]
    sent.connect(keep[0].mail)
    sent.connect(keep[1])
    sent.connect(lambda signal: ("signal", signal))
    one = {}
    exec(f"def only({name}):\n    return ('only', {name})", one)
    sent.connect(one["only"])
    exec(f"def filtered(sender, {name}):\n    return ('filtered', sender, {name})", one)
    sent.connect(one["filtered"], sender=int)
    names = sorted(["sender", "signal", name])
    return keep, [
        ("method", names, 7),
        ("instance", names, 7),
        ("signal", sent),
        ("only", 7),
        ("filtered", int, 7),
    ]


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("kind", ["declared", "providing_args", "untyped"])
def test_an_argument_may_have_any_name_even_one_of_ours(name, kind, register, caplog):
    """Generated code has names of its own, and they step aside: in sends, failures, wrappers, tables and tasks."""
    sent = {"declared": lambda: declared(f"sender, {name}"), "untyped": Signal}.get(
        kind, lambda: Signal(providing_args=[name])
    )()
    keep, expected = everything_that_can_go_on(sent, name, register)
    for _ in range(2):
        assert responses(sent.send(sender=int, **{name: 7})) == expected
        assert responses(sent.send_robust(sender=int, **{name: 7})) == expected
        assert sent(sender=int, **{name: 7}) == expected

    def fails():
        raise LookupError("nobody home")

    async def later(**named):
        return named[name]

    def wrapper():
        return (yield)

    register(sent, wrapper, wrapper=True)
    sent.connect(fails)
    outcome = responses(sent.send_robust(sender=int, **{name: 7}))
    assert outcome[:-1] == expected
    assert isinstance(outcome[-1], LookupError)
    with pytest.raises(LookupError):
        sent.send(sender=int, **{name: 7})
    sent.disconnect(fails)
    sent.connect(later)
    sent.connect(later, dispatch_uid="again")
    assert responses(asyncio.run(sent.asend(sender=int, **{name: 7}))) == [*expected, 7, 7]
    assert responses(asyncio.run(sent.asend_robust(sender=int, **{name: 7}))) == [*expected, 7, 7]
    assert responses(sent.send(sender=int, **{name: 7})) == [*expected, 7, 7]
    assert len(keep) == 2


@pytest.mark.parametrize(
    "named",
    [
        {"__debug__": 1},
        {"\N{MICRO SIGN}": 1},
        {"\N{LATIN SMALL LIGATURE FI}": 1, "fi": 2},
        {"gr\N{LATIN SMALL LETTER O WITH DIAERESIS}sse": 1},
        {"two words": 1, "": 2, "class": 3},
    ],
)
@pytest.mark.parametrize("method", ["send", "send_robust", "__call__"])
def test_an_untyped_signal_sends_under_any_name(named, method):
    """As a call with `**named` does, be the name one that no parameter can have."""
    sent = Signal()
    sent.connect(lambda **received: received)
    for _ in range(2):
        outcome = getattr(sent, method)(sender=None, **named)
        (received,) = outcome if method == "__call__" else responses(outcome)
        assert received == {"signal": sent, "sender": None, **named}


@pytest.mark.parametrize("name", OURS)
def test_a_coroutine_receiver_fails_with_its_own_error_whatever_an_argument_is_called(name):
    """Also where the generated code has coroutines of others to close."""
    sent = declared(f"sender, {name}")

    async def fails():
        raise LookupError("nobody home")

    async def waits():
        await asyncio.sleep(0)

    sent.connect(waits)
    sent.connect(fails)
    with pytest.raises(LookupError, match="nobody home"):
        asyncio.run(sent.asend(sender=None, **{name: 7}))


@pytest.mark.parametrize("name", OURS)
def test_an_argument_of_any_name_goes_through_many_receivers_and_firstresult(name, register):
    """Names step aside in the pieces of long code, in nests of wrappers, and where the first answer wins."""
    namespace: dict[str, Any] = {}
    exec(f"def sent(sender, {name}):\n    'Documented.'\n", namespace)
    sent = declare(firstresult=True)(namespace["sent"])
    exec(f"def silent({name}):\n    assert {name} == 7", namespace)

    def wrapper():
        return (yield)

    for number in range(40):
        sent.connect(namespace["silent"], dispatch_uid=f"receiver {number}")
    sent.connect(lambda **named: named[name], trylast=True)
    assert responses(sent.send(sender=None, **{name: 7}))[-1] == 7
    assert sent(sender=None, **{name: 7}) == 7
    for _ in range(8):
        register(sent, wrapper, wrapper=True)
    assert responses(sent.send(sender=None, **{name: 7}))[-1] == 7
    assert responses(sent.send_robust(sender=None, **{name: 7}))[-1] == 7
    assert sent(sender=None, **{name: 7}) == 7


# -- the law: a compiled call is a call by name ------------------------------------------------------------------------

NAMES = ["sender", "user", "text", "response", "id", "error", "result", "signal", "other", "_pairs"]
SENT = [name for name in NAMES if name not in ("signal", "other")]


@st.composite
def signals(draw):
    """Draw the parameters of a signal: a header, and whether it is declared or untyped."""
    names = ["sender", *draw(st.lists(st.sampled_from(SENT[1:]), unique=True))]
    names = draw(st.permutations(names))
    by_keyword = draw(st.integers(0, len(names)))
    defaults = draw(st.integers(0, len(names)))
    parts = [name if index < len(names) - defaults else f"{name}='by default'" for index, name in enumerate(names)]
    if by_keyword:
        parts.insert(len(parts) - by_keyword, "*")
    return names, ", ".join(parts), draw(st.sampled_from(["declared", "untyped"]))


@st.composite
def receivers(draw):
    """Draw the source of a receiver's parameters: of each kind, with and without defaults."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=6))
    first, second = sorted((draw(st.integers(0, len(names))), draw(st.integers(0, len(names)))))
    by_position, either, by_keyword = names[:first], names[first:second], names[second:]
    defaults_from = draw(st.integers(0, second))
    optional = {name for index, name in enumerate(names[:second]) if index >= defaults_from}
    optional |= {name for name in by_keyword if draw(st.booleans())}

    def written(name):
        return f"{name}='own default'" if name in optional else name

    parts = [written(name) for name in by_position]
    if by_position:
        parts.append("/")
    parts += [written(name) for name in either]
    star = draw(st.booleans())
    if star or by_keyword:
        parts.append("*rest" if star else "*")
    parts += [written(name) for name in by_keyword]
    if draw(st.booleans()):
        parts.append("**named")
    kind = draw(st.sampled_from(["function", "method", "instance", "coroutine", "wrapped"]))
    return ", ".join(parts), kind


def made(header: str, kind: str) -> Any:
    """Return a receiver with these parameters that answers with all that it was given."""
    namespace: dict[str, Any] = {}
    first = "self, " if kind in ("method", "instance") else ""
    start = "async def" if kind == "coroutine" else "def"
    exec(f"{start} receive({first}{header}):\n    return dict(locals())", namespace)
    receive = namespace["receive"]
    if kind == "method":
        return type("Holder", (), {"receive": receive})().receive
    if kind == "instance":
        return type("Holder", (), {"__call__": receive})()
    if kind == "wrapped":
        import functools

        @functools.wraps(receive)
        def wrapper(*arguments, **named):
            return receive(*arguments, **named)

        return wrapper
    return receive


def called_by_name(receiver: Any, given: dict[str, object]) -> dict[str, object] | list[str]:
    """The reference: give each parameter what is sent by its name. Return what it gets, or the names that it lacks."""
    got: dict[str, object] = {}
    lacking = []
    rest = dict(given)
    for parameter in inspect.signature(receiver).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            got[parameter.name] = ()
        elif parameter.kind is parameter.VAR_KEYWORD:
            got[parameter.name] = rest
        elif parameter.name in rest:
            got[parameter.name] = rest.pop(parameter.name)
        elif parameter.default is not parameter.empty:
            got[parameter.name] = parameter.default
        else:
            lacking.append(parameter.name)
    return lacking or got


def leaves_a_gap(receiver: Any, given: dict[str, object]) -> bool:
    """Whether a parameter by position is not sent and a later one is: Python has no way to write such a call."""
    missing = False
    for parameter in inspect.signature(receiver).parameters.values():
        if parameter.kind is parameter.POSITIONAL_ONLY:
            if parameter.name not in given:
                missing = True
            elif missing:
                return True
    return False


def finished(coroutine):
    """Run a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it was not to suspend")


@given(signals(), receivers())
@example((["sender", "id"], "sender, id", "declared"), ("**named", "function"))
@example((["sender", "user"], "sender, user='by default'", "untyped"), ("sender, /, **named", "function"))
def test_a_compiled_call_is_a_call_by_name(drawn_signal, drawn_receiver):
    """For any signal and receiver: a parameter gets what is sent by its name, else its default, else is refused."""
    names, header, kind = drawn_signal
    sent = declared(header) if kind == "declared" else Signal()
    receiver = made(*drawn_receiver)
    values = {name: f"{name} sent" for name in names}
    given_to = called_by_name(receiver, {**values, "signal": sent})
    if leaves_a_gap(receiver, {**values, "signal": sent}):
        return

    if isinstance(given_to, list):
        if kind == "declared":
            with pytest.raises(ReceiverError) as caught:
                sent.connect(receiver)
            assert list(caught.value.arguments) == given_to
        else:
            sent.connect(receiver)
            with pytest.raises(TypeError):
                finished(sent.asend(**values)) if drawn_receiver[1] == "coroutine" else sent.send(**values)
        return
    sent.connect(receiver)

    def without_self(outcome):
        return [{name: value for name, value in response.items() if name != "self"} for response in responses(outcome)]

    for _ in range(2):
        if drawn_receiver[1] == "coroutine":
            assert without_self(finished(sent.asend(**values))) == [given_to]
        else:
            assert without_self(sent.send(**values)) == [given_to]
            assert without_self(sent.send_robust(**values)) == [given_to]
            assert without_self((None, response) for response in sent(**values)) == [given_to]


@given(signals(), receivers(), st.data())
def test_what_the_declaration_defaults_is_passed_as_if_it_were_sent(drawn_signal, drawn_receiver, data):
    """A send may leave out what has a default: receivers cannot tell the difference."""
    names, header, _ = drawn_signal
    sent = declared(header)
    receiver = made(drawn_receiver[0], "function")
    left_out = (
        data.draw(st.sets(st.sampled_from(sorted(sent._parameters.defaults)))) if sent._parameters.defaults else ()
    )
    values = {name: "by default" if name in left_out else f"{name} sent" for name in names}
    given_to = called_by_name(receiver, {**values, "signal": sent})
    if isinstance(given_to, list) or leaves_a_gap(receiver, {**values, "signal": sent}):
        return
    sent.connect(receiver)
    partly = {name: value for name, value in values.items() if name not in left_out}
    assert responses(sent.send(**partly)) == [given_to]
    assert sent(**partly) == [given_to]


@given(receivers())
def test_what_a_receiver_wants_is_what_inspect_says(drawn_receiver):
    """The short way of reading a plain function's parameters agrees with `inspect.signature`."""
    header, kind = drawn_receiver
    receiver = made(header, kind)
    wanted = wanted_by(receiver)
    parameters = list(inspect.signature(receiver).parameters.values())
    named = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]

    assert sorted([*wanted.positional, *wanted.keyword_only]) == sorted(named)
    assert wanted.optional == {p.name for p in parameters if p.default is not p.empty}
    assert wanted.everything == any(p.kind is p.VAR_KEYWORD for p in parameters)


def test_arguments_go_by_position_as_far_as_they_can():
    """That is the fastest call, and the printed source shows it."""
    wanted = wanted_by(lambda sender, post, *, notify: None)

    assert argument_list(wanted, ("sender", "post", "notify"), as_pluggy=False) == "sender, post, notify=notify"
