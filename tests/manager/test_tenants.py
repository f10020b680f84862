"""Does a send reach the plugins of its tenant, and no others, in each way to send and at any time?"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import itertools
import threading
import weakref
from types import SimpleNamespace

import pluggy
import pytest

import hookcore
from hookcore import ManagerStateError, PluginManager, Signal, signal
from hookcore.signals.sending.dispatch import SENDS_BEFORE_COMPILING

MANY = SENDS_BEFORE_COMPILING + 2  # then it is compiled
PLUGINS_OF = {"acme": ["bee"], "bolt": ["ant", "bee"], "none": []}
COUNTS = pytest.mark.parametrize("times", [1, MANY], ids=["in the loop", "compiled"])


def plugins_of(tenant):
    """Return what the host says."""
    names = PLUGINS_OF.get(tenant)
    return None if names is None else frozenset(names)


class Answers:
    """A plugin that answers by its name."""

    def __init__(self, name):
        self.name = name


@pytest.fixture
def garden():
    """Give a host of two plugins and three tenants, with signals of each kind."""

    @signal
    def watered(sender: object, plant: str) -> str:
        """Sent in a block that is made for a tenant."""

    @signal
    def sold(sender: object, plant: str, tenant: object = None) -> str:
        """Sent with its tenant."""

    @signal(firstresult=True)
    def named(sender: object, plant: str) -> str:
        """The first answer counts."""

    signals = SimpleNamespace(watered=watered, sold=sold, named=named, anything=Signal())
    manager = PluginManager("garden", signals, active_for=plugins_of)
    for name in ("ant", "bee"):
        manager.register(Answers(name), name)
    manager.start()
    yield SimpleNamespace(manager=manager, **vars(signals))
    manager.stop()


def connect(garden, signal, *names, **options):
    """Connect a receiver for each plugin; nobody's is called "host"."""
    receivers = []
    for name in names:
        plugin = garden.manager.get_plugin(name)
        receiver = answering(name)
        owner_of = signal._owner_of
        owner = garden.manager._owner_of_plugin(plugin) if plugin is not None else None
        signal._owner_of = lambda _, owner=owner: owner
        signal.connect(receiver, weak=False, **options)
        signal._owner_of = owner_of
        receivers.append(receiver)
    return receivers


def answering(name):
    """Return a receiver that answers with a name."""

    def receiver(**named):
        return name

    return receiver


def answers(pairs):
    """Return what the receivers said."""
    return [answer for _, answer in pairs]


@COUNTS
def test_a_block_is_made_for_a_tenant(garden, times):
    """The tenant's plugins are reached, and what is nobody's; no tenant's sends reach all."""
    connect(garden, garden.watered, "ant", "host", "bee")
    for _ in range(times):
        with garden.manager.for_tenant("acme"):
            assert answers(garden.watered.send(None, plant="rose")) == ["host", "bee"]
            with garden.manager.for_tenant("none"):
                assert answers(garden.watered.send(None, "rose")) == ["host"]
            with garden.manager.for_tenant(None):
                assert garden.watered(None, "rose") == ["ant", "host", "bee"]
            assert garden.watered(sender=None, plant="rose") == ["host", "bee"]
        assert answers(garden.watered.send(None, plant="rose")) == ["ant", "host", "bee"]


@COUNTS
def test_a_send_names_its_tenant(garden, times):
    """By an argument, which is stronger than the block; without it the block counts."""
    connect(garden, garden.sold, "ant", "bee")
    for _ in range(times):
        assert answers(garden.sold.send(None, plant="rose", tenant="acme")) == ["bee"]
        assert answers(garden.sold.send_robust(None, "rose", "none")) == []
        assert answers(garden.sold.send(None, plant="rose")) == ["ant", "bee"]
        with garden.manager.for_tenant("none"):
            assert answers(garden.sold.send(None, plant="rose", tenant="bolt")) == ["ant", "bee"]
            assert answers(garden.sold.send(None, plant="rose")) == []


@COUNTS
def test_each_way_to_send(garden, times):
    """Robust, awaited, pluggy's call, a first result, an untyped signal."""
    for each in (garden.watered, garden.named, garden.anything):
        connect(garden, each, "ant", "bee")

    async def awaited():
        found = await garden.watered.asend(None, plant="rose")
        return answers(found), answers(await garden.watered.asend_robust(None, plant="rose"))

    with garden.manager.for_tenant("acme"):
        for _ in range(times):
            assert answers(garden.watered.send_robust(None, plant="rose")) == ["bee"]
            assert garden.manager.hook.watered(sender=None, plant="rose") == ["bee"]
            assert garden.named(None, plant="rose") == "bee"
            assert answers(garden.anything.send(None, plant="rose")) == ["bee"]
            assert answers(garden.anything.send(None, plot=7, plant="rose")) == ["bee"]
            assert garden.anything(plant="rose") == ["bee"]
        assert asyncio.run(awaited()) == (["bee"], ["bee"])


