"""What does a change of a host's signals break, and for which of the plugins that are installed?"""

from __future__ import annotations

import sys

import pytest
from support.installing import wheel

from hookcore.checking import InstalledReceivers, changes_between
from hookcore.testing import make_distribution

GIFTS = {
    "shop_gifts/__init__.py": """
        from hookcore import receiver
        from shop.signals import order_cancelled, order_paid

        @receiver(order_paid)
        def thank(number: str): ...

        @receiver([order_paid, order_cancelled])
        def note(number, amount=0) -> str: ...

        @receiver(order_paid, wrapper=True)
        def around():
            return (yield)
    """,
    "shop_gifts/more.py": """
        import pluggy
        from shop import signals
        hookimpl = pluggy.HookimplMarker("shop")

        class Till:
            @hookimpl
            def order_paid(self, number, amount: object) -> int: ...

            @hookimpl(optionalhook=True)
            def order_cancelled(self, number): ...

        def ready():
            for one in vars(signals).values():
                one.connect(anything)

        def anything(**all): ...

        raise RuntimeError("imported")
    """,
}
GIFTS_POINTS = {"shop.plugins": {"gifts": "shop_gifts", "till": "shop_gifts.more:Till"}}
LATE = {"shop_late.py": "def late(amount): ...\n"}
LATE_POINTS = {"shop.receivers": {"order_paid.late": "shop_late:late"}}


@pytest.fixture
def installed(tmp_path):
    """Two distributions with three plugins, and one of which there is no source; none is imported."""
    nothing = {"shop.plugins": {"lost": "shop_lost"}}
    with (
        make_distribution(tmp_path / "a", "shop-gifts", version="2.0", modules=GIFTS, entry_points=GIFTS_POINTS) as a,
        make_distribution(tmp_path / "b", "shop-late", modules=LATE, entry_points=LATE_POINTS),
        make_distribution(tmp_path / "c", "shop-lost", entry_points=nothing),
    ):
        yield a.parent
    assert not {"shop_gifts", "shop_late"} & set(sys.modules)


@pytest.fixture
def changed(spec):
    """Give what returns the spec with another `order_paid`, and the two of them that differ."""

    def change(**parts):
        signals = {**spec.signals, "order_paid": spec.signals["order_paid"]._replace(**parts)}
        return spec, spec._replace(version="2", signals=signals)

    return change


def concerned(old, new, change):
    """Return which receivers are concerned by the one change that there is."""
    [found] = changes_between(old, new)
    assert found.text == change
    return [f"{one.plugin}: {one.receiver}" for one in InstalledReceivers(old).concerned_by(found)]


def arguments(spec, **other):
    """Return the arguments of `order_paid` with other ones; those that are None are left out."""
    every = {**spec.signals["order_paid"].arguments, **other}
    return {name: kind for name, kind in every.items() if kind is not None}


def test_a_signal_that_goes_concerns_all_its_receivers_but_the_optional_ones(installed, spec):
    """Each is told with its plugin, version, name, file and line."""
    new = spec._replace(signals={name: one for name, one in spec.signals.items() if name != "order_cancelled"})
    [change] = changes_between(spec, new)
    assert (change.text, change.breaks) == ("order_cancelled is not sent any more", True)
    [one] = InstalledReceivers(spec).concerned_by(change)
    assert str(one) == f"gifts (shop-gifts 2.0): note, {installed}/shop_gifts/__init__.py:9"


def test_an_argument_that_goes_concerns_who_names_it(installed, spec, changed):
    """Whichever way the receiver is connected."""
    fewer = changed(arguments=arguments(spec, amount=None))
    assert concerned(*fewer, "order_paid does not send 'amount' any more") == [
        "gifts: note",
        "shop-late: late",
        "till: order_paid",
    ]


