"""Is what is wrong in a page a warning at its line, with what to do?"""

from __future__ import annotations

import pytest
from support.sphinx_documentation import Documentation

REFERENCES = {
    "shop.signls": "there is no module 'shop.signls'. Did you mean 'shop.signals'?",
    "shop.signals.Order": "there is no module 'shop.signals.Order'. Did you mean 'shop.signals:Order'?",
    "shopp.signals": "there is no module 'shopp'. Did you mean 'shop'?",
    "warehouse_zzz": "there is no module 'warehouse_zzz'. Is its folder on sys.path? conf.py may put it there.",
    "shop.app:plugin": "there is no shop.app:plugin. Did you mean 'plugins'?",
    "shop.app:plugins.hoop.opened": "there is no shop.app:plugins.hoop. Did you mean 'hook'?",
    ".signals": "write MODULE, or MODULE:ATTRIBUTE",
    ":plugins": "write MODULE, or MODULE:ATTRIBUTE",
    "shop": "no signal is found in <module 'shop' from 'shop/__init__.py'>: give the module, class or instance",
    "shop.app": "(as `NAME = Signal()`, or declared with @signal) Did you mean 'shop.app:plugins'?",
    "shop.broken": "it raises ZeroDivisionError: division by zero (shop/broken.py:3)",
    "shop.leaving": "it raises SystemExit: 3 (shop/leaving.py:2)",
    "shop.lacking": "it raises ModuleNotFoundError: No module named 'no_such_thing' (shop/lacking.py:1)",
    "shop.lacking_a_manager:make": "it raises RuntimeError: no config (shop/lacking_a_manager.py:2)",
}


@pytest.fixture(scope="module")
def warnings(tmp_path_factory, for_subprocesses):
    """What Sphinx warns of a page with all of these, by reference: the line of its directive, and the warning."""
    made = Documentation(tmp_path_factory.mktemp("documentation"), for_subprocesses)
    made.write("docs/index.rst", "Shop\n====\n\n" + "".join(f".. hookcore:signals:: {one}\n" for one in REFERENCES))
    made.write("shop/broken.py", "\n\n1 / 0\n")
    made.write("shop/leaving.py", "import sys\nsys.exit(3)\n")
    made.write("shop/lacking.py", "import no_such_thing\n")
    made.write("shop/lacking_a_manager.py", "def make():\n    raise RuntimeError('no config')\n")
    found = made.warnings()
    assert len(found) == len(REFERENCES)
    return dict(zip(REFERENCES, enumerate(found, 4), strict=True))


@pytest.mark.parametrize("reference", REFERENCES)
def test_what_is_no_host_is_a_warning_at_the_directive(warnings, reference):
    """One, with the reason; the page is built without."""
    line, warning = warnings[reference]
    assert warning.startswith(f"docs/index.rst:{line}: WARNING: {reference}: ")
    assert REFERENCES[reference] in warning


def test_a_page_is_built_anew_when_what_it_names_is_mended(documentation):
    """Though there was no file yet to look at."""
    made = documentation(".. hookcore:signals:: shop.later\n")
    assert "there is no module 'shop.later'" in made.run().stderr
    made.write("shop/later.py", 'from hookcore import signal\n\n@signal\ndef late() -> None:\n    """Late."""\n')
    assert "signal shop.later.late()" not in made.run("-W").stderr
    assert 'id="shop.later.late"' in (made.folder / "html" / "index.html").read_text()


def test_options_that_mean_nothing_are_warned_of(documentation):
    """The names that are known are shown all the same."""
    made = documentation(".. hookcore:signals:: shop.signals\n   :only: opend seen\n   :exclude: z*\n")
    assert made.warnings() == [
        "docs/index.rst:4: WARNING: :exclude: shop.signals has no signal 'z*'.",
        "docs/index.rst:4: WARNING: :only: shop.signals has no signal 'opend'. Did you mean 'opened'?",
    ]
    made.write("docs/index.rst", "Shop\n====\n\n.. hookcore:signals:: shop.signals\n   :only:\n")
    assert "docs/index.rst:4: ERROR" in made.warnings()[0]


def test_a_link_to_no_signal_is_warned_of(documentation):
    """With what may have been meant."""
    made = documentation(
        ".. hookcore:signals:: shop.signals\n   :only: opened\n\n:hookcore:signal:`opend` :hookcore:signal:`zzz`\n"
    )
    first, second = made.warnings()
    assert first.startswith("docs/index.rst:7: WARNING: no page describes a signal 'opend'. Did you mean 'opened'?")
    assert second.startswith("docs/index.rst:7: WARNING: no page describes a signal 'zzz'. `.. hookcore:signals::")


def test_a_signal_that_is_described_twice_is_warned_of(documentation):
    """In one process and in several; the option says which one counts."""
    made = documentation(".. hookcore:signals:: shop.signals\n   :only: opened\n")
    for number in range(6):
        text = f"Other\n=====\n\n.. hookcore:signals:: shop.signals\n   :only: {'opened' if number else 'seen'}\n"
        made.write(f"docs/other{number}.rst", f":orphan:\n\n{text}")
    for options in ([], ["-j", "2"]):
        found = made.warnings(*options)
        assert len([one for one in found if "signal shop.signals.opened is described in" in one]) == 5
        assert all("give one of the two directives the option :no-index:" in one for one in found)


def test_two_signals_of_one_name_are_told_apart_by_their_modules(documentation):
    """A link that may mean either is warned of."""
    made = documentation(
        ".. hookcore:signals:: shop.signals\n   :only: opened\n\n.. hookcore:signals:: shop.bar\n\n"
        ":hookcore:signal:`shop.bar.opened` :hookcore:signal:`opened`\n"
    )
    made.write(
        "shop/bar.py", 'from hookcore import signal\n\n@signal\ndef opened() -> None:\n    """The bar is open."""\n'
    )
    [warning] = made.warnings()
    assert "opened may be the signal shop.bar.opened or shop.signals.opened: write which one" in warning


def test_a_mistake_in_documentation_is_told_with_its_place(documentation):
    """As autodoc does: the file, which docstring, and its line."""
    made = documentation(".. hookcore:signals:: shop.tea\n")
    made.write(
        "shop/tea.py",
        '''
        from hookcore import signal

        @signal
        def brewed(tea: str) -> None:
            """Somebody brewed.

            An *open emphasis.
            """
        ''',
    )
    [warning] = made.warnings()
    assert warning.startswith("shop/tea.py:docstring of shop.tea.brewed:3: WARNING: Inline emphasis start-string")