@COUNTS
def test_senders_and_tenants(garden, times):
    """A receiver that waits for a sender is reached by it, for its plugin's tenants."""
    rose, lily = object(), object()
    connect(garden, garden.watered, "ant", "bee", sender=rose)
    connect(garden, garden.watered, "bee", sender=lily)
    expected = {
        ("acme", rose): ["bee"],
        ("acme", lily): ["bee"],
        ("bolt", rose): ["ant", "bee"],
        ("none", rose): [],
        ("none", lily): [],
        ("bolt", None): [],
    }
    for _ in range(times):
        for (tenant, sender), names in expected.items():
            with garden.manager.for_tenant(tenant):
                assert answers(garden.watered.send(sender, plant="rose")) == names


@COUNTS
def test_changes_are_seen_at_once(garden, times):
    """Who connects, who goes, who is switched off, who is muted."""
    connect(garden, garden.watered, "ant", "bee")

    def sends():
        with garden.manager.for_tenant("bolt"):
            for _ in range(times):
                found = answers(garden.watered.send(None, plant="rose"))
        return found

    assert sends() == ["ant", "bee"]
    garden.manager.disable("ant")
    assert sends() == ["bee"]
    (receiver,) = connect(garden, garden.watered, "host")
    assert sends() == ["bee", "host"]
    with garden.watered.muted():
        assert sends() == []
    garden.watered.disconnect(receiver)
    assert sends() == ["bee"]
    (rose,) = connect(garden, garden.watered, "host", sender=garden)
    assert sends() == ["bee"]
    garden.watered.disconnect(rose, sender=garden)
    assert sends() == ["bee"]


def test_a_kept_function_reaches_whom_a_fresh_one_reaches(garden):
    """Whenever it was kept."""
    connect(garden, garden.watered, "ant", "bee")
    early = garden.watered.send
    with garden.manager.for_tenant("acme"):
        for _ in range(MANY):
            garden.watered.send(None, plant="rose")
        compiled = garden.watered.send
        assert compiled is not early
        connect(garden, garden.watered, "host")
        assert answers(compiled(None, plant="rose")) == answers(early(None, plant="rose")) == ["bee", "host"]


def test_a_receiver_that_dies_is_reached_no_more(garden):
    """Also where its call was compiled."""

    class Bed:
        def water(self, plant):
            return "bed"

    bed = Bed()
    garden.watered.connect(bed.water)
    with garden.manager.for_tenant("acme"):
        for _ in range(MANY):
            assert answers(garden.watered.send(None, plant="rose")) == ["bed"]
        del bed
        gc.collect()
        assert garden.watered.send(None, plant="rose") == []


def test_names_are_compared_in_canonical_form(garden):
    """What is not installed is nobody's."""
    connect(garden, garden.watered, "ant", "bee")
    PLUGINS_OF["spelled"] = ["BEE", "gone-long-ago"]
    with garden.manager.for_tenant("spelled"):
        assert garden.watered(None, "rose") == ["bee"]
    del PLUGINS_OF["spelled"]


def test_a_tenant_of_whom_nothing_is_said_has_all_plugins(garden):
    """`active_for` returns None for it."""
    connect(garden, garden.watered, "ant", "bee")
    with garden.manager.for_tenant("stranger"):
        assert garden.watered(None, "rose") == ["ant", "bee"]


def test_what_is_said_of_a_tenant_may_change(garden):
    """It is asked when the block is entered, and at each send that names its tenant: nothing is kept of it."""
    connect(garden, garden.watered, "ant", "bee")
    connect(garden, garden.sold, "ant", "bee")
    PLUGINS_OF["fickle"] = []
    for names in ([], ["ant"], ["ant", "bee"], ["bee"], []):
        PLUGINS_OF["fickle"] = names
        for _ in range(MANY):
            assert answers(garden.sold.send(None, plant="rose", tenant="fickle")) == names
        with garden.manager.for_tenant("fickle"):
            PLUGINS_OF["fickle"] = None
            assert garden.watered(None, "rose") == names
    del PLUGINS_OF["fickle"]


