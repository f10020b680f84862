"""Whose is a receiver? And does a disabled plugin's receiver stay silent, whatever way its code is reached?"""

from __future__ import annotations

import functools
import importlib
import os
import sys

import pytest

from hookcore import PluginManager

DISABLE_BEE = {"disable": ["bee"]}


def test_a_receiver_belongs_to_the_plugin_whose_distribution_provides_its_module(garden):
    """Wherever in the distribution it is written, and whoever imports it."""
    garden.install(
        "bee",
        {
            "bee/__init__.py": "",
            "bee/deep/__init__.py": "",
            "bee/deep/hive.py": """
                from hookcore import receiver
                from garden_signals import watered

                @receiver(watered)
                def answer(plant):
                    return "hive"
            """,
        },
    )
    manager = garden.start()
    hive = importlib.import_module("bee.deep.hive")

    assert manager.plugin_of(hive.answer) == "bee"
    assert garden.water() == ["hive"]
    manager.disable("bee")
    assert garden.water() == []


def test_other_code_may_import_a_disabled_plugin(garden):
    """Its receivers connect, and do not run; when it is enabled they do, with no second import."""
    garden.install("bee")
    manager = garden.start(DISABLE_BEE)

    importlib.import_module("bee")
    assert garden.log == ["import bee"]
    assert garden.water() == []

    manager.enable("bee")
    assert garden.water() == ["bee"]
    assert garden.log == ["import bee", "ready bee"]


def test_a_disabled_plugin_that_was_imported_before_the_start_is_silent(garden):
    """Before start() nobody decides; from start() on the policy does."""
    garden.install("bee")
    importlib.import_module("bee")
    assert garden.water() == ["bee"]

    garden.start(DISABLE_BEE)

    assert garden.water() == []


def test_another_plugin_may_import_a_disabled_one(garden):
    """What is running does not matter where the distribution says whose the module is."""
    garden.install("bee")
    garden.install("cat", "import bee\n")

    manager = garden.start(DISABLE_BEE)

    assert garden.water() == []
    assert manager.plugin_of(sys.modules["bee"].answer) == "bee"


def test_a_receiver_that_is_exported_again_keeps_its_owner(garden):
    """An active plugin that connects a disabled plugin's function does not make it run."""
    garden.install("bee", "def answer(plant):\n    return 'bee'\n")
    garden.install(
        "cat",
        """
        from bee import answer
        from garden_signals import watered

        def ready():
            watered.connect(answer)
        """,
    )

    garden.start(DISABLE_BEE)

    assert garden.water() == []


def test_a_receiver_entry_point_of_another_distribution_does_not_lend_its_name(garden):
    """A receiver entry point that names a disabled plugin's function does not make it run either."""
    garden.install("bee", "def answer(plant):\n    return 'bee'\n")
    garden.install("cat", "", entry_points={}, receivers={"watered.borrowed": "bee:answer"})

    garden.start(DISABLE_BEE)

    assert garden.water() == []


HELPER = """
    import pluggy

    class Helper:
        @pluggy.HookimplMarker("garden")
        def watered(self, plant):
            return "helper"

    helper = Helper()
"""


@pytest.mark.parametrize("when", ["before the start", "while it runs"])
def test_registering_a_disabled_plugins_code_by_hand_does_not_make_it_run(garden, when):
    """pluggy's `register()` is one more way to connect: the policy holds for whose code it is."""
    garden.install("bee", HELPER)
    manager = garden.manager(DISABLE_BEE)
    helper = importlib.import_module("bee").Helper()
    if when == "before the start":
        manager.register(helper, "mine")
        assert garden.water() == ["helper"]  # nobody has decided yet
    manager.start()
    if when == "while it runs":
        manager.register(helper, "mine")

    assert garden.water() == []
    assert manager.plugin_of(helper.watered) == "bee"
    manager.enable("bee")
    assert garden.water() == ["helper"]
    manager.disable("bee")
    assert garden.water() == []
    assert manager.unregister(helper) is helper
    manager.enable("bee")
    assert garden.water() == []


