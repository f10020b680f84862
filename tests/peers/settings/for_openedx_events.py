"""Settings for openedx-events' own tests, whose settings are not in the source distribution."""

SECRET_KEY = "of no use"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "openedx_events"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
USE_TZ = True
_KEY = "xblock_info.usage_key"
EVENT_BUS_PRODUCER_CONFIG = {
    "org.openedx.content_authoring.xblock.published.v1": {
        "enabled_topic_a": {"event_key_field": _KEY, "enabled": True},
        "enabled_topic_b": {"event_key_field": _KEY, "enabled": True},
        "disabled_topic": {"event_key_field": _KEY, "enabled": False},
    },
    "org.openedx.content_authoring.xblock.deleted.v1": {"topic": {"event_key_field": _KEY, "enabled": True}},
}
