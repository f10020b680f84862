"""Mails after commit, and removes the files of deleted orders."""

from django.core.mail import send_mail
from django.core.signals import setting_changed
from django.dispatch import receiver as django_receiver
from shop.signals import as_ever, order_paid

from hookcore import receiver
from hookcore.integrations.django.signals import post_delete

heard = []


@receiver(order_paid, delivery="on_commit")
def thank(number):
    """Thank for an order, once it is stored."""
    send_mail("Thank you", f"for {number}", "shop@localhost", ["customer@localhost"])


@receiver(post_delete, sender="shop.Order", delivery="on_commit")
def remove_receipt(instance):
    """Remove the file of an order that is gone."""
    if instance.receipt:
        instance.receipt.delete(save=False)


@receiver(as_ever)
def note(sender, **kwargs):
    """Note what is sent in the old manner."""
    heard.append(sorted(kwargs))


@django_receiver(setting_changed)
def note_setting(setting, **kwargs):
    """Note, by Django's own decorator, which setting a test changes."""
    heard.append(setting)