def test_pluggys_own_loading_does_not_make_a_disabled_plugin_run(garden):
    """`load_setuptools_entrypoints` imports what it finds; the policy still holds."""
    garden.install("bee", HELPER, entry_points="bee:helper")
    garden.install("cat")
    manager = garden.start(DISABLE_BEE)

    manager.load_setuptools_entrypoints("garden.plugins")

    assert garden.water() == ["cat"]


@pytest.mark.parametrize(
    "wrap",
    [
        functools.partial,
        lambda function: functools.partial(functools.partial(function)),
        lambda function: functools.wraps(function)(lambda *given, **named: function(*given, **named)),
        lambda function: functools.partial(
            functools.wraps(function)(lambda *given, **named: function(*given, **named))
        ),
        lambda function: functools.lru_cache(function),
    ],
    ids=["partial", "partial of a partial", "wrapper", "partial of a wrapper", "cache"],
)
def test_partials_and_wrappers_belong_to_who_wrote_what_is_in_them(garden, wrap):
    """The host wraps a disabled plugin's function and connects that: it is still the plugin's."""
    garden.install("bee", "def answer(plant):\n    return 'bee'\n")
    manager = garden.start(DISABLE_BEE)
    wrapped = wrap(importlib.import_module("bee").answer)

    garden.signals.watered.connect(wrapped)

    assert manager.plugin_of(wrapped) == "bee"
    assert garden.water() == []


def test_methods_and_callable_instances_belong_to_who_wrote_the_class(garden):
    """Also where the method itself is inherited from somebody else's class."""
    garden.write("library.py", "class Base:\n    def answer(self, plant):\n        return 'base'\n")
    garden.install(
        "bee",
        """
        from library import Base

        class Bee(Base):
            def __call__(self, plant):
                return "called"
        """,
    )
    manager = garden.start(DISABLE_BEE)
    bee = importlib.import_module("bee").Bee()

    garden.signals.watered.connect(bee)
    garden.signals.watered.connect(bee.answer)

    assert manager.plugin_of(bee) == "bee"
    assert manager.plugin_of(bee.answer) == "bee"
    assert garden.water() == []


def test_what_is_written_nowhere_known_belongs_to_the_plugin_whose_import_runs(garden):
    """A receiver that a library made for the plugin is the plugin's."""
    garden.write("library.py", "def make(text):\n    return lambda plant: text\n")
    garden.install(
        "bee",
        """
        import library
        from garden_signals import watered

        watered.connect(library.make("at import"))

        def ready():
            watered.connect(library.make("in ready"))
        """,
    )
    manager = garden.start()
    assert sorted(garden.water()) == ["at import", "in ready"]

    manager.disable("bee")
    assert garden.water() == []
    manager.enable("bee")
    assert sorted(garden.water()) == ["at import", "in ready"]


def test_what_nobody_provides_and_nobody_runs_is_nobodys(garden):
    """The host's own receivers, and those of tests, are always active."""
    garden.install("bee")
    manager = garden.start()

    def mine(plant):
        return "mine"

    garden.signals.watered.connect(mine)
    manager.disable("bee")

    assert manager.plugin_of(mine) is None
    assert garden.water() == ["mine"]


def test_a_plugin_in_a_namespace_package_owns_only_its_part(garden):
    """Two distributions share `flora`: each owns what it brought."""
    for name in ("bee", "cat"):
        garden.install(
            name,
            {
                f"flora/{name}.py": f"""
                    from hookcore import receiver
                    from garden_signals import watered

                    @receiver(watered)
                    def answer(plant):
                        return "{name}"
                """
            },
            entry_points=f"flora.{name}",
        )
    manager = garden.start()

    manager.disable("bee")

    assert garden.water() == ["cat"]


