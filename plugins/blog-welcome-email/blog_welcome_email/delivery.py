"""How a mail gets on its way: handed to an SMTP server, or dropped into a Maildir."""

from __future__ import annotations

import mailbox
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol


class MailDelivery(Protocol):
    """Somewhere to leave a mail."""

    def deliver(self, message: EmailMessage) -> None:
        """Leave `message` there; raises OSError (`smtplib.SMTPException` is one) if that fails."""


@dataclass(frozen=True, slots=True)
class SmtpDelivery:
    """An SMTP server (RFC 5321). Each mail is a connection of its own; `timeout` is in seconds."""

    host: str
    port: int
    tls: bool
    timeout: float

    def deliver(self, message: EmailMessage) -> None:
        """Hand `message` to the server."""
        with self._connected() as server:
            server.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        if self.tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout)

    def __str__(self) -> str:
        return f"handed to {self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class MaildirDelivery:
    """A Maildir, made when the first mail arrives."""

    path: Path

    def deliver(self, message: EmailMessage) -> None:
        """Drop `message` into `new`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        mailbox.Maildir(self.path, create=True).add(message)

    def __str__(self) -> str:
        return f"left in {self.path.name}"
