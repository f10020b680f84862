"""Where does the config come from, and is it one?"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.errors import ConfigError
from hookcore.plugins.config.keys import PluginTable
from hookcore.plugins.config.reading import read_config, variable
from hookcore.plugins.config.sources import DEFAULT, Source, Stated

WHOLE_PLUGINS = ' Whole plugins are switched by enable = ["NAME"] and disable = ["NAME"], above the first [table].'
NAME, ABOVE = '"NAME"', ", above the first [table]."
IN_QUOTES = ". A text stands in quotes, a list in brackets; true and false are written small"
IN_SETTINGS = " What only the plugin knows stands in its settings = { }."
GUARDS = "slow_after, timeout, break_after, cool_down"
TOP_KEYS = f"mode, enable, disable, required, strict, locked, lock, mute, timing, {GUARDS}, plugin."
PLUGIN_KEYS = f"settings, distribution, disable, {GUARDS}."
SECONDS = "a number of seconds, above 0"
WHOLE_FILE = """\
mode = "explicit"
enable = ["audit-log",
          "Blog.Search"]
disable = ["legacy-*"]
required = ["audit-log"]
strict = true
locked = true
lock = "locks/plugins.lock"
mute = ["post_viewed"]

[plugin.Welcome_Email]
distribution = "blog-welcome-email"
settings = { sender = "hello@example.org", limits = [1, 2] }
disable = ["user_signed_up.send_welcome_email", "post_*"]
"""


@pytest.fixture
def in_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory, so that a relative path is what an error shows."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusals(given: Path | Mapping[str, object]) -> tuple[str, ...]:
    """Return the problems of a config: none if it is one, at least one if it is refused."""
    try:
        read_config("app", given, environment={})
    except ConfigError as error:
        return error.problems or ("refused without a problem",)
    return ()


def problems_of(text: str, tmp_path: Path) -> tuple[str, ...]:
    """Return what `read_config` has to say against a file of this content, the path left away."""
    file = tmp_path / "app.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_config("app", file, environment={})
    return tuple(problem.removeprefix(f"{file}:") for problem in caught.value.problems)


def test_a_file_says_everything_with_its_lines(in_directory: Path) -> None:
    """Each value knows its file and line; names stay as they are written."""
    Path("app.toml").write_text(WHOLE_FILE, encoding="utf-8")
    config = read_config("app", "app.toml", environment={})

    def said(value: object, line: int) -> Stated[object]:
        return Stated(value, Source("file", f"app.toml:{line}"))

    assert config.mode == said("explicit", 1)
    assert config.enable == (said("audit-log", 2), said("Blog.Search", 3))
    assert config.disable == (said("legacy-*", 4),)
    assert config.required == (said("audit-log", 5),)
    assert config.strict == said(True, 6)
    assert config.mute == (said("post_viewed", 9),)
    assert config.locked == said(True, 7)
    assert config.lock == said("locks/plugins.lock", 8)
    plugin = config.plugin["welcome-email"]
    assert plugin.names == (said("Welcome_Email", 11),)
    assert plugin.distribution == said("blog-welcome-email", 12)
    assert plugin.settings is not None
    assert plugin.settings.values == {"sender": "hello@example.org", "limits": [1, 2]}
    assert str(plugin.settings.source_of(("limits", 1))) == "app.toml:13"
    assert plugin.disable == (said("user_signed_up.send_welcome_email", 14), said("post_*", 14))


def test_a_lock_is_looked_for_beside_the_config_file(in_directory: Path) -> None:
    """A path in a file is relative to that file, so the host may start from anywhere; an argument's is not."""
    Path("etc").mkdir()
    file = Path("etc", "app.toml")
    file.write_text("locked = true\n", encoding="utf-8")
    config = read_config("app", file, environment={})
    assert config.lock == Stated(str(Path("etc", "plugins.lock")), DEFAULT)
    file.write_text("lock = '../other.lock'\n", encoding="utf-8")
    lock = read_config("app", file, environment={}).lock
    assert lock == Stated(str(Path("etc", "../other.lock")), Source("file", f"{file}:1"))
    assert read_config("app", file, environment={}, arguments={"lock": Path("mine.lock")}).lock == Stated(
        "mine.lock", Source("argument", "lock")
    )


