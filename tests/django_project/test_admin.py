"""Does the admin page show what runs, and switch it for who may?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import TestCase, override_settings

from hookcore.integrations.django import plugins, switches

PAGE = "/admin/hookcore/plugin/"


@contextmanager
def project_with_file(text: str, **said: object) -> Iterator[Path]:
    """Give the project a config file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "shop.toml")
        path.write_text(text)
        with override_settings(HOOKCORE={"PROJECT": "shop", "CONFIG": str(path), **said}):
            yield path


@contextmanager
def other_process(config: Path) -> Iterator[Callable[[], str]]:
    """Run the project in another process; give what has it answer a request, and returns the plugin's state there."""
    program = (
        "import sys, django; django.setup()\n"
        "from django.test import Client\n"
        "from hookcore.integrations.django import plugins\n"
        "for line in sys.stdin:\n"
        "    Client().get('/nowhere/')\n"
        "    print(*[each.state for each in plugins.report() if each.name == 'profiles'], flush=True)\n"
    )
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "SHOP_CONFIG": str(config)}
    with subprocess.Popen(
        command, env=environment, cwd=config.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asks, answers = process.stdin, process.stdout

        def state() -> str:
            asks.write("\n")
            asks.flush()
            return answers.readline().strip()

        yield state
        asks.close()


def state_of(name: str) -> str:
    """Return a plugin's state."""
    return next(report.state for report in plugins.report() if report.name == name)


class AdminPage(TestCase):
    """For staff."""

    def log_in(self, *permissions: str, is_staff: bool = True) -> None:
        """Log a user in who has these permissions."""
        user = User.objects.create_user("ada", is_staff=is_staff)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        self.client.force_login(user)

    def test_who_may_change_switches(self):
        """And it is noted who did."""
        self.log_in("view_plugin", "change_plugin")
        page = self.client.get(PAGE)
        self.assertContains(page, "post_save.make_profile")
        self.assertContains(page, "mode &quot;auto&quot;")
        self.assertContains(page, 'aria-label="Disable profiles"')
        answer = self.client.post(PAGE, {"plugin": "profiles", "to": "disable"}, follow=True)
        try:
            self.assertContains(answer, "The plugin profiles runs no more in this process.")
            self.assertContains(answer, 'aria-label="Enable profiles"')
            assert state_of("profiles") == "disabled"
            assert LogEntry.objects.get().object_id == "profiles"
        finally:
            self.client.post(PAGE, {"plugin": "profiles", "to": "enable"})
            assert state_of("profiles") == "active"
            plugins.stop()  # what was said while it ran holds until then, whatever the config says
            plugins.start()

    def test_a_switch_lasts_where_there_is_a_config_file(self):
        """It is written there, beside what else is, and every process follows."""
        self.log_in("change_plugin")
        with project_with_file('# ours\nmode = "auto"\n\n[plugin.mail]\n') as path, other_process(path) as state:
            self.assertContains(self.client.get(PAGE), f"<code>{path}</code>: it lasts")
            assert state() == "active"
            answer = self.client.post(PAGE, {"plugin": "profiles", "to": "disable"}, follow=True)
            self.assertContains(answer, "The plugin profiles runs no more.")
            assert path.read_text() == '# ours\nmode = "auto"\ndisable = ["profiles"]\n\n[plugin.mail]\n'
            assert state_of("profiles") == "disabled"
            assert state() == "disabled"
            self.client.post(PAGE, {"plugin": "profiles", "to": "enable"})
            assert path.read_text() == '# ours\nmode = "auto"\ndisable = []\n\n[plugin.mail]\n'
            assert state_of("profiles") == "active"
            assert state() == "active"
        assert state_of("profiles") == "active"

    def test_the_page_under_settings_of_a_test(self):
        """Which say what differs, and no project."""
        self.log_in("change_plugin")
        with override_settings(HOOKCORE={"DISABLE": ["profiles"]}):
            self.assertContains(self.client.get(PAGE), "in this process alone")

    def test_a_plugin_by_its_distributions_name(self):
        """Or its own, written otherwise: whatever `enable()` takes."""
        self.log_in("change_plugin")
        self.addCleanup(plugins.start)
        self.addCleanup(plugins.stop)
        for name in ("shop-profiles", "Profiles"):
            for to, state in (("disable", "disabled"), ("enable", "active")):
                self.client.post(PAGE, {"plugin": name, "to": to}, follow=True)
                assert state_of("profiles") == state

    def test_a_switch_that_the_config_forbids(self):
        """Nothing has changed, and the page says why."""
        self.log_in("change_plugin")
        said = 'required = ["profiles"]\n'
        with project_with_file(said) as path:
            answer = self.client.post(PAGE, {"plugin": "profiles", "to": "disable"}, follow=True)
            self.assertContains(answer, "profiles")
            self.assertContains(answer, "required")
            assert path.read_text() == said
            assert state_of("profiles") == "active"

    def test_a_switch_that_something_stronger_overrules(self):
        """What the settings deny stays denied; nothing is written, and the page says who did."""
        self.log_in("change_plugin")
        said = 'mode = "explicit"\nenable = ["mail"]\n'
        with project_with_file(said, DISABLE=["Profiles"]) as path:
            answer = self.client.post(PAGE, {"plugin": "profiles", "to": "enable"}, follow=True)
            self.assertContains(answer, "rofiles would still not run: disabled by &#x27;Profiles&#x27; (config mapping")
            assert path.read_text() == said
        with project_with_file(said) as path:
            self.client.post(PAGE, {"plugin": "profiles", "to": "enable"})
            assert path.read_text() == 'mode = "explicit"\nenable = ["mail", "profiles"]\n'

    def test_a_file_that_this_process_may_not_write(self):
        """The switch holds in this process, as where there is no file."""
        self.log_in("change_plugin")
        with project_with_file("") as path, mock.patch("os.access", return_value=False):
            self.assertContains(self.client.get(PAGE), "in this process alone")
            self.client.post(PAGE, {"plugin": "profiles", "to": "disable"})
            assert state_of("profiles") == "disabled"
            assert path.read_text() == ""
            plugins.stop()
            plugins.start()

    def test_a_file_that_cannot_be_used_is_not_followed(self):
        """What was said before holds on, and the log says why."""
        with project_with_file('disable = ["profiles"]\n') as path:
            follower = switches._Follower(path)
            path.write_text("disable = [")
            with self.assertLogs("hookcore", "ERROR") as logs:
                follower()
            assert "has changed, and is not followed" in logs.output[0]
            assert state_of("profiles") == "disabled"
            path.unlink()
            with self.assertLogs("hookcore", "ERROR"):
                follower()
            path.write_text("")
            follower()
            assert state_of("profiles") == "active"

    def test_who_may_only_view_reads(self):
        """And cannot switch by hand either."""
        self.log_in("view_plugin")
        page = self.client.get(PAGE)
        self.assertContains(page, "shop-profiles 1.0")
        self.assertNotContains(page, "Disable")
        assert self.client.post(PAGE, {"plugin": "profiles", "to": "disable"}).status_code == 403
        assert state_of("profiles") == "active"

    def test_nobody_else_sees_it(self):
        """Staff without the permission, and others."""
        self.log_in()
        assert self.client.get(PAGE).status_code == 403
        self.client.logout()
        assert self.client.get(PAGE).status_code == 302

    def test_a_plugin_that_is_not_there(self):
        """Is told; nothing else happens."""
        self.log_in("view_plugin", "change_plugin")
        answer = self.client.post(PAGE, {"plugin": "profile", "to": "disable"}, follow=True)
        self.assertContains(answer, "Did you mean &#x27;profiles&#x27;?")
        assert self.client.post(PAGE, {"plugin": "profiles", "to": "remove"}).status_code == 403

    def test_it_stands_on_the_index(self):
        """Among the apps."""
        self.log_in("view_plugin")
        self.assertContains(self.client.get("/admin/"), PAGE)
