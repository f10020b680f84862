"""Is an installed plugin still what was approved?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.plugins.config.sources import Source
from hookcore.plugins.installed import Distribution, InstalledPlugin
from hookcore.plugins.lock.approval import Approval, Lock, differences, missing, new

APPROVED = Approval("mail", "shop-mail", "1.0", "shop_mail", ("ordered.a = m:a",), "sha256:1")
TRUSTED = (
    "Install it as a wheel; or approve it, if you trust whoever edits it, with `hookcore lock --editable mail` or "
    "lock('mail', editable=True)."
)
AGAIN = "Install shop-mail==1.0 again, or approve what is there with `hookcore lock mail` or lock('mail')."


def test_what_is_as_approved_has_no_difference() -> None:
    """Names compare in canonical form: a new spelling of the distribution's name is no other distribution."""
    assert list(differences(APPROVED, APPROVED)) == []
    assert list(differences(APPROVED, replace(APPROVED, plugin="Mail", distribution="Shop_Mail"))) == []
    editable = replace(APPROVED, editable=True)
    assert list(differences(editable, APPROVED)) == list(differences(editable, editable)) == []


@pytest.mark.parametrize(
    ("change", "problem", "remedy"),
    [
        (
            {"distribution": "evil", "version": "3"},
            "evil 3 claims the name, which was approved for shop-mail 1.0",
            "Uninstall evil, or approve it with `hookcore lock mail` or lock('mail').",
        ),
        ({"version": "1.1"}, "shop-mail 1.1 is installed, and version 1.0 was approved", AGAIN),
        ({"entry_point": "evil"}, "its entry point is 'evil', and 'shop_mail' was approved", AGAIN),
        (
            {"receivers": ("ordered.b = m:b",)},
            "its receivers are not those that were approved: 'ordered.a = m:a' is gone; 'ordered.b = m:b' is new",
            AGAIN,
        ),
        ({"digest": ""}, "the list of the files of shop-mail 1.0 (RECORD) is not the one that was approved", AGAIN),
        (
            {"editable": True},
            "shop-mail 1.0 is an editable or legacy install, whose files can't be verified",
            TRUSTED,
        ),
    ],
)
def test_each_difference_is_told_with_what_to_do(change: dict[str, Any], problem: str, remedy: str) -> None:
    """In words: what is there, what was approved, and the way out."""
    (difference,) = differences(APPROVED, replace(APPROVED, **change))
    assert (difference.plugin, difference.problem, difference.remedy) == ("mail", problem, remedy)
    assert str(difference) == f"plugin 'mail': {problem}. {remedy}"


@given(st.sets(st.sampled_from(["version", "entry_point", "digest"]), min_size=1))
def test_all_differences_are_told(fields: set[str]) -> None:
    """Nobody wants to mend one a start."""
    assert len(list(differences(APPROVED, replace(APPROVED, **dict.fromkeys(fields, "other"))))) == len(fields)


def test_what_is_new_and_what_is_missing_is_told() -> None:
    """A new plugin is named with what brought it, a missing one with what to install."""
    lock = Lock("plugins.lock", {"mail": APPROVED}, {"mail": Source("file", "plugins.lock:3")})
    plugin = InstalledPlugin("tracker", Distribution("shop-tracker", "2", "", (), ""), None)
    assert str(new(plugin, lock)) == (
        "plugin 'tracker': it is new: shop-tracker 2 brought it, and plugins.lock does not name it. "
        "Approve it with `hookcore lock tracker` or lock('tracker'), or disable it, or uninstall shop-tracker."
    )
    assert str(missing(APPROVED, lock)) == (
        "plugin 'mail': plugins.lock names it, and it is not installed. "
        "Install shop-mail==1.0, or write the lock anew with `hookcore lock` or lock()."
    )