def test_of_two_plugins_in_one_distribution_each_owns_its_module(garden):
    """The entry point that is nearest to the module says whose it is."""
    source = """
        from hookcore import receiver
        from garden_signals import watered

        @receiver(watered)
        def answer(plant):
            return __name__
    """
    garden.install(
        "insects",
        {"insects/__init__.py": "", "insects/ant.py": source, "insects/bee.py": source, "insects/bee_tools.py": source},
        entry_points={"ant": "insects.ant", "bee": "insects.bee"},
    )
    manager = garden.start()
    assert sorted(garden.water()) == ["insects.ant", "insects.bee"]

    manager.disable("bee")
    assert garden.water() == ["insects.ant"]


def test_a_module_that_two_plugins_share_belongs_to_the_one_that_imports_it(garden):
    """The metadata cannot tell; the import can."""
    garden.install(
        "insects",
        {
            "insects/__init__.py": "",
            "insects/ant.py": "",
            "insects/bee.py": "import insects.shared\n",
            "insects/shared.py": """
                from hookcore import receiver
                from garden_signals import watered

                @receiver(watered)
                def answer(plant):
                    return "shared"
            """,
        },
        entry_points={"ant": "insects.ant", "bee": "insects.bee"},
    )

    manager = garden.start(disable=["ant"])
    assert garden.water() == ["shared"]

    manager.disable("bee")
    assert garden.water() == []


def test_of_two_plugins_in_one_distribution_the_disabled_one_may_be_imported(garden):
    """The host imports its module: the nearest entry point says that it is the disabled one's."""
    source = "from garden_signals import watered\ndef answer(plant): return __name__\nwatered.connect(answer)\n"
    garden.install(
        "insects",
        {"insects/__init__.py": "", "insects/ant.py": source, "insects/bee.py": source},
        entry_points={"ant": "insects.ant", "bee": "insects.bee"},
    )
    manager = garden.start(DISABLE_BEE)

    bee = importlib.import_module("insects.bee")

    assert garden.water() == ["insects.ant"]
    assert manager.plugin_of(bee.answer) == "bee"


def test_a_host_that_ships_plugins_in_its_own_distribution_keeps_its_own_receivers(garden):
    """Of the distribution that declares the signals, only the plugin's own module is the plugin's."""
    garden.install(
        "builtin",
        {
            "gardenapp/__init__.py": "",
            "gardenapp/signals.py": "from hookcore import Signal\nwatered = Signal()\n",
            "gardenapp/core.py": """
                from hookcore import receiver
                from gardenapp.signals import watered

                @receiver(watered)
                def host(plant):
                    return "host"
            """,
            "gardenapp/builtin.py": """
                from hookcore import receiver
                from gardenapp.signals import watered

                @receiver(watered)
                def answer(plant):
                    return "builtin"
            """,
        },
        distribution="gardenapp",
        entry_points="gardenapp.builtin",
    )
    signals = importlib.import_module("gardenapp.signals")
    importlib.import_module("gardenapp.core")
    manager = hookcore_manager(garden, signals)
    with manager:
        assert sorted(response for _, response in signals.watered.send(None, plant="rose")) == ["builtin", "host"]
        manager.disable("builtin")
        assert [response for _, response in signals.watered.send(None, plant="rose")] == ["host"]


def test_a_plugins_receivers_are_held_strongly(garden):
    """Whatever kind of callable: nobody else may hold it, and it stays for as long as the plugin does."""
    garden.install(
        "bee",
        """
        import gc
        from garden_signals import watered

        class Bee:
            def answer(self, plant):
                return "method"

            def __call__(self, plant):
                return "instance"

        watered.connect(Bee().answer)
        watered.connect(Bee())
        gc.collect()
        """,
    )
    garden.start()

    assert sorted(garden.water()) == ["instance", "method"]


