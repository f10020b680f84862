"""The admin page: the plugins with state, reason and receivers; who may change plugins can switch them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

import hookcore
from hookcore.integrations.django.host import reports
from hookcore.integrations.django.models import Plugin
from hookcore.integrations.django.switches import lasting_file, switch

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_CHANGES = {"enable": "may run", "disable": "runs no more"}


@admin.register(Plugin)
class PluginAdmin(admin.ModelAdmin[Plugin] if TYPE_CHECKING else admin.ModelAdmin):  # type: ignore[misc]
    """One page, and nothing that a table would be asked for."""

    def get_urls(self) -> list[Any]:
        """Return the page's URL."""
        return [path("", self.admin_site.admin_view(self.changelist_view), name="hookcore_plugin_changelist")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Plugins are installed with pip."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Plugin | None = None) -> bool:
        """Plugins are removed with pip."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the plugins, and switch one. Raises PermissionDenied for whom that is not allowed."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            self._switch(request, request.POST.get("plugin", ""), request.POST.get("to", ""))
            return HttpResponseRedirect(reverse(f"{self.admin_site.name}:hookcore_plugin_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Plugins",
            "opts": self.opts,
            "reports": reports(),
            "may_change": self.has_change_permission(request),
            "process": os.getpid(),
            "file": lasting_file(),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/hookcore/plugins.html", context)

    def _switch(self, request: HttpRequest, name: str, to: str) -> None:
        if to not in _CHANGES:
            raise PermissionDenied
        try:
            switch(name, on=to == "enable")
        except hookcore.HookcoreError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        self.log_change(request, Plugin(name=name), f"{to}d")
        report = next(one for one in reports() if _is_meant(name, one))  # the first of several that claim the name
        if (report.state == "active") == (to == "enable"):
            where = "" if lasting_file() else " in this process"
            self.message_user(request, f"The plugin {name} {_CHANGES[to]}{where}.", messages.SUCCESS)
        else:
            told = f"The plugin {name} is still {report.state}: {report.reason} ({report.decided_by})."
            self.message_user(request, told, messages.WARNING)


def _is_meant(name: str, report: hookcore.PluginReport) -> bool:
    """Tell whether a name is a plugin's or its distribution's, as `plugins.enable()` reads it."""
    from packaging.utils import canonicalize_name  # only who switches needs it

    return canonicalize_name(name) in map(canonicalize_name, (report.name, report.distribution))
