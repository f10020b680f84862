"""What can an attacker do who gets something into the environment of a host that is locked?

Each test lets the attack succeed without the lock first, where it can: the sentinel would tell.
"""

from __future__ import annotations

import os
import py_compile
import shutil
import struct
import sys
from collections.abc import Callable
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest
from support import installing

pytestmark = pytest.mark.environments

Environment = Any  # the fixtures' types live in conftest.py
Wheels = Any
Trace = Callable[[str], str]
HONEST = ["mail", "search", "stock"]


def test_what_was_approved_runs(environment: Environment) -> None:
    """The control of all the others: untouched, a locked start runs each plugin, and their receivers answer."""
    started = environment.start()
    assert {name: plugin["state"] for name, plugin in started.items() if name != "answers"} == {
        "shop-mail": "active",
        "shop-search": "active",
        "shop-stock": "active",
    }
    assert sorted(started["answers"]) == ["indexed tea", "thanks for tea"]
    assert sorted(environment.ran()) == HONEST
    assert environment.run("verify")["differences"] == []


@pytest.mark.parametrize("name", ["mail", "MAIL"])
def test_a_name_claimed_by_another_distribution(
    environment: Environment, wheels: Wheels, trace: Trace, name: str
) -> None:
    """The claimant is blocked however it spells the name, and takes nothing from the plugin that was approved."""
    environment.install(
        wheels.build("evil-mail", {"evil.py": trace("evil")}, entry_points=f"[shop.plugins]\n{name} = evil\n")
    )
    assert environment.start(locked=False)["evil-mail"]["state"] == "blocked"
    assert "evil" not in environment.ran()
    started = environment.start()
    assert started["shop-mail"]["state"] == "active"
    assert started["evil-mail"]["state"] == "blocked"
    assert started["evil-mail"]["reason"] == ("evil-mail 1.0 claims the name, which was approved for shop-mail 1.0")
    assert started["evil-mail"]["decided_by"].startswith(os.path.join("", "plugins.lock:"))
    assert sorted(environment.ran()) == HONEST


@pytest.mark.parametrize("spelling", ["Mail", "shop_mail", "SHOP.MAIL"])
def test_a_denied_plugin_in_another_spelling(environment: Environment, spelling: str) -> None:
    """A denial means the plugin whichever way its name is written; the lock's approval does not overrule it."""
    assert environment.start(disable=[spelling])["shop-mail"]["state"] == "disabled"
    assert sorted(environment.ran()) == ["search", "stock"]


@pytest.mark.parametrize("path", ["shop_mail.py", "shop_mail/__init__.py"])
def test_a_module_shadowed_by_an_earlier_path_entry(environment: Environment, trace: Trace, path: str) -> None:
    """Neither the shadow nor the shadowed module runs: the operator is told what lies in the way."""
    shadow = environment.host / path  # a script's directory comes first on sys.path
    shadow.parent.mkdir(exist_ok=True)
    shadow.write_text(trace("evil"))
    environment.start(locked=False)
    assert "evil" in environment.ran()
    mail = environment.start()["shop-mail"]
    assert mail["state"] == "blocked"
    assert mail["reason"] == f"its module 'shop_mail' is shadowed by {shadow}, which comes earlier"
    assert sorted(environment.ran()) == ["search", "stock"]


def test_a_namespace_package_that_is_given_code(environment: Environment, trace: Trace) -> None:
    """The parent package of a plugin's module has no code of its own; what is put there is not run to find that out."""
    intruder = environment.site / "shop_parts" / "__init__.py"
    intruder.write_text(trace("evil"))
    environment.start(locked=False)
    assert "evil" in environment.ran()
    stock = environment.start()["shop-stock"]
    assert (stock["state"], stock["reason"]) == (
        "blocked",
        f"the package 'shop_parts' around it is {intruder}, which its RECORD does not list",
    )
    assert sorted(environment.ran()) == ["mail", "search"]


