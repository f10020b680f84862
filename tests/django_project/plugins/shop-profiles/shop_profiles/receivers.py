"""Makes each new user's profile."""

from django.conf import settings

from hookcore import receiver
from hookcore.integrations.django.signals import post_save
from shop_profiles.models import Profile


@receiver(post_save, sender=settings.AUTH_USER_MODEL)
def make_profile(instance, created):
    """Make the profile of a new user."""
    if created:
        Profile.objects.create(user=instance)
