"""Is a distribution read in each form in which it comes: projects of all tools, and wheels?"""

from __future__ import annotations

from textwrap import dedent

import pytest
from support.installing import wheel, write

from hookcore.checking import check

GIFTS = "from hookcore import receiver\nfrom shop.signals import order_paid\n\n\n@receiver(order_paid)\n"
GOOD = f"{GIFTS}def give(number): ...\n"
WRONG = f"{GIFTS}def give(nubmer): ...\n"
SAID = "signal 'order_paid' sends no argument 'nubmer'. Did you mean 'number'?"
PYPROJECT = """
[project]
name = "shop-gifts"
description = "Gifts"
readme = "README.md"
[project.entry-points."shop.plugins"]
gifts = "shop_gifts.receivers"
"""
POETRY = """
[tool.poetry]
name = "shop-gifts"
version = "1.0"
description = "Gifts"
readme = "README.md"
[tool.poetry.plugins."shop.plugins"]
gifts = "shop_gifts.receivers"
"""
SETUP_CFG = """
[metadata]
name = shop-gifts
description = Gifts, 100%
long_description = file: README.md
[options]
install_requires =
    shop
[options.entry_points]
shop.plugins =
    gifts = shop_gifts.receivers
"""
SETUP_PY = """
from setuptools import setup
setup(
    name="shop-gifts",
    description="Gifts",
    long_description=open("README.md").read(),
    entry_points={"shop.plugins": ["gifts = shop_gifts.receivers"]},
)
"""
BUILDS = "[build-system]\nrequires = ['setuptools']\n"
DYNAMIC = """
[project]
name = "shop-gifts"
dynamic = ["description", "readme", "entry-points"]
"""
FROM_FILE = """
[project]
name = "shop-gifts"
description = "Gifts"
dynamic = ["entry-points", "readme"]
[tool.setuptools.dynamic]
entry-points = {file = "points.txt"}
readme = {file = "README.md"}
"""
PROJECTS = {
    "pyproject.toml": {"pyproject.toml": PYPROJECT},
    "an inline table": {
        "pyproject.toml": '[project]\nname = "shop-gifts"\ndescription = "Gifts"\nreadme = "README.md"\n'
        'entry-points = {"shop.plugins" = {gifts = "shop_gifts.receivers"}}\n'
    },
    "Poetry's old table": {"pyproject.toml": POETRY},
    "setup.cfg": {"setup.cfg": SETUP_CFG, "setup.py": "import setuptools\nsetuptools.setup()\n"},
    "setup.cfg beside pyproject.toml": {"setup.cfg": SETUP_CFG, "pyproject.toml": BUILDS},
    "what pyproject.toml leaves to setup.cfg": {"setup.cfg": SETUP_CFG, "pyproject.toml": DYNAMIC},
    "setup.py": {"setup.py": SETUP_PY, "pyproject.toml": BUILDS},
    "setup.py with a text": {
        "setup.py": SETUP_PY.replace(
            '{"shop.plugins": ["gifts = shop_gifts.receivers"]}',
            "'''\n[shop.plugins]\ngifts = shop_gifts.receivers\n'''",
        )
    },
    "a file of entry points": {
        "pyproject.toml": FROM_FILE,
        "points.txt": "[shop.plugins]\ngifts = shop_gifts.receivers\n",
    },
}


@pytest.fixture
def project(tmp_path):
    """Give what writes a project's files, below this test's folder, and returns that."""

    def written(*several):
        write(tmp_path, {"README.md": "# Gifts\n", **{file: text for files in several for file, text in files.items()}})
        return tmp_path

    return written


@pytest.mark.parametrize("layout", ["", "src/", "lib/", "packages/python/"])
@pytest.mark.parametrize("kind", PROJECTS)
def test_a_project_of_each_tool_is_read_in_each_layout(project, spec, kind, layout):
    """A good one has no problem, and of a wrong one it is told where."""
    package = {f"{layout}shop_gifts/__init__.py": "", f"{layout}shop_gifts/receivers.py": GOOD}
    assert check(project(PROJECTS[kind], package), [spec]) == []
    folder = project({f"{layout}shop_gifts/receivers.py": WRONG})
    assert list(map(str, check(folder, [spec]))) == [f"{folder}/{layout}shop_gifts/receivers.py:6: {SAID}"]


@pytest.mark.parametrize("kind", PROJECTS)
def test_an_entry_point_that_leads_nowhere_is_told_in_the_file_that_has_it(project, spec, kind):
    """By file and line, whichever file that is."""
    files = {file: text.replace("receivers", "recievers") for file, text in PROJECTS[kind].items()}
    folder = project(files, {"shop_gifts/__init__.py": "", "shop_gifts/receivers.py": GOOD})
    [problem] = check(folder, [spec])
    assert "no module 'shop_gifts.recievers' here. Did you mean 'shop_gifts.receivers'?" in problem.text
    if kind != "a file of entry points":
        assert "recievers" in (folder / problem.file).read_text().splitlines()[problem.line - 1]


