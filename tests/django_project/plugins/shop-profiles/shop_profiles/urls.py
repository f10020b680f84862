"""The profiles' page."""

from django.shortcuts import render
from django.urls import path

from shop_profiles.models import Profile


def profiles(request):
    """Show how many profiles there are."""
    return render(request, "shop_profiles/profiles.html", {"count": Profile.objects.count()})


app_name = "profiles"
urlpatterns = [path("", profiles, name="list")]