WAYS_IN = {  # what an approved plugin may do by mistake or for its own comfort, before another one is imported
    "code there": "(site / 'shop_parts' / '__init__.py').write_text(evil)",
    "compiled code there": """
import py_compile
(here / 'evil.py').write_text(evil)
py_compile.compile(str(here / 'evil.py'), cfile=str(site / 'shop_parts' / '__init__.pyc'))
""",
    "a package earlier on the path": """
(here / 'way' / 'shop_parts').mkdir(parents=True)
(here / 'way' / 'shop_parts' / '__init__.py').write_text(evil)
sys.path.insert(0, str(here / 'way'))
""",
    "a module earlier on the path": """
(here / 'way').mkdir()
(here / 'way' / 'shop_parts.py').write_text(evil)
sys.path.insert(0, str(here / 'way'))
""",
    "a zip earlier on the path": """
import zipfile
with zipfile.ZipFile(here / 'way.zip', 'w') as archive:
    archive.writestr('shop_parts/__init__.py', evil)
sys.path.insert(0, str(here / 'way.zip'))
""",
    "a link there": """
(here / 'evil.py').write_text(evil)
(site / 'shop_parts' / '__init__.py').symlink_to(here / 'evil.py')
""",
}
WAYS_BESIDE = {
    "a portion earlier on the path": """
(here / 'way' / 'shop_parts').mkdir(parents=True)
(here / 'way' / 'shop_parts' / 'stock.py').write_text(evil)
sys.path.insert(0, str(here / 'way'))
""",
    "another search path of the package": """
(here / 'way').mkdir()
(here / 'way' / 'stock.py').write_text(evil)
import shop_parts
shop_parts.__path__ = [str(here / 'way')]
""",
}


@pytest.mark.parametrize("way", [*WAYS_IN, *WAYS_BESIDE])
def test_a_way_in_that_opens_after_the_check(environment: Environment, wheels: Wheels, trace: Trace, way: str) -> None:
    """An approved plugin opens it unawares; what gets in by it does not run in another plugin's name."""
    names = "import sys\nfrom pathlib import Path\nhere, site = Path.cwd(), Path(__file__).parent\n"
    source = names + f"evil = {trace('evil')!r}\n" + {**WAYS_IN, **WAYS_BESIDE}[way]
    environment.install(
        wheels.build("shop-aid", {"shop_aid.py": source}, entry_points="[shop.plugins]\naid = shop_aid\n")
    )
    environment.run("lock")
    before = {path: path.read_bytes() for path in environment.site.rglob("shop_*/*") if path.is_file()}
    started = environment.start()
    assert "evil" not in environment.ran()
    assert started["shop-aid"]["state"] == "active", started["shop-aid"]
    if way in WAYS_IN:
        assert started["shop-stock"]["state"] == "failed"
        assert (
            "'shop_parts' around plugin 'stock', which is locked, has been given code: "
            in started["shop-stock"]["reason"]
        )
    else:
        assert started["shop-stock"]["state"] == "active"
    undo(environment, before)
    environment.start(locked=False)
    assert "evil" in environment.ran(), "the way is one"


def undo(environment: Environment, before: dict[Path, bytes]) -> None:
    """Take away what the approved plugin wrote, so that it can write it once more."""
    shutil.rmtree(environment.host / "way", ignore_errors=True)
    for path in environment.site.rglob("shop_parts/*"):
        if path.is_file() and path not in before:
            path.unlink()


def test_a_module_put_beside_the_approved_ones(environment: Environment, trace: Trace) -> None:
    """What RECORD does not list can't be imported, even by the plugin itself."""
    (environment.site / "shop_mail" / "extra.py").write_text(trace("evil"))
    environment.start(locked=False)
    assert "evil" in environment.ran()
    assert environment.start()["shop-mail"]["state"] == "active"
    assert sorted(environment.ran()) == HONEST


@pytest.mark.parametrize("file", ["__init__.py", "texts.py", "a.txt"])
def test_a_file_that_was_tampered_with(environment: Environment, trace: Trace, file: str) -> None:
    """A change of any file of the distribution, its data included, keeps all of it from running."""
    tampered = environment.site / "shop_mail" / file
    tampered.write_text(trace("evil") + tampered.read_text())
    if file.endswith(".py"):
        environment.start(locked=False)
        assert "evil" in environment.ran()
    mail = environment.start()["shop-mail"]
    assert (mail["state"], mail["reason"]) == (
        "blocked",
        f"{tampered} is not what was installed: its digest is not the one in RECORD",
    )
    assert sorted(environment.ran()) == ["search", "stock"]
    (difference,) = environment.run("verify")["differences"]
    assert difference == [
        "mail",
        mail["reason"],
        "Find out who changed it, then install shop-mail==1.0 anew.",
    ]


