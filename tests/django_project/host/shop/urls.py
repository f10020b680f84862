"""The project's URLs."""

from django.contrib import admin
from django.urls import include, path

from hookcore.integrations.django import plugin_urls
from shop.views import pay, pay_later

urlpatterns = [
    path("admin/", admin.site.urls),
    path("plugins/", include(plugin_urls())),
    path("pay/<str:number>/", pay),
    path("pay-later/<str:number>/", pay_later),
]
