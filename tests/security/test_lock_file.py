"""Is this a lock file, and does reading it give back what was written?"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.errors import ConfigError
from hookcore.names import canonical_name
from hookcore.plugins.config.sources import DEFAULT, Source, Stated
from hookcore.plugins.lock.approval import Approval
from hookcore.plugins.lock.lock_file import lock_text, read_lock, write_lock

DIGEST = "sha256:" + "0a" * 32
MAIL = Approval("Welcome.Mail", "shop-mail", "1.0", "shop_mail", (), DIGEST)
SEARCH = Approval("search", "shop-search", "2", "", ("ordered.a = m:a", "ordered.b = m:b"), "", editable=True)
TEXT = """\
format = 1

[plugin."Welcome.Mail"]
distribution = "shop-mail"
version = "1.0"
entry_point = "shop_mail"
receivers = []
digest = "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
editable = false
"""
texts = st.text(st.characters(exclude_categories=["Cs"]))
approvals = st.builds(
    Approval,
    plugin=texts,
    distribution=texts,
    version=texts,
    entry_point=texts,
    receivers=st.lists(texts, max_size=3).map(lambda lines: tuple(sorted(lines))),
    digest=st.sampled_from(["", DIGEST]),
    editable=st.booleans(),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Stated[str]:
    """Give the path of a lock file that each test writes."""
    return Stated(str(tmp_path_factory.mktemp("lock") / "plugins.lock"), DEFAULT)


def problems_of(text: str | bytes, file: Stated[str]) -> tuple[str, ...]:
    """Return what reading this text as a lock has to say against it, the path left away."""
    Path(file.value).write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        read_lock(file)
    except ConfigError as error:
        return tuple(problem.replace(file.value, "LOCK") for problem in error.problems or ("refused without reason",))
    return ()


def test_a_lock_says_where_each_plugin_stands(file: Stated[str]) -> None:
    """A plugin that differs is reported with the line of its table."""
    assert problems_of(TEXT, file) == ()
    lock = read_lock(file)
    assert dict(lock.approvals) == {"welcome-mail": MAIL}
    assert dict(lock.sources) == {"welcome-mail": Source("file", f"{file.value}:3")}


def test_a_lock_is_written_in_the_order_of_names_for_people_to_compare(file: Stated[str]) -> None:
    """One fact a line, and the same plugins always give the same text: a change shows as a small difference."""
    text = lock_text([SEARCH, MAIL])
    assert text == lock_text([MAIL, SEARCH])
    assert text.index("format = 1\n") < text.index("[plugin.search]\n") < text.index('[plugin."Welcome.Mail"]\n')
    assert (
        '[plugin.search]\ndistribution = "shop-search"\nversion = "2"\nentry_point = ""\n'
        'receivers = [\n    "ordered.a = m:a",\n    "ordered.b = m:b",\n]\ndigest = ""\neditable = true\n'
    ) in text


@given(st.lists(approvals, max_size=4, unique_by=lambda approval: canonical_name(approval.plugin)))
def test_what_is_written_is_what_is_read(file: Stated[str], written: list[Approval]) -> None:
    """Whatever a distribution calls itself, its plugins and its entry points: no text breaks out of its quotes."""
    write_lock(file.value, written)
    assert sorted(read_lock(file).approvals.values(), key=repr) == sorted(written, key=repr)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("format = 1", "", "LOCK: format must be 1: another hookcore wrote this lock file"),
        ("format = 1", "format = 2", "LOCK:1: format must be 1: another hookcore wrote this lock file"),
        ("format = 1", "format = 1\nplugins = 1", "LOCK:2: unknown key 'plugins'. Did you mean 'plugin'?"),
        (TEXT[11:], "plugin = 3", "LOCK:2: plugin must be a table, not 3."),
        (TEXT[11:], "plugin.mail = 3", "LOCK:2: plugin.mail must be a table, not 3."),
        (
            'version = "1.0"\n',
            "",
            "LOCK:3: plugin.Welcome.Mail lacks version. Write the lock anew with `hookcore lock` or lock().",
        ),
        ('"1.0"', "1.0", "LOCK:5: plugin.Welcome.Mail.version must be a text in quotes, not 1.0."),
        ("[]", "[1]", "LOCK:7: plugin.Welcome.Mail.receivers must be a list of texts, not [1]."),
        ("false", "'false'", "LOCK:9: plugin.Welcome.Mail.editable must be true or false, not 'false'."),
        (
            "sha256:0a",
            "md5:0a",
            f"LOCK:8: plugin.Welcome.Mail.digest must be 'sha256:' and 64 digits, not 'md5:{'0a' * 32}'.",
        ),
        ("editable", "editabel", "LOCK:9: unknown key 'plugin.Welcome.Mail.editabel'. Did you mean 'editable'?"),
        (
            "false",
            "false\n[plugin.welcome_mail]",
            "LOCK:10: 'Welcome.Mail' and 'welcome_mail' are one name; keep one of them",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(before: str, after: str, problem: str, file: Stated[str]) -> None:
    """Whoever edited the lock finds the place, and what to write there."""
    assert before in TEXT
    assert problem in problems_of(TEXT.replace(before, after, 1), file)


VALUE_TEXTS = st.sampled_from(
    ["1", "true", "''", '"mail"', "[]", '["a.b = c"]', "[1]", "{}", f'"{DIGEST}"', "'\\\\u0000'"]
)
KEYS = st.sampled_from(
    ["format", "distribution", "version", "entry_point", "receivers", "digest", "editable", "plugin", "x"]
)
LINES = st.one_of(
    st.sampled_from(TEXT.splitlines()),
    st.sampled_from(["[plugin.a]", "[plugin.A]", "[plugin.'']", "[plugin]", "[[plugin.b]]", "plugin.c.version = 1"]),
    st.builds("{} = {}".format, KEYS, VALUE_TEXTS),
)


@given(
    st.one_of(
        st.binary(),
        st.text(),
        st.lists(LINES, max_size=6, unique=True).map("\n".join),  # most of these get past the parser
        st.builds(
            lambda start, end, new: TEXT.encode()[:start] + new + TEXT.encode()[end:],
            st.integers(0, len(TEXT)),
            st.integers(0, len(TEXT)),
            st.binary(max_size=8),
        ),
    )
)
def test_any_text_is_a_lock_or_told_to_be_none(file: Stated[str], text: str | bytes) -> None:
    """No text makes reading fail in another way, or import anything."""
    problems_of("", file)  # what reading itself needs is imported now
    before = set(sys.modules)
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    assert all(problem.startswith("LOCK") for problem in problems_of(content, file))
    assert {name for name in set(sys.modules) - before if not name.startswith("encodings")} <= {"difflib"}


@pytest.mark.skipif(os.name != "posix", reason="only on systems with POSIX permissions")
def test_a_lock_that_is_written_anew_keeps_its_permissions(tmp_path: Path) -> None:
    """Who may read it is the operator's choice; and no half-written file is ever there, nor left behind."""
    path = tmp_path / "plugins.lock"
    path.write_text("")
    path.chmod(0o640)
    write_lock(str(path), [MAIL])
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The error names the path and the system's reason."""
    with pytest.raises(ConfigError, match=r"missing.plugins\.lock: the lock file can't be written \(No such file"):
        write_lock(str(tmp_path / "missing" / "plugins.lock"), [MAIL])
    with pytest.raises(ConfigError, match="the lock file can't be written"):
        write_lock(str(tmp_path / "plugins.lock"), [Approval("\ud800", "", "", "", (), "")])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "odd", ["\x1b[2K", "\x9b1A", "\u202e", "\u200b", "\n", "\u2028", "\x7f", "\U000e0041", "\xa0", '"', "\\"]
)
def test_what_does_not_print_is_written_as_an_escape(tmp_path: Path, odd: str) -> None:
    """Whoever reads the lock in a terminal sees what it says; and what is read is what was written."""
    path = tmp_path / "plugins.lock"
    approval = Approval(f"a{odd}b", f"c{odd}", f"1{odd}", f"m{odd}", (f"r{odd} = x",), "")
    write_lock(str(path), [approval])
    lines = path.read_text("utf-8").split("\n")
    assert all(line.isprintable() for line in lines)
    lock = read_lock(Stated(str(path), Source("argument")))
    assert list(lock.approvals.values()) == [approval]
