"""Does a project have its plugins by adding one app, and does what its settings say hold at once?"""

from __future__ import annotations

import os
import sys
import tempfile
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import TestCase, modify_settings, override_settings
from django.utils.autoreload import StatReloader, autoreload_started
from shop import signals
from shop.models import Order
from shop_mail import heard
from shop_profiles.models import Profile

from hookcore import ConfigError, PluginManager, receiver
from hookcore.integrations.django import host as host_module
from hookcore.integrations.django import plugins
from hookcore.integrations.django.host import host
from hookcore.integrations.django.settings import project


def states() -> dict[str, str]:
    """Return the state of each plugin."""
    return {report.name: report.state for report in plugins.report()}


def disabled(name: str) -> override_settings:
    """Disable a plugin for the length of a block."""
    return override_settings(HOOKCORE={"DISABLE": [name]})


class Host(TestCase):
    """The one manager of the project."""

    def test_the_app_has_started_the_plugins(self):
        """Both run, and `plugins` is the manager."""
        assert states() == {"mail": "active", "profiles": "active"}
        assert isinstance(plugins, PluginManager)
        assert plugins.project_name == "shop"

    def test_receivers_of_a_plugins_app_are_found(self):
        """They are the plugin's, by the names that config uses."""
        [profiles] = [report for report in plugins.report() if report.name == "profiles"]
        assert profiles.receivers == ("post_save.make_profile",)

    def test_it_starts_once_whoever_readies_the_apps_again(self):
        """`ready` is called anew for each override of INSTALLED_APPS, and by some runners."""
        manager = host.manager
        with modify_settings(INSTALLED_APPS={"remove": "django.contrib.messages"}):
            apps.get_app_config("hookcore").ready()
        assert host.manager is manager
        assert states() == {"mail": "active", "profiles": "active"}

    def test_an_overridden_config_holds_at_once_and_is_taken_back(self):
        """A plugin that is disabled for a test receives nothing for its length."""
        with override_settings(HOOKCORE={"DISABLE": ["profiles"]}):
            assert states() == {"mail": "active", "profiles": "disabled"}
            User.objects.create_user("ada")
        assert not Profile.objects.exists()
        assert states() == {"mail": "active", "profiles": "active"}
        User.objects.create_user("grace")
        assert Profile.objects.get().user.username == "grace"

    def test_single_receivers_and_signals_are_switched_off_too(self):
        """Every config key may be there, in capitals."""
        with override_settings(HOOKCORE={"PLUGIN": {"profiles": {"DISABLE": ["post_save.make_profile"]}}}):
            User.objects.create_user("ada")
        with override_settings(HOOKCORE={"MUTE": ["post_save"]}):
            User.objects.create_user("grace")
        assert not Profile.objects.exists()

    def test_a_config_that_cannot_be_used_is_refused_and_changes_nothing(self):
        """The error names the nearest key."""
        with pytest.raises(ConfigError, match="disable"), override_settings(HOOKCORE={"DISABEL": ["profiles"]}):
            pass
        assert states() == {"mail": "active", "profiles": "active"}

    def test_a_plugin_whose_app_a_test_takes_out_receives_nothing_as_long(self):
        """`modify_settings` of INSTALLED_APPS holds at once, and is taken back."""
        with modify_settings(INSTALLED_APPS={"remove": "shop_profiles"}):
            assert states() == {"mail": "active", "profiles": "disabled"}
            User.objects.create_user("ada")
        assert states() == {"mail": "active", "profiles": "active"}
        assert not Profile.objects.exists()
        User.objects.create_user("grace")
        assert Profile.objects.exists()

    def test_receivers_of_an_app_that_a_test_adds_are_found(self):
        """At once, as those of all apps at the start."""
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(sys, "path", [folder, *sys.path]):
            package = Path(folder, "late_app")
            package.mkdir()
            (package / "__init__.py").write_text("")
            (package / "receivers.py").write_text(
                "from hookcore import receiver\nfrom shop.signals import order_paid\n"
                "@receiver(order_paid)\ndef late(number):\n    return number\n"
            )
            with modify_settings(INSTALLED_APPS={"append": "late_app"}):
                answers = [answer for _, answer in signals.order_paid.send(sender=Order, number="A-7")]
            signals.order_paid.disconnect(sys.modules.pop("late_app.receivers").late)
        assert "A-7" in answers

    def test_a_receiver_connected_by_django_itself_obeys_policy(self):
        """`@django.dispatch.receiver` in a plugin's package: silent while the plugin is."""
        heard.clear()
        with override_settings(SHOP_ANYTHING=1):
            assert "SHOP_ANYTHING" in heard
        with disabled("mail"):
            heard.clear()
            with override_settings(SHOP_ANYTHING=1):
                assert heard == []
        with override_settings(SHOP_ANYTHING=1):
            assert "SHOP_ANYTHING" in heard

    def test_a_signal_with_djangos_semantics_obeys_policy(self):
        """Its receivers are a plugin's like any."""
        heard.clear()
        signals.as_ever.send(sender=Order, number="A-7")
        assert heard == [["number", "signal"]]
        with disabled("mail"):
            assert signals.as_ever.send(sender=Order, number="A-7") == []
            assert signals.as_ever.send_robust(sender=Order, number="A-7") == []
            assert not signals.as_ever.has_listeners(Order)

    def test_it_holds_receivers_weakly(self):
        """As Django does: a local function is gone when nobody holds it."""

        def connect():
            def local(**kwargs):
                heard.append("local")

            signals.as_ever.connect(local)

        connect()
        heard.clear()
        signals.as_ever.send(sender=Order, number="A-7")
        assert "local" not in heard

    def test_commands_find_the_plugins_running(self):
        """Also one that a plugin's app brings."""
        written = StringIO()
        call_command("profiles", stdout=written)
        assert written.getvalue() == "0 profiles\n"

    def test_what_a_plugins_app_brings_is_there(self):
        """URLs with templates, middleware, admin."""
        answer = self.client.get("/plugins/profiles/")
        assert answer.content == b"<p>0 profiles</p>\n"
        assert answer["X-Profiles"] == "yes"

    def test_urls_of_a_plugin_that_is_switched_off_are_not_there(self):
        """They come back with it."""
        with disabled("profiles"):
            assert self.client.get("/plugins/profiles/").status_code == 404
        assert self.client.get("/plugins/profiles/").status_code == 200