def test_a_file_that_was_removed(environment: Environment) -> None:
    """A distribution that lacks a file is not what was approved."""
    removed = environment.site / "shop_mail" / "a.txt"
    removed.unlink()
    assert environment.start()["shop-mail"]["reason"] == f"{removed} is missing, and RECORD lists it"
    assert sorted(environment.ran()) == ["search", "stock"]


def test_a_file_and_its_record_that_were_tampered_with(environment: Environment, trace: Trace) -> None:
    """Whoever rewrites RECORD so that it vouches for the tampered file does not fit the lock any more."""
    tampered = environment.site / "shop_mail" / "texts.py"
    record = environment.site / "shop_mail-1.0.dist-info" / "RECORD"
    genuine = file_line(tampered)
    assert genuine in record.read_text()
    tampered.write_text(trace("evil") + tampered.read_text())
    record.write_text(record.read_text().replace(genuine, file_line(tampered)))
    environment.start(locked=False)
    assert "evil" in environment.ran()
    mail = environment.start()["shop-mail"]
    assert (mail["state"], mail["reason"]) == (
        "blocked",
        "the list of the files of shop-mail 1.0 (RECORD) is not the one that was approved",
    )
    assert sorted(environment.ran()) == ["search", "stock"]


def file_line(module: Path) -> str:
    """Return the line that a RECORD has for a module in a package, as it is now."""
    return installing.record_line(f"{module.parent.name}/{module.name}", module.read_bytes())


def test_a_compiled_file_that_was_tampered_with(
    environment: Environment, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `.pyc` that claims to belong to the source runs in any other Python program, and not in a locked start."""
    monkeypatch.setattr(sys, "pycache_prefix", None)  # the host is started without this process's settings
    source = environment.site / "shop_mail" / "texts.py"
    evil = environment.path / "evil.py"
    evil.write_text(trace("evil") + source.read_text())
    compiled = Path(cache_from_source(str(source)))
    py_compile.compile(str(evil), cfile=str(compiled), doraise=True)
    status = source.stat()
    header = struct.pack("<II", int(status.st_mtime) & 0xFFFFFFFF, status.st_size)
    content = compiled.read_bytes()
    compiled.write_bytes(content[:8] + header + content[16:])
    environment.start(locked=False)
    assert "evil" in environment.ran()
    assert environment.start()["shop-mail"]["state"] == "active"
    assert sorted(environment.ran()) == HONEST


def test_files_that_were_compiled_elsewhere(
    environment: Environment, wheels: Wheels, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No attack: pip writes into RECORD where it has put its `.pyc` files, which may be outside of the package."""
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(environment.path / "compiled"))
    environment.pip(
        wheels.build("shop-far", {"shop_far.py": trace("far")}, entry_points="[shop.plugins]\nfar = shop_far\n")
    )
    record = (environment.site / "shop_far-1.0.dist-info" / "RECORD").read_text()
    assert ".pyc" in record
    assert "__pycache__" not in record
    environment.run("lock")
    assert environment.start()["shop-far"]["state"] == "active"
    assert sorted(environment.ran()) == sorted([*HONEST, "far"])


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('version = "1.0"', 'version = "0.9"', "shop-mail 1.0 is installed, and version 0.9 was approved"),
        ('= "shop-mail"', '= "shop-post"', "shop-mail 1.0 claims the name, which was approved for shop-post 1.0"),
        ('= "shop_mail"', '= "shop_post"', "its entry point is 'shop_mail', and 'shop_post' was approved"),
        (
            "receivers = []",
            'receivers = ["a.b = c"]',
            "its receivers are not those that were approved: 'a.b = c' is gone",
        ),
        ("[plugin.mail]", "[plugin.post]", "it is new: shop-mail 1.0 brought it, and plugins.lock does not name it"),
    ],
    ids=["version", "distribution", "entry point", "receivers", "name"],
)
def test_a_lock_that_was_edited(environment: Environment, before: str, after: str, problem: str) -> None:
    """A line that says something else than what is installed keeps that plugin from running, and names the line."""
    text = environment.lock.read_text()
    line = text[: text.index("[plugin.mail]")].count("\n") + 1
    start = text.index("[plugin.mail]")
    environment.lock.write_text(text[:start] + text[start:].replace(before, after, 1))
    assert environment.lock.read_text() != text
    mail = environment.start()["shop-mail"]
    assert (mail["state"], mail["reason"]) == ("blocked", problem)
    assert mail["decided_by"] == ("plugins.lock" if "new" in problem else f"plugins.lock:{line}")
    assert sorted(environment.ran()) == ["search", "stock"]