def test_a_locked_start_needs_to_know_the_lock_file() -> None:
    """A mapping lies beside no file, so that it must say where; and whoever asked for the lock is named."""
    with pytest.raises(ConfigError) as caught:
        read_config("app", {"locked": True}, environment={})
    assert caught.value.problems == (
        'config mapping locked: locked = true needs to know the lock file. Write lock = "path/plugins.lock"',
    )
    config = read_config("app", {"locked": True, "lock": "x.lock"}, environment={})
    assert (config.locked.value, config.lock) == (True, Stated("x.lock", Source("mapping", "lock")))


def test_nothing_said_is_the_default() -> None:
    """No file, no environment, no argument: everything loads, nothing is strict."""
    config = read_config("app", None, environment={})
    assert config.said == {}
    assert (config.mode, config.strict) == (Stated("auto", DEFAULT), Stated(False, DEFAULT))


def test_nothing_is_read_from_the_current_directory(in_directory: Path) -> None:
    """A file that lies about is no config until the host says so."""
    for name in ("app.toml", "hookcore.toml", "pyproject.toml"):
        Path(name).write_text("mode = 'explicit'\n", encoding="utf-8")
    assert read_config("app", None, environment={}).said == {}


def test_scalars_come_from_the_strongest_source_and_lists_add_up() -> None:
    """Argument before environment before mapping; a denial from any of them counts."""
    config = read_config(
        "example-app",
        {"mode": "auto", "strict": True, "disable": ["from-mapping"]},
        arguments={"mode": "explicit", "disable": ["from-argument"], "strict": None},
        environment={"EXAMPLE_APP_PLUGINS_DISABLE": " from-environment, , b "},
    )
    assert config.mode == Stated("explicit", Source("argument", "mode"))
    assert config.strict == Stated(True, Source("mapping", "strict"))
    assert [(said.value, str(said.source)) for said in config.disable] == [
        ("from-argument", "argument disable"),
        ("from-environment", "EXAMPLE_APP_PLUGINS_DISABLE"),
        ("b", "EXAMPLE_APP_PLUGINS_DISABLE"),
        ("from-mapping", "config mapping disable"),
    ]


@pytest.mark.parametrize(("text", "names"), [("", ()), (" , ", ()), ("a", ("a",)), (" a,, B_c,", ("a", "B_c"))])
@pytest.mark.parametrize("key", ["enable", "disable", "required", "mute"])
def test_a_variable_for_a_list_has_commas_between_the_names(key: str, text: str, names: tuple[str, ...]) -> None:
    """Blanks beside them do not count, and an empty variable is an empty list."""
    config = read_config("app", None, environment={f"APP_PLUGINS_{key.upper()}": text})
    source = Source("environment", f"APP_PLUGINS_{key.upper()}")
    assert getattr(config, key) == tuple(Stated(name, source) for name in names)


@pytest.mark.parametrize("key", ["strict", "locked"])
@pytest.mark.parametrize(
    ("text", "value"),
    [(text, True) for text in ("true", "1", "Yes", "ON", " True ")]
    + [(text, False) for text in ("false", "0", "no", "Off")],
)
def test_a_variable_for_a_switch_knows_the_usual_words(key: str, text: str, value: bool) -> None:
    """As shells, containers and service managers write them."""
    environment = {f"APP_PLUGINS_{key.upper()}": text, "APP_PLUGINS_LOCK": "x.lock"}
    assert getattr(read_config("app", None, environment=environment), key).value is value


