"""Do `enable`, `disable` and `mute` change the config file, and nothing else in it, or leave it as it is?"""

from __future__ import annotations

import json

import pytest

from hookcore import ConfigError, PluginManager, signal

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
        "receivers": [],
    }


def test_what_is_said_already_changes_nothing(shop):
    """The file keeps its time."""
    before = shop.config.stat()

    assert shop.run("disable", "MAIL") == "shop.toml says so already.\n"
    assert shop.config.stat().st_mtime_ns == before.st_mtime_ns


def left_as_it_is(shop, text: str = CONFIG) -> bool:
    """Tell whether the config is as it was, and nothing lies beside it."""
    return shop.config.read_text() == text and not list(shop.folder.glob(".shop*"))


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


def test_a_mute_of_the_environments_is_not_undone(shop):
    """Nor is one by a glob: the file can't say that the signal is heard."""
    shown = shop.run("mute", "--undo", "order_paid", status=1, SHOP_PLUGINS_MUTE="order_*")
    assert "order_paid would still reach nobody: muted by 'order_*' (SHOP_PLUGINS_MUTE)\nNothing is written." in shown


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
    """That is said, and how it gets one."""
    shown = shop.run("disable", "audit", status=1, HOOKCORE_HOST="shop.host:made")

    assert shown.startswith("Error: 'shop' reads no config file, so there is none to change. SHOP_PLUGINS_CONFIG may")
    shop.run("disable", "audit", HOOKCORE_HOST="shop.host:made", SHOP_PLUGINS_CONFIG="shop.toml")
    assert '"audit"' in shop.config.read_text()


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


def test_lines_end_as_they_did_and_the_mark_of_windows_editors_stays(shop):
    """New ones, too; one that ends otherwise than the others is left."""
    windows = b"\xef\xbb\xbf" + CONFIG.replace("\n", "\r\n").encode()
    shop.config.write_bytes(windows)
    shop.run("disable", "audit")
    shop.run("mute", "order_paid")
    text = shop.config.read_bytes()
    assert text.startswith(windows[:30])
    assert text.count(b"\n") == text.count(b"\r\n")
    shop.config.write_bytes(b"strict = false\r\ntiming = false\n")
    shop.run("disable", "audit")
    assert shop.config.read_bytes() == b'strict = false\r\ntiming = false\ndisable = ["audit"]\n'


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("plugin.audit.settings = {}\n", 'plugin.audit.settings = {}\nplugin.audit.disable = ["order_paid.note"]\n'),
        ("[plugin]\naudit = {settings = {}}\n", '[plugin]\naudit = {settings = {},disable = ["order_paid.note"]}\n'),
        ("[plugin.mail]\n# end\n", '[plugin.mail]\n# end\n\n[plugin.audit]\ndisable = ["order_paid.note"]\n'),
    ],
)
def test_a_table_is_changed_as_it_is_written(shop, text, after):
    """With dots, in one line, or with a heading."""
    shop.config.write_text(text)
    shop.run("disable", "order_paid.note")

    assert shop.config.read_text() == after


# -- single receivers -------------------------------------------------------------------------------------------

TABLES = """\
[plugin.Audit]  # who did what
settings = { }

[plugin.mail]
disable = [
    "order_paid.ask_for_stars", # since spring
]
"""


@pytest.fixture
def tables(shop):
    """Give the shop a config in which all plugins run."""
    shop.config.write_text(TABLES)
    return shop


def test_a_receiver_is_switched_in_its_plugins_table(tables):
    """However that is spelled; the others of the plugin are called as before."""
    shown = tables.run("disable", "order_paid.note", "order_paid.thank")

    assert shown.startswith('shop.toml:\n  +disable = ["order_paid.note"]\n')
    after = TABLES.replace("{ }\n", '{ }\ndisable = ["order_paid.note"]\n')
    assert tables.config.read_text() == after.replace("spring\n", 'spring\n    "order_paid.thank",\n')
    assert "✗  order_paid.note" in tables.run("why", "audit")
    tables.run("enable", "order_paid.note", "order_paid.thank")
    assert "✓  order_paid.note" in tables.run("why", "audit")
    assert "✗  order_paid.ask_for_stars" in tables.run("why", "mail")


def test_a_table_that_is_not_there_is_begun(shop):
    """Behind what is."""
    shop.config.write_text("# ours\n")
    shop.run("disable", "shipping_cost.cost")

    assert shop.config.read_text() == '# ours\n\n[plugin.mail]\ndisable = ["shipping_cost.cost"]\n'


def test_plugins_and_receivers_are_switched_at_once_or_none(tables):
    """A dry run shows both, and one wrong name of several leaves all."""
    shown = tables.run("disable", "audit", "shipping_cost.cost", "--dry-run")
    assert "audit is found → disabled" in shown
    assert '  +    "shipping_cost.cost",\n' in shown
    shown = tables.run("disable", "audit", "shipping_cost.cots", status=1)
    assert "no plugin or receiver called 'shipping_cost.cots'. Did you mean 'shipping_cost.cost'?" in shown
    assert left_as_it_is(tables, TABLES)


def test_a_receiver_that_only_a_start_knows_is_not_known_without_one(tables):
    """Nothing is imported with --no-import; what the config says is known all the same, globs too."""
    shown = tables.run("disable", "order_paid.note", "--no-import", status=1)
    assert "has no plugin or receiver called 'order_paid.note'" in shown
    tables.run("disable", "order_paid.n*")
    tables.run("enable", "order_paid.n*", "order_paid.ask_for_stars", "--no-import")
    assert "order_paid" not in tables.config.read_text()


