"""Does `manage.py plugins` do what `hookcore` does, with Django's own options? In real processes, mostly."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from support.projects import manage

from hookcore.cli.group import COMMANDS


def test_without_a_name_it_lists_the_plugins_that_run(tmp_path: Path) -> None:
    """With who decided, and their receivers."""
    finished = manage(tmp_path, "plugins")

    assert 'mail      active  shop-mail 1.0      mode "auto" (default)\n' in finished.stdout
    assert "profiles receives post_save.make_profile\n" in finished.stdout
    assert (finished.returncode, finished.stderr) == (0, "")


def test_code_may_call_it() -> None:
    """What is printed goes where `call_command` says; what is no success raises."""
    written, told = StringIO(), StringIO()
    call_command("plugins", "list", "--json", stdout=written, verbosity=2)
    assert [one["state"] for one in json.loads(written.getvalue())["plugins"]] == ["active", "active"]
    with pytest.raises(SystemExit, match="1"):
        call_command("plugins", "why", "nobody", stderr=told)
    assert "has no plugin, signal or receiver called 'nobody'" in told.getvalue()


def test_its_commands_are_those_of_hookcore(tmp_path: Path) -> None:
    """In the help of both kinds, and each has one of its own."""
    helped = manage(tmp_path, "plugins", "--help")
    assert all(f"\n  {name} " in helped.stdout for name in COMMANDS)
    assert "Django's own options (--settings, --verbosity, …)" in helped.stdout
    assert manage(tmp_path, "help", "plugins").stdout.partition("\n")[2] == helped.stdout.partition("\n")[2]
    assert " plugins lock [OPTIONS] [NAME]..." in manage(tmp_path, "plugins", "lock", "-h").stdout


def test_djangos_own_options_may_stand_anywhere(tmp_path: Path) -> None:
    """But behind `--` they are those of the command that is run."""
    (tmp_path / "other.py").write_text(
        "from shop.settings import *\nHOOKCORE['DISABLE'] = ['mail']\n", encoding="utf-8"
    )
    for arguments in (
        ["--settings", "other", "--no-color", "list"],
        ["list", "--settings=other", "-v", "2", "--force-color"],
    ):
        assert "disabled by 'mail'" in manage(tmp_path, "plugins", *arguments).stdout
    assert "\x1b[32m" in manage(tmp_path, "plugins", "list", "--force-color").stdout
    assert "\x1b" not in manage(tmp_path, "plugins", "list", "--force-color", NO_COLOR="1").stdout
    run = [sys.executable, "-m", "shop", "plugins", "list", "--settings=other"]
    assert "disabled by 'mail'" in manage(tmp_path, "plugins", "time", "--", *run).stderr


def test_exit_statuses_are_those_of_hookcore(tmp_path: Path) -> None:
    """1 for a problem, 2 for wrong usage; with --traceback the error's own."""
    finished = manage(tmp_path, "plugins", "why", "mial")
    assert finished.returncode == 1
    assert finished.stderr == "Error: 'shop' has no plugin, signal or receiver called 'mial'. Did you mean 'mail'?\n"
    assert manage(tmp_path, "plugins", "lits").returncode == 2
    traced = manage(tmp_path, "plugins", "why", "mial", "--traceback")
    assert traced.returncode == 1
    assert "Traceback (most recent call last):" in traced.stderr


def test_it_switches_in_the_projects_config_file(tmp_path: Path) -> None:
    """Plugins and receivers; what the settings deny is not enabled."""
    config = tmp_path / "shop.toml"
    config.write_text("# ours\n", encoding="utf-8")
    said = {"SHOP_CONFIG": str(config)}
    assert manage(tmp_path, "plugins", "disable", "profiles", "order_paid.thank", **said).returncode == 0
    text = '# ours\ndisable = ["profiles"]\n\n[plugin.mail]\ndisable = ["order_paid.thank"]\n'
    assert config.read_text(encoding="utf-8") == text
    assert "disabled by 'profiles' (shop.toml:2)" in manage(tmp_path, "plugins", **said).stdout
    finished = manage(tmp_path, "plugins", "enable", "profiles", SHOP_DISABLE="profiles", **said)
    assert "profiles would still not run: disabled by 'profiles' (config mapping disable)" in finished.stderr
    assert config.read_text(encoding="utf-8") == text


def test_bisect_finds_a_plugin_of_the_project(tmp_path: Path) -> None:
    """By the environment, which the project's manager reads, too."""
    program = (
        "from hookcore.integrations.django import plugins\n"
        "assert 'active' not in [one.state for one in plugins.report() if one.name == 'mail']\n"
    )
    command = [sys.executable, "-m", "shop", "shell", "-c", program]
    finished = manage(tmp_path, "plugins", "bisect", "--json", "--", *command)

    assert json.loads(finished.stdout)["culprits"] == ["mail"]
    assert finished.returncode == 1


@pytest.mark.parametrize(
    ("said", "status", "told"),
    [
        ('required = ["stock"]\n', 1, "The host would refuse to start:\n- "),
        (
            'required = ["mail"]\n[plugin.mail]\nsettings = { colour = "red" }\n',
            1,
            "the plugins did not start:\n  - ",
        ),
        ('disabel = ["mail"]\n', 1, "unknown key 'disabel'. Did you mean 'disable'?"),
    ],
)
def test_of_a_project_that_does_not_start_it_says_why(tmp_path: Path, said: str, status: int, told: str) -> None:
    """All other commands end with the error, but for `check`."""
    config = tmp_path / "shop.toml"
    config.write_text(said, encoding="utf-8")
    finished = manage(tmp_path, "plugins", "list", SHOP_CONFIG=str(config))

    assert finished.returncode == status
    assert told in finished.stdout + finished.stderr
    assert "Traceback" not in finished.stderr
    assert "Traceback" in manage(tmp_path, "shell", "-c", "", SHOP_CONFIG=str(config)).stderr


def test_settings_that_name_no_project_are_told(tmp_path: Path) -> None:
    """There is no manager to ask."""
    (tmp_path / "other.py").write_text("from shop.settings import *\nHOOKCORE = {}\n", encoding="utf-8")
    finished = manage(tmp_path, "plugins", DJANGO_SETTINGS_MODULE="other")

    assert "CommandError: there is no manager of plugins: HOOKCORE says no PROJECT" in finished.stderr
    assert finished.returncode == 1


def test_without_click_it_says_what_to_install(tmp_path: Path) -> None:
    """The extra `django` does not bring it."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['click'] = None\n", encoding="utf-8")
    finished = manage(tmp_path, "plugins")

    assert finished.stderr == "CommandError: the commands need click: pip install 'hookcore[cli]'\n"
    assert finished.returncode == 1
