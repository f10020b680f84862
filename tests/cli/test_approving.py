"""Do `lock`, `verify` and `doctor` say what differs and what weakens, and does `lock` approve what it is told to?"""

from __future__ import annotations

import json
import os
import re

import pytest
from support.installing import install


@pytest.fixture(autouse=True)
def alone(shop):
    """Let nobody else write where the lock file is, and only plugins be wanted that are in order."""
    shop.folder.chmod(0o755)
    shop.config.write_text('mode = "explicit"\nenable = ["audit", "mail"]\nlocked = true\n')


def test_all_that_may_run_is_approved(shop):
    """From then on nothing differs."""
    assert "there is no lock file" in shop.run("verify", status=1)
    assert shop.run("lock") == (
        "plugin 'audit': it is new: shop-extras 1.0 brought it, and plugins.lock does not name it\n"
        "plugin 'mail': it is new: shop-extras 1.0 brought it, and plugins.lock does not name it\n"
        "plugins.lock approves what is installed now.\n"
    )
    assert shop.run("verify") == "All plugins that may run are what the lock file approves.\n"
    assert "✓  verified   it is what plugins.lock approves (shop.toml:3)" in shop.run("why", "audit")


def test_one_plugin_is_approved_and_others_stay_as_they_are(shop):
    """The difference is shown before."""
    assert "approves" in shop.run("lock", "mail")
    shown = shop.run("verify", status=1)
    assert "plugin 'audit': it is new: shop-extras 1.0 brought it" in shown
    assert "plugin 'mail'" not in shown
    assert shop.run("lock", "audit") == (
        "plugin 'audit': it is new: shop-extras 1.0 brought it, and plugins.lock does not name it\n"
        "plugins.lock approves what is installed now.\n"
    )
    assert shop.run("verify")


def test_a_dry_run_shows_the_difference_and_writes_nothing(shop):
    """Of the named plugins alone."""
    shop.run("lock", "mail")
    before = (shop.folder / "plugins.lock").read_bytes()

    assert "plugin 'audit': it is new" in shop.run("lock", "--dry-run")
    assert shop.run("lock", "--dry-run", "mail") == ""
    assert (shop.folder / "plugins.lock").read_bytes() == before


def test_before_there_is_a_lock_file_all_are_new(shop):
    """A dry run says so, too, and of the named ones alone."""
    assert shop.run("lock", "--dry-run").count("it is new") == 2
    assert shop.run("lock", "--dry-run", "mail").count("it is new") == 1
    assert not (shop.folder / "plugins.lock").exists()
    assert shop.run("lock", "mail").startswith("plugin 'mail': it is new")


def test_what_is_approved_no_more_is_shown_too(shop):
    """A plugin that was switched off meanwhile; not where others are named."""
    shop.run("lock")
    shop.config.write_text('mode = "explicit"\nenable = ["audit", "mail"]\ndisable = ["mail"]\n')
    shown = "plugin 'mail': plugins.lock names it, and the config does not let it run\n"

    assert shop.run("lock", "audit") == "plugins.lock approves what is installed now.\n"
    assert shop.run("lock", "--dry-run") == shown
    assert shop.run("verify").startswith("All plugins that may run")
    assert shop.run("lock") == f"{shown}plugins.lock approves what is installed now.\n"
    assert shop.run("lock", "--dry-run") == ""


def test_a_dry_run_says_what_keeps_it_from_an_answer(shop):
    """A name that nobody has, a config or a lock file that cannot be used: never silence and exit status 0."""
    (shop.folder / "plugins.lock").write_text("format = 1\nplugin = 3\n")
    assert "plugins.lock:2: plugin must be a table" in shop.run("lock", "--dry-run", status=1)
    shown = shop.run("lock")
    assert "plugins.lock:2: plugin must be a table" in shown
    assert shown.endswith("plugins.lock approves what is installed now.\n")
    assert "Did you mean 'mail'?" in shop.run("lock", "--dry-run", "mial", status=1)
    shop.config.write_text("enabel = []\n")
    assert "shop.toml:1" in shop.run("lock", "--dry-run", status=1)


def test_what_a_locked_start_would_refuse_all_the_same_is_not_told_as_approved(shop):
    """A file that somebody has changed: `why` says that no lock mends it."""
    site = shop.folder / "site"
    modules = {"shop_edited.py": "def ready(): ...\n"}
    install(site, "shop-edited", entry_points={"shop.plugins": {"edited": "shop_edited"}}, modules=modules)
    (site / "shop_edited.py").write_text("# changed\n")
    shop.config.write_text('mode = "explicit"\nenable = ["edited"]\nlocked = true\n')
    shop.variables["PYTHONPATH"] = str(site)

    expected = (
        "plugins.lock approves what is installed now, except for this:\na locked start would refuse plugin 'edited'"
    )
    assert expected in shop.run("lock")
    assert "Find out who changed it, then install shop-edited==1.0 anew.\n" in shop.run("why", "edited", status=1)


def test_programs_get_json(shop):
    """In each of the three."""
    document = json.loads(shop.run("lock", "--json"))
    assert document["file"].endswith("plugins.lock")
    assert json.loads(shop.run("verify", "--json")) == {"format": 1, "differences": []}
    assert json.loads(shop.run("doctor", "--json", status=1))["problems"]


def test_an_unknown_name_is_helped(shop):
    """And nothing is written."""
    assert "Did you mean 'mail'?" in shop.run("lock", "mial", status=1)
    assert not (shop.folder / "plugins.lock").exists()