def test_what_was_connected_weakly_before_the_start_is_held_from_then_on(garden):
    """A plugin that was imported early has its receivers adopted."""
    garden.install(
        "bee",
        """
        from garden_signals import watered

        class Bee:
            def answer(self, plant):
                return "bee"

        bee = Bee()
        watered.connect(bee.answer)
        """,
    )
    bee = importlib.import_module("bee")
    garden.start()
    del bee.bee

    assert garden.water() == ["bee"]


def test_receivers_of_pluggy_specifications_have_owners_too(garden):
    """A hook that the host declares in pluggy's way is a signal: what a plugin connects to it follows the plugin."""
    garden.write(
        "garden_hooks.py",
        """
        import pluggy

        @pluggy.HookspecMarker("garden")
        def pruned(plant):
            "Somebody cut a plant."
        """,
    )
    garden.install("bee", "def ready(plugins):\n    plugins.hook.pruned.connect(lambda plant: 'bee')\n")
    manager = garden.manager()
    manager.add_hookspecs(importlib.import_module("garden_hooks"))
    manager.start()
    assert manager.hook.pruned(plant="rose") == ["bee"]

    manager.disable("bee")
    assert manager.hook.pruned(plant="rose") == []


def hookcore_manager(garden, signals):
    """Make a manager of the garden with other signals than the usual ones."""
    manager = PluginManager("garden", signals)
    garden.managers.append(manager)
    return manager


# -- who else is there ----------------------------------------------------------------------------------------

SUITE = {
    "suite/__init__.py": "",
    "suite/mail.py": """
        from hookcore import receiver
        from garden_signals import watered

        @receiver(watered)
        def answer(plant):
            return "mail"
    """,
    "suite/stats.py": """
        from hookcore import receiver
        from garden_signals import watered
        import suite.mail

        @receiver(watered)
        def answer(plant):
            return "stats"
    """,
}


def install_suite(garden):
    """Install one distribution with two plugins, the second of which imports the first."""
    garden.install("suite", SUITE, entry_points={"mail": "suite.mail", "stats": "suite.stats"})


def test_of_two_plugins_in_one_distribution_the_nearest_owns_a_module_whoever_imports_it(garden):
    """The running plugin imports the other's module: that stays the other's."""
    install_suite(garden)
    manager = garden.start(disable=["mail"])

    assert manager.plugin_of(sys.modules["suite.mail"].answer) == "mail"
    assert garden.water() == ["stats"]
    manager.enable("mail")
    assert sorted(garden.water()) == ["mail", "stats"]
    manager.disable("stats")
    assert garden.water() == ["mail"]


@pytest.mark.parametrize("importer", ["stats", "the host"])
def test_disabling_the_one_stops_the_one(garden, importer):
    """Whichever module was imported first."""
    install_suite(garden)
    if importer == "the host":
        importlib.import_module("suite.stats")
    manager = garden.start()
    assert sorted(garden.water()) == ["mail", "stats"]

    manager.disable("mail")

    assert garden.water() == ["stats"]


SHARED = """
from hookcore import receiver
from garden_signals import watered

@receiver(watered)
def answer(plant):
    return "shared"

class Shared:
    def answer(self, plant):
        return "method"

shared = Shared()
watered.connect(shared.answer)
watered.connect(lambda plant: "lambda")
"""


@pytest.mark.parametrize("end", ["fails in import", "fails in ready", "is disabled", "is stopped"])
@pytest.mark.parametrize("where", ["at its import", "in ready"])
def test_what_nobody_provides_stays_when_the_plugin_goes_that_imported_it_first(garden, end, where):
    """A module of the host's or of a library's connects for nobody, whoever asked for it."""
    garden.write("host_module.py", SHARED)
    lines = ["import host_module"] if where == "at its import" else []
    lines += ["1 / 0"] if end == "fails in import" else []
    lines += ["def ready():"] + (["    import host_module"] if where == "in ready" else ["    pass"])
    lines += ["    1 / 0"] if end == "fails in ready" else []
    garden.install("bee", "\n".join(lines))
    manager = garden.start()
    if end == "is disabled":
        manager.disable("bee")
    if end == "is stopped":
        manager.stop()

    imported = not (where == "in ready" and end == "fails in import")
    assert garden.water() == (["shared", "method", "lambda"] if imported else [])


