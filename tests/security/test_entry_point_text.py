"""Is what an entry point says ever more than a name to look up?"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hookcore.errors import PluginLoadError
from hookcore.names import meant
from hookcore.plugins.installed import Distribution, EntryPoint, InstalledPlugin
from hookcore.plugins.loading import load

PIECES = st.sampled_from([".", ":", "..", "[extra]", "/", "\\", ";", " ", "\n", "\0", "(", ")", "'", "%", "import os"])
# No module has a name that begins so; and a text that is no name at all must not come so far as to be looked for.
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=6).map(lambda pieces: "hostile_" + "".join(pieces))


def plugin(value: str) -> InstalledPlugin:
    """Return a plugin with such an entry point."""
    entry_point = EntryPoint("app.plugins", value, value)
    return InstalledPlugin(value, Distribution("hostile", "1", "", (), "", (entry_point,)), entry_point)


@given(TEXTS)
@example("hostile_:x")
@example("hostile_.x:y.z [extra]")
@example("hostile_\u200b")
def test_any_text_that_names_nothing_is_told_to(value: str) -> None:
    """Nothing is imported, nothing is evaluated, and the error shows the text in quotes."""
    before = set(sys.modules)
    with pytest.raises(PluginLoadError) as caught:
        load(plugin(value))
    assert repr(value) in str(caught.value)
    assert {name for name in set(sys.modules) - before if name.startswith("hostile")} == set()


@pytest.mark.parametrize(
    "value",
    [
        "",
        ":",
        ".",
        "..",
        "../evil",
        "/evil",
        ".evil",
        "evil.",
        "evil..evil",
        "evil;x",
        'evil:__import__("os")',
        "evil\0",
    ],
)
def test_text_that_is_no_dotted_name_is_not_looked_for(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a module of the name that it plays on, and that is not imported, unless the module is what it says."""
    sentinel = tmp_path / "sentinel"
    (tmp_path / "evil.py").write_text(f"open({str(sentinel)!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        with pytest.raises(PluginLoadError):
            load(plugin(value))
        assert sentinel.exists() == (value.partition(":")[0] == "evil")
    finally:
        sys.modules.pop("evil", None)


@given(st.text(), st.text())
def test_any_name_can_be_compared_with_any_pattern(pattern: str, name: str) -> None:
    """A hostile name neither escapes a denial of everything nor makes comparing fail."""
    meant(pattern, [name])
    assert meant("*", [name]) == [name]
