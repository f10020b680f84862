"""Does a tenant have its plugins, and no others, in a Django project?"""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import AsyncClient, TestCase, override_settings
from shop import signals
from shop.models import Branch, Order
from shop_profiles.models import Profile

from hookcore.integrations.django import plugins
from hookcore.integrations.django.settings import active_for


class Tenants(TestCase):
    """Branches of the shop: each says in a field which plugins it has."""

    def test_django_s_own_signals(self):
        """A plugin's receiver of `post_save` makes no profile for a branch without the plugin."""
        for name, branch in (("ada", Branch()), ("grace", Branch(plugins="mail, Profiles"))):
            with plugins.for_tenant(branch):
                User.objects.create_user(name)
        assert [profile.user.username for profile in Profile.objects.all()] == ["grace"]
        User.objects.create_user("joan")
        assert Profile.objects.count() == 2

    def test_what_is_delivered_later(self):
        """It is the send that counts."""
        from django.core import mail

        with self.captureOnCommitCallbacks(execute=True):
            with plugins.for_tenant(Branch(plugins="mail")):
                signals.order_paid.send(sender=Order, number="A-7")
            with plugins.for_tenant(Branch()):
                signals.order_paid.send(sender=Order, number="A-8")
        assert [each.body for each in mail.outbox] == ["for A-7"]

    def test_a_signal_with_djangos_semantics(self):
        """It asks for the block, too."""
        with plugins.for_tenant(Branch()):
            assert signals.as_ever.send(sender=Order, number="A-7") == []
            assert not signals.as_ever.has_listeners(Order)
        assert len(signals.as_ever.send(sender=Order, number="A-7")) == 1


def test_requests_side_by_side():
    """A middleware makes each for its branch: neither sees the other's."""

    def middleware(get_response):
        async def answer(request):
            with plugins.for_tenant(Branch(plugins=request.headers["branch"])):
                await asyncio.sleep(0.01)
                return await get_response(request)

        return answer

    async def requests():
        client = AsyncClient()
        real = client.handler.load_middleware

        def load_middleware(is_async=False):
            real(is_async=is_async)
            client.handler._middleware_chain = middleware(client.handler._middleware_chain)

        client.handler.load_middleware = load_middleware
        answers = await asyncio.gather(
            *(client.get("/pay-later/A-7/", headers={"branch": name}) for name in ("mail", "profiles") * 3)
        )
        await sync_to_async(lambda: None)()
        return [answer.content for answer in answers]

    assert asyncio.run(requests()) == [b"1 receivers", b"0 receivers"] * 3


@pytest.mark.parametrize(
    ("said", "names"),
    [
        (lambda tenant: ["mail"], {"mail"}),
        (lambda tenant: frozenset({"mail"}), {"mail"}),
        (lambda tenant: " mail ,, profiles", {"mail", "profiles"}),
        (lambda tenant: None, None),
        ("shop.models.Branch.plugins", {"mail"}),
        ("shop.models.Branch.__str__", {"Ghent"}),
    ],
)
def test_what_may_be_said(said, names):
    """A function, the path of one, or that of a model's field; names in a collection or in a text."""
    with override_settings(HOOKCORE={"PROJECT": "shop"}):
        assert active_for() is None
    settings = {"PROJECT": "shop", "ACTIVE_FOR": said}
    with override_settings(HOOKCORE=settings):
        asked = active_for()
    assert asked is not None
    assert asked(Branch(name="Ghent", plugins="mail")) == names


@pytest.mark.parametrize("path", ["shop.models.Brunch.plugins", "shop.tenants.active", "nowhere", ""])
def test_a_path_at_which_nothing_is(path):
    """Is told with what may stand there."""
    said = {"PROJECT": "shop", "ACTIVE_FOR": path}
    told = pytest.raises(ImproperlyConfigured, match="write the path of a function")
    with override_settings(HOOKCORE=said), told:
        active_for()