def test_the_doctor_says_what_is_likely_a_mistake(shop):
    """A name that nothing has, a plugin that connects nothing, code that runs before us."""
    shop.config.write_text('disable = ["broken", "old-stock", "mial"]\n')
    shown = shop.run("doctor", status=1)

    assert "shop.toml:1: no plugin or distribution called 'mial' is installed. Did you mean 'mail'?" in shown
    assert "plugin 'old' (shop-extras 1.0) is active, connects nothing and has no ready()" in shown
    assert "here.pth: it runs code at every start of Python" in shown
    assert 'mode: whatever is installed may run: mode is "auto"' in shown


def test_the_doctor_names_groups_and_distributions_that_are_not_what_they_seem(shop):
    """A group that is nearly the host's; one distribution twice; receivers that are marked, and for nobody here."""
    first, second = shop.folder / "first", shop.folder / "second"
    install(first, "shop-typo", entry_points={"shop.plugns": {"typo": "shop_typo"}})
    for folder, version in ((first, "1.0"), (first, "0.9"), (second, "2.0")):
        install(folder, "shop-twice", version, entry_points={"shop.plugins": {"twice": "shop_twice:Twice"}})
    modules = {
        "shop_twice.py": "class Twice:\n    def ready(self): ...\n",
        "shop_marked.py": "import pluggy\n@pluggy.HookimplMarker('shopp')\ndef order_paid(number): ...\n",
    }
    install(first, "shop-marked", entry_points={"shop.plugins": {"marked": "shop_marked"}}, modules=modules)
    shop.config.write_text('mode = "explicit"\nenable = ["twice", "marked"]\n')
    shown = " ".join(shop.run("doctor", status=1, PYTHONPATH=f"{first}{os.pathsep}{second}").split())

    assert "The entry points in the group 'shop.plugns' in first/shop_typo-1.0.dist-info are not used." in shown
    assert "Is 'shop.plugins' meant?" in shown
    counts = r"first/shop_twice-[01].[09].dist-info is a distribution of the same name, and"
    assert re.search(f"first/shop_twice-[01].[09].dist-info is passed over: {counts} was found first. Remove", shown)
    assert re.search(f"second/shop_twice-2.0.dist-info: it is passed over: {counts} comes first on sys.path", shown)
    assert (
        "plugin 'marked' (shop-marked 1.0) is active, connects nothing and has no ready(): its receivers are" in shown
    )
    assert "marked for 'shopp': HookimplMarker(\"shop\")" in shown


def test_the_doctor_says_what_is_ignored_by_precedence_and_what_no_lock_covers(shop):
    """The line of the file, and the variable that is stronger; and what a locked plugin needs."""
    site = shop.folder / "site"
    install(
        site,
        "shop-needy",
        entry_points={"shop.plugins": {"needy": "shop_needy"}},
        modules={"shop_needy.py": "def ready(): ...\n"},
        requires=["requests>=2", "shop-extras", "idna==3.7"],
    )
    shop.config.write_text('mode = "explicit"\nenable = ["audit", "mail", "needy"]\nstrict = true\nlocked = true\n')
    more = {"PYTHONPATH": str(site), "SHOP_PLUGINS_STRICT": "false"}
    shop.run("lock", **more)
    shown = " ".join(shop.run("doctor", status=1, **more).split())

    assert "shop.toml:3: strict = True has no effect: SHOP_PLUGINS_STRICT says False, and is stronger." in shown
    assert "shop-needy 1.0: it is locked, and what runs with it is not: it requires requests>=2. The lock" in shown


FORGETFUL = {
    "shop_forgetful/__init__.py": """
from hookcore import receiver
from shop.signals import order_paid

@receiver(order_paid)
def note(number): ...
""",
    "shop_forgetful/receivers.py": """
from hookcore import receiver
from shop.signals import order_paid

@receiver(order_paid)
def thank(number): ...
""",
    "shop_forgetful/late.py": """
from shop_forgetful import later

def by_mule(weight): ...
""",
    "shop_forgetful/later.py": """
from hookcore import receiver
from shop.signals import order_paid

@receiver(order_paid)
def tell(number): ...
""",
    "shop_forgetful/tests/test_it.py": """
from hookcore import receiver
from shop.signals import order_paid

@receiver(order_paid)
def watch(number): ...
""",
}


@pytest.mark.parametrize("locked", [False, True])
def test_the_doctor_finds_receivers_in_modules_that_nobody_imports(shop, locked):
    """In the source of plugins that run: not in tests, nor in what a receiver of its own entry point imports."""
    points = {
        "shop.plugins": {"forgetful": "shop_forgetful", "off": "shop_off"},
        "shop.receivers": {"shipping_cost.by_mule": "shop_forgetful.late:by_mule"},
    }
    off = {"shop_off.py": FORGETFUL["shop_forgetful/receivers.py"]}
    install(shop.folder / "site", "shop-forgetful", entry_points=points, modules=FORGETFUL | off)
    shop.config.write_text(f'mode = "explicit"\nenable = ["forgetful"]\nlocked = {str(locked).lower()}\n')
    shop.variables["PYTHONPATH"] = str(shop.folder / "site")
    shop.run("lock")
    problems = json.loads(shop.run("doctor", "--json", status=1))["problems"]

    assert [one.partition("site/")[2] for one in problems if "no start connects" in one] == [
        (
            "shop_forgetful/receivers.py:6: no start connects the receiver 'thank' of 'order_paid', since nobody "
            "imports that module. The plugin 'forgetful' has to"
        )
    ]
