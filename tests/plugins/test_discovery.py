"""Who is installed?"""

from __future__ import annotations

import importlib.metadata
import logging
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import installing

from hookcore.plugins.discovery import discover
from hookcore.plugins.installed import Distribution, EntryPoint, InstalledPlugin, plugins_of
from hookcore.plugins.provided_modules import modules_of

if TYPE_CHECKING:
    from .conftest import SitePackages

WELCOME = {"host.plugins": {"welcome-email": "blog_welcome_email"}}


def the_only(plugins: tuple[InstalledPlugin, ...]) -> InstalledPlugin:
    """Return the one plugin, and fail if there are more or none."""
    (plugin,) = plugins
    return plugin


def test_a_plugin_is_found_with_all_that_its_metadata_says(site_packages: SitePackages) -> None:
    """Name, distribution, version, summary, requirements, origin and entry point come from the metadata files."""
    info = site_packages.install(
        "blog-welcome-email",
        "2.1",
        summary="Writes to new users",
        requires=["hookcore", 'colorama; sys_platform == "win32"'],
        entry_points={"host.plugins": {"Welcome_Email": "blog_welcome_email:plugins.main"}, "other": {"x": "y"}},
    )
    plugin = the_only(discover("host"))
    assert (plugin.name, plugin.canonical_name) == ("Welcome_Email", "welcome-email")
    assert plugin.entry_point == EntryPoint("host.plugins", "Welcome_Email", "blog_welcome_email:plugins.main")
    assert plugin.receivers == ()
    distribution = plugin.distribution
    assert (distribution.name, distribution.version) == ("blog-welcome-email", "2.1")
    assert distribution.summary == "Writes to new users"
    assert distribution.requirements == ("hookcore", 'colorama; sys_platform == "win32"')
    assert distribution.origin == str(info)
    assert [entry_point.group for entry_point in distribution.entry_points] == ["host.plugins", "other"]
    assert str(plugin) == "plugin 'Welcome_Email' of blog-welcome-email 2.1"


def test_nothing_is_imported(site_packages: SitePackages) -> None:
    """Discovery reads metadata only: a module that would raise stays unread, and so does its package."""
    site_packages.install(
        "bad",
        entry_points={"host.plugins": {"bad": "bad_package.plugin"}, "host.receivers": {"s.r": "bad_package.r:r"}},
        modules={"bad_package/__init__.py": "raise SystemExit", "bad_package/plugin.py": "raise SystemExit"},
    )
    plugin = the_only(discover("host"))
    assert modules_of(plugin.distribution) == {"bad_package"}
    assert "bad_package" not in sys.modules


@pytest.mark.parametrize(
    ("value", "module", "attribute"),
    [
        ("blog", "blog", ""),
        ("blog.plugin:main", "blog.plugin", "main"),
        ("blog:Plugin.instance", "blog", "Plugin.instance"),
        (" blog : main [extra, other]", "blog", "main"),
        ("blog [extra]", "blog", ""),
    ],
)
def test_an_entry_point_is_read_as_importlib_metadata_reads_it(value: str, module: str, attribute: str) -> None:
    """Module and attribute are taken from the value by the specification's rule, blanks and old extras ignored."""
    entry_point = EntryPoint("host.plugins", "name", value)
    reference = importlib.metadata.EntryPoint("name", value.strip(), "host.plugins")
    assert (entry_point.module, entry_point.attribute) == (module, attribute)
    assert (reference.module, reference.attr or "") == (module, attribute)


def test_plugins_are_sorted_by_canonical_name_then_distribution(site_packages: SitePackages) -> None:
    """The order is the names' alone, never the file system's."""
    site_packages.install("zoo", entry_points={"host.plugins": {"B_plugin": "m", "a.plugin": "m"}})
    site_packages.install("ant", entry_points={"host.plugins": {"b-plugin": "m"}})
    found = [(plugin.name, plugin.distribution.name) for plugin in discover("host")]
    assert found == [("a.plugin", "zoo"), ("b-plugin", "ant"), ("B_plugin", "zoo")]


