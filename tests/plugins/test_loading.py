"""Is there a plugin where the entry point says, and are its faults held?"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from hookcore.errors import PluginLoadError
from hookcore.plugins.discovery import discover
from hookcore.plugins.installed import EntryPoint, InstalledPlugin
from hookcore.plugins.loading import Failure, call_with_wanted, contained, instantiate, load, load_entry_point

if TYPE_CHECKING:
    from .conftest import SitePackages

MakePlugin = Callable[..., InstalledPlugin]


@pytest.fixture
def install(site_packages: SitePackages) -> Callable[..., InstalledPlugin]:
    """Give a function that installs the one plugin `mail` of `blog-mail`, and finds it."""

    def install_mail(value: str, **modules: str) -> InstalledPlugin:
        files = {f"{module.replace('__in__', '/')}.py": source for module, source in modules.items()}
        site_packages.install("blog-mail", entry_points={"host.plugins": {"mail": value}}, modules=files)
        (plugin,) = discover("host")
        return plugin

    return install_mail


SOURCE = """
class Plugin:
    class Inner:
        pass
instance = Plugin()
nothing = None
"""


def test_a_module_a_class_and_an_instance_are_plugins(install: Callable[..., InstalledPlugin]) -> None:
    """What the entry point names is what is loaded; a class is made an instance later, when there are settings."""
    plugin = install("load_kinds", load_kinds=SOURCE)
    module = load(plugin)
    assert isinstance(module, types.ModuleType)
    assert module is sys.modules["load_kinds"]
    for attribute, expected in [
        ("Plugin", module.Plugin),
        ("instance", module.instance),
        ("Plugin.Inner", module.Plugin.Inner),
    ]:
        assert load_entry_point(EntryPoint("host.plugins", "mail", f"load_kinds:{attribute}"), plugin) is expected


def test_a_plugin_with_receivers_only_has_nothing_to_load(make_plugin: MakePlugin) -> None:
    """Its receivers' entry points are loaded one by one."""
    plugin = make_plugin("mail")._replace(entry_point=None)
    assert load(plugin) is None


FORM = "Its form must be 'package.module' or 'package.module:attribute'."
BEFORE_3_15 = pytest.mark.skipif(sys.version_info >= (3, 15), reason="only on Python before 3.15, where such are found")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("load_misses.pluginn", "There is no module 'load_misses.pluginn'. Did you mean 'load_misses.plugin'?"),
        ("load_mises", "There is no module 'load_mises'. Did you mean 'load_misses'?"),
        ("load_misses.plugin.deeper:x", "There is no module 'load_misses.plugin.deeper'."),
        ("load_misses.plugin:Plugn", "'load_misses.plugin' has no 'Plugn'. Did you mean 'Plugin'?"),
        ("load_misses.plugin:Plugin.Iner", "'load_misses.plugin.Plugin' has no 'Iner'. Did you mean 'Inner'?"),
        ("load_misses.plugin:nothing", "'load_misses.plugin.nothing' is None, which is no plugin."),
        pytest.param("not a module", FORM, marks=BEFORE_3_15),
        pytest.param(":x", FORM, marks=BEFORE_3_15),
        (".relative", FORM),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_told_with_the_nearest_way(
    install: Callable[..., InstalledPlugin], value: str, problem: str
) -> None:
    """The error names plugin, distribution, version and the entry point, and what was perhaps meant."""
    plugin = install(value, load_misses__in____init__="", load_misses__in__plugin=SOURCE)
    with pytest.raises(PluginLoadError) as caught:
        load(plugin)
    assert str(caught.value) == (
        f"plugin 'mail' of blog-mail 1.0 names {value!r} in the group 'host.plugins'. {problem}"
    )
    assert caught.value.plugin == "mail"


