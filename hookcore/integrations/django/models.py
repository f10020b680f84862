"""What the admin page and its permissions are about: no table is made for it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Plugin(models.Model):
    """A plugin of the project, as the admin knows it: who may view it, and who may switch it."""

    name: Any = models.CharField(primary_key=True, max_length=200)

    class Meta:
        """No table; two permissions."""

        managed = False
        default_permissions = ("view", "change")
        verbose_name = _("plugin")
        verbose_name_plural = _("plugins")

    def __str__(self) -> str:
        return str(self.name)
