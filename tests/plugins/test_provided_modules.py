"""Which modules does a distribution provide?"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.plugins.provided_modules import provided_modules

if TYPE_CHECKING:
    from .conftest import SitePackages


def from_record(*files: str, entry_points: Sequence[str] = ()) -> frozenset[str]:
    """Return the modules of a distribution whose RECORD lists these files."""
    return provided_modules({"RECORD": "".join(f"{file},sha256=x,1\n" for file in files)}.get, entry_points)


@pytest.mark.parametrize(
    ("files", "modules"),
    [
        (["blog/__init__.py", "blog/sub/__init__.py", "blog/sub/a.py"], {"blog"}),
        (["blog.py"], {"blog"}),
        (["ns/blog/__init__.py", "ns/blog/a.py"], {"ns.blog"}),
        (["ns/deep/blog/__init__.py", "ns/other.py"], {"ns.deep.blog", "ns.other"}),
        ([f"fast{EXTENSION_SUFFIXES[0]}", f"blog/__init__{EXTENSION_SUFFIXES[0]}"], {"fast", "blog"}),
        (['"with,comma/__init__.py"', "blog/data.json", "blog/__init__.py"], {"blog"}),
        (["../../bin/tool.py", "/absolute.py", "blog-1.0.dist-info/x.py", "blog.py"], {"blog"}),
        (["blog/__pycache__/a.cpython-313.pyc", "blog/__init__.py"], {"blog"}),
    ],
)
def test_the_record_names_the_regular_packages_and_modules(files: list[str], modules: set[str]) -> None:
    """A regular package stands for what is in it; in a namespace, which is nobody's, one looks deeper."""
    assert from_record(*files) == modules


@pytest.mark.parametrize(
    "files", [[], ["__editable__.blog-1.0.pth"], ["__editable___blog_1_0_finder.py"], ["_blog.pth"]]
)
def test_where_the_record_names_no_module_the_entry_points_do(files: list[str]) -> None:
    """An editable install records a link, and no module."""
    assert from_record(*files, entry_points=["entry_point_module"]) == {"entry_point_module"}


def test_an_editable_installs_top_level_names_count() -> None:
    """setuptools writes them also where RECORD lists only a link."""
    texts = {"RECORD": "__editable__.blog-1.0.pth,,\n", "top_level.txt": "blog\nblog_extras\n"}
    assert provided_modules(texts.get, ["blog.plugin"]) == {"blog", "blog_extras"}


def test_a_source_trees_egg_info_names_its_packages_not_its_setup_script() -> None:
    """SOURCES.txt lists the whole tree; only what is below a top-level name is a module of the distribution."""
    texts = {
        "SOURCES.txt": "setup.py\ntests/test_a.py\nsrc/blog/__init__.py\nsrc/blog/a.py\nsrc/ns/x/__init__.py\nm.py\n",
        "top_level.txt": "blog\nns\nm\nunlisted\n",
    }
    assert provided_modules(texts.get, ["blog.plugin"]) == {"blog", "ns.x", "m", "unlisted"}


def test_a_namespace_package_is_never_claimed_as_a_whole(site_packages: SitePackages) -> None:
    """Two distributions may share a namespace; an editable one must not seize the other's modules."""
    (site_packages.path / "shared_namespace" / "mine").mkdir(parents=True)
    (site_packages.path / "shared_namespace" / "mine" / "__init__.py").write_text("raise SystemExit", encoding="utf-8")
    texts = {"top_level.txt": "shared_namespace\n"}
    assert provided_modules(texts.get, ["shared_namespace.mine.plugin"]) == {"shared_namespace.mine"}
    assert not any(name.startswith("shared_namespace") for name in sys.modules)


def test_a_namespace_in_a_namespace_is_looked_through(site_packages: SitePackages) -> None:
    """Without importing any: to the first package with code, or to the entry point's own module if there is none."""
    mine = site_packages.path / "outer_namespace" / "inner" / "mine"
    mine.mkdir(parents=True)
    assert provided_modules({}.get, ["outer_namespace.inner.mine.plugin"]) == {"outer_namespace.inner.mine.plugin"}
    (mine / "__init__.py").touch()
    importlib.invalidate_caches()
    assert provided_modules({}.get, ["outer_namespace.inner.mine.plugin"]) == {"outer_namespace.inner.mine"}
    assert not any(name.startswith("outer_namespace") for name in sys.modules)


def test_damaged_lists_are_as_good_as_absent() -> None:
    """No list of files, however damaged, stops a host."""

    def read_text(file: str) -> str:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")

    assert provided_modules(read_text, ["blog.plugin"]) == {"blog"}
    assert provided_modules({"RECORD": '"' + "x" * 200_000}.get, ["blog.plugin"]) == {"blog"}


FOLDERS = st.lists(st.sampled_from(["folder_a", "folder_b"]), max_size=3)
MODULES = st.sampled_from(["module_a", "module_b"])
FILES = st.lists(
    st.builds(lambda folders, module: "/".join([*folders, f"{module}.py"]), FOLDERS, MODULES)
    | st.builds(lambda folders: "/".join([*folders, "top", "__init__.py"]), FOLDERS)
    | st.builds(lambda folders: "/".join(["folder_a", *folders, "__init__.py"]), FOLDERS),
    min_size=1,
    unique=True,
)


@given(FILES)
def test_every_module_lies_below_exactly_one_prefix(files: list[str]) -> None:
    """The prefixes cover all modules and do not overlap, so that a module has one owner."""
    prefixes = from_record(*files)
    for file in files:
        module = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        assert sum(f"{module}.".startswith(f"{prefix}.") for prefix in prefixes) == 1