@pytest.mark.parametrize("key", ["MODE", "STRICT", "LOCKED", "LOCK", "CONFIG"])
@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_variable_says_nothing(key: str, text: str) -> None:
    """Compose files and unit files set them so."""
    assert read_config("app", None, environment={f"APP_PLUGINS_{key}": text}).said == {}


@pytest.mark.parametrize(
    ("variable", "text", "problem"),
    [
        ("MODE", "atuo", """mode must be "auto" or "explicit" or "required", not 'atuo'. Did you mean 'auto'?"""),
        (
            "MODE",
            "Required",
            """mode must be "auto" or "explicit" or "required", not 'Required'. Did you mean 'required'?""",
        ),
        ("STRICT", "maybe", "strict must be true or false, not 'maybe'."),
        ("LOCKED", "2", "locked must be true or false, not '2'."),
    ],
)
def test_a_variable_that_says_what_it_cannot_is_refused(variable: str, text: str, problem: str) -> None:
    """By its own name, and with what it may say."""
    with pytest.raises(ConfigError) as caught:
        read_config("app", None, environment={f"APP_PLUGINS_{variable}": text})
    assert caught.value.problems == (f"APP_PLUGINS_{variable}: {problem}",)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("APP_PLUGINS_DISBLE", " Did you mean 'APP_PLUGINS_DISABLE'?"),
        ("APP_PLUGINS_disable", " Did you mean 'APP_PLUGINS_DISABLE'?"),
        ("APP_PLUGINS_DISABLED", " Did you mean 'APP_PLUGINS_DISABLE'?"),
        ("APP_PLUGINS_CONFG", " Did you mean 'APP_PLUGINS_CONFIG'?"),
        ("APP_PLUGINS_PLUGIN", " Did you mean 'APP_PLUGINS_"),
        ("APP_PLUGINS_", " Did you mean 'APP_PLUGINS_"),
    ],
)
def test_a_variable_that_is_no_key_is_told_with_the_nearest(name: str, hint: str) -> None:
    """It changes nothing, but whoever set it believes that it does."""
    config = read_config("app", None, environment={name: "x", "APP_PLUGIN": "y", "OTHER_APP_PLUGINS_X": "z"})
    assert config.said == {}
    (slip,) = config.slips
    assert slip.startswith(f"{name}: no such variable is known, so it does nothing.{hint}")


@pytest.mark.parametrize("text", ["['mail']", '["mail", "x"]', " [ 'mail' ] "])
def test_a_list_as_files_have_it_is_refused_in_the_environment(text: str) -> None:
    """It would be a glob that fits nothing, and nobody would be disabled."""
    with pytest.raises(ConfigError, match=r"APP_PLUGINS_DISABLE: disable must be .* names have commas between them"):
        read_config("app", None, environment={"APP_PLUGINS_DISABLE": text})
    assert read_config("app", None, environment={"APP_PLUGINS_DISABLE": "[ab]*,[!c]d"}).disable[1].value == "[!c]d"


def test_a_lock_said_in_the_environment_is_relative_to_the_current_directory(in_directory: Path) -> None:
    """As every path that is given to a process."""
    Path("etc").mkdir()
    Path("etc", "app.toml").write_text("lock = 'of-the-file.lock'", encoding="utf-8")
    environment = {"APP_PLUGINS_LOCK": "mine.lock", "APP_PLUGINS_CONFIG": "etc/app.toml"}
    config = read_config("app", None, environment=environment)
    assert config.lock == Stated("mine.lock", Source("environment", "APP_PLUGINS_LOCK"))


def test_the_environments_file_replaces_the_hosts_and_an_arguments_replaces_both(in_directory: Path) -> None:
    """One document counts: the strongest source's. A bad one that is replaced does no harm."""
    Path("host.toml").write_text("this is not TOML", encoding="utf-8")
    Path("environment.toml").write_text("disable = ['environment']", encoding="utf-8")
    environment = {"APP_PLUGINS_CONFIG": "environment.toml"}
    config = read_config("app", "host.toml", environment=environment)
    assert [said.value for said in config.disable] == ["environment"]
    config = read_config("app", "host.toml", environment=environment, arguments={"config": {"disable": ["argument"]}})
    assert [said.value for said in config.disable] == ["argument"]
    with pytest.raises(ConfigError, match=r"^host\.toml:1:6: "):
        read_config("app", "host.toml", environment={"APP_PLUGINS_CONFIG": ""})