def put_behind_a_link(lock: Path) -> None:
    """Move the lock to a directory that everybody may write, and leave a link to it."""
    elsewhere = lock.parent / "open"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    lock.rename(elsewhere / lock.name)
    lock.symlink_to(elsewhere / lock.name)


def put_behind_two_links(lock: Path) -> None:
    """Leave a link to a link, in a directory that everybody may write, to the lock in one that is ours alone."""
    put_behind_a_link(lock)
    ours = lock.parent / "ours"
    ours.mkdir()
    lock.readlink().rename(ours / lock.name)
    lock.readlink().symlink_to(ours / lock.name)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda lock: lock.unlink(), "there is no lock file"),
        (lambda lock: lock.write_text("[plugin"), "plugins.lock:1:8: "),
        (lambda lock: lock.write_bytes(b"\xff"), "not UTF-8"),
        (lambda lock: lock.write_text(lock.read_text().replace("digest =", "digset =", 1)), "Did you mean 'digest'?"),
        (lambda lock: lock.chmod(0o666), "others may write"),
        (lambda lock: lock.chmod(0o664), "others may write"),
        (lambda lock: lock.parent.chmod(0o777), "others may write"),
        (lambda lock: lock.parent.parent.chmod(0o770), "others may write"),
        (put_behind_a_link, "others may write"),
        (put_behind_two_links, "others may write"),
    ],
    ids=[
        "removed",
        "malformed",
        "no text",
        "unknown key",
        "writable by all",
        "writable by a group",
        "replaceable by all",
        "its directory replaceable by a group",
        "behind a link",
        "behind a link that anybody may turn",
    ],
)
def test_a_lock_that_cannot_be_used(environment: Environment, spoil: Callable[[Path], object], problem: str) -> None:
    """Nothing starts on a lock that is not there, is not one, or that somebody else may write or replace."""
    spoil(environment.lock)
    kind, text = environment.run("start", locked=True)["error"]
    assert kind == "ConfigError"
    assert problem in text
    assert environment.ran() == []


def test_a_duplicate_of_the_distribution(environment: Environment, wheels: Wheels, trace: Trace) -> None:
    """The copy that is found first has another RECORD, and is not what was approved; the other can't run either."""
    copy = wheels.build(
        "shop-mail",
        {"shop_mail/__init__.py": trace("evil")},
        entry_points="[shop.plugins]\nmail = shop_mail\n",
    )
    environment.pip("--target", environment.host, copy)
    environment.start(locked=False)
    assert "evil" in environment.ran()
    assert environment.start()["shop-mail"]["state"] == "blocked"
    assert sorted(environment.ran()) == ["search", "stock"]


def test_a_duplicate_with_the_approved_record(environment: Environment, trace: Trace) -> None:
    """A copy that brings the genuine RECORD along is measured by it."""
    for name in ("shop_mail", "shop_mail-1.0.dist-info"):
        shutil.copytree(environment.site / name, environment.host / name)
    (environment.host / "shop_mail" / "__init__.py").write_text(trace("evil"))
    environment.start(locked=False)
    assert "evil" in environment.ran()
    mail = environment.start()["shop-mail"]
    assert mail["state"] == "blocked"
    assert "is not what was installed" in mail["reason"]
    assert sorted(environment.ran()) == ["search", "stock"]


def test_a_plugin_that_came_as_a_dependency(environment: Environment, wheels: Wheels, trace: Trace) -> None:
    """A transitive dependency that turns out to be a plugin is reported as new, and does not run."""
    wheels.build("shop-tracker", {"evil.py": trace("evil")}, entry_points="[shop.plugins]\ntracker = evil\n")
    wheels.build("shop-library", {"shop_library.py": ""}, requires=["shop-tracker"])
    environment.pip("--find-links", wheels.folder, "shop-library")
    assert environment.start(locked=False)["shop-tracker"]["state"] == "active"
    assert "evil" in environment.ran()
    started = environment.start()
    assert started["shop-tracker"]["state"] == "blocked"
    assert started["shop-tracker"]["reason"] == (
        "it is new: shop-tracker 1.0 brought it, and plugins.lock does not name it"
    )
    assert sorted(environment.ran()) == HONEST
    assert environment.run("verify")["differences"] == [
        [
            "tracker",
            started["shop-tracker"]["reason"],
            "Approve it with `hookcore lock tracker` or lock('tracker'), or disable it, or uninstall shop-tracker.",
        ]
    ]


