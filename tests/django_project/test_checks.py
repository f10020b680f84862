"""What does `manage.py check` say of plugins, and what does it end with? In processes of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.installing import install
from support.projects import manage

PLUGIN = {"shop.plugins": {"broken": "shop_broken"}}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a directory where more is installed."""
    return tmp_path


def test_a_project_without_faults(site: Path) -> None:
    """Warnings are printed, and the exit status is 0."""
    finished = manage(site, "check")
    assert finished.returncode == 0, finished.stderr
    assert "(hookcore.W005) The signal 'as_ever' says nothing of what it sends" in finished.stderr
    assert "identified 1 issue" in finished.stderr


def test_failed_blocked_and_colliding_plugins(site: Path) -> None:
    """Each with its id and a hint. The project goes on without them, unless it is told to be strict."""
    install(site, "shop-broken", entry_points=PLUGIN, modules={"shop_broken.py": "raise LookupError('no key')\n"})
    install(
        site,
        "shop-needy",
        entry_points={"shop.plugins": {"needy": "shop_needy"}},
        modules={"shop_needy.py": "def ready(): ...\n"},
        requires=["shop-broken"],
    )
    for name in ("a", "b"):
        install(
            site,
            f"shop-rates-{name}",
            entry_points={"shop.plugins": {"rates": f"shop_rates_{name}"}},
            modules={f"shop_rates_{name}.py": ""},
        )
    finished = manage(site, "check")
    assert finished.returncode == 0
    assert manage(site, "check", "--fail-level", "WARNING").returncode == 1
    strict = manage(site, "check", SHOP_PLUGINS_STRICT="true")
    assert strict.returncode == 1
    assert strict.stderr.count("(hookcore.E002)") >= 4
    told = finished.stderr
    assert (
        "(hookcore.W001) The plugin 'broken' (shop-broken 1.0) has failed in import: LookupError: no key\n"
        '\tHINT: Mend it, or add "broken" to HOOKCORE["DISABLE"].'
    ) in told
    assert "(hookcore.W002) The plugin 'needy' (shop-needy 1.0) is blocked: " in told
    assert "(hookcore.W003) The plugin 'rates' (shop-rates-a 1.0) is blocked: " in told
    assert 'HINT: Choose one: HOOKCORE["PLUGIN"]["rates"] = {"distribution": "shop-rates-b"}.' in told
    assert manage(site, "check", SHOP_DISABLE="broken,needy,rates").returncode == 0


def test_a_config_that_cannot_be_used(site: Path) -> None:
    """Each problem with its line; a command that is no check does not run."""
    (site / "shop.toml").write_text('disabel = ["mail"]\nstrict = "yes"\n', encoding="utf-8")
    finished = manage(site, "check", SHOP_CONFIG="shop.toml")
    assert finished.returncode == 1
    assert "(hookcore.E001) shop.toml:1: unknown key 'disabel'" in finished.stderr
    assert "(hookcore.E001) shop.toml:2: strict must be true or false" in finished.stderr
    refused = manage(site, "shell", "-c", "print('ran')", SHOP_CONFIG="shop.toml")
    assert refused.returncode == 1
    assert "ran" not in refused.stdout


def test_a_required_plugin_that_is_missing(site: Path) -> None:
    """The project refuses to start, and the check says why."""
    finished = manage(site, "check", SHOP_PLUGINS_REQUIRED="audit")
    assert finished.returncode == 1
    assert "(hookcore.E002)" in finished.stderr
    assert "'audit'" in finished.stderr


def test_a_name_that_is_unknown(site: Path) -> None:
    """Is likely a mistake."""
    finished = manage(site, "check", SHOP_DISABLE="mial")
    assert finished.returncode == 0
    assert "(hookcore.W004)" in finished.stderr
    assert "mial" in finished.stderr


