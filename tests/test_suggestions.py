"""Did you mean …?"""

from __future__ import annotations

import pytest

from hookcore.plugins.installed import Distribution, EntryPoint, InstalledPlugin
from hookcore.plugins.policy import PluginNames
from hookcore.suggestions import did_you_mean


@pytest.mark.parametrize(
    ("word", "candidate"),
    [
        ("p\u0430ypal", "paypal"),
        ("paypal", "p\u0430ypal"),
        ("pay\u200bpal", "paypal"),
        ("ma\u0131l", "mail"),
        ("mail\ufe0f", "mail"),
        ("\u0441\u0435ntre", "centre"),
        ("\uff4dail", "mail"),
    ],
)
def test_what_looks_alike_is_shown_apart(word: str, candidate: str) -> None:
    """Cyrillic letters, marks that are not seen, wide letters: the message is written in ASCII."""
    message = did_you_mean(word, [candidate, "other"])
    assert message == f" Did you mean {candidate!a}, not {word!a}?"
    assert message.isascii()


@pytest.mark.parametrize(
    ("word", "candidate"), [("mial", "mail"), ("gr\u00f6\u00dfer", "gr\u00f6\u00dfe"), ("m\u00e4il", "m\u00e4ilx")]
)
def test_what_does_not_is_shown_as_it_is(word: str, candidate: str) -> None:
    """Where a letter of ASCII differs, everybody sees it."""
    assert did_you_mean(word, [candidate, "other"]) == f" Did you mean {candidate!r}?"


def test_nothing_near_is_nothing_said() -> None:
    """No suggestion is better than a wrong one."""
    assert did_you_mean("x", ["something", "else"]) == ""


def test_a_config_that_names_a_look_alike_shows_both_apart() -> None:
    """A plugin's name is suggested as any other is."""
    distribution = Distribution("shop-mail", "1", "", (), "")
    plugins = PluginNames([InstalledPlugin("mail", distribution, EntryPoint("shop.plugins", "mail", "shop_mail"))])
    assert plugins.nearest("m\N{CYRILLIC SMALL LETTER A}il") == r" Did you mean 'mail', not 'm\u0430il'?"