def test_a_plugin_that_nobody_enabled(environment: Environment, wheels: Wheels, trace: Trace) -> None:
    """Explicit mode needs no lock: what `enable` does not name is not imported."""
    environment.install(wheels.build("evil", {"evil.py": trace("evil")}, entry_points="[shop.plugins]\nevil = evil\n"))
    started = environment.start(locked=False, mode="explicit", enable=["mail"])
    assert (started["evil"]["state"], started["shop-mail"]["state"]) == ("disabled", "active")
    assert environment.ran() == ["mail"]


def test_a_plugin_in_a_version_that_nobody_approved(environment: Environment, wheels: Wheels, trace: Trace) -> None:
    """An upgrade waits until somebody approves it; and is approved by writing the lock anew."""
    environment.install(
        wheels.build(
            "shop-mail",
            {"shop_mail/__init__.py": trace("mail 1.1")},
            version="1.1",
            entry_points="[shop.plugins]\nmail = shop_mail\n",
        )
    )
    mail = environment.start()["shop-mail"]
    assert mail["state"] == "blocked"
    assert mail["reason"].startswith("shop-mail 1.1 is installed, and version 1.0 was approved")
    assert sorted(environment.ran()) == ["search", "stock"]
    environment.run("lock")
    assert environment.start()["shop-mail"]["state"] == "active"
    assert sorted(environment.ran()) == ["mail 1.1", "search", "stock"]


def test_entry_points_that_were_tampered_with(environment: Environment, trace: Trace) -> None:
    """A plugin's entry point, and each of its receivers', is the approved one, letter by letter."""
    (environment.site / "evil.py").write_text(trace("evil") + "def index(): ...\n")
    entry_points = environment.site / "shop_search-1.0.dist-info" / "entry_points.txt"
    entry_points.write_text("[shop.receivers]\nordered.index = evil:index\n")
    environment.start(locked=False)
    assert "evil" in environment.ran()
    search = environment.start()["shop-search"]
    assert search["state"] == "blocked"
    assert search["reason"] == (
        "its receivers are not those that were approved: 'ordered.index = shop_search.receivers:index' is gone; "
        "'ordered.index = evil:index' is new"
    )
    assert sorted(environment.ran()) == ["mail", "stock"]


def test_an_entry_point_that_names_a_module_of_somebody_elses(
    environment: Environment, wheels: Wheels, trace: Trace
) -> None:
    """Approved as it is, it still does not run: no RECORD that was approved vouches for that module."""
    environment.install(
        wheels.build("library", {"evil.py": trace("evil")}),
        wheels.build("shop-proxy", {}, entry_points="[shop.plugins]\nproxy = evil\n"),
    )
    environment.run("lock")
    environment.start(locked=False)
    assert "evil" in environment.ran()
    proxy = environment.start()["shop-proxy"]
    assert (proxy["state"], proxy["reason"]) == (
        "blocked",
        "its entry point names the module 'evil', which its RECORD does not list",
    )
    assert sorted(environment.ran()) == HONEST


HOSTILE_ENTRY_POINTS = """\
[shop.plugins]
first = evil; import evil
second = __import__("evil")
third = ../evil
fourth = os:__import__("evil")
fifth = .evil
sixth = evil\u200b
seventh = os:system("touch evil")
eighth = :
ninth =
${jndi:x} = \x1b[31mevil()
"""


def test_entry_points_whose_text_is_hostile(environment: Environment, wheels: Wheels, trace: Trace) -> None:
    """Whatever an entry point says, it is a name to look up and never code; with the lock and without it."""
    environment.install(wheels.build("hostile", {"evil.py": trace("evil")}))
    entry_points = environment.site / "hostile-1.0.dist-info" / "entry_points.txt"
    entry_points.write_text("[shop.plugins]\nhonest = evil\n")
    environment.start(locked=False)
    assert "evil" in environment.ran(), "the sentinel would tell"
    entry_points.write_text(HOSTILE_ENTRY_POINTS, encoding="utf-8")
    for locked, state in ((False, "failed"), (True, "blocked")):
        answer = environment.run("start", locked=locked)
        found = [plugin for plugin in answer["plugins"] if plugin["distribution"] == "hostile"]
        if sys.version_info < (3, 15):  # which refuses such entry points itself
            assert len(found) > 5
        assert {plugin["state"] for plugin in found} <= {state}, found
        assert answer["answers"]
        assert sorted(environment.ran()) == HONEST
    assert not (environment.host / "evil").exists()


