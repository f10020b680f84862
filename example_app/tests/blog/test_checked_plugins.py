"""Does `hookcore check` find nothing in the plugins of this repository, and each fault that is planted in a copy?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from example_app import signals
from example_app.database import BlogSession
from hookcore import PluginManager, discover
from hookcore.checking import HostSpec, InstalledReceivers, changes_between, check, document_of, spec_from
from hookcore.integrations.sqlalchemy import model_signals

PLUGINS = Path(__file__).parents[3] / "plugins"
FOLDERS = sorted(path.parent for path in PLUGINS.glob("*/pyproject.toml"))

pytestmark = pytest.mark.skipif(not FOLDERS, reason="needs a checkout, for the plugins' source trees")

FAULTS: Sequence[tuple[str, str, str, str, str]] = (
    ("followers", "blog_followers/__init__.py", "(post: Post)", "(pots: Post)", "sends no argument 'pots'. Did you"),
    ("followers", "blog_followers/__init__.py", "(post: Post)", "(post: str | None, since: int)", "argument 'since'"),
    ("search", "blog_search/receivers.py", "limit: int", "limit: str", "sends 'limit' as int, and it wants str"),
    ("search", "blog_search/receivers.py", "-> list[int]", "-> dict[int, str]", "it answers dict[int, str], and"),
    ("profile", "blog_profile/__init__.py", "@receiver(user_signed_up)", "@receiver(signals.user_sign_up)", "Did you"),
    ("stats", "blog_stats/__init__.py", "def post_viewed", "def post_veiwed", "Did you mean 'post_viewed'?"),
    ("stats", "pyproject.toml", "blog_stats:Stats", "blog_stats:Statistics", "has no 'Statistics'. Did you mean"),
    ("search", "pyproject.toml", "blog_search.receivers:find_posts", "blog_search.recievers:find_posts", "no module"),
    ("markdown", "pyproject.toml", '"example_app.plugins"', '"example_app.plugin"', "is not read. Did you mean"),
    ("welcome-email", "blog_welcome_email/__init__.py", "@dataclass(frozen=True)", "", "Settings is no dataclass"),
    ("profile", "pyproject.toml", 'name = "blog-profile"', 'name = "Blog_Profile"', "as it compares: 'blog-profile'"),
    ("audit-log", "pyproject.toml", 'readme = "README.md"', "", "say readme"),
)


@pytest.fixture(scope="module")
def spec() -> HostSpec:
    """What the blog publishes, as a plugin's author gets it: from a file."""
    plugins = PluginManager("example_app", signals, model_signals(BlogSession))
    return spec_from(json.loads(json.dumps(document_of(plugins))))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_nothing_is_found_in_a_good_plugin(folder: Path, spec: HostSpec) -> None:
    """The ninth, which fails when it is told to, is well written, too."""
    assert check(folder, [spec]) == []


def test_there_are_eight_good_plugins_and_twelve_faults() -> None:
    """So that no test above and below comes to look at nothing."""
    assert (len(FOLDERS), len(set(FAULTS))) == (8 + 1, 12)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[0]}: {fault[3] or fault[2]}")
def test_each_planted_fault_is_found_and_nothing_else(
    fault: tuple[str, str, str, str, str], spec: HostSpec, tmp_path: Path
) -> None:
    """In its file, at its line."""
    plugin, file, right, wrong, text = fault
    folder = tmp_path / plugin
    shutil.copytree(PLUGINS / f"blog-{plugin}", folder)
    source = (folder / file).read_text(encoding="utf-8")
    assert right in source
    line = source[: source.index(right)].count("\n") + 1
    source = source.replace(right, wrong, 1)
    if "signals." in wrong:
        source = source.replace("\nfrom hookcore", "\nfrom example_app import signals\nfrom hookcore", 1)
    (folder / file).write_text(source, encoding="utf-8")

    [problem] = check(folder, [spec])

    assert text in problem.text
    assert problem.file == (folder / file).as_posix()
    moved = {"@receiver(signals.user_sign_up)": 2, "": 0 if plugin == "audit-log" else 1}.get(wrong, 0)
    assert problem.line == (line + moved if text != "say readme" else source.splitlines().index("[project]") + 1)


@pytest.mark.skipif(len(discover("example_app")) < 9, reason="the plugins of this repository are not all installed")
def test_what_a_change_of_the_blog_breaks_is_told_for_each_installed_plugin(spec: HostSpec) -> None:
    """By its source alone, where pip has put it."""
    gone = spec._replace(signals={name: one for name, one in spec.signals.items() if name != "post_deleted"})

    [change] = changes_between(spec, gone)
    installed = InstalledReceivers(spec)

    assert change.text == "post_deleted is not sent any more"
    told = [(one.plugin, one.receiver, Path(one.file).name) for one in installed.concerned_by(change)]
    assert told == [("blog-search", "forget_post", "receivers.py"), ("stats", "post_deleted", "__init__.py")]
    assert (len(installed.read), installed.unread) == (9, [])
    assert [one.plugin for one in installed.unnamed] == ["audit-log"]  # it goes through all signals there are