def test_tables_of_a_disabled_plugin(site: Path) -> None:
    """Stay; and who checks the database, or migrates it, is told how they go. A plain check asks no database."""
    variables = {"SHOP_DEFAULT": str(site / "default.sqlite3"), "SHOP_OTHER": str(site / "other.sqlite3")}
    assert manage(site, "migrate", "--verbosity", "0", **variables).returncode == 0
    told = manage(site, "check", "--database", "default", SHOP_DISABLE="profiles", **variables).stderr
    assert "(hookcore.W007) The plugin 'profiles' does not run" in told
    assert "`manage.py migrate shop_profiles zero`" in told
    assert "hookcore.W007" in manage(site, "migrate", SHOP_DISABLE="profiles", **variables).stderr
    assert "hookcore.W007" not in manage(site, "check", SHOP_DISABLE="profiles", **variables).stderr


def test_tables_in_another_database(site: Path) -> None:
    """The remedy names the database that was checked."""
    variables = {"SHOP_DEFAULT": str(site / "default.sqlite3"), "SHOP_OTHER": str(site / "other.sqlite3")}
    assert manage(site, "migrate", "--verbosity", "0", "--database", "other", **variables).returncode == 0
    checked = ("check", "--database", "default", "--database", "other")
    told = manage(site, *checked, SHOP_DISABLE="profiles", **variables).stderr
    assert "`manage.py migrate shop_profiles zero --database other`" in told
    assert "`manage.py migrate shop_profiles zero`" not in told


def test_tables_of_a_disabled_plugin_whose_app_has_a_label_of_its_own(site: Path) -> None:
    """Are known by that label, which is read without importing anything of the plugin's."""
    migration = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies, operations = [], []
"""
    install(
        site,
        "shop-broken",
        entry_points=PLUGIN,
        modules={
            "shop_broken/__init__.py": "",
            "shop_broken/apps.py": (
                "from django.apps import AppConfig\n\n\n"
                "class Config(AppConfig):\n    name = 'shop_broken'\n    label = 'crumbs'\n"
            ),
            "shop_broken/migrations/__init__.py": "",
            "shop_broken/migrations/0001_initial.py": migration,
        },
    )
    variables = {"SHOP_DEFAULT": str(site / "default.sqlite3"), "SHOP_OTHER": str(site / "other.sqlite3")}
    assert manage(site, "migrate", "--verbosity", "0", **variables).returncode == 0
    told = manage(site, "check", "--database", "default", SHOP_DISABLE="broken", **variables).stderr
    assert "`manage.py migrate crumbs zero`" in told


def test_a_disabled_plugin_of_a_project_without_a_database(site: Path) -> None:
    """Has left no tables: the check goes on."""
    (site / "more_settings.py").write_text("from shop.settings import *\nDATABASES = {}\n", encoding="utf-8")
    checked = ("check", "--database", "default")
    finished = manage(site, *checked, DJANGO_SETTINGS_MODULE="more_settings", SHOP_DISABLE="profiles")
    assert finished.returncode == 0, finished.stderr
    assert "hookcore.W007" not in finished.stderr


def test_an_app_that_is_elsewhere_than_its_plugin(site: Path) -> None:
    """Where an entry point in `shop.apps` says it: its receivers and URLs are the plugin's, also when they fail."""
    install(
        site,
        "shop-broken",
        entry_points={"shop.plugins": {"broken": "shop_broken"}, "shop.apps": {"broken": "shop_crumbs"}},
        modules={
            "shop_broken.py": "",
            "shop_crumbs/__init__.py": "",
            "shop_crumbs/receivers.py": "raise LookupError('no key')\n",
            "shop_crumbs/urls.py": "urlpatterns = []\n",
        },
    )
    program = (
        "from hookcore.integrations.django import plugin_urls, plugins; "
        "print({one.name: one.state for one in plugins.report()}['broken'], [one.plugin for one in plugin_urls()])"
    )
    finished = manage(site, "shell", "-c", program)
    assert finished.stdout.splitlines()[-1:] == ["disabled ['broken', 'profiles']"], finished.stderr