def test_threads_and_tasks_have_their_own_tenant(garden):
    """As with any context variable: a thread begins without one, a task with that of who began it."""
    connect(garden, garden.watered, "ant", "bee")
    found = {}

    def send(where):
        found[where] = garden.watered(None, "rose")

    async def request(tenant):
        with garden.manager.for_tenant(tenant):
            for _ in range(MANY):
                await asyncio.sleep(0)
                send(tenant)
                assert found[tenant] == PLUGINS_OF[tenant]

    async def requests():
        await asyncio.gather(*map(request, PLUGINS_OF))

    asyncio.run(requests())
    with garden.manager.for_tenant("acme"):
        context = contextvars.copy_context()
        for where, run in (("new", send), ("copied", lambda where: context.run(send, where))):
            thread = threading.Thread(target=run, args=(where,))
            thread.start()
            thread.join()
    assert found["copied"] == ["bee"]
    assert found["new"] in (["ant", "bee"], ["bee"])  # a free-threaded Python lets threads inherit the context


def test_pluggys_own_receivers_and_calls(garden):
    """What is marked with pluggy's marker is a plugin's too; subset and extra callers obey as well."""
    marker = pluggy.HookimplMarker("garden")

    class Wasp:
        @marker
        def watered(self, plant):
            return "wasp"

    wasp = Wasp()
    garden.manager.register(wasp, "wasp")
    connect(garden, garden.watered, "ant", "bee")
    subset = garden.manager.subset_hook_caller("watered", [garden.manager.get_plugin("ant")])
    with garden.manager.for_tenant("bolt"):
        assert garden.watered(None, "rose") == ["ant", "bee"]
        assert subset(sender=None, plant="rose") == ["bee"]
        assert garden.watered.call_extra([lambda plant: "extra"], {"sender": None, "plant": "rose"}) == [
            "ant",
            "bee",
            "extra",
        ]
    assert sorted(subset(sender=None, plant="rose")) == ["bee", "wasp"]


def test_has_listeners_and_subclasses_ask_for_the_block(garden):
    """For the tenant of the block a send would reach nobody."""

    class Choosing(Signal):
        def _live_receivers(self, sender):
            return super()._live_receivers(sender)

    chosen = Choosing()
    manager = PluginManager("other", SimpleNamespace(chosen=chosen), active_for=plugins_of)
    manager.register(Answers("ant"), "ant")
    manager.start()
    connect(SimpleNamespace(manager=manager), chosen, "ant")
    connect(garden, garden.watered, "ant")
    for each, holder in ((chosen, manager), (garden.watered, garden.manager)):
        assert each.has_listeners()
        with holder.for_tenant("acme"):
            assert not each.has_listeners()
    with manager.for_tenant("acme"):
        assert chosen.send(None) == []
    assert answers(chosen.send(None)) == ["ant"]
    manager.stop()


def test_wrappers_and_order(garden):
    """A wrapper of a plugin that is left out is not entered."""
    connect(garden, garden.watered, "bee", "host")
    ant = garden.manager._owner_of_plugin(garden.manager.get_plugin("ant"))

    def louder(plant):
        answered = yield
        return [each.upper() for each in answered]

    owner_of = garden.watered._owner_of
    garden.watered._owner_of = lambda _: ant
    garden.watered.connect(louder, wrapper=True)
    garden.watered._owner_of = owner_of
    for _ in range(MANY):
        with garden.manager.for_tenant("acme"):
            assert garden.watered(None, "rose") == ["bee", "host"]
        with garden.manager.for_tenant("bolt"):
            assert garden.watered(None, "rose") == ["BEE", "HOST"]


@pytest.mark.parametrize("before", [0, SENDS_BEFORE_COMPILING, SENDS_BEFORE_COMPILING + 1, MANY])
def test_monitored_calls(garden, before):
    """pluggy's monitors see what a tenant's send reaches, however far it is compiled when they come."""
    connect(garden, garden.watered, "ant", "bee")
    seen = []
    with garden.manager.for_tenant("acme"):
        for _ in range(before):
            garden.watered(None, "rose")
        undo = garden.manager.add_hookcall_monitoring(
            lambda name, implementations, arguments: seen.append(len(implementations)), lambda *_: None
        )
        for _ in range(3):
            assert garden.watered(None, "rose") == ["bee"]
        undo()
        for _ in range(3):
            assert garden.watered(None, "rose") == ["bee"]
    assert seen == [1, 1, 1]


def test_after_a_stop_there_are_no_tenants(garden):
    """The signals are let go."""
    connect(garden, garden.watered, "host")
    with garden.manager.for_tenant("none"):
        garden.manager.stop()
        assert garden.watered._dispatch.by_tenant is None
        assert garden.watered(None, "rose") == ["host"]


