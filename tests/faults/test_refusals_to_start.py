"""When does the host refuse to start, and does it say all that is wrong, having started nothing?"""

from __future__ import annotations

import pytest

from hookcore import ConfigError, PluginStartError

SAYS_WHEN_READY = """
import shop_signals

def ready():
    vars(shop_signals).setdefault("happened", []).append("ready")

def shutdown():
    shop_signals.happened.append("shutdown")
"""


def test_a_required_plugin_that_is_not_there_is_a_refusal_that_lists_all(shop):
    """`required`: what failed, what is disabled and what is not installed are told together; nothing runs."""
    shop.install("broken", "1 / 0\n")
    shop.install("switched-off", "")

    with pytest.raises(PluginStartError) as refusal:
        shop.start('required = ["broken", "switched-off", "nowhere", "good"]\ndisable = ["switched-off"]\n')

    failures = "\n".join(refusal.value.failures)
    assert len(refusal.value.failures) == 3
    for part in ("broken", "ZeroDivisionError", "switched-off", "disabled", "nowhere"):
        assert part in failures
    assert shop.pay() == []


def test_a_strict_start_is_refused_for_any_failure(shop):
    """`strict = true`: one failed plugin, and the host does not start."""
    shop.install("broken", "1 / 0\n")
    shop.install("broken-too", "raise OSError('disk gone')\n")

    with pytest.raises(PluginStartError) as refusal:
        shop.start("strict = true\n")

    assert "ZeroDivisionError" in str(refusal.value)
    assert "disk gone" in str(refusal.value)
    assert shop.pay() == []


def test_a_refused_start_shuts_down_what_had_come_up(shop):
    """Plugins that were ready are shut down again, and the same manager can start without the fault."""
    shop.install("fine", SAYS_WHEN_READY)
    shop.install("broken", "1 / 0\n")
    manager = shop.manager({"required": ["broken"]})

    with pytest.raises(PluginStartError):
        manager.start()

    assert shop.signals.happened == ["ready", "shutdown"]


def test_a_config_that_cannot_be_used_starts_nothing(shop):
    """A mistake in the file is told before any plugin is imported."""
    shop.install("fine", SAYS_WHEN_READY)

    with pytest.raises(ConfigError, match=r"shop\.toml:1.*'disabled'.*Did you mean 'disable'\?"):
        shop.start('disabled = ["good"]\n')

    assert not hasattr(shop.signals, "happened")
    assert shop.pay() == []


def test_a_reload_with_a_bad_file_changes_nothing(shop):
    """`reload_config()`: a malformed file is an error with line and column, and what ran goes on running."""
    shop.install("fine", SAYS_WHEN_READY)
    manager = shop.start('mode = "auto"\n')
    before = manager.report()
    shop.config.write_text('disable = ["good"]\nmode = \n', encoding="utf-8")

    with pytest.raises(ConfigError, match=r"shop\.toml:2:\d+"):
        manager.reload_config()

    assert manager.report() == before
    assert shop.signals.happened == ["ready"]
    assert shop.pay() == ["counted"]


def test_a_reload_whose_settings_do_not_fit_changes_nothing(shop):
    """`reload_config()` checks the settings of running plugins before it changes anything."""
    shop.install("fine", SAYS_WHEN_READY)
    manager = shop.start('mode = "auto"\n')
    before = manager.report()
    shop.config.write_text('disable = ["good"]\n[plugin.fine]\nsettings = { a = 1 }\n', encoding="utf-8")

    with pytest.raises(ConfigError, match=r"shop\.toml:3"):
        manager.reload_config()

    assert manager.report() == before
    assert shop.pay() == ["counted"]
