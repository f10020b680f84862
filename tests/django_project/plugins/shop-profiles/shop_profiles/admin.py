"""Profiles in the admin."""

from django.contrib import admin

from shop_profiles.models import Profile

admin.site.register(Profile)
