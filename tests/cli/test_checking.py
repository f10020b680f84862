"""Do `spec` and `check` work without starting anything?"""

from __future__ import annotations

import json
import re

from support.installing import wheel


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
    assert shop.run("check", str(plugin)) == "plugin fits shop.\n"
    (plugin / "gifts.py").write_text(f"{source}def give(nubmer): ...\n")
    problem = "signal 'order_paid' sends no argument 'nubmer'. Did you mean 'number'?"
    said = shop.run("check", str(plugin), "--spec", str(published), status=1)
    assert said == f"plugin/gifts.py:5: {problem}\n"
    found = json.loads(shop.run("check", str(plugin), "--json", status=1))
    assert found == {
        "format": 1,
        "problems": [{"file": f"{plugin}/gifts.py", "line": 5, "text": problem, "host": ""}],
    }
    shown = shop.run("check", str(plugin), "--github", status=1, GITHUB_WORKSPACE=str(tmp_path))
    assert shown == f"::error file=plugin/gifts.py,line=5::{problem}\n"
    shop.folder = plugin  # where a plugin's author is
    assert shop.run("check", "--spec", str(published), status=1) == f"gifts.py:5: {problem}\n"


def test_a_wheel_and_several_versions_are_checked(shop, tmp_path):
    """A problem says with which version it is one."""
    path = wheel(
        tmp_path,
        "gifts",
        entry_points={"shop.plugins": {"gifts": "gifts"}},
        modules={"gifts.py": "import pluggy\n@pluggy.HookimplMarker('shop')\ndef shipping_cost(weight): ...\n"},
        summary="Gifts",
    )
    old = json.loads(shop.run("spec"))
    specs = [tmp_path / "1.json", tmp_path / "2.json"]
    specs[0].write_text(json.dumps({**old, "version": "1"}))
    specs[1].write_text(json.dumps({**old, "version": "2", "signals": old["signals"][:1]}))
    assert shop.run("check", str(path), "--spec", str(specs[0])) == f"{path.name} fits shop 1.\n"
    said = shop.run("check", str(path), "--spec", str(specs[0]), "--spec", str(specs[1]), status=1)
    assert said == f"{path.name}/gifts.py:3: 'shop' sends no signal 'shipping_cost'. [shop 2]\n"


def test_what_cannot_be_read_is_a_usage_error(shop, tmp_path):
    """A folder without a project, a file that is no wheel, a file that is no spec, and two forms at once."""
    (tmp_path / "empty").mkdir()
    assert "it has neither pyproject.toml nor" in shop.run("check", str(tmp_path / "empty"), status=2)
    (tmp_path / "spec.json").write_text("{}")
    assert "neither a project's folder nor a wheel" in shop.run("check", str(tmp_path / "spec.json"), status=2)
    assert "no published spec" in shop.run("check", "--spec", str(tmp_path / "spec.json"), status=2)
    assert "exclude each other" in shop.run("check", "--json", "--github", status=2)


def test_what_a_change_breaks_is_told_and_for_whom(shop, tmp_path):
    """Of the plugins that are installed, none of which is imported; nothing if nothing changes."""
    old = json.loads(shop.run("spec"))
    new = {**old, "version": "2", "signals": old["signals"][:1]}
    (tmp_path / "old.json").write_text(json.dumps(old))
    (tmp_path / "new.json").write_text(json.dumps(new))
    (tmp_path / "other.json").write_text(json.dumps({**old, "host": "barn"}))
    paths = str(tmp_path / "old.json"), str(tmp_path / "new.json")
    assert shop.run("spec", "--diff", paths[0], paths[0]) == ""
    gone, mail, *rest = shop.run("spec", "--diff", *paths, status=1).splitlines()
    assert gone == "shipping_cost is not sent any more"
    assert re.fullmatch(r"  mail \(shop-extras 1.0\): self.cost, .*/shop_extras.py:21", mail)
    assert rest == ["Plugins installed for 'shop' whose source was read: audit, broken, mail, more, old, old-stock."]
    document = json.loads(shop.run("spec", "--diff", *paths, "--json", status=1))
    [change] = document["changes"]
    assert (change["signal"], change["breaks"], change["receivers"][0]["line"]) == ("shipping_cost", True, 21)
    assert (document["host"], document["new"], document["unread"]) == ("shop", "2", [])
    assert "is of 'shop', and" in shop.run("spec", "--diff", paths[0], str(tmp_path / "other.json"), status=2)


def test_what_is_only_deprecated_is_told_and_breaks_nothing(shop, tmp_path):
    """So that a host's CI may ask before each release."""
    old = json.loads(shop.run("spec"))
    new = [{**one, "deprecated": "ask nobody"} for one in old["signals"]]
    (tmp_path / "old.json").write_text(json.dumps(old))
    (tmp_path / "new.json").write_text(json.dumps({**old, "signals": new}))
    said = shop.run("spec", "--diff", str(tmp_path / "old.json"), str(tmp_path / "new.json"))
    assert "order_paid is deprecated: ask nobody" in said