def test_what_the_plugins_own_code_fails_to_import_is_its_own_error(install: Callable[..., InstalledPlugin]) -> None:
    """The entry point is right; the traceback must lead into the plugin."""
    plugin = install("load_needs_other", load_needs_other="import a_module_that_is_not_there")
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_not_there"):
        load(plugin)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("raise ValueError('no')", "import: ValueError: no"),
        ("import sys; sys.exit('bye')", "import: SystemExit: bye"),
        ("assert False", "import: AssertionError"),
        ("this is no Python", "import: SyntaxError: invalid syntax (load_fails.py, line 1)"),
    ],
)
def test_a_fault_at_import_is_held_with_its_traceback(
    install: Callable[..., InstalledPlugin], source: str, text: str
) -> None:
    """Also `sys.exit()`: a plugin does not end its host. Our own frame is not shown."""
    plugin = install("load_fails", load_fails=source)
    failure = contained("import", lambda: load(plugin))
    assert isinstance(failure, Failure)
    assert str(failure) == text
    assert failure.phase == "import"
    assert "load_fails.py" in failure.traceback
    assert "in contained" not in failure.traceback
    assert "load_fails" not in sys.modules


@pytest.mark.parametrize("error", [KeyboardInterrupt])
def test_what_is_meant_for_the_host_passes(error: type[BaseException]) -> None:
    """Ctrl-C at a plugin's import is the operator's, not the plugin's fault."""

    def interrupted() -> None:
        raise error

    with pytest.raises(error):
        contained("ready", interrupted)


def test_a_result_comes_through_even_if_it_is_none() -> None:
    """Only a fault makes a `Failure`."""
    assert contained("ready", lambda: None) is None
    assert contained("ready", lambda: 3) == 3


def test_an_error_whose_text_raises_is_held_too() -> None:
    """Even the message is somebody else's code."""

    class SpitefulError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("again")

    def fail() -> None:
        raise SpitefulError

    failure = contained("shutdown", fail)
    assert str(failure) == "shutdown: SpitefulError: (its message can't be shown)"


# -- calling with what is wanted ----------------------------------------------------------------------------------

AVAILABLE = {"plugins": "P", "settings": "S"}


def both(plugins: object, settings: object) -> object:
    """Want both, in another order than they are on offer."""
    return settings, plugins


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (lambda: "none", "none"),
        (lambda settings: settings, "S"),
        (lambda *, plugins: plugins, "P"),
        (both, ("S", "P")),
        (lambda **named: named, AVAILABLE),
        (lambda settings, **named: (settings, named), ("S", {"plugins": "P"})),
        (lambda settings, /, **named: (settings, named), ("S", {"plugins": "P"})),
        (lambda plugins, other="default": (plugins, other), ("P", "default")),
        (lambda *items: items, ()),
        (dict, {}),
    ],
)
def test_a_function_gets_the_arguments_that_it_names(function: Callable[..., object], result: object) -> None:
    """No more and no less; `**kwargs` is welcome, never required."""
    assert call_with_wanted(function, AVAILABLE, plugin="mail") == result


def test_an_argument_that_is_not_on_offer_is_told_with_the_nearest_one() -> None:
    """Before anything is called."""

    def ready(setings: object) -> None:
        raise AssertionError("called")

    def shutdown(everything: object) -> None:
        raise AssertionError("called")

    with pytest.raises(
        PluginLoadError, match=r"ready\(\) of plugin 'mail' wants the argument 'setings', .* 'settings'\?$"
    ):
        call_with_wanted(ready, AVAILABLE, plugin="mail")
    with pytest.raises(PluginLoadError, match=r"'everything', which it can't have\. It may have: plugins, settings\.$"):
        call_with_wanted(shutdown, AVAILABLE, plugin="mail")


def test_a_class_is_made_an_instance_with_what_its_init_wants() -> None:
    """Everything else is a plugin as it is."""

    class Wanting:
        def __init__(self, settings: object) -> None:
            self.settings = settings

    class Plain:
        pass

    made = instantiate(Wanting, AVAILABLE, plugin="mail")
    assert isinstance(made, Wanting)
    assert made.settings == "S"
    assert isinstance(instantiate(Plain, AVAILABLE, plugin="mail"), Plain)
    assert instantiate(made, AVAILABLE, plugin="mail") is made
    assert instantiate(sys, AVAILABLE, plugin="mail") is sys
