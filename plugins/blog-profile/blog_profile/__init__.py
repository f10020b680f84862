"""Gives everybody who signs up a profile, in the transaction that stores the account."""

from __future__ import annotations

from example_app.signals import Profile, User, user_signed_up
from hookcore import receiver


@receiver(user_signed_up)
def create_profile(user: User) -> None:
    """Give `user` a profile that shows their name, unless another plugin has given them one."""
    if user.profile is None:
        user.profile = Profile(display_name=user.name.capitalize())
