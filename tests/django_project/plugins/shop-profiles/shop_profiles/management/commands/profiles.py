"""`manage.py profiles`."""

from django.core.management.base import BaseCommand

from shop_profiles.models import Profile


class Command(BaseCommand):
    """Tells how many profiles there are."""

    def handle(self, **options):
        """Tell it."""
        self.stdout.write(f"{Profile.objects.count()} profiles")
