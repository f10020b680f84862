"""What may be declared as a signal, and what does a declared signal know about itself?"""

from __future__ import annotations

import asyncio
import inspect
import pickle
import subprocess
import sys

import pluggy
import pytest

from hookcore import HookcoreError, Signal, SignalArgumentError, SignalDeclarationError, signal

pytestmark = pytest.mark.usefixtures("carried_out")


@pytest.fixture
def post_published() -> Signal:
    """Return a signal as a host declares it, never sent before."""

    @signal
    def post_published(sender: type, post: str, notify: bool = True) -> None:
        """A post became public."""

    return post_published


def test_a_declared_signal_takes_name_and_documentation_from_its_function(post_published):
    """The function's name, docstring and parameters are the signal's."""
    assert post_published.name == "post_published"
    assert post_published.documentation == "A post became public."
    assert post_published._parameters.names == ("sender", "post", "notify")
    assert post_published._parameters.required == ("sender", "post")
    assert repr(post_published) == "<Signal post_published(sender, post, notify=True)>"


def test_a_signal_is_pluggys_hook_caller(post_published):
    """Declared or untyped, a signal is a `pluggy.HookCaller`; a declared one has a specification."""
    assert isinstance(post_published, pluggy.HookCaller)
    assert isinstance(Signal(), pluggy.HookCaller)
    assert post_published.has_spec()
    assert post_published.spec.argnames == ("sender", "post")
    assert not Signal().has_spec()


@pytest.mark.parametrize("docstring", [None, "", "   \n  "])
def test_a_signal_without_documentation_is_refused(docstring):
    """No docstring, no signal; the error says where the function stands and what to write."""

    def user_left(sender):
        pass

    user_left.__doc__ = docstring
    with pytest.raises(SignalDeclarationError, match="always document what your signals do") as caught:
        signal(user_left)
    assert caught.value.signal == "user_left"
    assert f"{__file__}:{user_left.__code__.co_firstlineno}" in str(caught.value)


def test_parameters_that_cannot_be_sent_by_name_are_refused():
    """`*args`, `**kwargs` and positional-only parameters have no name to be sent by."""

    def star(sender, *rest):
        """Documented."""

    def double_star(sender, **rest):
        """Documented."""

    def position_only(sender, /):
        """Documented."""

    for function in (star, double_star, position_only):
        with pytest.raises(SignalDeclarationError, match="name every argument"):
            signal(function)


def test_a_parameter_named_signal_is_refused():
    """Receivers get the signal itself under that name, so the host cannot send something else by it."""

    def confusing(sender, signal):
        """Documented."""

    with pytest.raises(SignalDeclarationError, match="rename its parameter 'signal'"):
        signal(confusing)


@pytest.mark.parametrize("thing", [int, 3, "post_published", print, pluggy])
def test_only_functions_are_declared(thing):
    """A class, a builtin or any other object is refused with what to write."""
    with pytest.raises(SignalDeclarationError, match="@signal declares a function"):
        signal(thing)


def test_firstresult_and_historic_exclude_each_other():
    """A receiver that connects later could not answer, so pluggy's rule holds here too."""
    with pytest.raises(SignalDeclarationError, match="exclude each other"):

        @signal(firstresult=True, historic=True)
        def started(sender):
            """Documented."""


def test_a_negative_history_is_refused():
    """How many calls to keep is a number from one on."""
    with pytest.raises(SignalDeclarationError, match="how many calls to keep"):

        @signal(historic=-1)
        def started(sender):
            """Documented."""


def test_a_deprecated_argument_that_is_none_is_refused_with_the_nearest():
    """A misspelled name in `deprecated_arguments` is told, with the right one."""
    with pytest.raises(SignalDeclarationError, match="Did you mean 'user'"):

        @signal(deprecated_arguments={"usr": "use account"})
        def started(sender, user):
            """Documented."""


def test_declaration_errors_are_type_errors_of_hookcores_family():
    """Old `except TypeError` and new `except HookcoreError` both catch them."""
    assert issubclass(SignalDeclarationError, TypeError)
    assert issubclass(SignalDeclarationError, HookcoreError)


def test_a_signal_without_parameters_can_be_declared_and_sent():
    """A signal that says only that something happened is a signal."""

    @signal
    def ticked():
        """The clock ticked."""

    def count():
        return 1

    ticked.connect(count)
    assert ticked.send() == [(count, 1)]
    assert ticked() == [1]


def test_an_untyped_signal_checks_nothing():
    """`Signal()` sends what it is given, as in Django."""
    sent = Signal()

    def take(**named):
        return sorted(named)

    sent.connect(take)
    assert sent.send(sender=None, anything=1, more=2) == [(take, ["anything", "more", "sender", "signal"])]