def test_the_process_environment_is_read_unless_another_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host calls without `environment`; a test gives its own."""
    monkeypatch.setenv("APP_PLUGINS_DISABLE", "x")
    assert [said.value for said in read_config("app", None).disable] == ["x"]
    assert read_config("app", None, environment={}).disable == ()


@pytest.mark.parametrize("project", ["example_app", "example-app", "Example.App", "example..-app"])
def test_a_variables_name_is_what_a_shell_can_export(project: str) -> None:
    """Upper case, and an underscore for all that a shell does not allow."""
    assert variable(project, "mode") == "EXAMPLE_APP_PLUGINS_MODE"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('mode = "atuo"', """1: mode must be "auto" or "explicit" or "required", not 'atuo'. Did you mean 'auto'?"""),
        ("\ndisabel = []", "2: unknown key 'disabel'. Did you mean 'disable'?"),
        ("zzz = 1", "1: unknown key 'zzz'. The keys here are: " + TOP_KEYS),
        ('strict = "yes"', "1: strict must be true or false, not 'yes'."),
        ("strict = 1", "1: strict must be true or false, not 1."),
        ("locked = 'yes'", "1: locked must be true or false, not 'yes'."),
        ("lock = 3", "1: lock must be a path in quotes, not 3."),
        ('disable = "a"', """1: disable must be a list of names, not 'a'. Write ["a"]."""),
        ("mute = 3", "1: mute must be a list of names, not 3."),
        ("enable = [\n'a',\n 2]", "3: enable[1] must be a name in quotes, not 2."),
        ("required = ['']", "1: required[0] must be a name in quotes, not ''."),
        (
            "[disable]\nx = true",
            (f"1: disable must be a list of names, not {{'x': True}}. Write disable = [{NAME}]{ABOVE}"),
        ),
        (
            "[mail]\nx = 1",
            f"1: unknown key 'mail'. The keys here are: {TOP_KEYS} What is said of one plugin stands in [plugin.mail].",
        ),
        ("mode = auto", f"1:8: Invalid value{IN_QUOTES}"),
        ("strict = True", f"1:10: Invalid value{IN_QUOTES}"),
        ("plugin = 1", "1: plugin must be a table, not 1."),
        ("[plugin]\nx = true", "2: plugin.x must be a table, not True."),
        (
            "[plugin.x]\nsetings = {}",
            "2: unknown key 'plugin.x.setings'. Did you mean 'settings'?" + IN_SETTINGS,
        ),
        (
            "[plugin.x]\nsender = 'me'",
            f"2: unknown key 'plugin.x.sender'. The keys here are: {PLUGIN_KEYS}" + IN_SETTINGS,
        ),
        (
            "[plugin.x]\nenabled = false",
            "2: unknown key 'plugin.x.enabled'." + WHOLE_PLUGINS,
        ),
        (
            "[plugin.x]\nstrict = true",
            (
                "2: unknown key 'plugin.x.strict'. 'strict' is a key of the whole config:"
                " write it above the first [table]."
            ),
        ),
        ("[plugin.x]\ndistribution = 1", "2: plugin.x.distribution must be a name in quotes, not 1."),
        ("[plugin.x]\nsettings = 'a=1'", "2: plugin.x.settings must be a table, not 'a=1'."),
        ("[plugin.x]\ndisable = 'a.b'", """2: plugin.x.disable must be a list of names, not 'a.b'. Write ["a.b"]."""),
        (
            "[plugin.x]\ndisable = ['legacy']",
            (
                "2: plugin.x.disable[0] must be 'signal.receiver', as report() shows it, not 'legacy'."
                " Whole plugins are disabled above the first [table]."
            ),
        ),
        ("strict = " + "9" * 200, "1: strict must be true or false, not " + "9" * 79 + "…."),
        ("strict = 0x" + "f" * 5000, "1: strict must be true or false, not a value of type int."),
        ("slow_after = 0", f"1: slow_after must be {SECONDS}, or false, not 0. For none write slow_after = false."),
        ("timeout = -1.5", f"1: timeout must be {SECONDS}, or false, not -1.5. For none write timeout = false."),
        ("timeout = inf", f"1: timeout must be {SECONDS}, or false, not inf. For none write timeout = false."),
        ("timeout = nan", f"1: timeout must be {SECONDS}, or false, not nan. For none write timeout = false."),
        ("timeout = true", f"1: timeout must be {SECONDS}, or false, not True."),
        ('timeout = "2.5"', f"1: timeout must be {SECONDS}, or false, not '2.5'. Write timeout = 2.5, without quotes."),
        ('timeout = "2 s"', f"1: timeout must be {SECONDS}, or false, not '2 s'."),
        ("break_after = 2.5", "1: break_after must be a whole number, above 0, or false, not 2.5."),
        ("break_after = [3]", "1: break_after must be a whole number, above 0, or false, not [3]."),
        ("cool_down = false", f"1: cool_down must be {SECONDS}, not False."),
        ("cool_down = 0", f"1: cool_down must be {SECONDS}, not 0."),
        (
            "[plugin.x]\ncool_down = '5'",
            f"2: plugin.x.cool_down must be {SECONDS}, not '5'. Write cool_down = 5, without quotes.",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(text: str, problem: str, tmp_path: Path) -> None:
    """A stranger can mend the file without knowing our code."""
    assert problems_of(text, tmp_path) == (problem,)


def test_one_plugin_spelled_in_two_ways_is_refused(tmp_path: Path) -> None:
    """Two tables for one plugin: whichever won, somebody would be surprised."""
    (problem,) = problems_of("[plugin.a-b]\nsettings = {}\n[plugin.A_B]\nsettings = {}", tmp_path)
    file = tmp_path / "app.toml"
    assert problem == f"3: 'a-b' and 'A_B' are one name ({file}:1 and {file}:3); write one table for it"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"mode = 'auto'\nx = = 1\n", "2:5: "),
        (b"mode = 'auto'\nlist = [1,", "2:11: "),
        (b"mode = 'auto'\nmode = 'auto'", "2:14: "),
        (b"# \xc3\xa4\nmode = \xff", "2:8: not UTF-8"),
    ],
)
def test_a_malformed_file_is_told_with_line_and_column(content: bytes, place: str, tmp_path: Path) -> None:
    """The parser's position is brought into the form that editors jump to."""
    file = tmp_path / "app.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_config("app", file, environment={})
    (problem,) = caught.value.problems
    assert problem.startswith(f"{file}:{place}")