def test_a_path_file_that_runs_code(environment: Environment, wheels: Wheels, trace: Trace) -> None:
    """A `.pth` file runs before us, and nothing here can prevent that; doctor() names it, its line and what to do."""
    line = "import os; open(os.environ['SENTINEL'], 'a').write('evil\\n')"
    environment.install(wheels.build("evil-path", {"evil.pth": f"{line}\n"}))
    hints = environment.run("doctor")["hints"]
    assert set(environment.ran()) == {"evil"}
    path_file = str(environment.site / "evil.pth")
    (hint,) = [hint for hint in hints if hint[0] == path_file]
    assert line in hint[1].encode().decode("unicode_escape")
    assert "uninstall" in hint[2]
    assert not [hint for hint in hints if hint[0].endswith("libraries.pth")], "that one only adds paths"


def test_a_module_that_was_planted_before_the_start(environment: Environment, trace: Trace) -> None:
    """A plugin's module that somebody imported earlier was not verified: the plugin does not run in that process."""
    body = "".join(f"    {line}\n" for line in trace("evil").splitlines())
    (environment.site / "evil.py").write_text(f"def index(item):\n{body}")
    (environment.site / "early.pth").write_text("import evil, sys; sys.modules['shop_search.receivers'] = evil\n")
    environment.start(locked=False)
    assert "evil" in environment.ran()
    search = environment.start()["shop-search"]
    assert (search["state"], search["reason"]) == (
        "blocked",
        "its module 'shop_search.receivers' was imported before it could be verified",
    )
    assert sorted(environment.ran()) == ["mail", "stock"]


def test_an_editable_install(environment: Environment, trace: Trace, tmp_path: Path) -> None:
    """Nothing vouches for the files of an editable install: it runs only if the lock says so in words."""
    project = tmp_path / "project"
    (project / "shop_draft").mkdir(parents=True)
    (project / "shop_draft" / "__init__.py").write_text(trace("draft"))
    (project / "pyproject.toml").write_text(
        "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n"
        "[project]\nname = 'shop-draft'\nversion = '1'\n"
        "[project.entry-points.'shop.plugins']\ndraft = 'shop_draft'\n"
        "[tool.hatch.build]\ndev-mode-dirs = ['.']\n"
    )
    environment.pip("--no-build-isolation", "--no-deps", "--editable", project)
    environment.run("lock")
    draft = environment.start()["shop-draft"]
    assert (draft["state"], draft["reason"]) == (
        "blocked",
        "shop-draft 1 is an editable or legacy install, whose files can't be verified",
    )
    assert sorted(environment.ran()) == HONEST
    ((plugin, _, remedy),) = environment.run("verify")["differences"]
    assert plugin == "draft"
    assert "`hookcore lock --editable draft`" in remedy
    text = environment.lock.read_text()
    start = text.index("[plugin.draft]")
    environment.lock.write_text(text[:start] + text[start:].replace("editable = false", "editable = true", 1))
    assert environment.start()["shop-draft"]["state"] == "active"
    assert sorted(environment.ran()) == ["draft", *HONEST]
    environment.run("lock", editable=True)
    assert environment.lock.read_text().count("editable = true") == 1


def test_a_plugin_that_is_approved_and_not_there(environment: Environment) -> None:
    """What the lock names and nobody has installed is told, with what to install."""
    shutil.rmtree(environment.site / "shop_mail-1.0.dist-info")
    assert environment.run("verify")["differences"] == [
        [
            "mail",
            "plugins.lock names it, and it is not installed",
            "Install shop-mail==1.0, or write the lock anew with `hookcore lock` or lock().",
        ]
    ]


def test_locking_and_verifying_import_no_plugin(environment: Environment) -> None:
    """What is not yet approved is not run to approve it."""
    for command in ("lock", "verify", "doctor"):
        assert environment.run(command)["shop_modules"] == ["shop_signals"]
    assert environment.ran() == []