def test_a_manager_that_knows_no_tenants_says_so():
    """With what to do."""
    manager = PluginManager("garden")
    with pytest.raises(ManagerStateError, match=r"make it with active_for=, a function"):
        manager.for_tenant("acme")


def test_what_the_hosts_function_raises_reaches_who_asks():
    """At the block, or at the send that names a tenant."""

    @signal
    def sold(sender: object, tenant: object = None) -> None:
        """Something was sold."""

    def active_for(tenant):
        raise LookupError(tenant)

    with PluginManager("garden", SimpleNamespace(sold=sold), active_for=active_for) as manager:
        with pytest.raises(LookupError, match="acme"), manager.for_tenant("acme"):
            pass
        with pytest.raises(LookupError, match="acme"):
            sold.send(None, tenant="acme")
        assert sold.send(None) == []


def test_what_the_host_says_must_be_a_frozenset():
    """It is what a send looks up by. Told where it is asked, from the first send on."""

    @signal
    def sold(sender: object, tenant: object = None) -> None:
        """Something was sold."""

    with PluginManager("garden", SimpleNamespace(sold=sold), active_for=lambda _: ["bee"]) as manager:
        with pytest.raises(TypeError, match=r"active_for\('acme'\) must return a frozenset .* not \['bee'\]"):
            sold.send(None, tenant="acme")
        with pytest.raises(TypeError, match="must return a frozenset"), manager.for_tenant("acme"):
            pass


def test_ever_new_sets_of_plugins_fill_no_memory(monkeypatch):
    """Above some number a signal begins anew."""
    from hookcore.signals.sending import tenants

    monkeypatch.setattr(tenants, "MOST_KEPT", 8)

    @signal
    def sold(sender: object) -> None:
        """Something was sold."""

    with PluginManager(
        "garden", SimpleNamespace(sold=sold), active_for=lambda tenant: frozenset([str(tenant)])
    ) as manager:
        for number in range(100):
            with manager.for_tenant(number):
                sold.send(None)
            assert len(sold._dispatch.by_tenant._parts) <= 8


def test_tenants_with_the_same_plugins_share_what_is_compiled(garden):
    """A thousand of them are no thousand functions."""
    connect(garden, garden.watered, "ant", "bee")
    for number in itertools.count():
        if number > MANY:
            break
        PLUGINS_OF["shared"] = ["bee", f"not-here-{number}"]
        with garden.manager.for_tenant("shared"):
            assert garden.watered(None, "rose") == ["bee"]
    del PLUGINS_OF["shared"]
    assert len(garden.watered._dispatch.by_tenant._shared) == 1
    with garden.manager.for_tenant("acme"):
        garden.watered(None, "rose")
        assert len(set(garden.watered._dispatch.by_tenant._tables[4].values())) == 1


def test_a_manager_can_go():
    """Its signals do not keep it."""

    @signal
    def sold(sender: object) -> None:
        """Something was sold."""

    manager = PluginManager("garden", SimpleNamespace(sold=sold), active_for=plugins_of)
    manager.start()
    with manager.for_tenant("acme"):
        sold.send(None)
    gone = weakref.ref(manager)
    del manager
    gc.collect()
    assert gone() is None
    assert sold.send(None) == []


def test_a_send_while_another_is_compiled(garden):
    """Threads that send for different tenants while receivers come and go never see a stranger's plugin."""
    connect(garden, garden.watered, "ant", "bee")
    wrong, done = [], threading.Event()

    def sends(tenant):
        while not done.is_set():
            with garden.manager.for_tenant(tenant):
                found = [name for name in garden.watered(None, "rose") if name != "host"]
            if found != PLUGINS_OF[tenant]:
                wrong.append((tenant, found))

    threads = [threading.Thread(target=sends, args=(tenant,)) for tenant in PLUGINS_OF]
    for thread in threads:
        thread.start()
    for _ in range(30):
        (receiver,) = connect(garden, garden.watered, "host")
        for _ in range(MANY):
            garden.watered(None, "rose")
        garden.watered.disconnect(receiver)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_untyped_signals_are_compiled_for_what_is_sent(garden):
    """Whatever order and number of arguments a send has, and whatever another tenant's was compiled for."""
    connect(garden, garden.anything, "ant", "bee")

    def told(of, **named):
        with garden.manager.for_tenant(of):
            return answers(garden.anything.send(None, **named))

    for _ in range(MANY):
        assert told("acme", one=1, two=2) == ["bee"]
        assert told("bolt", two=2, one=1, three=3) == ["ant", "bee"]
        assert told("acme", tenant="bolt") == ["ant", "bee"], "an argument of that name is one here, too"
    assert isinstance(garden.anything, hookcore.Signal)