def test_programs_are_told_of_receivers(tables):
    """Whose each is."""
    document = json.loads(tables.run("disable", "order_paid.note", "--json"))

    assert document["receivers"] == [{"plugin": "audit", "receiver": "order_paid.note"}]
    assert document["plugins"] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[plugin.audit]\ndisable = ["order_paid.*", "order_paid.note"]\n', "it is switched off by shop.toml:2"),
        (
            'mute = ["order_paid"]\n[plugin.audit]\ndisable = ["order_paid.note"]\n',
            "its signal is muted by 'order_paid' (shop.toml:1)",
        ),
        (
            'disable = ["audit"]\n[plugin.audit]\ndisable = ["order_paid.note"]\n',
            "its plugin is disabled: disabled by 'audit' (shop.toml:1)",
        ),
    ],
)
def test_a_receiver_that_would_still_not_be_called_is_not_enabled(shop, text, reason):
    """Whose line it is, is said."""
    shop.config.write_text(text)
    shown = shop.run("enable", "order_paid.note", status=1)

    assert f"order_paid.note of audit would still not be called: {reason}\nNothing is written." in shown
    assert left_as_it_is(shop, text)


TWINS = """
from hookcore import PluginManager, receiver
from shop import signals

class Twin:
    def ready(self):
        signals.order_paid.connect(self.note)

    def note(self): ...

@receiver(signals.order_paid)
def in_the_host(): ...

def plugins():
    manager = PluginManager("shop", signals, config="shop.toml")
    manager.register(Twin(), name="twin")
    return manager
"""


def test_of_two_plugins_with_a_receiver_of_one_name_one_is_named(tables):
    """And a receiver of nobody's can't be switched off by the config."""
    (tables.folder / "twins.py").write_text(TWINS)
    tables.variables["HOOKCORE_HOST"] = "twins:plugins"

    shown = tables.run("disable", "order_paid.note", status=1)
    assert (
        "several plugins have a receiver 'order_paid.note': say with --of (or `of`) whether 'audit' or 'twin'" in shown
    )
    tables.run("disable", "order_paid.note", "--of", "twin")
    assert tables.config.read_text() == TABLES + '\n[plugin.twin]\ndisable = ["order_paid.note"]\n'
    shown = tables.run("disable", "order_paid.in_the_host", status=1)
    assert "'order_paid.in_the_host' belongs to no plugin" in shown
    assert "Did you mean 'audit'?" in tables.run("disable", "order_paid.note", "--of", "audti", status=1)


# -- from Python --------------------------------------------------------------------------------------------------


@signal
def bell(sender: object) -> str | None:
    """A bell was rung."""


class Signals:
    bell = bell


class Ringer:
    def ready(self):
        bell.connect(self.ring)

    def ring(self):
        return "ding"


@pytest.fixture
def ringing(tmp_path):
    """Give a manager that runs, and its config file."""
    path = tmp_path / "bells.toml"
    path.write_text("# ours\n")
    manager = PluginManager("bells", Signals, config=path, discover=lambda project: ())
    manager.register(Ringer(), name="ringer")
    with manager:
        yield manager, path


def test_what_runs_follows_at_once(ringing):
    """As by `reload_config()`; and back."""
    manager, path = ringing
    with pytest.raises(TypeError, match=r"disable is a list of names: write \['bell.ring'\]"):
        manager.edit_config(disable="bell.ring")
    edit = manager.edit_config(disable=["bell.ring"])

    assert edit.is_written
    assert edit.receivers == (("ringer", "bell.ring"),)
    assert bell(sender=None) == []
    assert not manager.edit_config(disable=["bell.ring"]).is_written
    manager.edit_config(enable=["bell.ring"])
    assert bell(sender=None) == ["ding"]
    manager.edit_config(mute=["bell"])
    assert bell(sender=None) == []
    manager.edit_config(unmute=["b*l", "bell"])
    assert bell(sender=None) == ["ding"]
    assert path.read_text().startswith("# ours\n")


def test_what_a_running_manager_refuses_is_taken_back(ringing, monkeypatch):
    """The file says what it said."""
    manager, path = ringing

    def refused():
        raise ConfigError(["its settings are refused"])

    monkeypatch.setattr(manager, "reload_config", refused)
    with pytest.raises(ConfigError, match="its settings"):
        manager.edit_config(mute=["bell"])
    assert path.read_text() == "# ours\n"


def test_a_manager_that_only_reads_a_mapping_has_no_file_to_change():
    """That is said."""
    manager = PluginManager("bells", Signals, config={}, discover=lambda project: ())

    with pytest.raises(ConfigError, match="reads no config file"):
        manager.edit_config(mute=["bell"])


def test_the_strongest_of_several_files_is_changed_and_what_the_others_say_counts(tmp_path):
    """A mapping before them is no file."""
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text("")
    second.write_text('mute = ["bell"]\n')
    manager = PluginManager("bells", Signals, config=[{"timing": True}, first, second], discover=lambda project: ())
    manager.register(Ringer(), name="ringer")

    manager.edit_config(mute=["bell"])
    assert first.read_text() == 'mute = ["bell"]\n'
    with manager, pytest.raises(ConfigError, match="would still not be called: its signal is muted by 'bell'"):
        manager.edit_config(unmute=["bell"], enable=["bell.ring"])


def test_a_link_to_a_locked_config_is_followed_and_its_lock_file_is_beside_the_link(shop):
    """It is the host's name for the file that counts."""
    (shop.folder / "real").mkdir()
    shop.config.write_text('locked = true\nmode = "explicit"\nenable = ["audit"]\n')
    shop.config.rename(shop.folder / "real" / "shop.toml")
    shop.config.symlink_to("real/shop.toml")
    shop.folder.chmod(0o755)
    shop.run("lock")
    shop.run("disable", "audit")

    assert shop.config.is_symlink()
    assert 'disable = ["audit"]' in (shop.folder / "real" / "shop.toml").read_text()