class Settings(TestCase):
    """What may be said, and who follows it."""

    def test_the_development_server_watches_the_config_file(self):
        """It restarts when the file changes."""
        reloader = StatReloader()
        with tempfile.NamedTemporaryFile() as file:
            with override_settings(HOOKCORE={"PROJECT": "shop", "CONFIG": file.name}):
                autoreload_started.send(sender=reloader)
            assert Path(file.name) in reloader.extra_files

    def test_the_config_file_is_overridden_as_well(self):
        """And taken back."""
        with tempfile.NamedTemporaryFile("w") as file:
            file.write('disable = ["mail"]')
            file.flush()
            with override_settings(HOOKCORE={"PROJECT": "shop", "CONFIG": file.name}):
                assert states() == {"mail": "disabled", "profiles": "active"}
        assert states() == {"mail": "active", "profiles": "active"}

    def test_the_environment_names_the_config_file_first(self):
        """By the name that config itself reads, which `PluginManager` is the judge of."""
        for project_name, variable in (("shop", "SHOP"), ("my--shop", "MY_SHOP"), ("blå_shop", "BL_SHOP")):
            environment = {f"{variable}_PLUGINS_CONFIG": "no-such.toml"}
            with mock.patch.dict(os.environ, environment), pytest.raises(ConfigError, match=r"no-such\.toml"):
                PluginManager(project_name).plan()
            with mock.patch.object(host_module.host, "manager", PluginManager(project_name)):
                assert host_module.config_file() is None
                with mock.patch.dict(os.environ, environment):
                    assert host_module.config_file() == Path("no-such.toml")

    def test_a_plugin_tells_who_decided(self):
        """The settings are a source of config."""
        with disabled("mail"):
            [mail] = [report for report in plugins.report() if report.name == "mail"]
        assert mail.decided_by == "config mapping disable"

    def test_a_misspelled_key(self):
        """Is told with the nearest, whoever reads it first."""
        for key, meant in (("SIGNAL", "SIGNALS"), ("ACTIVE_FRO", "ACTIVE_FOR"), ("project", "PROJECT")):
            told = pytest.raises(ImproperlyConfigured, match=f"HOOKCORE has no key '{key}'. Did you mean '{meant}'?")
            with told, override_settings(HOOKCORE={"PROJECT": "shop", key: "x"}):
                pass
        assert states() == {"mail": "active", "profiles": "active"}

    def test_no_project(self):
        """Is told with what to write."""
        with override_settings(HOOKCORE={}), pytest.raises(ImproperlyConfigured, match="write HOOKCORE = "):
            project()


class Delivery(TestCase):
    """After the commit, in Django's own words."""

    def test_capture_on_commit_callbacks_works_with_it(self):
        """What waits is there to be looked at, and called."""
        from django.core import mail

        with self.captureOnCommitCallbacks() as callbacks:
            signals.order_paid.send(sender=Order, number="A-7")
        assert len(callbacks) == 1
        assert mail.outbox == []
        with self.captureOnCommitCallbacks(execute=True):
            signals.order_paid.send(sender=Order, number="A-8")
        assert [each.body for each in mail.outbox] == ["for A-8"]

    def test_what_a_plugins_receiver_raises_names_the_plugin(self):
        """In the log, with its traceback; nobody else hears of it."""
        with (
            mock.patch("shop_mail.send_mail", side_effect=OSError("no route")),
            self.assertLogs("hookcore", "ERROR") as logs,
            self.captureOnCommitCallbacks(execute=True),
        ):
            signals.order_paid.send(sender=Order, number="A-7")
        assert "Error calling thank of plugin 'mail' after commit (no route)" in logs.output[0]


def test_a_label_that_no_app_has_is_an_error_where_it_is_connected():
    """Once all models are there."""
    from hookcore.integrations.django.signals import post_save

    with pytest.raises(LookupError, match="Ordr"):
        receiver(post_save, sender="shop.Ordr")(lambda: None)


def test_a_sender_that_is_no_label_is_an_error_that_says_what_a_label_is():
    """The app's name is easily forgotten."""
    from hookcore.integrations.django.signals import post_save

    with pytest.raises(ValueError, match="a sender is a model or its label"):
        receiver(post_save, sender="Order")(lambda: None)