def test_a_namespace_package_is_read(project, spec):
    """Which has no `__init__.py`."""
    files = {"pyproject.toml": PYPROJECT.replace("shop_gifts.receivers", "shop_plugins.gifts.receivers")}
    parts = {"src/shop_plugins/gifts/__init__.py": "", "src/shop_plugins/gifts/receivers.py": WRONG}
    folder = project(files, parts)
    assert [one.file for one in check(folder, [spec])] == [f"{folder}/src/shop_plugins/gifts/receivers.py"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"setup.py": SETUP_PY.replace('{"shop.plugins": ["gifts = shop_gifts.receivers"]}', "read_them()")},
            "setup.py computes entry_points; nothing is run here: build a wheel (`pip wheel --no-deps .`) and check",
        ),
        (
            {"setup.py": SETUP_PY.replace('name="shop-gifts"', "**options")},
            "setup.py computes **; nothing is run here",
        ),
        (
            {"pyproject.toml": DYNAMIC},
            "description, entry-points, readme: dynamic, so that only the build tool knows them; nothing is run here",
        ),
        ({"pyproject.toml": BUILDS}, "the project's name is nowhere to be read; nothing is run here"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_do_and_the_rest_is_checked(project, spec, files, told):
    """Receivers are found without any entry point."""
    first, second = sorted(one.text for one in check(project(files, {"shop_gifts/receivers.py": WRONG}), [spec]))
    assert told in (first + second)
    assert SAID in (first, second)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"setup.cfg": "name"},
        {"pyproject.toml": "["},
        {"some.txt": ""},
        {"pyproject.toml": "project = 1"},
        {"pyproject.toml": "[project]\nname = 1"},
        {"pyproject.toml": "[project]\nname = 'x'\nentry-points = []"},
        {"pyproject.toml": "[project]\nname = 'x'\ndependencies = 1"},
        {"pyproject.toml": "[tool]\npoetry = 1"},
    ],
)
def test_what_is_no_project_raises_an_error(project, spec, files):
    """ValueError, with what is wrong."""
    folder = project(files)
    with pytest.raises(ValueError, match=r"neither|no section headers|Invalid|line 1|has not the form"):
        check(folder, [spec])
    if "some.txt" in files:
        with pytest.raises(ValueError, match="neither a project's folder nor a wheel"):
            check(folder / "some.txt", [spec])


def test_a_wheel_is_checked_as_it_will_be_installed(tmp_path, spec):
    """With the metadata that its build tool has made; the files are told as they are in the archive."""
    made = {"entry_points": {"shop.plugins": {"gifts": "shop_gifts.receivers:giv"}}}
    path = wheel(
        tmp_path, "shop-gifts", modules={"shop_gifts/__init__.py": "", "shop_gifts/receivers.py": WRONG}, **made
    )
    info = f"{path}/shop_gifts-1.0.dist-info"
    assert list(map(str, check(path, [spec]))) == [
        f"{info}/METADATA:1: say description: operators and users read it before they install",
        f"{info}/entry_points.txt:2: entry point 'gifts': shop_gifts.receivers has no 'giv'. Did you mean 'give'?",
        f"{path}/shop_gifts/receivers.py:6: {SAID}",
    ]
    (tmp_path / "no.whl").write_text("no archive")
    with pytest.raises(ValueError, match="no wheel"):
        check(tmp_path / "no.whl", [spec])


def test_a_compiled_module_is_there_and_cannot_be_read(project, spec):
    """So its entry point may lead somewhere."""
    assert check(project({"pyproject.toml": PYPROJECT, "shop_gifts/receivers.abi3.so": ""}), [spec]) == []


def test_documentation_is_there_and_says_something(project, spec):
    """A README that is named, exists, and is not empty."""
    files = {"pyproject.toml": PYPROJECT, "shop_gifts/receivers.py": GOOD}
    [empty] = check(project(files, {"README.md": " \n"}), [spec])
    assert (empty.file.rpartition("/")[2], empty.text[:8]) == ("README.md", "say here")
    files["pyproject.toml"] = PYPROJECT.replace("README.md", "READ.md").replace('"Gifts"', '""')
    assert [one.text.partition(":")[0] for one in check(project(files), [spec])] == [
        "say description",
        "there is no READ.md",
    ]


@pytest.mark.parametrize("readme", ['{file = "READ.md"}', '["READ.md", "b.md"]', '{text = ""}'])
def test_a_readme_may_be_said_in_a_table_or_a_list(project, spec, readme):
    """The file has to be there, too."""
    text = PYPROJECT.replace('"README.md"', readme)
    problems = [one.text for one in check(project({"pyproject.toml": text, "shop_gifts/receivers.py": GOOD}), [spec])]
    assert problems == ([] if "text" in readme else ["there is no READ.md"])