def test_a_disabled_plugins_app_brings_nothing(site: Path) -> None:
    """No model, no command, no middleware, no import; whoever disables it."""
    program = (
        "import sys; from django.apps import apps; from django.conf import settings;"
        "print('shop_profiles' in sys.modules, apps.is_installed('shop_profiles'), "
        "[one for one in settings.MIDDLEWARE if 'shop' in one])"
    )
    # `shell` imports the models of all apps from Django 5.2 on
    active = manage(site, "shell", "-c", program)
    assert active.stdout.splitlines()[-1] == "True True ['shop_profiles.middleware.SaysWhoseShop']", active.stderr
    for how in ({"SHOP_DISABLE": "profiles"}, {"SHOP_PLUGINS_DISABLE": "profiles"}):
        disabled = manage(site, "shell", "-c", program, **how)
        assert disabled.stdout.splitlines()[-1] == "False False []", disabled.stderr
    assert manage(site, "profiles", SHOP_DISABLE="profiles").returncode == 1
    muted = manage(site, "shell", "-c", program, SHOP_PLUGINS_MUTE="order_paid")
    assert muted.stdout.splitlines()[-1].startswith("True True"), "which signals there are is not known yet"


def test_receivers_of_a_plugins_app_that_cannot_be_imported(site: Path) -> None:
    """Are that plugin's fault alone."""
    install(
        site,
        "shop-broken",
        entry_points=PLUGIN,
        modules={
            "shop_broken/__init__.py": "",
            "shop_broken/apps.py": "",
            "shop_broken/receivers.py": "raise LookupError('no key')\n",
        },
    )
    program = (
        "from hookcore.integrations.django import plugins; print({one.name: one.state for one in plugins.report()})"
    )
    finished = manage(site, "shell", "-c", program)
    assert finished.stdout.splitlines()[-1] == "{'broken': 'disabled', 'mail': 'active', 'profiles': 'active'}"
    assert "LookupError: no key" in finished.stderr


def test_an_app_that_is_installed_though_its_plugin_is_disabled(site: Path) -> None:
    """Where `plugin_apps` did not see the config: a warning says so, and its receivers are silent."""
    program = """if True:
    from django.contrib.auth.models import User
    from django.core.management import call_command
    call_command("migrate", verbosity=0)
    User.objects.create_user("ada")
    from shop_profiles.models import Profile
    print(Profile.objects.count())
    """
    (site / "more_settings.py").write_text(
        "from shop.settings import *\nHOOKCORE = {**HOOKCORE, 'DISABLE': ['profiles']}\n", encoding="utf-8"
    )
    variables = {"DJANGO_SETTINGS_MODULE": "more_settings", "SHOP_DEFAULT": str(site / "default.sqlite3")}
    told = manage(site, "check", **variables).stderr
    assert "(hookcore.W006) The plugin 'profiles' does not run" in told
    assert manage(site, "shell", "-c", program, **variables).stdout.splitlines()[-1] == "0"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("HOOKCORE = {'SIGNALS': ['shop.signals']}", "(hookcore.E001) HOOKCORE says no PROJECT: write HOOKCORE = "),
        (
            "HOOKCORE = {**HOOKCORE, 'SIGNALS': ['shop.signals', 'more_signals']}",
            "(hookcore.E001) two signals have the name 'order_paid'",
        ),
        ("HOOKCORE = {**HOOKCORE, 'SIGNALS': 3}", '(hookcore.E001) HOOKCORE["SIGNALS"] must be a list of the names of'),
        (
            "HOOKCORE = {**HOOKCORE, 'SIGNALS': ['shop.sinals']}",
            "(hookcore.E001) HOOKCORE[\"SIGNALS\"] names 'shop.sinals'",
        ),
        ("HOOKCORE = {**HOOKCORE, 'ACTIVE_FOR': 3}", '(hookcore.E001) HOOKCORE["ACTIVE_FOR"] must be a function'),
    ],
)
def test_settings_that_cannot_be_used(site: Path, settings: str, told: str) -> None:
    """No project, two signals of one name, modules and functions that are none."""
    (site / "more_signals.py").write_text("from hookcore import Signal\n\norder_paid = Signal()\n", encoding="utf-8")
    (site / "more_settings.py").write_text(f"from shop.settings import *\n{settings}\n", encoding="utf-8")
    finished = manage(site, "check", DJANGO_SETTINGS_MODULE="more_settings")
    assert finished.returncode == 1
    assert told in finished.stderr
