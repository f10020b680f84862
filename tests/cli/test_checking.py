"""Do `spec` and `check` work without starting anything?"""

from __future__ import annotations

import json


def test_a_host_publishes_its_signals_and_a_plugin_is_checked_against_them(shop, tmp_path):
    """In a file, or from the host itself; problems make the exit status 1."""
    published = tmp_path / "shop.json"
    published.write_text(shop.run("spec"))
    assert [one["name"] for one in json.loads(published.read_text())["signals"]] == ["order_paid", "shipping_cost"]
    plugin = tmp_path / "plugin"
    plugin.mkdir()
    (plugin / "README.md").write_text("# Plugin\n")
    (plugin / "pyproject.toml").write_text(
        '[project]\nname = "gifts"\ndescription = "Gifts"\nreadme = "README.md"\n'
        '[project.entry-points."shop.plugins"]\ngifts = "gifts"\n'
    )
    source = "from hookcore import receiver\nfrom shop.signals import order_paid\n\n@receiver(order_paid)\n"
    (plugin / "gifts.py").write_text(f"{source}def give(number): ...\n")
    assert shop.run("check", str(plugin)) == f"{plugin} fits shop 1.0.\n".replace(" 1.0", "")
    (plugin / "gifts.py").write_text(f"{source}def give(nubmer): ...\n")
    said = shop.run("check", str(plugin), "--spec", str(published), status=1)
    assert said == "gifts.py:5: signal 'order_paid' sends no argument 'nubmer'. Did you mean 'number'?\n"
    assert shop.run("check", str(plugin), "--format", "github", status=1).startswith("::error file=gifts.py,line=5::")


def test_what_cannot_be_read_is_a_usage_error(shop, tmp_path):
    """A folder without a project, and a file that is no spec."""
    (tmp_path / "empty").mkdir()
    assert "pyproject.toml can't be read" in shop.run("check", str(tmp_path / "empty"), status=2)
    (tmp_path / "spec.json").write_text("{}")
    assert "no published spec" in shop.run("check", "--spec", str(tmp_path / "spec.json"), status=2)


def test_what_a_change_breaks_is_told(shop, tmp_path):
    """Nothing, or a line for each, with exit status 1."""
    old = json.loads(shop.run("spec"))
    (tmp_path / "old.json").write_text(json.dumps(old))
    (tmp_path / "new.json").write_text(json.dumps({**old, "signals": old["signals"][:1]}))
    paths = str(tmp_path / "old.json"), str(tmp_path / "new.json")
    assert shop.run("spec", "--diff", paths[0], paths[0]) == ""
    assert shop.run("spec", "--diff", *paths, status=1) == "shipping_cost is not sent any more\n"
