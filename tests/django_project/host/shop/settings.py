"""The project's settings. Tests say by the environment what differs."""

import os
from pathlib import Path

from hookcore.integrations.django import plugin_apps, plugin_middleware

SECRET_KEY = "for tests"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
ASGI_APPLICATION = "shop.asgi.application"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}}  # which Django asks for from 6.1 on
MEDIA_ROOT = Path(os.environ.get("SHOP_MEDIA", "media"))

HOOKCORE = {
    "PROJECT": "shop",
    "SIGNALS": ["shop.signals"],
    "ACTIVE_FOR": "shop.models.Branch.plugins",
    "DISABLE": [name for name in os.environ.get("SHOP_DISABLE", "").split(",") if name],
}
if "SHOP_CONFIG" in os.environ:
    HOOKCORE["CONFIG"] = os.environ["SHOP_CONFIG"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "shop",
    "hookcore.integrations.django",
    *plugin_apps("shop"),
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    *plugin_middleware("shop"),
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

if "SHOP_POSTGRESQL" in os.environ:  # the directory of a server's socket
    DATABASES = {
        alias: {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "HOST": os.environ["SHOP_POSTGRESQL"],
            "USER": "shop",
        }
        for alias, name in {"default": "shop", "other": "shop_other"}.items()
    }
else:
    DATABASES = {
        alias: {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get(f"SHOP_{alias.upper()}", f"{alias}.sqlite3"),
            "TEST": {"NAME": os.environ.get(f"SHOP_{alias.upper()}", None)},
        }
        for alias in ("default", "other")
    }
