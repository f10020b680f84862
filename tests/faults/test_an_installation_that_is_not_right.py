"""What happens when what is installed does not go together: one name twice, requirements, code that others import?"""

from __future__ import annotations

import sys

import pytest

from hookcore import ManagerStateError, SignalHeldError

RESPONDS = """
from hookcore import receiver
from shop_signals import order_paid

@receiver(order_paid)
def respond(number):
    return "{0}"
"""


def test_two_distributions_that_claim_one_name_are_both_blocked(shop):
    """Neither is imported, and both reports say what to write in the config to choose one."""
    shop.install("mail", RESPONDS.format("one"), distribution="mail-one")
    shop.install("Mail", RESPONDS.format("two"), distribution="mail-two")

    reports = [report for report in shop.start().report() if report.name != "good"]

    assert [report.state for report in reports] == ["blocked", "blocked"]
    for report in reports:
        assert "mail-one" in report.reason
        assert "mail-two" in report.reason
        assert "[plugin.mail]" in report.reason.lower()
    assert not {"mail_one", "mail_two"} & set(sys.modules)
    assert shop.pay() == ["counted"]


def test_what_the_blocked_claimants_say_to_write_chooses_one(shop):
    """With the distribution named in the config, that one runs."""
    shop.install("mail", RESPONDS.format("one"), distribution="mail-one")
    shop.install("mail", RESPONDS.format("two"), distribution="mail-two")

    shop.start('[plugin.mail]\ndistribution = "mail-two"\n')

    assert sorted(map(str, shop.pay())) == ["counted", "two"]


def test_one_distribution_that_is_found_twice_counts_once(shop, tmp_path, monkeypatch):
    """The first found on `sys.path` wins, as `importlib.metadata` has it."""
    earlier = tmp_path / "earlier"
    shop.install("mail", RESPONDS.format("later"))
    shop.install("mail", RESPONDS.format("earlier"), site=earlier)
    monkeypatch.syspath_prepend(earlier)

    reports = [report for report in shop.start().report() if report.name == "mail"]

    assert [report.state for report in reports] == ["active"]
    assert sorted(map(str, shop.pay())) == ["counted", "earlier"]


def test_a_plugin_whose_needed_plugin_is_disabled_is_blocked(shop):
    """The reason names the plugin that is missing, and the blocked one is never imported."""
    shop.install("base", RESPONDS.format("base"))
    shop.install("upper", RESPONDS.format("upper"), requires=["base"])

    reports = {report.name: report for report in shop.start(disable=["base"]).report()}

    assert reports["upper"].state == "blocked"
    assert "base" in reports["upper"].reason
    assert not {"base", "upper"} & set(sys.modules)


def test_a_marker_that_cannot_be_evaluated_is_one_plugins_problem(shop):
    """It is blocked, and its report says by which requirement; its module is not imported, and the others run."""
    shop.install("base", RESPONDS.format("base"))
    shop.install("upper", RESPONDS.format("upper"), requires=['base; python_version ~= "3"'])

    reports = {report.name: report for report in shop.start().report()}

    assert reports["upper"].state == "blocked"
    assert (
        "the requirement 'base; python_version ~= \"3\"' of upper 1.5 can't be evaluated here"
        in reports["upper"].reason
    )
    assert "upper" not in sys.modules
    assert sorted(map(str, shop.pay())) == ["base", "counted"]


def test_distributions_that_need_each_other_both_run(shop):
    """A circle of requirements is legal in pip, and no fault here."""
    shop.install("egg", RESPONDS.format("egg"), requires=["hen"])
    shop.install("hen", RESPONDS.format("hen"), requires=["egg"])

    shop.start()

    assert sorted(map(str, shop.pay())) == ["counted", "egg", "hen"]


@pytest.mark.parametrize("spelling", ["Shop_Mail.Plugin", "shop-mail-plugin", "SHOP.MAIL_PLUGIN", "shop-mail-*"])
def test_a_disabled_plugin_is_never_imported_however_it_is_spelled(shop, monkeypatch, spelling):
    """Names compare in canonical form, from the environment too: what is meant is not in `sys.modules`."""
    shop.install("mail", RESPONDS.format("mail"), distribution="shop-mail-plugin")
    monkeypatch.setenv("SHOP_PLUGINS_DISABLE", spelling)

    reports = {report.name: report for report in shop.start().report()}

    assert reports["mail"].state == "disabled"
    assert reports["mail"].decided_by == "SHOP_PLUGINS_DISABLE"
    assert "shop_mail_plugin" not in sys.modules


@pytest.mark.parametrize("imported", ["before", "after"])
def test_a_disabled_plugin_that_other_code_imports_does_not_run(shop, imported):
    """Its receivers connect, and are not active: whoever imports the module, before the start or after it."""
    shop.install("mail", RESPONDS.format("mail"))
    if imported == "before":
        __import__("mail")
    shop.start(disable=["mail"])
    if imported == "after":
        __import__("mail")

    assert shop.pay() == ["counted"]


def test_a_disabled_plugin_that_an_active_one_imports_does_not_run(shop):
    """An active plugin that imports, and even connects, a disabled one's receiver does not make it run."""
    shop.install("mail", RESPONDS.format("mail"))
    shop.install(
        "sly",
        """
        from mail import respond
        from shop_signals import order_paid, order_sent
        order_sent.connect(respond)
        """,
    )
    shop.start(disable=["mail"])

    assert shop.pay() == ["counted"]
    assert shop.signals.order_sent.send(sender=None, number="A-7") == []


def test_a_second_manager_is_told_who_holds_the_signals(shop):
    """A declared signal is held by one manager at a time, from `start()` to `stop()`."""
    first = shop.start()
    second = shop.manager()

    with pytest.raises(SignalHeldError, match="shop"):
        second.start()

    first.stop()
    second.start()
    assert shop.pay() == ["counted"]


def test_a_manager_that_runs_cannot_be_started_again(shop):
    """`start()` twice is an error that says to stop first; the plugins go on."""
    manager = shop.start()

    with pytest.raises(ManagerStateError, match=r"stop\(\)"):
        manager.start()

    assert shop.pay() == ["counted"]


def test_a_name_in_the_config_that_nothing_goes_by_is_told(shop, caplog):
    """A slip of the pen in `disable` is a warning with its line and the nearest name; nothing else happens."""
    shop.start('disable = ["god"]\n')

    assert "shop.toml:1" in caplog.text
    assert "Did you mean 'good'?" in caplog.text
    assert shop.pay() == ["counted"]


def test_a_denial_beats_a_permission_from_a_stronger_source(shop):
    """The file disables, an argument enables: it is disabled, and the report says by which line."""
    manager = shop.start('disable = ["good"]\n', enable=["good"])

    [report] = manager.report()
    assert (report.state, report.decided_by.rpartition("/")[2]) == ("disabled", "shop.toml:1")