def test_a_file_with_windows_line_ends_has_the_same_lines(tmp_path: Path) -> None:
    """The line is the one that an editor shows."""
    file = tmp_path / "app.toml"
    file.write_bytes(b"mode = 'auto'\r\nstrict = true\r\n")
    assert str(read_config("app", file, environment={}).strict.source) == f"{file}:2"


def test_a_missing_file_is_told_with_who_named_it(in_directory: Path) -> None:
    """Three voices can name a file; the error says which, and which file was perhaps meant."""
    Path("app.toml").touch()
    with pytest.raises(ConfigError) as caught:
        read_config("app", None, environment={"APP_PLUGINS_CONFIG": "ap.toml"})
    assert caught.value.problems == (
        (
            "ap.toml: the config file named by APP_PLUGINS_CONFIG can't be read (No such file or directory)."
            " Did you mean 'app.toml'?"
        ),
    )
    with pytest.raises(ConfigError, match="named by the host can't be read"):
        read_config("app", in_directory, environment={})
    with pytest.raises(ConfigError, match="the argument config must be a path, a mapping or None, not 3"):
        read_config("app", None, arguments={"config": 3}, environment={})


HOSTILE: dict[str, tuple[bytes, str]] = {
    "arrays without end": (b"x = " + b"[" * 5000 + b"]" * 5000, ": nested too deeply to be read"),
    "arrays that never end": (b"x = " + b"[" * 5000, ": nested too deeply to be read"),
    "tables without end": (b"x = " + b"{a=" * 5000 + b"1" + b"}" * 5000, ": nested too deeply to be read"),
    "a dotted key": (b"# \n" + b"a." * 50_000 + b"a = 1", ":2: a name with more than 100 dots is nested too deeply"),
    "a dotted header": (b"[" + b"'a' . " * 50_000 + b"a]", ":1: a name with more than 100 dots is nested too deeply"),
    "a dotted key in a table": (b"x = { " + b'"a".' * 9999 + b"a = 1 }", ":1: a name with more than 100 dots"),
    "several dotted keys": (b"[" + b"a." * 60 + b"b]\n" + b"a." * 60 + b"b = 1", ": nested too deeply to be read"),
    "digits": (b"\nx = " + b"1" * 5000, ":2: a number of too many digits"),
    "digits below zero": (b"\nx = [-" + b"1_1" * 2500 + b"]", ":2: a number of too many digits"),
    "a null character": (b"\nx = '\0'", ":2:6: "),
    "only null characters": (b"\0" * 1000, ":1:1: "),
    "UTF-16": ("mode = 'auto'".encode("utf-16"), ":1:1: not UTF-8"),
    "Latin-1": (b"# \xe4", ":1:3: not UTF-8"),
    "half a character": (b"\n# \xc3", ":2:3: not UTF-8"),
    "a lone surrogate": (b"# \xed\xa0\x80", ":1:3: not UTF-8"),
    "more than a mebibyte": (b"#" * 1024**2 + b"\n", ": the config file named by the host can't be read (it is larger"),
    "one long line": (b"a" * 1024**2, ":1:1048577: "),
    "quotes": (b'"' * 1024**2, ":1:"),
    "quoted dots": (b'"a" ' * 250_000, ":1:5: "),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_file_that_no_parser_should_see_is_refused_in_a_sentence(in_directory: Path, hostile: str) -> None:
    """Neither a hang nor a traceback of the parser's, and the line where there is one."""
    content, problem = HOSTILE[hostile]
    Path("app.toml").write_bytes(content)
    (told,) = refusals(Path("app.toml"))
    assert told.startswith(f"app.toml{problem}")


def test_a_file_that_begins_with_a_mark_is_read(in_directory: Path) -> None:
    """Editors on Windows write it."""
    Path("app.toml").write_bytes(b"\xef\xbb\xbfmode = 'explicit'")
    assert read_config("app", "app.toml", environment={}).mode.value == "explicit"


@pytest.mark.parametrize("voice", ["the host", "APP_PLUGINS_CONFIG", "the argument config"])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.mkdir(), "it is a directory"),
        (os.mkfifo, "it is a pipe, not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is a device, not a regular file"),
        (lambda path: (path.write_bytes(b"") and None) or os.truncate(path, 200 * 1000**3), "it is larger than 1 MiB"),
        (lambda path: path.symlink_to("gone.toml"), "No such file or directory). It is a link to 'gone.toml'."),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    ],
    ids=["directory", "pipe", "device", "sparse file", "dangling link", "circle of links"],
)
def test_what_is_no_file_is_told_by_what_it_is(
    in_directory: Path, voice: str, make: Callable[[Path], object], words: str
) -> None:
    """Whoever names it: nobody waits for a pipe, or reads a device to its end."""
    make(Path("app.toml"))
    given = "app.toml" if voice == "the host" else None
    environment = {"APP_PLUGINS_CONFIG": "app.toml"} if voice.startswith("APP") else {}
    arguments = {"config": "app.toml"} if voice.endswith("config") else {}
    with pytest.raises(ConfigError) as caught:
        read_config("app", given, environment=environment, arguments=arguments)
    (problem,) = caught.value.problems
    assert problem.startswith(f"app.toml: the config file named by {voice} can't be read ({words}")