def test_providing_args_names_and_enforces_the_arguments():
    """What Django's `providing_args` only documented is held to here."""
    updated = Signal(providing_args=["user", "major_update"])

    with pytest.raises(SignalArgumentError) as missing:
        updated.send(sender=None, user="frida")
    with pytest.raises(SignalArgumentError) as unexpected:
        updated.send(sender=None, user="frida", major_update=True, minor=1)

    assert missing.value.missing == ("major_update",)
    assert unexpected.value.unexpected == ("minor",)
    assert updated.send(sender=None, user="frida", major_update=True) == []


def test_providing_args_may_name_the_sender_and_repeat_names():
    """Old code did both; `sender` is always the first argument, and twice is once."""
    updated = Signal(providing_args=["sender", "user", "user"])

    assert updated._parameters.names == ("sender", "user")
    assert updated.send("me", user=1) == []


@pytest.mark.parametrize(
    "names", ["user", ["two words"], ["1st"], ["signal"], ["class"], ["None"], ["__debug__"], [""]]
)
def test_providing_args_refuses_what_cannot_be_an_argument(names):
    """A bare string, keywords and what is no name at all are told at once, not at the first send."""
    with pytest.raises(SignalDeclarationError, match="providing_args"):
        Signal(providing_args=names)


def test_providing_args_are_read_as_python_reads_names():
    """The micro sign of a keyboard is the Greek letter once it stands in a source (PEP 3131)."""
    measured = Signal(providing_args=["\N{MICRO SIGN}"])
    measured.connect(lambda **named: named["\N{GREEK SMALL LETTER MU}"])
    sent: dict[str, list[object]] = {}
    exec("sent = measured.send(sender=None, \N{MICRO SIGN}=1)", {"measured": measured}, sent)

    assert [response for _, response in sent["sent"]] == [1]


def test_providing_args_of_nothing_still_enforces():
    """An empty list says that nothing but the sender is sent."""
    quiet = Signal(providing_args=[])

    assert quiet.send(sender=None) == []
    with pytest.raises(TypeError, match="noise"):
        quiet.send(sender=None, noise=1)


def test_use_caching_is_accepted():
    """Django's second parameter is taken and kept."""
    assert Signal(use_caching=True).use_caching is True
    assert Signal(None, True).use_caching is True
    assert Signal().use_caching is False


def test_an_unnamed_signal_takes_the_name_that_its_class_keeps_it_under():
    """A signal in a class body learns its name, once."""

    class Shop:
        sold = Signal()
        also_sold = sold

    assert Shop.sold.name == "sold"


def test_a_subclass_may_override_send_and_call_the_original():
    """Projects that wrap `send` in a subclass of `Signal` keep working: their method is what is called."""

    class Counting(Signal):
        sent = 0

        def send(self, sender, **named):
            type(self).sent += 1
            return super().send(sender=sender, **named)

    counting = Counting()

    def answer(**named):
        return "answer"

    assert counting.send(sender=None) == []
    counting.connect(answer)
    assert counting.send(sender=None) == [(answer, "answer")]
    assert counting.send_robust(sender=None) == [(answer, "answer")]
    assert Counting.sent == 2


def test_a_subclass_may_override_the_asynchronous_and_robust_sends():
    """The same holds for the other three ways to send."""

    class Marked(Signal):
        def send_robust(self, sender, **named):
            return ["robust", *super().send_robust(sender=sender, **named)]

        async def asend(self, sender, **named):
            return ["asend", *await super().asend(sender=sender, **named)]

        async def asend_robust(self, sender, **named):
            return ["asend_robust", *await super().asend_robust(sender=sender, **named)]

    def finished(coroutine):
        with pytest.raises(StopIteration) as stop:
            coroutine.send(None)
        return stop.value.value

    marked = Marked()
    assert marked.send_robust(sender=None) == ["robust"]
    assert finished(marked.asend(sender=None)) == ["asend"]
    assert finished(marked.asend_robust(sender=None)) == ["asend_robust"]


def test_a_subclass_may_bring_its_own_state():
    """A subclass without `__slots__` has a `__dict__` for its own attributes."""

    class Tagged(Signal):
        def __init__(self, tag):
            super().__init__()
            self.tag = tag

    assert Tagged("news").tag == "news"


def test_signals_are_compared_and_hashed_by_identity():
    """Two signals are never equal, and a signal can be a key."""
    first, second = Signal(), Signal()

    assert first != second
    assert len({first, second}) == 2


