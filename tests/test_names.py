"""Are these two names the same?"""

from __future__ import annotations

import string

import packaging.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.names import canonical_name, canonical_names, is_pattern, meant

NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,12}[A-Za-z0-9])?", fullmatch=True)


@given(NAMES)
def test_the_canonical_form_is_the_packaging_specifications(name: str) -> None:
    """`packaging` is the reference for PEP 503; ours must say the same without importing it."""
    assert canonical_name(name) == packaging.utils.canonicalize_name(name)


@given(NAMES)
def test_canonicalising_twice_changes_nothing(name: str) -> None:
    """The canonical form is its own canonical form."""
    assert canonical_name(canonical_name(name)) == canonical_name(name)


@given(st.lists(NAMES | st.text("aA\N{GREEK CAPITAL LETTER SIGMA}_-. \n\t\r\x1c", max_size=5)))
def test_many_names_are_made_canonical_as_each_would_be(names: list[str]) -> None:
    """Blanks, line ends and letters whose lower case depends on their neighbours do not reach the next name."""
    assert canonical_names(names) == [canonical_name(name) for name in names]


@given(st.lists(st.text(string.ascii_letters + string.digits, min_size=1), min_size=1), st.data())
def test_no_spelling_escapes_a_name(words: list[str], data: st.DataObject) -> None:
    """Whatever separators and capitals two spellings use, the one matches the other: a block-list can't be bypassed."""

    def spell() -> str:
        separators = [data.draw(st.from_regex(r"[-_.]{1,3}", fullmatch=True)) for _ in words]
        cases = [data.draw(st.sampled_from([str.lower, str.upper, str.title])) for _ in words]
        spelled = [case(word) + separator for word, case, separator in zip(words, cases, separators, strict=True)]
        return "".join(spelled).rstrip("-_.")

    assert canonical_name(spell()) == canonical_name(spell())


@pytest.mark.parametrize("pattern", ["legacy-*", "legacy_*", "LEGACY.*", "*", "legacy-[ab]pi", "legacy_?pi"])
def test_a_glob_matches_canonical_forms(pattern: str) -> None:
    """A glob is as indifferent to spelling as a plain name is."""
    assert meant(canonical_name(pattern), [canonical_name("Legacy_Api"), "other"])[0] == "legacy-api"
    assert is_pattern(pattern)


@pytest.mark.parametrize("name", ["evil[1]", "evil*", "evil?"])
def test_a_name_that_is_there_is_no_glob(name: str) -> None:
    """Only where nothing is called so, it may mean others."""
    assert meant(name, ["evil1", name, "evils"]) == [name]
    assert meant(name, ["evil1", "good"]) == ["evil1"]


def test_a_name_means_no_part_of_another() -> None:
    """Nor another that is a part of it."""
    assert meant("welcome", ["welcome-email", "blog-welcome"]) == []
    assert not is_pattern("welcome-email")
