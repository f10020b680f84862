"""Is each wrong use told in a clear sentence, with the right exit status?"""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
import subprocess

import click
import pytest
from support.environments import install_wheels
from support.installing import wheel, write

from hookcore.cli.timing import _write as write_flame

UNKNOWN_HOSTS = [
    ("shop.host:plugin", "HOOKCORE_HOST: shop.host has no 'plugin'. Did you mean 'plugins'"),
    ("shop.hots:plugins", "HOOKCORE_HOST: there is no module 'shop.hots'"),
    ("nothing:plugins", "HOOKCORE_HOST: there is no module 'nothing'"),
    (
        "shop",
        "HOOKCORE_HOST: no installed host is called 'shop'. One that is not installed is written MODULE:ATTRIBUTE.",
    ),
    (":plugins", "HOOKCORE_HOST: '' can't be a module"),
    ("..shop:plugins", "HOOKCORE_HOST: '..shop' can't be a module"),
    ("shop.host:", "HOOKCORE_HOST: shop.host has no ''."),
    ("shop.host:signals", "the host gives no hookcore.PluginManager, but a builtins.module"),
    ("shop.host:pluggys", "the host gives no hookcore.PluginManager, but a pluggy._manager.PluginManager. One import"),
]


@pytest.mark.parametrize(("host", "sentence"), UNKNOWN_HOSTS, ids=[host for host, _ in UNKNOWN_HOSTS])
def test_a_host_that_is_not_there_is_wrong_usage(shop, host, sentence):
    """The sentence says where it was looked for."""
    assert sentence in shop.run("list", status=2, HOOKCORE_HOST=host)


@pytest.mark.parametrize(
    ("host", "error"),
    [
        ("shop.host:broken", "making the host failed:"),
        ("shop.unimportable:x", "HOOKCORE_HOST: importing shop.unimportable failed:"),
        ("shop.exiting:x", "HOOKCORE_HOST: importing shop.exiting failed:"),
    ],
)
def test_a_host_that_raises_is_a_problem_with_its_traceback(shop, host, error):
    """Escaped, as everything that others have written."""
    shown = shop.run("list", status=1, HOOKCORE_HOST=host)

    assert f"Error: {error}\n" in shown
    assert "Traceback (most recent call last):" in shown
    assert "hookcore/cli" not in shown  # the host's own lines alone
    assert "\x1b" not in shown


def test_no_host_is_wrong_usage(shop):
    """The sentence says what can be written where."""
    assert "no host is known. Say --host MODULE:ATTRIBUTE" in shop.run("list", status=2, HOOKCORE_HOST="")


def test_the_option_is_stronger_than_the_environment_and_that_than_pyproject(shop):
    """The nearest pyproject.toml that names a host counts."""
    (shop.folder / "pyproject.toml").write_text('[tool.hookcore]\nhost = "shop.host:opened"\n')

    assert shop.run("list", status=1, HOOKCORE_HOST="").startswith("opened\n")
    assert not shop.run("list").startswith("opened\n")
    assert "no module 'none'" in shop.run("--host", "none:none", "list", status=2)


@pytest.mark.parametrize("text", ["[tool.hookcore\n", "[tool.hookcore]\nhost = 1\n", "tool = 1\n"])
def test_a_pyproject_that_is_wrong_is_named(shop, text):
    """Wrong usage, and no traceback."""
    (shop.folder / "pyproject.toml").write_text(text)
    shown = shop.run("list", status=2, HOOKCORE_HOST="")

    assert "Error: pyproject.toml" in shown
    assert "Traceback" not in shown


def test_of_two_installed_hosts_one_has_to_be_named(shop, environment, tmp_path):
    """One alone needs no name."""
    points = {"hookcore.hosts": {"shop": "shop.host:plugins"}}
    first = wheel(tmp_path / "wheels", "host-one", entry_points=points)
    second = wheel(tmp_path / "wheels", "host-two", entry_points={"hookcore.hosts": {"other": "shop.host:opened"}})
    found = {"HOOKCORE_HOST": "", "PYTHONPATH": str(shop.folder)}
    try:
        install_wheels(environment.python, first)
        assert shop.run("list", **found).startswith("audit")
        install_wheels(environment.python, second)
        assert "several hosts are installed: say --host other or --host shop" in shop.run("list", status=2, **found)
        assert shop.run("--host", "shop", "list", **found).startswith("audit")
        assert "called 'shp'. Did you mean 'shop'?" in shop.run("--host", "shp", "list", status=2, **found)
    finally:
        environment.uninstall("host-one")
        environment.uninstall("host-two")