UNPROVIDED = {
    "partial of a built-in": "functools.partial(print, sep='')",
    "built-in": "print",
    "method of a built-in type": "[].append",
    "library's closure": "library.make('closure')",
    "library's callable": "library.Callable()",
    "library's method": "library.Callable().method",
    "evaluated": "eval('lambda plant: 1', {})",
    "evaluated in a namespace of its own": "eval('lambda plant: 1', {'__name__': 'nowhere'})",
    "executed": "execute('def answer(plant): return 1')['answer']",
    "operator": "operator.itemgetter(0)",
}
IMPORTS = """
import functools, operator
import library
from garden_signals import anything

def execute(source):
    names = {}
    exec(source, names)
    return names

RECEIVER = None
"""
LIBRARY = """
class Callable:
    def __call__(self, *args, **named): return 1
    def method(self, *args, **named): return 1

def make(text):
    return lambda **named: text

def connect_one(signal):
    signal.connect(lambda **named: "connected by the library")
"""


def connecting(receiver):
    """Return the source of a plugin that connects this at its import."""
    return IMPORTS.replace("RECEIVER = None", f"anything.connect({receiver}, weak=False)")


@pytest.mark.parametrize("receiver", UNPROVIDED.values(), ids=UNPROVIDED)
@pytest.mark.parametrize("imported", ["before the start", "by the host", "by another plugin", "by a library"])
def test_what_a_disabled_plugins_import_connects_does_not_run_whoever_wrote_it(garden, receiver, imported):
    """Nobody provides the module of the receiver, so it is the module's that is being imported."""
    garden.write("library.py", LIBRARY)
    garden.write("importing_library.py", "import bee\n")
    garden.install("bee", connecting(receiver))
    garden.install(
        "cat", {"by another plugin": "import bee", "by a library": "import importing_library"}.get(imported, "")
    )
    if imported == "before the start":
        importlib.import_module("bee")
    garden.start(DISABLE_BEE)
    importlib.import_module("bee")

    [connection] = garden.signals.anything._connections()
    assert connection.owner.name == "bee"
    assert garden.signals.anything.receivers == []
    assert not garden.signals.anything.has_listeners()


@pytest.mark.parametrize("name", ["'nowhere'", "'__main__'", "None"])
@pytest.mark.parametrize("run", ["exec", "eval"])
def test_what_a_disabled_plugins_import_evaluates_does_not_run(garden, name, run):
    """A text that a module evaluates is part of its execution, and is no module itself."""
    connect = f"{run}('anything.connect(print, weak=False)', {{'anything': anything, '__name__': {name}}})"
    garden.install("bee", f"from garden_signals import anything\n{connect}\n")
    garden.start(DISABLE_BEE)
    importlib.import_module("bee")

    [connection] = garden.signals.anything._connections()
    assert connection.owner.name == "bee"
    assert garden.signals.anything.receivers == []


def test_what_a_library_connects_for_a_disabled_plugin_does_not_run(garden):
    """The library's own code calls `connect`, at the plugin's import."""
    garden.write("library.py", LIBRARY)
    garden.install("bee", "import library\nfrom garden_signals import anything\nlibrary.connect_one(anything)\n")
    manager = garden.start(DISABLE_BEE)
    importlib.import_module("bee")
    assert garden.signals.anything.send(None) == []

    manager.enable("bee")
    assert [answer for _, answer in garden.signals.anything.send(None)] == ["connected by the library"]