def test_a_path_that_cannot_be_one_is_refused() -> None:
    """An environment variable or argument may hold anything."""
    with pytest.raises(ConfigError, match="null"):
        read_config("app", "a\0b", environment={})


def test_all_problems_of_all_sources_are_told_at_once(tmp_path: Path) -> None:
    """Nobody wants to mend one mistake a start."""
    with pytest.raises(ConfigError) as caught:
        read_config("app", {"x": 1, "strict": 0}, arguments={"disable": "a", "mod": "auto"}, environment={})
    assert caught.value.problems == (
        """argument disable: disable must be a list of names, not 'a'. Write ["a"].""",
        "argument mod: unknown key 'mod'. Did you mean 'mode'?",
        f"config mapping x: unknown key 'x'. The keys here are: {TOP_KEYS}",
        "config mapping strict: strict must be true or false, not 0.",
    )
    assert str(caught.value) == "\n".join(caught.value.problems)


def test_the_keys_of_a_mapping_must_be_strings() -> None:
    """A mapping comes from code, where anything may stand."""
    with pytest.raises(ConfigError, match=r"^config mapping plugin: the key 3 must be a string$"):
        read_config("app", {"plugin": {3: {}}}, environment={})


def test_tuples_and_sets_are_lists_for_code() -> None:
    """What only code can write is accepted where the order of a set does not matter."""
    config = read_config("app", {"disable": ("b", "a"), "enable": {"d", "c"}}, environment={})
    assert [said.value for said in config.disable] == ["b", "a"]
    assert [said.value for said in config.enable] == ["c", "d"]


