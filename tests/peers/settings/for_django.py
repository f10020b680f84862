"""Settings for Django's own `tests/dispatch` and `tests/signals`, which its own runner would make up."""

SECRET_KEY = "of no use"
INSTALLED_APPS = ["signals"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
