"""In which order are receivers called?"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pluggy import HookimplMarker

from hookcore import OrderingCycleError, PluginManager, Signal
from hookcore.signals.connecting.receiver import Owner

pytestmark = pytest.mark.usefixtures("carried_out")


def named(name):
    """Return a receiver that answers with its name."""

    def receive(**named):
        return name

    return receive


def order(sent):
    """Return the names in the order of a send."""
    return [response for _, response in sent.send(sender=None)]


def connect_for(sent, owner, receiver, **options):
    """Connect on behalf of an owner, as a manager does while a plugin is imported."""
    sent._owner_of = lambda _: owner
    try:
        sent.connect(receiver, **options)
    finally:
        sent._owner_of = None


@pytest.fixture
def sent() -> Signal:
    """Return a signal."""
    return Signal()


@pytest.mark.parametrize("method", ["send", "send_robust", "__call__"])
def test_the_order_belongs_to_the_signal_in_every_way_to_send(sent, method):
    """Declared with `@signal` or `Signal()` it is connection order; pluggy's where pluggy's specifications declare."""
    for name in "abc":
        sent.connect(named(name))

    def answers(signal):
        outcome = getattr(signal, method)(sender=None)
        return outcome if method == "__call__" else [response for _, response in outcome]

    assert answers(sent) == ["a", "b", "c"]
    manager = PluginManager("example_app")
    for name in "abc":
        marked = HookimplMarker("example_app")(specname="undeclared")
        manager.register(SimpleNamespace(undeclared=marked(named(name))))
    assert answers(manager.hook.undeclared) == ["c", "b", "a"]


def test_tryfirst_and_trylast_go_before_and_behind_the_others(sent):
    """Ties keep connection order; where the order is pluggy's, each group has it."""
    for name, options in [
        ("last 1", {"trylast": True}),
        ("first 1", {"tryfirst": True}),
        ("a", {}),
        ("first 2", {"tryfirst": True}),
        ("last 2", {"trylast": True}),
        ("b", {}),
    ]:
        sent.connect(named(name), **options)
    assert order(sent) == ["first 1", "first 2", "a", "b", "last 1", "last 2"]
    assert sent(sender=None) == order(sent)
    sent._pluggy_order = True
    sent._dispatch.outdate()
    assert order(sent) == ["first 2", "first 1", "b", "a", "last 1", "last 2"]


def test_before_and_after_name_plugins(sent):
    """A receiver goes before or after the receivers of the plugins it names, and no farther than that."""
    connect_for(sent, Owner("mail", active=True), named("mail"))
    connect_for(sent, Owner("audit-log", active=True), named("audit"))
    sent.connect(named("early"), before="mail")
    sent.connect(named("nobody's"))
    sent.connect(named("late"), after=["audit-log", "mail"])
    connect_for(sent, Owner("stats", active=True), named("stats"), before="audit-log")

    assert order(sent) == ["early", "mail", "nobody's", "stats", "audit", "late"]


@pytest.mark.parametrize("spelling", ["audit-log", "Audit_Log", "audit.log", "AUDIT--LOG"])
def test_names_in_before_and_after_compare_in_canonical_form(sent, spelling):
    """PEP 503 holds for names of plugins and distributions wherever they are written."""
    connect_for(sent, Owner("audit-log", active=True), named("audit"))
    sent.connect(named("early"), before=spelling)

    assert order(sent) == ["early", "audit"]


def test_before_and_after_know_a_plugin_by_its_distributions_name_too(sent):
    """Every name of an owner can be used."""
    connect_for(sent, Owner("audit", active=True, names=frozenset({"audit", "blog-audit-log"})), named("audit"))
    sent.connect(named("early"), before="blog-audit-log")
    sent.connect(named("earlier still"), before="audit", tryfirst=True)

    assert order(sent) == ["earlier still", "early", "audit"]


def test_a_name_that_nobody_has_changes_nothing(sent):
    """Plugins that are not installed cannot be waited for."""
    sent.connect(named("a"), after="not-there")
    sent.connect(named("b"), before="not-there-either")

    assert order(sent) == ["a", "b"]


def test_before_and_after_are_stronger_than_tryfirst_and_trylast(sent):
    """A receiver that must run after another one does, even if that is a `trylast` one."""
    connect_for(sent, Owner("mail", active=True), named("mail"), trylast=True)
    sent.connect(named("follows"), after="mail", tryfirst=True)
    sent.connect(named("a"))

    assert order(sent) == ["a", "mail", "follows"]


def test_before_and_after_hold_for_pluggy_calls_too(sent):
    """The same demands, with pluggy's order where nothing is demanded."""
    connect_for(sent, Owner("mail", active=True), named("mail"))
    sent.connect(named("a"))
    sent.connect(named("late"), after="mail")

    assert sent(sender=None) == ["mail", "a", "late"]
    sent._pluggy_order = True
    sent._dispatch.outdate()
    assert sent(sender=None) == ["a", "mail", "late"]


def test_a_plugins_receivers_do_not_wait_for_themselves(sent):
    """A plugin that names itself is not a cycle: it means the plugin's other receivers."""
    mail = Owner("mail", active=True)
    connect_for(sent, mail, named("second"))
    connect_for(sent, mail, named("first"), before="mail")

    assert order(sent) == ["first", "second"]


