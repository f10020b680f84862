"""Is a disabled plugin's code never imported: neither its modules nor the packages around them?"""

from __future__ import annotations

import subprocess
import sys

import pytest

START = """
import sys
import garden_signals
from hookcore import PluginManager

plugins = PluginManager("garden", garden_signals, config={config!r})
plugins.start()
print(sorted(name for name in sys.modules if name.split(".")[0] in ("flora", "bee", "blog_welcome_email")))
print([response for _, response in garden_signals.watered.send(None, plant="rose")])
plugins.report()
plugins.stop()
print(sorted(name for name in sys.modules if name.split(".")[0] in ("flora", "bee", "blog_welcome_email")))
"""

LOUD = "print('imported', __name__)\n"


@pytest.fixture
def nested(garden):
    """A plugin deep in packages that all say when they are imported, with receivers of its own."""
    garden.install(
        "bee",
        {
            "flora/__init__.py": LOUD,
            "flora/insects/__init__.py": LOUD,
            "flora/insects/bee.py": LOUD + "def answer(plant): return 'bee'\n",
        },
        entry_points="flora.insects.bee",
        receivers={"watered.answer": "flora.insects.bee:answer"},
    )
    return garden


def test_the_control_imports_it(nested):
    """An enabled plugin is imported, with its parents, and runs: the tests below can fail."""
    imported, *rest = nested.run(START.format(config={})).splitlines()

    assert imported == "imported flora"
    assert rest[:3] == [
        "imported flora.insects",
        "imported flora.insects.bee",
        "['flora', 'flora.insects', 'flora.insects.bee']",
    ]
    assert rest[3] == "['bee']"


@pytest.mark.parametrize(
    "config",
    [
        {"disable": ["bee"]},
        {"disable": ["*"]},
        {"mode": "explicit"},
        {"mode": "required"},
    ],
    ids=str,
)
def test_what_the_config_disables_is_not_imported(nested, config):
    """Neither the module nor its parent packages are in `sys.modules`, while the host runs or afterwards."""
    assert nested.run(START.format(config=config)).splitlines() == ["[]", "[]", "[]"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GARDEN_PLUGINS_DISABLE", "bee"),
        ("GARDEN_PLUGINS_DISABLE", "*"),
        ("GARDEN_PLUGINS_MODE", "explicit"),
        ("GARDEN_PLUGINS_MODE", "required"),
    ],
)
def test_what_the_environment_disables_is_not_imported(nested, variable, value):
    """The same for the operator's variables."""
    assert nested.run(START.format(config={}), **{variable: value}).splitlines() == ["[]", "[]", "[]"]


def test_what_is_blocked_is_not_imported(nested):
    """Two claim one name, or a requirement does not run."""
    nested.install("bee", LOUD, distribution="other-bee")
    nested.install("needy", LOUD, requires=["bee"])

    assert nested.run(START.format(config={})).splitlines() == ["[]", "[]", "[]"]


def test_receivers_of_what_the_config_disables_one_by_one_do_not_run(nested):
    """The plugin is imported, the receiver silent."""
    config = {"plugin": {"bee": {"disable": ["watered.answer"]}}}

    assert nested.run(START.format(config=config)).splitlines()[-2] == "[]"


# -- installed with pip ---------------------------------------------------------------------------------------

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "blog-welcome-email"
version = "3.1"
description = "Greets."

[project.entry-points."garden.plugins"]
welcome-email = "blog_welcome_email"
"""

WELCOME = """
from hookcore import receiver
from garden_signals import watered

@receiver(watered)
def send_welcome_email(plant):
    return "welcome"
"""

WITH_FOREIGN_IMPORT = START.replace("plugins.start()\n", "plugins.start()\nif {imports}: import blog_welcome_email\n")


@pytest.fixture(scope="session")
def installed_python(make_environment, tmp_path_factory):
    """A virtual environment into which pip has installed a plugin; its Python."""
    source = tmp_path_factory.mktemp("blog-welcome-email")
    (source / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (source / "blog_welcome_email").mkdir()
    (source / "blog_welcome_email" / "__init__.py").write_text(WELCOME, encoding="utf-8")
    python = make_environment("welcome")
    wheels = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps"]
    build = ["wheel", *offline, "--no-build-isolation", "--wheel-dir", str(wheels), str(source)]
    subprocess.run([*pip, *build], check=True)
    [wheel] = wheels.iterdir()
    subprocess.run([*pip, "--python", str(python), "install", *offline, str(wheel)], check=True)
    return str(python)


@pytest.mark.environments
def test_a_plugin_that_pip_installed_runs(garden, installed_python):
    """The control: nothing but `pip install` was done."""
    assert garden.run(START.format(config={}), python=installed_python).splitlines()[:2] == [
        "['blog_welcome_email']",
        "['welcome']",
    ]


@pytest.mark.environments
@pytest.mark.parametrize("spelling", ["blog-welcome-email", "welcome-email", "Blog_Welcome.Email"])
@pytest.mark.parametrize("voice", ["environment", "file"])
def test_a_plugin_that_pip_installed_is_disabled_in_any_spelling(garden, installed_python, spelling, voice):
    """The distribution's name or the plugin's; in the environment or in the file: not imported, no welcome."""
    garden.say(f'disable = ["{spelling}"]')
    code = START.format(config=str(garden.config) if voice == "file" else {})
    environment = {"GARDEN_PLUGINS_DISABLE": spelling} if voice == "environment" else {}

    printed = garden.run(code, python=installed_python, **environment).splitlines()

    assert printed == ["[]", "[]", "[]"]


@pytest.mark.environments
def test_when_other_code_imports_it_all_the_same_it_stays_silent(garden, installed_python):
    """The module is there then, and its receivers do not run."""
    code = WITH_FOREIGN_IMPORT.format(config={}, imports=True)

    printed = garden.run(code, python=installed_python, GARDEN_PLUGINS_DISABLE="blog-welcome-email").splitlines()

    assert printed[:2] == ["['blog_welcome_email']", "[]"]


def test_importing_the_manager_imports_no_plugin_machinery(garden):
    """`import hookcore` reads no metadata, and a manager without a start imports none of its plugins."""
    garden.install("bee", LOUD)
    code = """
    import sys, garden_signals
    from hookcore import PluginManager
    PluginManager("garden", garden_signals)
    heavy = ("asyncio", "email", "logging", "importlib.metadata", "tomllib", "json", "bee")
    print([name for name in heavy if name in sys.modules])
    """

    assert garden.run(code) == "[]\n"
