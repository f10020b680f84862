"""What a host writes: it declares signals and sends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_type

from hookcore import PluginManager, PluginReport, discover, signal


class User:
    """Somebody who signs up."""


@signal
def user_signed_up(sender: type[User], user: User) -> None:
    """A visitor created an account."""


@signal(firstresult=True)
def render_body(sender: type, text: str, *, width: int = 80) -> str | None:
    """Return HTML for `text`."""


@signal(historic=3, deprecated="listen to user_signed_up", deprecated_arguments={"user": "it is gone"})
def user_seen(sender: type[User], user: User) -> None:
    """Somebody was here."""


@signal(filters="text", robust=True)
def rendered_body(sender: type, text: str) -> str:
    """Change `text`."""
    raise NotImplementedError  # a checker wants a body where the answer is never None; it is never run


@signal
def menu_entries(sender: type) -> str:
    """Add an entry to the menu."""
    raise NotImplementedError


def call() -> None:
    assert_type(menu_entries(sender=User), list[str])
    assert_type(menu_entries(User), list[str])
    assert_type(render_body(sender=User, text="x", width=3), str | None)
    assert_type(rendered_body(sender=User, text="x"), str)
    assert_type(rendered_body.send(sender=User, text="x"), list[tuple[Callable[..., Any], str]])


def send() -> None:
    assert_type(user_signed_up.send(sender=User, user=User()), list[tuple[Callable[..., Any], None]])
    assert_type(render_body.send(sender=User, text="x"), list[tuple[Callable[..., Any], str | None]])
    assert_type(
        render_body.send_robust(sender=User, text="x", width=3),
        list[tuple[Callable[..., Any], str | None | BaseException]],
    )
    user_seen.send(User, User())


async def asend() -> None:
    assert_type(await user_signed_up.asend(sender=User, user=User()), list[tuple[Callable[..., Any], None]])
    assert_type(
        await render_body.asend_robust(sender=User, text="x"),
        list[tuple[Callable[..., Any], str | None | BaseException]],
    )


class OwnManager(PluginManager):
    """A host may have a manager of its own kind."""


def run(signals: object) -> list[str]:
    plugins = PluginManager("example_app", signals, config={"mode": "explicit"})
    plugins.start(disable=["legacy-*"], strict=True)
    plugins.enable("welcome-email")
    plugins.disable("welcome-email")
    plugins.reload_config()
    assert_type(plugins.report(), tuple[PluginReport, ...])
    assert_type(plugins.plugin_of(print), str | None)
    names = [plugin.name for plugin in plugins.report() if plugin.error is None]
    plugins.stop()
    with PluginManager("example_app", signals) as entered:
        assert_type(entered, PluginManager)
    several = PluginManager("example_app", signals, config=lambda: [{"mode": "auto"}, "app.toml"])
    of_tenants = PluginManager("example_app", signals, active_for={1: frozenset({"mail"})}.get)
    with several, of_tenants, of_tenants.for_tenant(1) as nothing:
        assert_type(nothing, None)
    with OwnManager("example_app", signals) as own:
        assert_type(own, OwnManager)
    return names + [found.distribution.name for found in discover("example_app")]
