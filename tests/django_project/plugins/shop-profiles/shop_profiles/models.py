"""What a profile is."""

from django.conf import settings
from django.db import models


class Profile(models.Model):
    """What a user tells about herself."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    about = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"profile of {self.user}"
