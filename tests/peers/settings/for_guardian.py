"""The settings of django-guardian's own tests, with passwords hashed cheaply: a minute less."""

from guardian.testapp.testsettings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