def test_a_send_that_lacks_an_argument_names_signal_and_argument(post_published):
    """A forgotten argument is an error that names the signal and what is missing."""
    with pytest.raises(SignalArgumentError, match=r"post_published\.send\(\): argument 'post' is missing") as caught:
        post_published.send(sender=None)
    assert caught.value.signal == "post_published"
    assert caught.value.missing == ("post",)


def test_a_misspelled_argument_is_told_with_the_nearest_right_one(post_published):
    """An argument too many is an error with the name that was probably meant."""
    with pytest.raises(SignalArgumentError, match=r"unexpected argument 'pots'\. Did you mean 'post'") as caught:
        post_published.send(sender=None, pots="hello")
    assert caught.value.unexpected == ("pots",)


def test_too_many_arguments_by_position_are_refused(post_published):
    """One more than the signal declares is counted."""
    with pytest.raises(SignalArgumentError, match="takes 3 arguments by position, and 4 were given"):
        post_published.send(None, "hello", True, "and more")


def test_an_argument_given_twice_is_refused(post_published):
    """By position and by name at once is a mistake."""
    with pytest.raises(SignalArgumentError, match="argument 'post' is given twice"):
        post_published.send(None, "hello", post="again")


@pytest.mark.parametrize("method", ["send", "send_robust", "asend", "asend_robust"])
def test_wrong_arguments_are_type_errors_on_every_send_not_only_the_first(method):
    """Once a send is compiled Python itself checks; its error still names the signal and the argument."""

    @signal
    def user_left(sender, user):
        """Documented."""

    def send(**named):
        outcome = getattr(user_left, method)(**named)
        return asyncio.run(outcome) if method.startswith("a") else outcome

    with pytest.raises(SignalArgumentError):
        send(sender=None)
    for _ in range(2):
        send(sender=None, user=1)
    with pytest.raises(TypeError, match=r"user_left.*'user'"):
        send(sender=None)
    with pytest.raises(TypeError, match=r"user_left.*'usr'"):
        send(sender=None, user=1, usr=1)


def test_a_default_of_the_declaration_is_what_is_sent_without_the_argument(post_published):
    """The declared default reaches receivers as if it had been sent."""

    def take(notify):
        return notify

    with post_published.connected_to(take):
        assert post_published.send(sender=None, post="hello") == [(take, True)]
        assert post_published(sender=None, post="hello") == [True]
        assert post_published.send(None, "hello", False) == [(take, False)]


def test_keyword_only_parameters_are_sent_by_keyword():
    """A bare star in the declaration holds for senders too."""

    @signal
    def renamed(sender, *, old, new="?"):
        """Documented."""

    def take(old, new):
        return old, new

    renamed.connect(take)
    assert renamed.send(None, old="a", new="b") == [(take, ("a", "b"))]
    assert renamed.send(None, old="a") == [(take, ("a", "?"))]
    with pytest.raises(TypeError):
        renamed.send(None, "a", "b")


@pytest.mark.usefixtures("compiled_at_once")
def test_the_compiled_send_carries_the_declarations_documentation(post_published):
    """`help(signal.send)` shows what the host wrote, and the signature that it declared."""
    for _ in range(2):
        post_published.send(sender=None, post="hello")

    assert post_published.send.__doc__ == "A post became public."
    assert list(inspect.signature(post_published.send).parameters) == ["sender", "post", "notify"]


def test_errors_of_signals_can_be_raised_and_caught_as_standard_ones(post_published):
    """A wrong argument is a TypeError, as it is for any function."""
    with pytest.raises(TypeError):
        post_published.send()


def test_a_signal_refuses_to_be_pickled_instead_of_losing_its_receivers():
    """A signal is one object in one process; a copy of it elsewhere would reach nobody."""
    with pytest.raises((TypeError, pickle.PicklingError, AttributeError)):
        pickle.dumps(Signal())


def test_importing_signals_imports_no_event_loop_and_no_logging(for_subprocesses):
    """A host that only declares pays for no asyncio, asgiref or logging."""
    program = (
        "import sys\n"
        "from hookcore.signals.declaring import signal\n"
        "before = set(sys.modules)\n"
        "@signal\n"
        "def declared(sender):\n"
        "    'Documented.'\n"
        "declared.connect(lambda sender: None, weak=False)\n"
        "declared.send(sender=None)\n"
        "declared.send_robust(sender=None)\n"
        "print(sorted({'asyncio', 'asgiref', 'logging', 'concurrent.futures'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", program]
    outcome = subprocess.run(command, capture_output=True, text=True, check=True, env=for_subprocesses)
    assert outcome.stdout.strip() == "[]"
