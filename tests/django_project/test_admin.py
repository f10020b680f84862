"""Does the admin page show what runs, and switch it for who may?"""

from __future__ import annotations

from io import StringIO

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.test import TestCase

from hookcore.integrations.django import plugins

PAGE = "/admin/hookcore/plugin/"


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


def test_the_command_lists_them():
    """With who decided."""
    written = StringIO()
    call_command("plugins", stdout=written, verbosity=2)
    assert 'mail (shop-mail 1.0) is active: mode "auto" (default)\n  as_ever.note' in written.getvalue()