def test_a_distribution_without_a_plugin_for_the_host_is_told(project, spec):
    """Nothing would happen, without a word."""
    files = {"pyproject.toml": PYPROJECT.replace("shop.plugins", "barn.plugins"), "shop_gifts/receivers.py": GOOD}
    [problem] = check(project(files), [spec])
    assert "no entry point stands in shop.plugins or shop.receivers" in problem.text
    assert check(project(files), [spec._replace(project="barn")]) == []


@pytest.mark.parametrize("group", ["shop.plugin", "Shop.Plugins", "shop-plugins", "shop.plugns", "shop_plugins"])
def test_a_group_that_is_spelled_nearly_right_is_told(project, spec, group):
    """As the host itself tells, when it starts; another host's group is none."""
    files = {"pyproject.toml": PYPROJECT.replace("shop.plugins", group), "shop_gifts/receivers.py": GOOD}
    [problem] = check(project(files), [spec])
    assert problem.text == f"group {group!r} is not read. Did you mean 'shop.plugins'?"
    assert problem.line == 6
    other = spec._replace(project="shops")
    both = {"pyproject.toml": PYPROJECT + '[project.entry-points."shops.plugins"]\ngifts = "shop_gifts.receivers"\n'}
    assert check(project(both), [spec, other]) == []


def test_requirements_that_keep_a_version_of_the_host_away_are_told_for_that_version(project, spec):
    """That host would block the plugin."""
    needs = PYPROJECT.replace(
        "[project.entry", 'dependencies = ["shop>=2,<3", "shop<1; python_version<\\"3\\"", "no one"]\n[project.entry', 1
    )
    folder = project({"pyproject.toml": needs, "shop_gifts/receivers.py": GOOD})
    old, new, unknown = (spec._replace(version=version) for version in ("1.9", "2.1", ""))
    [problem] = check(folder, [old, new, unknown])
    assert problem.text == "it requires shop>=2,<3, so that shop 1.9 would block it"
    assert (problem.line, problem.host) == (6, "shop 1.9")


def test_a_problem_with_several_versions_is_told_once(project, spec):
    """It says with which."""
    folder = project({"pyproject.toml": PYPROJECT, "shop_gifts/receivers.py": WRONG})
    versions = [spec._replace(version=version) for version in ("1", "2", "3")]
    renamed = versions[2].signals["order_paid"]
    renamed = renamed._replace(arguments={**renamed.arguments, "nubmer": "str"})
    versions[2] = versions[2]._replace(signals={**spec.signals, "order_paid": renamed})
    [problem] = check(folder, versions)
    assert str(problem).endswith("Did you mean 'number'? [shop 1, shop 2]")


def test_receivers_of_their_own_entry_points_are_followed(project, spec):
    """In a distribution without any plugin besides, through what a package hands on, and to methods."""
    points = """
        "order_paid.give" = "shop_gifts:give"
        "order_paid.late" = "shop_gifts.receivers:Gifts.late"
        "order_paid" = "shop_gifts:give"
        "order_payd.more" = "shop_gifts:give"
    """
    text = PYPROJECT.partition("[project.entry")[0] + '[project.entry-points."shop.receivers"]' + dedent(points)
    code = "def give(nubmer): ...\n\n\nclass Gifts:\n    @staticmethod\n    def late(amount: str): ...\n"
    package = {"shop_gifts/__init__.py": "from .receivers import give\n", "shop_gifts/receivers.py": code}
    folder = project({"pyproject.toml": text}, package)
    assert [str(one).removeprefix(f"{folder}/") for one in check(folder, [spec])] == [
        "pyproject.toml:9: entry point 'order_paid' is not called SIGNAL.RECEIVER",
        "pyproject.toml:10: 'shop' sends no signal 'order_payd'. Did you mean 'order_paid'?",
        f"shop_gifts/receivers.py:1: {SAID}",
        "shop_gifts/receivers.py:6: signal 'order_paid' sends 'amount' as int, and it wants str",
    ]


def test_a_plugin_of_a_host_in_pluggys_own_style_is_checked(project, spec):
    """Whose group is called as the host, as with `load_setuptools_entrypoints`; a module with the host's marker."""
    points = PYPROJECT.replace('"shop.plugins"', "shop")
    code = "import shop\n\n\n@shop.hookimpl\ndef order_paid({}): ...\n"
    assert check(project({"pyproject.toml": points, "shop_gifts/receivers.py": code.format("number")}), [spec]) == []
    folder = project({"shop_gifts/receivers.py": code.format("nubmer")})
    assert list(map(str, check(folder, [spec]))) == [f"{folder}/shop_gifts/receivers.py:5: {SAID}"]