def test_a_config_that_cannot_be_used_is_a_problem(shop):
    """All that is wrong in it is told."""
    shop.config.write_text('disabel = ["mail"]\nmode = "off"\n')
    shown = shop.run("list", status=1)

    assert "shop.toml:1: unknown key 'disabel'. Did you mean 'disable'?" in shown
    assert "shop.toml:2: mode must be" in shown


def test_a_start_that_is_refused_is_a_problem(shop):
    """`why` and `signals` need one."""
    shop.config.write_text('required = ["backup"]\n')

    assert "the required plugin 'backup' is not installed" in shop.run("signals", status=1)


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a\u202eb", "a\nb", "*", "[", "", "x" * 5000])
def test_a_name_with_anything_in_it_is_shown_escaped(shop, name):
    """Whatever the shell was given."""
    done = shop.completed(str(shop.python), "-m", "hookcore.cli", "why", name, "--no-import")

    assert done.returncode == (0 if name == "*" else 1), done.stderr
    assert not {"\x1b", "\u202e"} & set(done.stderr + done.stdout)
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_is_no_fault(shop):
    """As with `| head -0`."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [shop.python, "-m", "hookcore.cli", "list"],
        cwd=shop.folder,
        env=shop.environment({}),
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)

    assert done.stderr == ""


def test_an_encoding_that_lacks_letters_gets_others(shop):
    """No tick, and what else is missing is escaped."""
    shown = shop.run("why", "audit", PYTHONIOENCODING="ascii")

    assert "+  found" in shown


def test_an_unknown_command_is_wrong_usage(shop):
    """click tells what there is."""
    assert "No such command 'lst'. Did you mean 'list'?\n" in shop.run("lst", status=2)
    assert "No such command 'zzz'.\n" in shop.run("zzz", status=2)
    assert "Usage:" in shop.run("why", status=2)


# -- the config -----------------------------------------------------------------------------------------------------

UNUSABLE_CONFIGS = {
    "broken": (b"disable = [", "shop.toml:1:12: "),
    "not UTF-8": (b"\xff\xfe", "shop.toml:1:1: not UTF-8, which TOML must be"),
    "missing": (None, "shop.toml: the config file named by the host can't be read (No such file or directory)."),
    "a directory": ("", "shop.toml: the config file named by the host can't be read (it is a directory)."),
}


@pytest.mark.parametrize("command", [("list",), ("why", "mail"), ("disable", "mail"), ("bisect", "--", "true")])
@pytest.mark.parametrize("kind", UNUSABLE_CONFIGS)
def test_an_unusable_config_is_named_and_left(shop, kind, command):
    """With the place in it, and whatever the command."""
    content, sentence = UNUSABLE_CONFIGS[kind]
    shop.config.unlink()
    if content == "":
        shop.config.mkdir()
    elif content is not None:
        shop.config.write_bytes(content)
    shown = shop.run(*command, status=1)

    assert shown.startswith(f"Error: {sentence}")
    assert "Traceback" not in shown
    assert shop.config.exists() is (content is not None)
    assert not content or shop.config.read_bytes() == content


def test_a_full_disk_leaves_the_config_as_it_was(shop):
    """And nothing beside it."""
    shop.config.write_text("# as it was\n")
    before = sorted(os.listdir(shop.folder))
    done = limited(shop, (resource.RLIMIT_FSIZE, 0), "disable", "mail")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: shop.toml")
    assert "File too large" in done.stderr
    assert shop.config.read_text() == "# as it was\n"
    assert sorted(os.listdir(shop.folder)) == before


@pytest.mark.parametrize("content", ["format = [", "format = 99\n", "", None])
def test_a_lock_file_that_is_none_is_named(shop, content):
    """By `verify`, and by what asks for a start."""
    shop.config.write_text("locked = true\n")
    lock = shop.folder / "plugins.lock"
    if content is None:
        lock.mkdir()
    else:
        lock.write_text(content)

    for command in (("verify",), ("list",), ("signals",)):
        shown = shop.run(*command, status=1)
        assert "plugins.lock" in shown
        assert "Traceback" not in shown


# -- names ----------------------------------------------------------------------------------------------------------

MISSPELT = [
    (("why", "mial"), "mail"),
    (("why", "order_paid.thnk"), "order_paid.thank"),
    (("disable", "mial"), "mail"),
    (("disable", "order_paid.thnk"), "order_paid.thank"),
    (("enable", "mial"), "mail"),
    (("mute", "oder_paid"), "order_paid"),
    (("signals", "oder_paid"), "order_paid"),
    (("graph", "oder_paid"), "order_paid"),
    (("lock", "mial"), "mail"),
    (("bisect", "--keep", "mial", "--", "true"), "mail"),
]


@pytest.mark.parametrize(("command", "meant"), MISSPELT, ids=[" ".join(command) for command, _ in MISSPELT])
def test_a_name_of_nobodys_is_helped(shop, command, meant):
    """By each command that takes one; nothing is written."""
    shown = shop.run(*command, status=1)

    assert f"'{meant}'" in shown.partition("Did you mean ")[2]
    assert shop.config.read_text() == ""
    assert not (shop.folder / "plugins.lock").exists()


@pytest.mark.parametrize("command", ["why", "disable", "enable", "mute", "signals", "graph", "lock"])
def test_an_empty_name_is_nobodys(shop, command):
    """As a variable of the shell's that is not set gives it."""
    shown = shop.run(command, "", status=1)

    assert shown.startswith("Error: ")
    assert "''" in shown
    assert shop.config.read_text() == ""


def test_a_name_given_twice_counts_once(shop):
    """The plugin's own, and its distribution's."""
    shop.run("disable", "more", "more", "shop-more")
    assert shop.config.read_text().count('"more"') == 1
    shop.run("enable", "more", "more", "shop-more")

    assert "more" not in shop.config.read_text()


# -- somebody's command ---------------------------------------------------------------------------------------------

WRONG_COMMANDS = [
    (("bisect",), "Missing argument 'COMMAND...'"),
    (("time",), "Missing argument 'COMMAND...'"),
    (("bisect", "--", "not-there"), "'not-there' can't be run: No such file or directory"),
    (("time", "--", "not-there"), "'not-there' can't be run: No such file or directory"),
    (("time", "--", "./shop.toml"), "'./shop.toml' can't be run: Permission denied"),
    (("bisect", "--output-matches", "(", "--", "true"), "--output-matches: '(' is no regular expression: missing )"),
    (("bisect", "--timeout", "0", "--", "true"), "Invalid value for '--timeout': 0.0 is not in the range"),
    (("bisect", "--timeout", "soon", "--", "true"), "Invalid value for '--timeout': 'soon' is not"),
    (("time", "--flame", "nowhere/x", "--", "true"), "Invalid value for '--flame': there is no folder 'nowhere'."),
    (("time", "--flame", "shop.toml/x", "--", "true"), "Invalid value for '--flame': there is no folder 'shop.toml'."),
    (("time", "--flame", "shop", "--", "true"), "Invalid value for '--flame': File 'shop' is a directory."),
]


@pytest.mark.parametrize(
    ("command", "sentence"), WRONG_COMMANDS, ids=[" ".join(command) for command, _ in WRONG_COMMANDS]
)
def test_what_cannot_be_run_or_written_is_wrong_usage(shop, command, sentence):
    """And is said before anything long is run."""
    shown = shop.run(*command, status=2)

    assert f"Error: {sentence}" in shown
    assert "Traceback" not in shown


def test_a_command_that_is_always_bad_or_never_blames_nobody(shop):
    """And one that could not be tried at all is not called good."""
    assert "The command is bad without any of the 6 plugins" in shop.run("bisect", "--", "false", status=1)
    assert "The command is not bad, with all 6 plugins on" in shop.run("bisect", "--", "true")
    shop.config.write_text('disable = ["*"]\n')
    assert "The command is not bad, with all 0 plugins on (1 runs)" in shop.run("bisect", "--", "true")


def test_a_command_that_is_killed_has_measured_nothing(shop):
    """That is said, in place of an empty table."""
    write(shop.folder, {"killed.py": f"{PROGRAM}\nimport os; os.kill(os.getpid(), 9)\n"})
    shown = shop.run("time", "--", str(shop.python), "killed.py", status=1)

    assert "was killed, so nothing was measured" in shown


HANGING = """
import time

def plugins():
    print("begun", flush=True)
    time.sleep(60)
"""
PROGRAM = """
import sys, time
from shop import signals
from shop.host import plugins
with plugins():
    signals.order_paid.send(sender=object, number="1")
    print("sent", flush=True)
    if sys.argv[1:]:
        time.sleep(60)
"""


def test_ctrl_c_ends_the_command_that_is_timed_and_shows_what_it_took(shop):
    """As for a server that is stopped so. The exit status is the command's."""
    shop.config.write_text('disable = ["broken", "old*", "more"]\n')
    write(shop.folder, {"program.py": PROGRAM})
    command = [str(shop.python), "-m", "hookcore.cli", "time", "--", str(shop.python), "program.py", "wait"]
    running = subprocess.Popen(
        command,
        cwd=shop.folder,
        env=shop.environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stderr is not None
    while running.stderr.readline() != "sent\n":
        assert running.poll() is None
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    shown, told = running.communicate()

    assert running.returncode == 130
    assert "order_paid.note" in shown
    assert "hookcore/cli" not in told


@pytest.mark.parametrize("where", ["import time\nprint('begun', flush=True)\ntime.sleep(60)", HANGING])
def test_ctrl_c_ends_any_command(shop, where):
    """While the host is imported, or made; the exit status is a shell's for that."""
    write(shop.folder, {"shop/hanging.py": where})
    running = subprocess.Popen(
        [str(shop.python), "-m", "hookcore.cli", "list"],
        cwd=shop.folder,
        env=shop.environment({"HOOKCORE_HOST": "shop.hanging:plugins"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    assert running.stderr.readline() == "begun\n"
    running.send_signal(signal.SIGINT)
    shown, told = running.communicate()

    assert running.returncode == 130
    assert (shown, told) == ("", "\nInterrupted.\n")


def test_a_flame_file_takes_no_devices_place(shop):
    """A full one is named, and what was measured is shown all the same."""
    if not os.path.exists("/dev/full"):
        pytest.skip("only on Linux")
    shop.config.write_text('disable = ["broken", "old*", "more"]\n')
    write(shop.folder, {"program.py": PROGRAM})
    os.symlink("/dev/full", shop.folder / "full")
    shown = shop.run("time", "--flame", "full", "--", str(shop.python), "program.py", status=1)

    assert "order_paid.note" in shown
    assert shown.endswith("Error: full can't be written: No space left on device\n")
    assert (shop.folder / "full").is_char_device()


def test_a_full_disk_leaves_the_old_flame_file(tmp_path):
    """And no part of the new one."""
    path = tmp_path / "old"
    path.write_text("as it was")
    most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5, resource.RLIM_INFINITY))
    try:
        with pytest.raises(click.ClickException, match="old can't be written: File too large"):
            write_flame(str(path), "more than that\n" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    assert path.read_text() == "as it was"
    assert os.listdir(tmp_path) == ["old"]


# -- where it is shown ----------------------------------------------------------------------------------------------


def limited(shop, limit: tuple[int, int], *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command under a limit of the machine's."""
    kind, most = limit
    program = f"import resource\nresource.setrlimit({kind}, ({most}, {most}))\n{STARTED}"
    return shop.completed(str(shop.python), "-c", program, *command)


STARTED = "from hookcore.cli import main\nmain()"


@pytest.mark.parametrize("command", [("list",), ("list", "--json"), ("signals",), ("graph", "--as", "svg")])
def test_a_full_disk_behind_standard_output_is_told(shop, command):
    """In a sentence, as `cat` does."""
    if not os.path.exists("/dev/full"):
        pytest.skip("only on Linux")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [str(shop.python), "-m", "hookcore.cli", *command],
            cwd=shop.folder,
            env=shop.environment({"PYTHONUNBUFFERED": ""}),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr == "Error: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_does_without_a_stream_that_is_closed(shop, closed):
    """As a daemon starts it; what it is to do is done."""
    program = f'exec "$0" -m hookcore.cli disable mail {closed}'
    done = subprocess.run(
        ["sh", "-c", program, str(shop.python)], cwd=shop.folder, env=shop.environment({}), check=False
    )

    assert done.returncode == 0
    assert '"mail"' in shop.config.read_text()


def test_who_reads_one_line_only_gets_no_error(shop):
    """As with `| head -1`, of more than a pipe holds."""
    program = '"$0" -m hookcore.cli signals --json | head -1'
    done = shop.completed("sh", "-c", program, str(shop.python))

    assert (done.stdout, done.stderr) == ("{\n", "")


@pytest.mark.parametrize("columns", ["", "0", "-5", "wide", "²", "1", "9" * 40])
def test_columns_that_are_no_number_are_passed_over(shop, columns):
    """So are too few."""
    assert "audit" in shop.run("list", COLUMNS=columns)


NARROW = [
    ("list",),
    ("signals",),
    ("why", "audit"),
    ("why", "order_paid"),
    ("graph", "--import"),
    ("verify",),
    ("lock",),
    ("disable", "audit"),
    ("mute", "order_paid"),
]


@pytest.mark.parametrize("command", NARROW, ids=[" ".join(command) for command in NARROW])
def test_forty_columns_are_enough(shop, command):
    """No line is longer; paths are broken where they must."""
    shop.config.write_text('disable = ["broken"]\nlocked = false\nlock = "plugins.lock"\n')
    status = 1 if command == ("verify",) else 0
    shown = shop.run(*command, status=status, COLUMNS="40")
    lines = [line for line in shown.splitlines() if not line.startswith("Error: ")]  # which may be copied whole

    assert shown
    assert max(map(len, lines), default=0) <= 40


@pytest.mark.parametrize(
    ("variables", "is_coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)],
)
def test_colours_are_for_terminals_that_have_them(shop, variables, is_coloured):
    """A dumb one gets none, nor who wants none."""
    shop.config.write_text('disable = ["mail"]\n')
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [str(shop.python), "-m", "hookcore.cli", "list"],
        cwd=shop.folder,
        env=shop.environment(variables),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)

    assert done.returncode == 0
    assert "mail" in shown
    assert ("\x1b[" in shown) is is_coloured


def test_a_directory_that_is_gone_is_no_fault_of_ours(shop):
    """Nothing relative is found there; that is said."""
    gone = shop.folder / "gone"
    gone.mkdir()
    program = 'cd gone && rmdir ../gone && exec "$0" -m hookcore.cli {}'
    for command, status in (("list", 1), ("disable mail", 1), ("--host none:x list", 2)):
        gone.mkdir(exist_ok=True)
        done = shop.completed("sh", "-c", program.format(command), str(shop.python), PYTHONPATH=str(shop.folder))
        assert done.returncode == status, done.stderr
        assert "Error: " in done.stderr
        assert "Traceback" not in done.stderr


# -- the host -------------------------------------------------------------------------------------------------------


def test_what_a_host_prints_is_not_among_json(shop):
    """A program reads that."""
    done = shop.completed(str(shop.python), "-m", "hookcore.cli", "list", "--json", HOOKCORE_HOST="shop.host:opened")

    assert json.loads(done.stdout)["format"] == 1


@pytest.mark.parametrize(
    "host", [" ", "shop.host", "shop.host:plugins.nothing", "shop/host.py:plugins", "shop:host:plugins"]
)
def test_a_host_that_is_written_wrongly_is_wrong_usage(shop, host):
    """Whatever is wrong with it."""
    shown = shop.run("list", status=2, HOOKCORE_HOST=host)

    assert "Error: " in shown
    assert "Traceback" not in shown