@pytest.mark.parametrize("uid", ["None", "'one'"])
@pytest.mark.parametrize("gone", ["bee", "cat"])
def test_a_connection_is_one_for_each_owner(garden, uid, gone):
    """Two plugins connect one function, or under one `dispatch_uid`: neither speaks for the other."""
    garden.write("library.py", "def answer(plant):\n    return 'library'\n")
    source = f"""
        from library import answer
        from garden_signals import watered

        watered.connect(answer, dispatch_uid={uid})

        def ready():
            watered.connect(answer, dispatch_uid={uid})
            watered.connect(answer, dispatch_uid={uid})
    """
    garden.install("bee", source)
    garden.install("cat", source)
    manager = garden.start()
    assert garden.water() == ["library", "library"]

    manager.disable(gone)
    assert garden.water() == ["library"]
    manager.enable(gone)
    assert garden.water() == ["library", "library"]


def test_a_disabled_plugins_uid_takes_nobodys_place(garden):
    """The host imports it first; what connects under the same `dispatch_uid` later is heard all the same."""
    for name in ("bee", "cat"):
        garden.install(
            name, f"from garden_signals import watered\nwatered.connect(lambda plant: '{name}', dispatch_uid='one')\n"
        )
    importlib.import_module("bee")
    garden.start(DISABLE_BEE)
    importlib.import_module("bee")
    garden.signals.watered.connect(lambda plant: "host", dispatch_uid="one", weak=False)

    assert sorted(garden.water()) == ["cat", "host"]


def test_who_disconnects_disconnects_its_own_and_else_everybodys(garden):
    """Named as it was connected: a plugin means its own; the host, having none, means whatever there is."""
    garden.write("library.py", "def answer(plant):\n    return 'library'\n")
    garden.install("bee", "from library import answer\nfrom garden_signals import watered\nwatered.connect(answer)\n")
    garden.install(
        "cat",
        "from library import answer\nfrom garden_signals import watered\n"
        "watered.connect(answer)\nassert watered.disconnect(answer)\n",
    )
    garden.start()
    assert garden.water() == ["library"]

    assert garden.signals.watered.disconnect(sys.modules["library"].answer)
    assert not garden.signals.watered.disconnect(sys.modules["library"].answer)
    assert garden.water() == []


# -- where a module lies --------------------------------------------------------------------------------------

HANDLERS = """
from hookcore import receiver
from garden_signals import watered

@receiver(watered)
def answer(plant):
    return "host"
"""


@pytest.fixture
def elsewhere(garden, monkeypatch):
    """Give a folder of the host's own code, which comes first on the path."""
    folder = garden.folder / "elsewhere"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def put(folder, files):
    """Write modules into a folder."""
    for path, source in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    importlib.invalidate_caches()


@pytest.mark.parametrize("imported", ["before the start", "while it runs", "by a plugin"])
@pytest.mark.parametrize(
    ("stray", "own", "entry_point"),
    [
        ("utils/__init__.py", {"utils/__init__.py": "", "utils/handlers.py": HANDLERS}, "bee"),
        ("utils/handlers.py", {"utils/__init__.py": "", "utils/handlers.py": HANDLERS}, "bee"),
        ("handlers.py", {"handlers.py": HANDLERS}, "bee"),
        ("handlers.py", {"handlers/__init__.py": HANDLERS}, "bee"),
        ("handlers.py", {"handlers.py": HANDLERS}, "handlers"),
    ],
    ids=["package", "module in it", "module", "module for package", "entry point"],
)
def test_a_package_of_the_hosts_is_the_hosts(garden, elsewhere, stray, own, entry_point, imported):
    """Many wheels bring a `tests` or `utils` by mistake; the host's is found first."""
    put(elsewhere, own)
    garden.install("bee", {"bee.py": "", stray: "raise AssertionError('the wrong one')"}, entry_points=entry_point)
    handlers = next(iter(path for path, source in own.items() if source))
    module = handlers.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    garden.install("cat", f"import {module}\n" if imported == "by a plugin" else "")
    if imported == "before the start":
        importlib.import_module(module)
    manager = garden.start(DISABLE_BEE)
    answer = importlib.import_module(module).answer

    assert garden.water() == ["host"]
    assert manager.plugin_of(answer) is None
    manager.stop()
    assert garden.water() == ["host"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="only on systems with links")