def test_another_type_concerns_who_may_not_expect_it(installed, spec, changed):
    """A receiver that takes anything, or that type, is none."""
    other = changed(arguments=arguments(spec, number="int"))
    told = "order_paid sends 'number' as int, no more as str"
    assert concerned(*other, told) == ["gifts: note", "gifts: thank", "till: order_paid"]
    other = changed(arguments=arguments(spec, amount="Decimal"))
    told = "order_paid sends 'amount' as Decimal, no more as int"
    assert concerned(*other, told) == ["gifts: note", "shop-late: late"]


def test_another_module_concerns_who_imports_the_signal(installed, changed):
    """And nobody who names it only."""
    moved = changed(module="shop.events")
    told = "order_paid is declared in shop.events, no more in shop.signals"
    assert concerned(*moved, told) == ["gifts: around", "gifts: note", "gifts: thank"]


def test_another_answer_concerns_who_gives_one_that_may_not_fit(installed, changed):
    """A wrapper gives none of its own."""
    told = "order_paid expects int, no more str | None"
    assert concerned(*changed(answer="int"), told) == ["gifts: note", "gifts: thank", "shop-late: late"]
    told = "order_paid gives the first answer alone; before, it gave all answers"
    everybody = ["gifts: note", "gifts: thank", "shop-late: late", "till: order_paid"]
    assert concerned(*changed(answers="first"), told) == everybody


def test_what_is_deprecated_breaks_nothing(installed, changed):
    """It is told, with whom it concerns."""
    old, new = changed(deprecated="listen to order_settled", deprecated_arguments={"amount": "say sum"})
    changes = list(changes_between(old, new))
    assert [(one.text, one.breaks) for one in changes] == [
        ("order_paid's 'amount' is deprecated: say sum", False),
        ("order_paid is deprecated: listen to order_settled", False),
    ]
    receivers = InstalledReceivers(old)
    assert [len(receivers.concerned_by(one)) for one in changes] == [3, 5]


def test_what_was_open_and_is_no_more_concerns_who_wants_more(installed, spec, changed):
    """Than the signal names."""
    _, new = changed(arguments={"number": "str"}, is_open=True)
    closed = new._replace(signals={**new.signals, "order_paid": new.signals["order_paid"]._replace(is_open=False)})
    told = "order_paid sends only what it names"
    assert concerned(new, closed, told) == ["gifts: note", "shop-late: late", "till: order_paid"]


def test_what_is_added_or_widened_changes_nothing(spec, changed):
    """Nobody depends on it yet."""
    wider = changed(arguments=arguments(spec, new="str", amount="Any"), is_open=True, answer="")
    assert list(changes_between(*wider)) == []


def test_whom_nobody_can_tell_of_is_named(installed, spec):
    """A plugin without source, and a receiver of signals that the source does not name."""
    receivers = InstalledReceivers(spec)
    assert [one.name for one in receivers.read] == ["gifts", "till", "shop-late"]
    assert [one.name for one in receivers.unread] == ["lost"]
    assert [f"{one.plugin}: {one.receiver}, {one.line}" for one in receivers.unnamed] == ["till: anything, 17"]


def test_a_plugin_in_an_archive_is_one_of_those_that_nobody_can_read(tmp_path, spec, monkeypatch):
    """It is named, and the others are read."""
    path = wheel(tmp_path, "shop-late", entry_points=LATE_POINTS, modules=LATE)
    monkeypatch.syspath_prepend(str(path))
    receivers = InstalledReceivers(spec)
    assert ([one.name for one in receivers.unread], receivers.read) == (["shop-late"], [])


def test_plugins_of_a_host_in_pluggys_own_style_are_read(tmp_path, spec):
    """Their group is called as the host."""
    code = {"shop_late.py": "import shop\n@shop.hookimpl\ndef order_cancelled(number): ...\n"}
    new = spec._replace(signals={name: one for name, one in spec.signals.items() if name != "order_cancelled"})
    with make_distribution(tmp_path, "shop-late", entry_points={"shop": {"late": "shop_late"}}, modules=code):
        assert concerned(spec, new, "order_cancelled is not sent any more") == ["late: order_cancelled"]
