"""What happens when one plugin goes wrong: does it fail alone, loudly, and without a trace of its receivers?"""

from __future__ import annotations

import logging
import traceback

import pytest

from hookcore import OrderingCycleError

CONNECTS_AND = """
from hookcore import receiver
from shop_signals import order_paid

@receiver(order_paid)
def half_connected(number):
    return "must not run"

"""


def failed_alone(shop, source, **options):
    """Install a plugin `bad`, start, and check that it failed and that the good one runs; return its report."""
    shop.install("bad", source, **options)
    manager = shop.start()
    reports = {report.name: report for report in manager.report()}

    assert reports["bad"].state == "failed"
    assert reports["good"].state == "active"
    assert len(shop.signals.order_paid.receivers) == 1
    assert shop.pay() == ["counted"]
    return reports["bad"]


def test_a_module_that_raises_when_imported_fails_alone(shop, caplog):
    """The report has error and traceback; the log names plugin, distribution, version and phase; others go on."""
    report = failed_alone(shop, CONNECTS_AND + "1 / 0\n")

    assert isinstance(report.error, ZeroDivisionError)
    assert "bad.py" in "".join(traceback.format_exception(report.error))
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert all(part in record.getMessage() for part in ("'bad'", "bad 1.5", "import", "ZeroDivisionError"))
    assert record.exc_info[1] is report.error


def test_a_module_that_exits_when_imported_fails_alone(shop):
    """`sys.exit()` in a plugin's module does not end the host."""
    report = failed_alone(shop, CONNECTS_AND + "import sys\nsys.exit(3)\n")

    assert isinstance(report.error, SystemExit)


def test_ctrl_c_during_an_import_reaches_the_user(shop):
    """`KeyboardInterrupt` passes, and leaves nothing running behind it."""
    shop.install("bad", CONNECTS_AND + "raise KeyboardInterrupt\n")
    manager = shop.manager()

    with pytest.raises(KeyboardInterrupt):
        manager.start()
    assert shop.pay() == []


def test_a_module_that_is_not_there_is_named(shop):
    """An entry point to a module that does not exist: the error names it."""
    report = failed_alone(shop, None, entry_point="bad_modul")

    assert "bad_modul" in str(report.error)


def test_an_attribute_that_is_not_there_is_named_with_the_nearest(shop):
    """An entry point to an attribute that does not exist: "did you mean"."""
    report = failed_alone(shop, "class Plugin: ...\n", entry_point="bad:Plugn")

    assert "Plugn" in str(report.error)
    assert "Did you mean 'Plugin'?" in str(report.error)


def test_a_receiver_that_does_not_fit_is_named_with_the_nearest_argument(shop):
    """The error names signal, receiver, file, argument and the nearest right argument."""
    report = failed_alone(
        shop,
        """
        from hookcore import receiver
        from shop_signals import order_paid

        @receiver(order_paid)
        def note(numbr): ...
        """,
    )

    for part in ("order_paid", "note", "bad.py:5", "'numbr'", "did you mean 'number'?"):
        assert part in str(report.error)


def test_a_receiver_in_pluggys_style_that_does_not_fit_fails_alone(shop):
    """The same for an implementation marked with pluggy's own marker."""
    report = failed_alone(
        shop,
        """
        import pluggy

        @pluggy.HookimplMarker("shop")
        def order_paid(numbr): ...
        """,
    )

    assert "numbr" in str(report.error)


def test_a_misspelled_signal_is_named_with_the_nearest(shop):
    """An implementation of a signal that the host does not declare: "did you mean"."""
    report = failed_alone(
        shop,
        """
        import pluggy

        @pluggy.HookimplMarker("shop")
        def order_payed(number): ...
        """,
    )

    assert "order_payed" in str(report.error)
    assert "Did you mean 'order_paid'?" in str(report.error)


def test_a_plugin_whose_ready_raises_is_disconnected_again(shop):
    """`ready` raises: what the plugin had connected by then does not run."""
    report = failed_alone(shop, CONNECTS_AND + "def ready():\n    raise LookupError('not today')\n")

    assert isinstance(report.error, LookupError)
    assert "ready" in report.reason


def test_a_plugin_whose_ready_exits_is_disconnected_again(shop):
    """`sys.exit()` in `ready` is a failure like any other."""
    report = failed_alone(shop, CONNECTS_AND + "def ready():\n    raise SystemExit\n")

    assert isinstance(report.error, SystemExit)


def test_a_shutdown_that_raises_keeps_no_other_from_its_own(shop, caplog):
    """`shutdown` raises: it is logged, and the other plugins' `shutdown` is called."""
    order = "import shop_signals\ndef shutdown():\n    vars(shop_signals).setdefault('down', []).append('{0}')\n"
    shop.install("a-first", order.format("a-first"))
    shop.install("bad", order.format("bad") + "    raise OSError('disk gone')\n")
    shop.install("z-last", order.format("z-last"))

    shop.start().stop()

    assert shop.signals.down == ["z-last", "bad", "a-first"]
    assert "disk gone" in caplog.text


def test_plugins_that_each_want_to_run_before_the_other_are_told_the_circle(shop):
    """`before=` on both sides: the second one fails, its error names the circle, and the first one runs."""
    source = CONNECTS_AND.replace("@receiver(order_paid)", "@receiver(order_paid, before='{0}')")
    shop.install("egg", source.format("hen").replace("must not run", "egg"))
    shop.install("hen", source.format("egg"))

    reports = {report.name: report for report in shop.start().report()}

    assert isinstance(reports["hen"].error, OrderingCycleError)
    assert any("egg" in receiver for receiver in reports["hen"].error.cycle)
    assert sorted(shop.pay()) == ["counted", "egg"]


def test_a_plugin_that_fails_takes_those_along_that_need_it(shop):
    """A plugin whose distribution requires the failed one's is blocked, and the reason names it."""
    shop.install("bad", "1 / 0\n")
    shop.install("needy", CONNECTS_AND, requires=["bad>=1"])

    reports = {report.name: report for report in shop.start().report()}

    assert reports["needy"].state == "blocked"
    assert "'bad'" in reports["needy"].reason
    assert shop.pay() == ["counted"]


def test_a_receiver_that_raises_in_a_send_reaches_the_sender(shop):
    """As in Django: a plain `send` passes the exception on."""
    shop.install("bad", CONNECTS_AND.replace('return "must not run"', "raise OSError(number)"))
    shop.start()

    with pytest.raises(OSError, match="A-7"):
        shop.pay()


def test_a_receiver_that_fails_in_a_robust_send_stops_no_other(shop, caplog):
    """The exception is the response, `SystemExit` included, and is logged with its traceback."""
    shop.install("bad", CONNECTS_AND.replace('return "must not run"', "raise SystemExit(number)"))
    shop.start()

    responses = [response for _, response in shop.signals.order_paid.send_robust(sender=None, number="A-7")]

    assert "counted" in responses
    [error] = [response for response in responses if response != "counted"]
    assert isinstance(error, SystemExit)
    assert [record.exc_info[1] for record in caplog.records] == [error]
