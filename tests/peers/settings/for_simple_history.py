"""The settings of django-simple-history's own runner."""

from runtests import get_default_settings

globals().update(get_default_settings())