def test_changing_the_mapping_later_changes_no_config() -> None:
    """What was read is read: the settings don't follow the host's own dictionary."""
    settings = {"sender": "a"}
    config = read_config("app", {"plugin": {"x": {"settings": settings}}}, environment={})
    settings["sender"] = "b"
    table = config.plugin["x"].settings
    assert table is not None
    assert table.values == {"sender": "a"}


def test_a_plugins_own_word_about_guards_wins_over_that_for_all(tmp_path: Path) -> None:
    """Also if it says that there is none. The environment speaks for all, and is stronger than the file there."""
    file = tmp_path / "app.toml"
    file.write_text("slow_after = 2\nbreak_after = 5\n[plugin.Mail-1]\nslow_after = 0.5\nbreak_after = false\n")
    environment = {"APP_PLUGINS_SLOW_AFTER": " 3.5 ", "APP_PLUGINS_TIMEOUT": "off", "APP_PLUGINS_COOL_DOWN": "7"}
    config = read_config("app", file, environment=environment)
    mail, other = config.plugin["mail-1"], PluginTable()
    keys = ("slow_after", "timeout", "break_after", "cool_down")
    assert [config.guard(key, mail).value for key in keys] == [0.5, False, False, 7]
    assert [config.guard(key, other).value for key in keys] == [3.5, False, 5, 7]
    assert str(config.guard("slow_after", mail).source) == f"{file}:4"
    assert str(config.guard("slow_after", other).source) == "APP_PLUGINS_SLOW_AFTER"