def test_a_cycle_is_an_error_that_names_it(sent):
    """The receiver that closes the circle is refused, and what was connected stays as it was."""
    connect_for(sent, Owner("mail", active=True), named("mail"), before="audit")
    connect_for(sent, Owner("stats", active=True), named("stats"), before="mail")
    with pytest.raises(OrderingCycleError) as caught:
        connect_for(sent, Owner("audit", active=True), named("audit"), before="stats")

    assert len(caught.value.cycle) == 3
    assert {name.partition(":")[0] for name in caught.value.cycle} == {"mail", "stats", "audit"}
    assert " -> " in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert order(sent) == ["stats", "mail"]
    connect_for(sent, Owner("audit", active=True), named("audit"))
    assert order(sent) == ["stats", "mail", "audit"]


def test_a_receiver_cannot_be_before_and_after_the_same_plugin(sent):
    """The smallest circle."""
    connect_for(sent, Owner("mail", active=True), named("mail"))
    with pytest.raises(OrderingCycleError):
        sent.connect(named("torn"), before="mail", after="mail")


def test_a_newcomer_without_demands_can_close_a_circle(sent):
    """Others that wait for it already make the circle; it is refused all the same."""
    connect_for(sent, Owner("stats", active=True), named("stats"))
    sent.connect(named("torn"), before="mail", after="stats")
    connect_for(sent, Owner("stats", active=True), named("more stats"))
    sent.connect(named("other"), after="mail", before="stats", tryfirst=True)
    with pytest.raises(OrderingCycleError):
        connect_for(sent, Owner("mail", active=True), named("mail"))


def test_an_inactive_plugins_receivers_order_nobody(sent):
    """Between two receivers that are called, one that is not called demands nothing."""
    mail = Owner("mail", active=False)
    connect_for(sent, mail, named("mail"))
    sent.connect(named("a"), after="mail")
    sent.connect(named("b"), before="mail")
    assert order(sent) == ["a", "b"]
    mail.active = True
    sent._owner_changed(mail)
    assert order(sent) == ["b", "mail", "a"]


def test_order_holds_across_the_sender_filter(sent):
    """Receivers for one sender stand where the order puts them among those for all."""
    sent.connect(named("a"))
    sent.connect(named("int"), sender=int)
    sent.connect(named("first int"), sender=int, tryfirst=True)
    sent.connect(named("b"))

    assert [response for _, response in sent.send(sender=int)] == ["first int", "a", "int", "b"]
    assert order(sent) == ["a", "b"]


# -- the law: compiled order is a simple model's -----------------------------------------------------------------------

PLUGINS = ["mail", "audit", "stats", "search"]
PLACES = st.fixed_dictionaries(
    {
        "owner": st.sampled_from([None, *PLUGINS]),
        "tryfirst": st.booleans(),
        "trylast": st.booleans(),
        "before": st.frozensets(st.sampled_from(PLUGINS), max_size=2),
        "after": st.frozensets(st.sampled_from(PLUGINS), max_size=2),
    }
)
FEW_DEMANDS = st.fixed_dictionaries(
    {
        "owner": st.sampled_from([None, *PLUGINS]),
        "tryfirst": st.booleans(),
        "trylast": st.booleans(),
        "before": st.one_of(st.just(frozenset()), st.just(frozenset()), st.frozensets(st.sampled_from(PLUGINS[:2]))),
        "after": st.one_of(st.just(frozenset()), st.just(frozenset()), st.frozensets(st.sampled_from(PLUGINS[2:]))),
    }
)


def must_precede(first, second):
    """Whether one place demands to be before another."""
    return first is not second and (
        (second["owner"] is not None and second["owner"] in first["before"])
        or (first["owner"] is not None and first["owner"] in second["after"])
    )


def model_order(places, *, pluggy_call):
    """The reference: rank, then again and again take the first that waits for nobody. None if there is a circle."""
    rank = {id(place): 2 if place["trylast"] else 0 if place["tryfirst"] else 1 for place in places}
    groups = [[place for place in places if rank[id(place)] == wanted] for wanted in range(3)]
    if pluggy_call:
        groups = [groups[0][::-1], groups[1][::-1], groups[2]]
    waiting = [place for group in groups for place in group]
    ordered = []
    while waiting:
        free = [place for place in waiting if not any(must_precede(other, place) for other in waiting)]
        if not free:
            return None
        ordered.append(free[0])
        waiting.remove(free[0])
    return ordered


class Place(dict):
    """A place that is equal to itself alone."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__


@given(st.lists(st.one_of(PLACES, FEW_DEMANDS, FEW_DEMANDS), max_size=9), st.sets(st.sampled_from(PLUGINS)))
def test_the_order_of_a_send_is_the_models(drawn, inactive):
    """For any mix of owners, tryfirst, trylast, before and after: a circle is refused, anything else is in order."""
    sent = Signal()
    owners = {name: Owner(name, active=name not in inactive) for name in PLUGINS}
    owners[None] = None
    connected = []
    for options in map(Place, drawn):
        receiver = named(len(connected))
        place = {name: value for name, value in options.items() if name != "owner"}
        possible = model_order([*connected, options], pluggy_call=False) is not None
        if possible:
            connect_for(sent, owners[options["owner"]], receiver, **place)
            connected.append(options)
        else:
            with pytest.raises(OrderingCycleError):
                connect_for(sent, owners[options["owner"]], receiver, **place)

    def expected(pluggy_call):
        active = [place for place in connected if place["owner"] not in inactive]
        return [connected.index(place) for place in model_order(active, pluggy_call=pluggy_call)]

    assert order(sent) == expected(False)
    assert sent(sender=None) == expected(False)
    sent._pluggy_order = True
    sent._dispatch.outdate()
    assert sent(sender=None) == order(sent) == expected(True)
