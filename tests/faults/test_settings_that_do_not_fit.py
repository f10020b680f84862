"""What happens when the operator's settings do not fit a plugin's `Settings`? Are file and line told?"""

from __future__ import annotations

import pytest

SOURCE = """
from dataclasses import dataclass
from hookcore import receiver
from shop_signals import order_paid

@dataclass
class Settings:
    sender: str
    retries: int = 3

@receiver(order_paid)
def mail(number):
    return "must not run"

def ready(settings):
    raise AssertionError("must not be called")
"""


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("{ sender = 7 }", ("shop.toml:3", "sender", "str")),
        ('{ sender = "a", retrys = 4 }', ("shop.toml:3", "retrys", "Did you mean 'retries'?")),
        ("{ retries = 4 }", ("shop.toml:3", "sender", "missing")),
    ],
    ids=["wrong-type", "unknown-key", "missing-key"],
)
def test_settings_that_do_not_fit_fail_the_plugin_with_file_and_line(shop, settings, told):
    """A wrong type, an unknown key, a missing key: the plugin fails before `ready`, and the others go on."""
    shop.install("mail", SOURCE)

    reports = {report.name: report for report in shop.start(f"\n[plugin.mail]\nsettings = {settings}\n").report()}

    assert reports["mail"].state == "failed"
    for part in told:
        assert part in str(reports["mail"].error)
    assert shop.pay() == ["counted"]


def test_settings_for_a_plugin_that_has_none_fail_it(shop):
    """Settings that nobody would read are told with file and line."""
    reports = {report.name: report for report in shop.start("[plugin.good]\nsettings = { a = 1 }\n").report()}

    assert reports["good"].state == "failed"
    assert "shop.toml:2" in str(reports["good"].error)