@pytest.mark.parametrize("text", ["0", "-1", "1e400", "nan", "much", "5 s", "9" * 5000])
def test_what_is_no_number_in_the_environment_is_refused(text: str) -> None:
    """By the variable's name."""
    with pytest.raises(ConfigError, match=rf"^APP_PLUGINS_TIMEOUT: timeout must be {SECONDS}, or false, not "):
        read_config("app", None, environment={"APP_PLUGINS_TIMEOUT": text})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "mode",
        "enable",
        "disable",
        "required",
        "strict",
        "locked",
        "lock",
        "mute",
        "plugin",
        "settings",
        "distribution",
        "slow_after",
        "break_after",
        "cool_down",
    ]
)
TABLES = st.recursive(VALUES, lambda inner: st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=4))
VALUE_TEXTS = st.sampled_from(
    [
        "true",
        "1",
        "''",
        "'auto'",
        "'explicit'",
        "[]",
        "['a', 'B_*']",
        "[1]",
        "{}",
        "{ disable = ['a.b'] }",
        "1979-05-27",
        "nan",
        "'\\u0000'",
        '"\\u0000"',
        "{ a = { settings = {} } }",
        "{ x = { disable = ['*', 'a'] } }",
        '"""\n\n"""',
    ]
)
LINES = st.one_of(
    st.builds("{} = {}".format, KEYS, VALUE_TEXTS),
    st.sampled_from(
        ["[plugin.a]", "[plugin.A]", "[plugin.b.settings]", "[plugin.b.settings.r]", "[[plugin.c]]", "[plugin]"]
    ),
    st.sampled_from(["# no", "", "plugin.d.disable = []", "plugin.'' = {}", "plugin.e.settings.x = [{ y = 1 }]"]),
)


def imported_by(ask: Callable[[], object]) -> set[str]:
    """Return the modules, Python's own aside, that come in while something is asked."""
    before = set(sys.modules)
    ask()
    return {name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names


@given(st.dictionaries(KEYS | st.text(max_size=4), TABLES))
def test_any_mapping_is_a_config_or_a_config_error(mapping: dict[str, object]) -> None:
    """Whatever the values are, nothing else is ever raised, and every problem names its source."""
    assert all(problem.startswith("config mapping") for problem in refusals(mapping))


@given(
    st.text()
    | st.lists(st.sampled_from("[]{}=\"'.,#\n\\ a1"), max_size=20).map("".join)
    | st.lists(LINES, max_size=6).map("\n".join)
)
def test_any_text_is_a_config_or_a_config_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever the file holds, nothing else is ever raised or imported, and every problem names the file."""
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text(text, encoding="utf-8", errors="replace")
    assert all(problem.startswith(f"{file}:") for problem in refusals(file))
    assert imported_by(lambda: refusals(file)) <= {"hookcore"}


def test_a_mapping_beside_a_file_is_a_source_of_its_own(in_directory: Path) -> None:
    """The stronger stands first; a file that is named elsewhere takes the place of the file, and the mapping stays."""
    (in_directory / "shop.toml").write_text('mode = "explicit"\ndisable = ["a"]\n', encoding="utf-8")
    (in_directory / "other.toml").write_text('disable = ["c"]\n', encoding="utf-8")
    given = [{"mode": "required", "disable": ["b"]}, "shop.toml"]
    config = read_config("shop", given, environment={})
    assert config.mode.value == "required"
    assert [str(source) for _, source in config.disable] == ["config mapping disable", "shop.toml:2"]
    elsewhere = read_config("shop", given, environment={"SHOP_PLUGINS_CONFIG": "other.toml"})
    assert [name for name, _ in elsewhere.disable] == ["b", "c"]
    assert elsewhere.mode.value == "required"


def test_a_function_gives_the_config_anew_each_time(in_directory: Path) -> None:
    """A path, a mapping, several of them, or None."""
    (in_directory / "shop.toml").write_text('disable = ["a"]\n', encoding="utf-8")
    given: list[object] = ["shop.toml", {"disable": ["b"]}, [{"disable": ["c"]}, "shop.toml"], None]

    def said() -> list[str]:
        return [name for name, _ in read_config("shop", lambda: given.pop(0), environment={}).disable]  # type: ignore[arg-type, return-value]

    assert [said() for _ in range(4)] == [["a"], ["b"], ["c", "a"], []]
