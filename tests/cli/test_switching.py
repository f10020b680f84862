"""Do `enable`, `disable` and `mute` change the config file, and nothing else in it, or leave it as it is?"""

from __future__ import annotations

import json

import pytest

CONFIG = """\
# What runs in the shop
disable = [
    "old-stock",  # gone soon
    'Mail',
]

[plugin.audit]  # who did what
settings = { }
"""


@pytest.fixture(autouse=True)
def written(shop):
    """Give the shop a config with comments and a layout."""
    shop.config.write_text(CONFIG)


def test_disable_adds_to_the_list_and_keeps_comments_and_layout(shop):
    """And says what becomes of the plugin."""
    shown = shop.run("disable", "audit")

    assert '  +    "audit",\n' in shown
    assert "audit is found → disabled: disabled by 'audit' (shop.toml:5)" in shown
    assert shop.config.read_text() == CONFIG.replace("    'Mail',\n", "    'Mail',\n    \"audit\",\n")


def test_enable_takes_a_name_out_however_it_is_spelled(shop):
    """What it stood beside is as it was."""
    shown = shop.run("enable", "mail")

    assert "mail is disabled → found" in shown
    assert shop.config.read_text() == CONFIG.replace("    'Mail',\n", "")


def test_a_list_that_is_not_there_is_begun_above_the_tables(shop):
    """There it is a key of the whole config."""
    shop.run("mute", "order_paid")

    assert 'mute = ["order_paid"]' in shop.config.read_text().partition("[plugin.audit]")[0]
    assert "is muted by 'order_paid'" in shop.run("why", "audit")
    shop.run("mute", "--undo", "order_paid")
    assert "muted" not in shop.run("why", "audit")


def test_in_mode_explicit_a_name_is_enabled(shop):
    """It has to stand there, then."""
    shop.config.write_text('mode = "explicit"\n')

    assert "mail is disabled → found: enabled by 'mail' (shop.toml:2)" in shop.run("enable", "mail")


def test_a_dry_run_writes_nothing(shop):
    """And shows the same."""
    shown = shop.run("disable", "audit", "--dry-run")

    assert shown.startswith("shop.toml would change:\n")
    assert "audit is found → disabled" in shown
    assert shop.config.read_text() == CONFIG


def test_programs_get_json(shop):
    """Which lines change, and which plugins."""
    document = json.loads(shop.run("disable", "audit", "--json"))

    assert document == {
        "format": 1,
        "file": "shop.toml",
        "written": True,
        "lines": ['+    "audit",'],
        "plugins": [{"name": "audit", "before": "found", "after": "disabled", "reason": "disabled by 'audit'"}],
    }


def test_what_is_said_already_changes_nothing(shop):
    """The file keeps its time."""
    before = shop.config.stat()

    assert shop.run("disable", "MAIL") == "shop.toml says so already.\n"
    assert shop.config.stat().st_mtime_ns == before.st_mtime_ns


def left_as_it_is(shop, text: str = CONFIG) -> bool:
    """Tell whether the config is as it was, and nothing lies beside it."""
    return shop.config.read_text() == text and not list(shop.folder.glob(".hookcore*"))


def test_a_required_plugin_is_not_disabled(shop):
    """The host would refuse to start."""
    text = 'required = ["audit"]\n'
    shop.config.write_text(text)
    shown = shop.run("disable", "audit", status=1)

    assert "shop.toml is left as it is: the host would refuse it." in shown
    assert "required plugin 'audit'" in shown
    assert left_as_it_is(shop, text)


def test_what_a_glob_or_the_environment_disables_is_not_enabled(shop):
    """Whose line it is, is said."""
    text = 'disable = ["m*", "mail"]\n'
    shop.config.write_text(text)

    assert "mail would still not run: disabled by 'm*' (shop.toml:1)" in shop.run("enable", "mail", status=1)
    assert left_as_it_is(shop, text)
    shown = shop.run("enable", "audit", status=1, SHOP_PLUGINS_DISABLE="audit")
    assert "audit would still not run: disabled by 'audit' (SHOP_PLUGINS_DISABLE)\nNothing is written." in shown


@pytest.mark.parametrize("arguments", [("disable", "mial"), ("enable", "audit", "mial"), ("mute", "oder_paid")])
def test_a_name_that_means_nobody_is_helped(shop, arguments):
    """Nothing is written for the others either."""
    assert "Did you mean" in shop.run(*arguments, status=1)
    assert left_as_it_is(shop)


def test_a_config_that_is_read_only_is_left(shop):
    """Whoever it was that may not be written."""
    shop.config.chmod(0o444)

    assert "shop.toml can't be changed: it is read-only" in shop.run("disable", "audit", status=1)
    assert left_as_it_is(shop)


def test_a_config_that_is_not_there_is_a_problem(shop):
    """The host could not start either."""
    shop.config.unlink()

    assert "shop.toml: the config file named by the host can't be read" in shop.run("disable", "audit", status=1)


def test_a_host_without_a_config_file_has_none_to_change(shop):
    """That is said."""
    shown = shop.run("disable", "audit", status=1, HOOKCORE_HOST="shop.host:made")

    assert shown == "Error: 'shop' reads no config file, so there is none to change\n"


def test_a_config_that_is_changed_meanwhile_is_left(shop):
    """Somebody else's change is not lost."""
    program = (
        "import os, pathlib, tomlkit\n"
        "from hookcore.cli import main\n"
        "dumps = tomlkit.dumps\n"
        "def slow(document):\n"
        "    pathlib.Path('shop.toml').write_text('strict = true\\n')\n"
        "    return dumps(document)\n"
        "tomlkit.dumps = slow\n"
        "main()\n"
    )
    shown = shop.run("disable", "audit", status=1, program=("-c", program))

    assert "shop.toml has been changed meanwhile, so nothing is written" in shown
    assert left_as_it_is(shop, "strict = true\n")


def test_a_link_stays_a_link_and_permissions_stay(shop):
    """What it leads to is changed."""
    target = shop.folder / "real.toml"
    shop.config.rename(target)
    shop.config.symlink_to(target)
    target.chmod(0o640)
    shop.run("disable", "audit")

    assert shop.config.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert '"audit"' in target.read_text()
