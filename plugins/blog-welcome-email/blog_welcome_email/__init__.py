"""Welcomes everybody who signs up with a mail: over SMTP where the operator names a host, else into a Maildir."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path

from blog_welcome_email.delivery import MailDelivery, MaildirDelivery, SmtpDelivery
from example_app.signals import User, plugin_folder, user_signed_up


@dataclass(frozen=True)
class Settings:
    """What the operator may set.

    `sender` is who the mail comes from. With `host`, it goes to that SMTP server, at `port`, encrypted from the first
    command on if `tls` says so; `timeout` is in seconds. Without, it goes into the Maildir at `maildir`, which by
    default is in the folder that the blog gives this plugin.
    """

    sender: str = "hello@localhost"
    subject: str = "Welcome to the blog"
    host: str | None = None
    port: int = 25
    tls: bool = False
    timeout: float = 10.0
    maildir: Path | None = None


def ready(settings: Settings) -> None:
    """Start to welcome people."""
    delivery = _delivery(settings)

    def send_welcome_email(user: User) -> None:
        delivery.deliver(welcome(user, settings))

    user_signed_up.connect(send_welcome_email, delivery="on_commit")  # no mail for an account that is not stored


def welcome(user: User, settings: Settings) -> EmailMessage:
    """Write the mail. Raises ValueError if the user's address is none."""
    message = EmailMessage()
    message["From"] = settings.sender
    message["To"] = Address(user.name, addr_spec=user.email)
    message["Subject"] = settings.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=parseaddr(settings.sender)[1].rpartition("@")[2])
    message.set_content(f"Hello {user.name},\n\nyour account is ready. Nice to have you here.\n")
    return message


def _delivery(settings: Settings) -> MailDelivery:
    if settings.host is not None:
        return SmtpDelivery(settings.host, settings.port, tls=settings.tls, timeout=settings.timeout)
    return MaildirDelivery(settings.maildir or _own_folder() / "Maildir")


def _own_folder() -> Path:
    folder = plugin_folder(sender=__name__, plugin="welcome-email")
    assert folder is not None  # the blog answers
    return folder