def test_another_hosts_plugins_are_not_ours(site_packages: SitePackages) -> None:
    """Only the groups `<project>.plugins` and `<project>.receivers` count."""
    site_packages.install(
        "one", entry_points={"hosts.plugins": {"x": "m"}, "host": {"y": "m"}, "host.other": {"z": "m"}}
    )
    assert discover("host") == ()


def test_the_same_distribution_twice_counts_once_and_the_first_wins(
    site_packages: SitePackages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """importlib.metadata's rule, whatever the spelling: earlier on sys.path shadows later."""
    site_packages.install("Blog-Mail", "1.0", entry_points={"host.plugins": {"mail": "old"}})
    shadowing = type(site_packages)(tmp_path / "first")
    shadowing.install("blog.mail", "2.0", entry_points={"host.plugins": {"mail": "new"}})
    monkeypatch.syspath_prepend(shadowing.path)
    assert the_only(discover("host")).distribution.version == "2.0"


def test_a_shadowing_distribution_without_plugins_hides_the_plugins_behind_it(
    site_packages: SitePackages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which distribution counts is decided before anybody asks for its entry points."""
    site_packages.install("blog-mail", "1.0", entry_points={"host.plugins": {"mail": "old"}})
    shadowing = type(site_packages)(tmp_path / "first")
    shadowing.install("blog-mail", "2.0")
    monkeypatch.syspath_prepend(shadowing.path)
    assert discover("host") == ()


def test_discovery_says_what_importlib_metadata_says(site_packages: SitePackages) -> None:
    """Over many distributions, and those that this interpreter has: the same names and values, no more, no less."""
    for number in range(20):
        site_packages.install(
            f"dist-{number}",
            entry_points={
                "host.plugins": {f"plugin-{number}": f"m{number}", f"Second_{number}": "m:a"} if number % 2 else {},
                "host.receivers": {f"saved.r{number}": f"m{number}:r"} if number % 3 else {},
            },
        )
    for project, groups in (("host", ("host.plugins", "host.receivers")), ("pytest", ("pytest.plugins",))):
        said = {one for group in groups for one in importlib.metadata.entry_points(group=group)}
        found = [
            one
            for plugin in discover(project)
            for one in (*([plugin.entry_point] if plugin.entry_point else []), *plugin.receivers)
        ]
        assert sorted((one.group, one.name, one.value) for one in found) == sorted(
            (one.group, one.name, one.value) for one in said
        )


@pytest.mark.usefixtures("zip_archives_are_forgotten")
def test_a_distribution_in_a_zip_archive_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What importlib.metadata finds elsewhere than in directories is found too, its modules included."""
    archive = tmp_path / "bundle.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("zipped-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: zipped\nVersion: 1.0\n")
        bundle.writestr("zipped-1.0.dist-info/entry_points.txt", "[host.plugins]\nzipped = zipped_plugin\n")
        bundle.writestr("zipped-1.0.dist-info/RECORD", "zipped_plugin/__init__.py,,\n")
        bundle.writestr("zipped_plugin/__init__.py", "")
    monkeypatch.syspath_prepend(archive)
    plugin = the_only(discover("host"))
    assert (plugin.name, plugin.distribution.version) == ("zipped", "1.0")
    assert modules_of(plugin.distribution) == {"zipped_plugin"}


class StrangeDistribution(importlib.metadata.Distribution):
    """What an importer that keeps its packages in memory may offer: text, and no files."""

    def read_text(self, filename: str) -> str | None:
        """Return the content of one metadata file."""
        return {
            "METADATA": "Metadata-Version: 2.1\nName: Strange.Dist\nVersion: 3\n",
            "entry_points.txt": "[host.plugins]\nstrange = strange_module\n",
        }.get(filename)

    def locate_file(self, path: object) -> Path:  # type: ignore[override]
        """Return where a file would be."""
        return Path("/nowhere") / str(path)


def test_a_finder_of_somebody_elses_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution is whatever `sys.meta_path` offers; its origin is where the finder says it is."""

    class Finder(importlib.metadata.DistributionFinder):
        def find_distributions(self, context: object = None) -> list[StrangeDistribution]:  # type: ignore[override]
            """Offer the one distribution."""
            return [StrangeDistribution()]

        def find_spec(self, *_: object) -> None:
            """Know no modules."""

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    distribution = the_only(discover("host")).distribution
    assert (distribution.name, distribution.version, distribution.origin) == ("Strange.Dist", "3", "/nowhere")


@pytest.mark.parametrize(
    "damage",
    [
        {"entry_points.txt": b"[host.plugins]\n\xff\xfe = x\n"},
        {"entry_points.txt": b"[host.plugins]\nbroken\n"},
    ],
)
def test_unreadable_metadata_is_reported_and_takes_no_other_plugin_along(
    site_packages: SitePackages, caplog: pytest.LogCaptureFixture, damage: dict[str, bytes]
) -> None:
    """One damaged distribution is logged with its path; the sound ones are found."""
    site_packages.install("sound", entry_points={"host.plugins": {"sound": "m"}})
    broken = site_packages.install("broken", entry_points={"host.plugins": {"broken": "m"}})
    for file, content in damage.items():
        (broken / file).write_bytes(content)
    with caplog.at_level(logging.WARNING, "hookcore"):
        assert the_only(discover("host")).name == "sound"
    assert str(broken) in caplog.text


def test_missing_metadata_headers_do_not_hide_a_plugin(site_packages: SitePackages) -> None:
    """Where METADATA names nothing, the directory's name does, and the version is said to be unknown."""
    info = site_packages.install("nameless", entry_points={"host.plugins": {"x": "m"}})
    (info / "METADATA").write_text("Metadata-Version: 2.1\n", encoding="utf-8")
    distribution = the_only(discover("host")).distribution
    assert (distribution.name, distribution.version, distribution.requirements) == ("nameless", "unknown", ())


def test_an_egg_info_directory_is_found_with_its_requirements(site_packages: SitePackages) -> None:
    """The metadata of a source tree (`setup.py develop`) counts like any other."""
    info = site_packages.path / "legacy.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: legacy\nVersion: 0.1\n", encoding="utf-8")
    (info / "requires.txt").write_text("blog-base\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[host.plugins]\nlegacy = legacy_plugin\n", encoding="utf-8")
    distribution = the_only(discover("host")).distribution
    assert (distribution.name, distribution.requirements) == ("legacy", ("blog-base",))


@pytest.mark.environments
def test_what_pip_installs_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel, put in place by the real pip."""
    wheel = installing.wheel(
        tmp_path,
        "real-plugin",
        "1.5",
        entry_points={
            "host.plugins": {"Real.Plugin": "real_plugin"},
            "host.receivers": {"saved.index": "real_plugin.receivers:index"},
        },
        modules={"real_plugin/__init__.py": "", "real_plugin/receivers.py": ""},
        summary="Real",
    )
    target = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    subprocess.run([*command, "--target", str(target), str(wheel)], check=True)
    monkeypatch.syspath_prepend(target)
    plugin = the_only(discover("host"))
    assert (plugin.name, str(plugin.distribution), plugin.distribution.summary) == (
        "Real.Plugin",
        "real-plugin 1.5",
        "Real",
    )
    assert plugin.receivers == (EntryPoint("host.receivers", "saved.index", "real_plugin.receivers:index"),)
    assert modules_of(plugin.distribution) == {"real_plugin"}


def distribution_with(*entry_points: EntryPoint, name: str = "blog-search") -> Distribution:
    """Return a record with these entry points, and no files behind it."""
    return Distribution(name, "1.0", "", (), "/site-packages", entry_points)


@pytest.mark.parametrize(
    ("origin", "root"),
    [
        ("/lib/blog-1.0.dist-info", "/lib/"),
        ("/lib/blog.egg-info", "/lib/"),
        ("/lib/blog-1.0.egg/EGG-INFO", "/lib/blog-1.0.egg/"),
        ("/lib/bundle.zip/blog-1.0.dist-info/", "/lib/bundle.zip/"),
        ("blog-1.0.dist-info", ""),
        ("/lib", ""),
        ("some.Finder", ""),
    ],
)
def test_a_distribution_knows_the_folder_in_which_it_lies(origin: str, root: str) -> None:
    """Where its origin is that of its metadata, and absolute."""
    origin, root = (path.replace("/", os.sep) for path in (origin, root))
    assert Distribution("blog", "1.0", "", (), origin).root == root


def test_receivers_without_a_plugin_make_one_named_after_the_distribution() -> None:
    """The operator needs a name to switch them off by."""
    receiver = EntryPoint("host.receivers", "post_published.index", "blog_search:index")
    plugin = the_only(plugins_of("host", [distribution_with(receiver)]))
    assert (plugin.name, plugin.entry_point, plugin.receivers) == ("blog-search", None, (receiver,))


def test_receivers_belong_to_the_plugin_whose_module_contains_theirs() -> None:
    """The longest module prefix decides; where none fits, the distribution's first plugin owns them."""
    outer = EntryPoint("host.plugins", "outer", "blog")
    inner = EntryPoint("host.plugins", "inner", "blog.search")
    within = EntryPoint("host.receivers", "s.within", "blog.search.index:add")
    beside = EntryPoint("host.receivers", "s.beside", "blog.searching:add")
    elsewhere = EntryPoint("host.receivers", "s.elsewhere", "other:add")
    plugins = plugins_of("host", [distribution_with(outer, inner, within, beside, elsewhere)])
    assert {plugin.name: plugin.receivers for plugin in plugins} == {
        "inner": (within,),
        "outer": (beside, elsewhere),
    }


def test_the_same_line_twice_is_one_plugin() -> None:
    """A build tool's slip does not make a plugin compete with itself."""
    entry_point = EntryPoint("host.plugins", "one", "m")
    assert len(plugins_of("host", [distribution_with(entry_point, entry_point)])) == 1
    receiver = EntryPoint("host.receivers", "s.r", "m:r")
    for given_twice in ([entry_point, receiver, receiver], [receiver, receiver]):
        assert the_only(plugins_of("host", [distribution_with(*given_twice)])).receivers == (receiver,)


def test_plugins_are_sorted_by_canonical_names() -> None:
    """First the plugin's, then the distribution's; what is left equal stays as it was found."""

    def plugin(name: str, distribution: str) -> Distribution:
        return distribution_with(EntryPoint("host.plugins", name, "m"), name=distribution)

    def order(*distributions: Distribution) -> list[tuple[str, str]]:
        return [(plugin.name, plugin.distribution.name) for plugin in plugins_of("host", distributions)]

    assert order(plugin("b", "x"), plugin("A", "z"), plugin("a_c", "y")) == [("A", "z"), ("a_c", "y"), ("b", "x")]
    claimed = order(plugin("b", "x"), plugin("A", "z"), plugin("a", "Y"), plugin("a", "Z"))
    assert claimed == [("a", "Y"), ("A", "z"), ("a", "Z"), ("b", "x")]


NAMES = st.sampled_from(["a", "b", "A_b", "a-b", "c.d"])
ENTRY_POINTS = st.builds(
    EntryPoint,
    st.sampled_from(["host.plugins", "host.receivers", "other"]),
    NAMES,
    st.sampled_from(["m", "m.n:a", "k"]),
)


@given(st.lists(ENTRY_POINTS, unique=True))
def test_every_entry_point_of_ours_is_in_exactly_one_plugin(entry_points: list[EntryPoint]) -> None:
    """None is lost, none is doubled, and no other group's comes in."""
    plugins = plugins_of("host", [distribution_with(*entry_points)])
    held = [plugin.entry_point for plugin in plugins if plugin.entry_point is not None]
    held += [receiver for plugin in plugins for receiver in plugin.receivers]
    ours = [entry_point for entry_point in entry_points if entry_point.group != "other"]
    assert sorted(held, key=repr) == sorted(ours, key=repr)
