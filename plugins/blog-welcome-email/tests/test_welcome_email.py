from __future__ import annotations

import asyncio
import email
import email.policy
import mailbox
import smtplib
import socket
import sys
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from example_app.signals import user_signed_up
from example_app.testing import Open


class Postbox:
    """An SMTP server's handler that keeps what it is handed."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refuses = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Accept a mail, or refuse it."""
        if self.refuses:
            return "554 Not today"
        self.envelopes.append(envelope)
        return "250 Kept"


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    """Run a real SMTP server on loopback, and hand out what it keeps, and its port."""
    handler = Postbox()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield handler, server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for conversation in asyncio.all_tasks(loop):
            conversation.cancel()
        loop.run_until_complete(server.wait_closed())
        loop.close()


def parsed(raw: bytes) -> EmailMessage:
    """Return a mail as a mail reader would see it."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def mails_in(maildir: Path) -> list[EmailMessage]:
    """Return the mails in a Maildir, if there is one."""
    if not maildir.is_dir():
        return []
    box = mailbox.Maildir(maildir, create=False)
    return [parsed(box.get_bytes(key)) for key in box.keys()]  # noqa: SIM118 - a Maildir iterates over messages


def test_by_default_the_mail_goes_into_a_maildir(open_blog: Open) -> None:
    """The mail is in the plugin's own folder, with all that a mail must have (RFC 5322)."""
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        (message,) = mails_in(application.storage.plugin_folder("welcome-email") / "Maildir")
    assert message["To"] == "ada <ada@example.org>"
    assert message["From"] == "hello@localhost"
    assert message["Subject"] == "Welcome to the blog"
    assert message["Date"].datetime is not None
    assert message["Message-ID"].endswith("@localhost>")
    assert message.get_content().startswith("Hello ada,\n")


def test_with_a_host_the_mail_is_handed_to_it(open_blog: Open, postbox: tuple[Postbox, int]) -> None:
    """A real conversation over SMTP: envelope, headers and text arrive; no Maildir is made."""
    handler, port = postbox
    sender = "The Blog <hello@example.org>"
    with open_blog(host="127.0.0.1", port=port, sender=sender, subject="Grüße") as application:
        outcome = application.blog.sign_up("Zoë", "zoe@example.org")
        assert [reaction.failed for reaction in outcome.reactions] == [False]
        assert not (application.storage.root / "plugins").exists()
    (envelope,) = handler.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("hello@example.org", ["zoe@example.org"])
    assert isinstance(envelope.content, bytes)
    message = parsed(envelope.content)
    assert message["Subject"] == "Grüße"
    assert message["From"] == sender
    assert message["To"] == "Zoë <zoe@example.org>"
    assert message["Message-ID"].endswith("@example.org>")
    assert "Hello Zoë," in message.get_content()


def failures(caplog: pytest.LogCaptureFixture) -> list[BaseException | None]:
    """Return what the log says of receivers that failed after a commit."""
    records = [record for record in caplog.records if "after commit" in record.getMessage()]
    return [record.exc_info[1] for record in records if record.exc_info is not None]


def test_a_server_that_is_not_there_never_stops_a_sign_up(open_blog: Open, caplog: pytest.LogCaptureFixture) -> None:
    """The account exists, and the log says that the mail failed."""
    with socket.socket() as bound:  # a port that is taken, with nobody listening at it
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        with open_blog(host="127.0.0.1", port=port, timeout=5.0) as application:
            application.blog.sign_up("ada", "ada@example.org")
            assert application.blog.inbox("ada") == []
    (failure,) = failures(caplog)
    assert isinstance(failure, ConnectionRefusedError)


def test_a_server_that_refuses_never_stops_a_sign_up(
    open_blog: Open, postbox: tuple[Postbox, int], caplog: pytest.LogCaptureFixture
) -> None:
    """A recipient that the server won't have is the mail's failure, not the account's."""
    handler, port = postbox
    handler.refuses = True
    with open_blog(host="127.0.0.1", port=port) as application:
        application.blog.sign_up("ada", "ada@example.org")
        assert application.blog.inbox("ada") == []
    (failure,) = failures(caplog)
    assert isinstance(failure, smtplib.SMTPDataError)


def test_no_mail_for_an_account_that_is_not_stored(open_blog: Open) -> None:
    """Another receiver ends the program in the middle of the sign-up's transaction."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with open_blog() as application:
        with user_signed_up.connected_to(interrupt), pytest.raises(KeyboardInterrupt):
            application.blog.sign_up("ada", "ada@example.org")
        assert mails_in(application.storage.plugin_folder("welcome-email") / "Maildir") == []
        application.blog.sign_up("ada", "ada@example.org")
        assert len(mails_in(application.storage.plugin_folder("welcome-email") / "Maildir")) == 1


@pytest.mark.parametrize("address", ["not an address", "a@b\nBcc: everybody@example.org", ""])
def test_an_address_that_is_none_is_refused(open_blog: Open, address: str, caplog: pytest.LogCaptureFixture) -> None:
    """No mail leaves, and no header can be smuggled in; the sign-up is done."""
    with open_blog() as application:
        application.blog.sign_up("ada", address)
        assert len(failures(caplog)) == 1
        assert mails_in(application.storage.plugin_folder("welcome-email") / "Maildir") == []


@pytest.mark.parametrize("name", ["blog-welcome-email", "welcome-email", "Blog_Welcome.Email"])
def test_disabled_in_the_environment_it_sends_nothing_and_is_never_imported(
    open_blog: Open, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The plugin's name, the distribution's, in any spelling: no mail, and the module is not in `sys.modules`."""
    monkeypatch.setenv("EXAMPLE_APP_PLUGINS_DISABLE", name)
    monkeypatch.delitem(sys.modules, "blog_welcome_email", raising=False)
    with open_blog() as application:
        assert application.blog.sign_up("ada", "ada@example.org").reactions == ()
        assert mails_in(application.storage.plugin_folder("welcome-email") / "Maildir") == []
        (report,) = (report for report in application.plugins.report() if report.name == "welcome-email")
    assert report.state == "disabled"
    assert "EXAMPLE_APP_PLUGINS_DISABLE" in str(report.decided_by)
    assert "blog_welcome_email" not in sys.modules


def test_the_maildir_can_be_elsewhere(open_blog: Open, tmp_path: Path) -> None:
    """The setting `maildir` names it, missing folders on the way are made."""
    with open_blog(maildir=str(tmp_path / "var" / "mail" / "blog")) as application:
        application.blog.sign_up("ada", "ada@example.org")
    assert len(mails_in(tmp_path / "var" / "mail" / "blog")) == 1


def test_one_mail_a_sign_up_however_often_the_plugin_is_switched(open_blog: Open) -> None:
    """Disabling and enabling connects nothing twice."""
    with open_blog() as application:
        for _ in range(3):
            application.plugins.disable("welcome-email")
            application.plugins.enable("welcome-email")
        application.blog.sign_up("ada", "ada@example.org")
        assert len(mails_in(application.storage.plugin_folder("welcome-email") / "Maildir")) == 1