def test_a_plugin_is_found_behind_a_link(garden, monkeypatch):
    """As in an environment whose `lib64` leads to `lib`: a module may be imported by another way than was listed."""
    garden.install("bee", {"bee/__init__.py": "", "bee/deep.py": HANDLERS}, entry_points="bee")
    link = garden.folder / "link"
    link.symlink_to(garden.site, target_is_directory=True)
    manager = garden.start(DISABLE_BEE)
    monkeypatch.setattr(sys, "path", [str(link), *(path for path in sys.path if path != str(garden.site))])
    importlib.import_module("bee.deep")

    assert garden.water() == []
    manager.enable("bee")
    assert garden.water() == ["host"]


LOOSE = """
import functools
from hookcore import receiver
from garden_signals import watered

@receiver(watered)
def answer(plant):
    return "loose"

class Answer:
    def __call__(self, plant):
        return "loose"

instance = Answer()
watered.connect(instance, weak=False)
watered.connect(functools.partial(dict, a="loose"), weak=False)
"""
LOADS_IT = """
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

SPEC = spec_from_file_location("whatever", Path(__file__).with_name("loose.py"))
MODULE = module_from_spec(SPEC)
SPEC.loader.exec_module(MODULE)
"""


@pytest.mark.parametrize("imported", ["before the start", "while it runs", "by a plugin"])
@pytest.mark.parametrize("editable", [False, True])
def test_what_a_plugin_loads_from_a_file_of_its_own_is_its(garden, elsewhere, editable, imported):
    """Whatever name it gives it: below the distribution's folder, or an editable install's."""
    files = {"bee/__init__.py": LOADS_IT, "bee/loose.py": LOOSE}
    put(elsewhere, files if editable else {})
    garden.install("bee", {"bee_is_elsewhere.pth": ""} if editable else files, entry_points="bee")
    garden.install("cat", "import bee\n" if imported == "by a plugin" else "")
    if imported == "before the start":
        importlib.import_module("bee")
    manager = garden.start(DISABLE_BEE)
    importlib.import_module("bee")

    assert garden.water() == []
    manager.enable("bee")
    assert len(garden.water()) == 3


THREAD = """
import functools
import threading
from garden_signals import watered

def connect():
    watered.connect(functools.partial(dict, a="bee"), weak=False)

thread = threading.Thread(target=connect)
thread.start()
thread.join()
"""


@pytest.mark.parametrize("imported", ["while it runs", "by a plugin"])
def test_what_a_disabled_plugins_thread_connects_does_not_run(garden, imported):
    """No import runs there, but the plugin's code does."""
    garden.install("bee", THREAD)
    garden.install("cat", "import bee\n" if imported == "by a plugin" else "")
    manager = garden.start(DISABLE_BEE)
    importlib.import_module("bee")

    assert garden.water() == []
    manager.enable("bee")
    assert len(garden.water()) == 1
    manager.stop()
    assert garden.water() == []


def test_what_a_plugin_connects_later_goes_with_it(garden):
    """In a receiver's own code no import runs, and no `ready`."""
    source = """
    import functools
    from hookcore import receiver
    from garden_signals import sown, watered

    @receiver(sown)
    def later():
        watered.connect(functools.partial(dict, a="bee"), weak=False)
    """
    garden.install("bee", source)
    manager = garden.start()
    garden.signals.sown.send(sender=None, plant="rose")
    assert len(garden.water()) == 1

    manager.disable("bee")

    assert garden.water() == []
