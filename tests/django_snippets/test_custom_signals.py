"""Can code from Django's tutorials about signals of one's own be taken over with only its imports changed?

Everything between the imports and the tests is written as such tutorials write it: module-level signals, receivers with
`**kwargs`, a sender class. The one line that differs from a Django project is the import of `Signal` and `receiver`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hookcore import Signal, receiver  # was: from django.dispatch import Signal, receiver

# -- a signal defined, connected and sent with data="Hello" -----------------------------------------------------------

my_signal = Signal()
heard: list[str] = []


def my_handler(sender, **kwargs):
    """Take down what was said."""
    heard.append(f"Signal received! {kwargs['data']}")


my_signal.connect(my_handler)


# -- @receiver, and a signal that says what it provides ----------------------------------------------------------------

order_saved = Signal(providing_args=["instance", "created"])
shipped: list[str] = []


@receiver(order_saved)
def ship_new_order(sender, instance, created, **kwargs):
    """Ship an order when it is new."""
    if created:
        shipped.append(instance.number)


class Order:
    """What a tutorial's model does when it is saved, without the database."""

    def __init__(self, number):
        self.number = number
        self.stored = False

    def save(self):
        """Store the order and tell everybody."""
        created, self.stored = not self.stored, True
        order_saved.send(sender=self.__class__, instance=self, created=created)


# -- a profile is updated ----------------------------------------------------------------------------------------------

profile_updated = Signal(providing_args=["user", "major_update"])
mails: list[str] = []


class Profile:
    """A user's profile, which tells when it changes."""

    def __init__(self, user):
        self.user = user
        self.email = ""
        self.motto = ""

    def update(self, *, email=None, motto=None):
        """Change some fields; a new address is a major update."""
        self.email, self.motto = email or self.email, motto or self.motto
        profile_updated.send(sender=self.__class__, user=self.user, major_update=email is not None)


@receiver(profile_updated, sender=Profile)
def confirm_address(sender, user, major_update, **kwargs):
    """Write to the user if the update was a major one."""
    if major_update:
        mails.append(f"please confirm your address, {user}")


@pytest.fixture(autouse=True)
def _nothing_heard_yet() -> Iterator[None]:
    yield
    for taken_down in (heard, shipped, mails):
        taken_down.clear()


def test_a_signal_is_defined_connected_and_sent():
    """A tutorial's first signal: defined, connected with `connect`, sent with `data="Hello"`."""
    responses = my_signal.send(sender=None, data="Hello")

    assert heard == ["Signal received! Hello"]
    assert responses == [(my_handler, None)]


def test_the_receiver_decorator_connects_to_a_signal_with_providing_args():
    """`@receiver(signal)` connects at once, and `providing_args`, which Django dropped, is taken."""
    order = Order("A-7")
    order.save()
    order.save()

    assert shipped == ["A-7"]


def test_a_profile_update_reaches_the_receiver_with_its_arguments():
    """A receiver for one sender gets `user` and `major_update`."""
    profile = Profile(user="frida")
    profile.update(motto="Feet, what do I need you for")
    assert mails == []

    profile.update(email="frida@example.org")
    assert mails == ["please confirm your address, frida"]


def test_another_sender_does_not_reach_the_receiver_of_a_profile_update():
    """The sender filter of `@receiver(signal, sender=…)` holds for a class that is not the one."""
    profile_updated.send(sender=Order, user="frida", major_update=True)

    assert mails == []


def test_a_receiver_is_disconnected_in_a_test_and_reconnected():
    """The well-known idiom of test suites: take a receiver out in `setUp`, put it back in `tearDown`."""
    assert profile_updated.disconnect(confirm_address, sender=Profile) is True
    try:
        Profile(user="frida").update(email="frida@example.org")
        assert mails == []
    finally:
        profile_updated.connect(confirm_address, sender=Profile)

    Profile(user="frida").update(email="frida@example.org")
    assert mails == ["please confirm your address, frida"]


def test_disconnecting_what_is_not_connected_says_so():
    """`disconnect` returns False for a receiver that was never connected, and raises nothing."""
    assert my_signal.disconnect(confirm_address) is False
