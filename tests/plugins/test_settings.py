"""What may the operator set for this plugin?"""

from __future__ import annotations

import dataclasses
import datetime
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.errors import SettingsError
from hookcore.plugins.config.keys import PluginTable
from hookcore.plugins.config.reading import read_config
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.settings import build_settings
from hookcore.plugins.typed_values import Problems, fit

MakePlugin = Callable[..., InstalledPlugin]


@pytest.fixture(scope="session")
def mail(make_plugin: MakePlugin) -> InstalledPlugin:
    """Give the plugin `mail`, whose entry point is in the module `blog_mail`."""
    return make_plugin("mail", "blog-mail", value="blog_mail.plugin:Plugin")


def given_in_code(**settings: object) -> PluginTable:
    """Return the config of a host that gives these settings in a mapping."""
    return read_config("app", {"plugin": {"mail": {"settings": settings}}}, environment={}).plugin["mail"]


def problems(plugin_object: object, plugin: InstalledPlugin, config: PluginTable) -> tuple[str, ...]:
    """Return what is wrong with the settings; it must be something."""
    with pytest.raises(SettingsError) as caught:
        build_settings(plugin_object, plugin, config)
    assert caught.value.plugin == plugin.name
    return caught.value.problems


@dataclass
class Server:
    """A table inside of the settings."""

    host: str
    port: int = 25


@dataclass
class MailSettings:
    """Every kind of type that a config file can fill."""

    sender: str
    tries: int = 3
    pause: float = 1.0
    html: bool = False
    folder: Path = Path()
    style: Literal["plain", "rich"] = "plain"
    reply_to: str | None = None
    tags: list[str] = field(default_factory=list)
    sizes: tuple[int, ...] = ()
    colours: frozenset[str] = frozenset()
    headers: dict[str, int] = field(default_factory=dict)
    server: Server | None = None


class Plugin:
    """A plugin class with settings of its own."""

    Settings = MailSettings


def test_settings_become_an_instance_of_the_plugins_own_class(mail: InstalledPlugin) -> None:
    """With the types that the annotations promise: a path for a string, a float for a whole number."""
    config = given_in_code(
        sender="a@b",
        pause=2,
        folder="/var/mail",
        style="rich",
        reply_to="c@d",
        tags=["x"],
        sizes=[1, 2],
        colours=["red", "red"],
        headers={"X-Count": 1},
        server={"host": "localhost"},
    )
    settings = build_settings(Plugin, mail, config)
    assert settings == MailSettings(
        "a@b",
        pause=2.0,
        folder=Path("/var/mail"),
        style="rich",
        reply_to="c@d",
        tags=["x"],
        sizes=(1, 2),
        colours=frozenset({"red"}),
        headers={"X-Count": 1},
        server=Server("localhost"),
    )
    assert isinstance(settings, MailSettings)
    assert isinstance(settings.pause, float)


FILE = """\
[plugin.mail.settings]
sender = 3
trys = 4
tags = [
  "a",
  1,
]
server = { prt = 25 }
"""


def test_every_problem_is_told_with_its_line(
    mail: InstalledPlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong type, unknown key, item of a list, table in a table: all at once."""
    monkeypatch.chdir(tmp_path)
    Path("app.toml").write_text(FILE, encoding="utf-8")
    config = read_config("app", "app.toml", environment={}).plugin["mail"]
    assert problems(Plugin, mail, config) == (
        "app.toml:3: plugin.mail.settings.trys is not known. Did you mean 'tries'?",
        "app.toml:2: plugin.mail.settings.sender must be a string, not 3.",
        "app.toml:6: plugin.mail.settings.tags[1] must be a string, not 1.",
        "app.toml:8: plugin.mail.settings.server.prt is not known. Did you mean 'port'?",
        "app.toml:8: plugin.mail.settings.server.host is missing; it must be a string.",
    )


def test_a_missing_setting_is_told_even_if_nothing_was_said(mail: InstalledPlugin) -> None:
    """There is no line to point at; the full key says what to write."""
    assert problems(Plugin, mail, PluginTable()) == ("plugin.mail.settings.sender is missing; it must be a string.",)


def test_settings_with_defaults_need_no_config(mail: InstalledPlugin) -> None:
    """A plugin's Settings exist whether or not the operator says anything."""
    assert build_settings(types.SimpleNamespace(Settings=Server), mail, given_in_code(host="h")) == Server("h")

    @dataclass
    class Optionals:
        name: str = "x"

    assert build_settings(types.SimpleNamespace(Settings=Optionals), mail, PluginTable()) == Optionals()


def test_a_plugin_without_settings_takes_none(mail: InstalledPlugin) -> None:
    """Settings for nobody are a mistake; none, or an empty table, are none."""
    assert build_settings(object(), mail, PluginTable()) is None
    assert build_settings(object(), mail, given_in_code()) is None
    (problem,) = problems(object(), mail, given_in_code(sender="x"))
    assert problem.endswith(": plugin.mail.settings.sender is not known: this plugin has no Settings.")


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, types.ModuleType]:
    """Give modules that are imported already: the plugin's, its parent, and a library's."""
    made = {name: types.ModuleType(name) for name in ("blog_mail", "blog_mail.plugin", "blog_mail.inner", "library")}
    for name, module in made.items():
        monkeypatch.setitem(sys.modules, name, module)
    return made


@pytest.mark.parametrize("place", ["blog_mail.plugin", "blog_mail.inner"])
@pytest.mark.parametrize("as_instance", [False, True])
def test_settings_may_stand_beside_the_plugins_class(
    mail: InstalledPlugin, modules: dict[str, types.ModuleType], place: str, as_instance: bool
) -> None:
    """In the entry point's module, or in the one where the class is defined."""
    kind = type("Plugin", (), {"__module__": "blog_mail.inner"})
    setattr(modules[place], "Settings", Server)  # noqa: B010 - a module that the type checker doesn't know
    assert build_settings(kind() if as_instance else kind, mail, given_in_code(host="h")) == Server("h")


def test_a_librarys_settings_are_not_the_plugins(mail: InstalledPlugin, modules: dict[str, types.ModuleType]) -> None:
    """A plugin that is an instance of a library's class does not get what else that library calls Settings."""
    setattr(modules["library"], "Settings", Server)  # noqa: B010
    assert build_settings(type("Plugin", (), {"__module__": "library"})(), mail, PluginTable()) is None


@pytest.mark.parametrize("settings", [3, int, "Settings"])
def test_settings_of_another_kind_are_the_plugins_fault(mail: InstalledPlugin, settings: object) -> None:
    """And the error names the plugin with distribution and version."""
    (problem,) = problems(types.SimpleNamespace(Settings=settings), mail, PluginTable())
    assert problem.startswith("plugin 'mail' of blog-mail 1.0: its Settings")


def test_what_a_post_init_refuses_is_told_with_the_tables_place(mail: InstalledPlugin) -> None:
    """A plugin's own rule is a problem like any other."""

    @dataclass
    class Ruled:
        low: int = 0
        high: int = 1

        def __post_init__(self) -> None:
            if self.low > self.high:
                raise ValueError("low must not exceed high")

    assert problems(types.SimpleNamespace(Settings=Ruled), mail, given_in_code(low=5)) == (
        "config mapping plugin.mail.settings: plugin.mail.settings can't be used: low must not exceed high",
    )


def test_annotations_that_cannot_be_resolved_are_the_plugins_fault(mail: InstalledPlugin) -> None:
    """Types that only a type checker imports can't be checked against."""
    kind = dataclasses.make_dataclass("Unresolved", [("x", "NotImported", 1)])
    (problem,) = problems(types.SimpleNamespace(Settings=kind), mail, PluginTable())
    assert problem == (
        "plugin.mail.settings can't be checked: the annotations of Unresolved don't resolve:"
        " name 'NotImported' is not defined"
    )


def test_init_only_fields_are_settings_and_uninitialised_ones_are_not(mail: InstalledPlugin) -> None:
    """What `Settings(...)` takes is what the operator may set."""

    def remember(self: Any, seed: int) -> None:
        self.computed = seed * 2

    fields: list[Any] = [("seed", InitVar[int]), ("computed", int, field(init=False))]
    Mixed = dataclasses.make_dataclass("Mixed", fields, namespace={"__post_init__": remember})  # noqa: N806 - a class
    namespace = types.SimpleNamespace(Settings=Mixed)
    settings = build_settings(namespace, mail, given_in_code(seed=2))
    assert getattr(settings, "computed", None) == 4
    refused = problems(namespace, mail, given_in_code(seed="x", computed=1))
    assert [problem.partition(": ")[2] for problem in refused] == [
        "plugin.mail.settings.computed is not known. There are: seed.",
        "plugin.mail.settings.seed must be a whole number, not 'x'.",
    ]


# -- pydantic -----------------------------------------------------------------------------------------------------


def test_a_pydantic_model_is_held_to_the_same_rules(mail: InstalledPlugin) -> None:
    """Its own validation, our places; an unknown key is refused though pydantic would let it pass."""
    pydantic = pytest.importorskip("pydantic")

    class Inner(pydantic.BaseModel):  # type: ignore[misc, name-defined]
        port: int

    class Model(pydantic.BaseModel):  # type: ignore[misc, name-defined]
        sender: str
        inner: Inner = Inner(port=25)
        renamed: int = pydantic.Field(default=1, alias="re-named")

    Model.model_rebuild(_types_namespace={"Inner": Inner})
    namespace = types.SimpleNamespace(Settings=Model)
    settings = build_settings(namespace, mail, given_in_code(**{"sender": "x", "re-named": 5, "inner": {"port": 1}}))
    assert settings == Model(**{"sender": "x", "re-named": 5, "inner": Inner(port=1)})
    refused = problems(namespace, mail, given_in_code(sendr="x", inner={"port": "y"}))
    assert [problem.partition(": plugin.mail.settings.")[::2] for problem in refused] == [
        ("config mapping plugin.mail.settings.sendr", "sendr is not known. Did you mean 'sender'?"),
        ("config mapping plugin.mail.settings", "sender does not fit: Field required."),
        (
            "config mapping plugin.mail.settings.inner.port",
            "inner.port does not fit: Input should be a valid integer, unable to parse string as an integer.",
        ),
    ]


def test_a_pydantic_model_may_allow_or_forbid_unknown_keys_itself(mail: InstalledPlugin) -> None:
    """`extra="allow"` is the plugin's word; with "forbid" the key is told once, not twice."""
    pydantic = pytest.importorskip("pydantic")

    class Open(pydantic.BaseModel):  # type: ignore[misc, name-defined]
        model_config = {"extra": "allow"}  # noqa: RUF012 - so pydantic wants it

    class Closed(pydantic.BaseModel):  # type: ignore[misc, name-defined]
        model_config = {"extra": "forbid"}  # noqa: RUF012

    assert build_settings(types.SimpleNamespace(Settings=Open), mail, given_in_code(x=1)) == Open(x=1)
    assert len(problems(types.SimpleNamespace(Settings=Closed), mail, given_in_code(x=1))) == 1


def test_an_error_of_a_models_own_is_not_taken_for_the_operators(mail: InstalledPlugin) -> None:
    """A bug in a plugin's validation passes, to be held and shown with its traceback."""

    class Odd:
        model_fields: typing.ClassVar[dict[str, object]] = {}
        model_config: typing.ClassVar[dict[str, object]] = {}

        @classmethod
        def model_validate(cls, values: object) -> None:
            raise ValueError("a bug")

    with pytest.raises(ValueError, match=r"^a bug$"):
        build_settings(types.SimpleNamespace(Settings=Odd), mail, PluginTable())


def test_a_missing_setting_of_any_type_must_just_be_given(mail: InstalledPlugin) -> None:
    """Where any value will do, nothing more can be said."""
    kind = dataclasses.make_dataclass("Anything", [("x", Any)])
    assert problems(types.SimpleNamespace(Settings=kind), mail, PluginTable()) == (
        "plugin.mail.settings.x is missing; it must be given.",
    )


# -- types --------------------------------------------------------------------------------------------------------

Port = NewType("Port", int)


def fitted(value: object, annotation: object) -> tuple[object, list[str]]:
    """Return the value as the annotation wants it, and the problems with their places."""
    found: Problems = []
    result = fit(value, annotation, ("x",), found)
    return result, [f"{path[1:]} {problem}" for path, problem in found]


@pytest.mark.parametrize(
    ("value", "annotation", "result"),
    [
        (1, int, 1),
        (1, float, 1.0),
        (1, Union[int, str], 1),  # noqa: UP007 - the old spelling is what is tried here
        (1, float | int, 1),
        ("a", Optional[str], "a"),  # noqa: UP045
        (None, str | None, None),
        (True, bool, True),
        (1, object, 1),
        (1, Any, 1),
        ([1], list, [1]),
        ([1, "a"], tuple[int, str], (1, "a")),
        ([[1.5]], list[list[float]], [[1.5]]),
        ([1], Sequence[int], [1]),
        ([1, 1], set[int], {1}),
        ({"a": 1}, Mapping[str, float], {"a": 1.0}),
        ({"a": 1}, dict, {"a": 1}),
        ("a", Literal["a", 1], "a"),
        ("a", Annotated[str, "documented"], "a"),
        (80, Port, 80),
        ({"host": "h"}, Server | str, Server("h")),
        (Server("h"), Server, Server("h")),
        (datetime.date(2025, 1, 1), datetime.date, datetime.date(2025, 1, 1)),
        (1, typing.TypeVar("T"), 1),
        (None, None, None),
        (1, typing.NoReturn, 1),
    ],
)
def test_a_value_that_fits_is_given_in_the_annotations_type(value: object, annotation: object, result: object) -> None:
    """A type that the file format lacks is made from the one that it has."""
    given, told = fitted(value, annotation)
    assert (given, type(given), told) == (result, type(result), [])


@pytest.mark.parametrize(
    ("value", "annotation", "problems"),
    [
        (True, int, ["() must be a whole number, not True."]),
        (True, float, ["() must be a number, not True."]),
        (1, bool, ["() must be true or false, not 1."]),
        (1.0, int, ["() must be a whole number, not 1.0."]),
        ("1", int, ["() must be a whole number, not '1'."]),
        (1, Path, ["() must be a path, not 1."]),
        ("a", list[str], ["() must be a list (of: a string), not 'a'."]),
        ([1, 2, 3], tuple[int, int], ["() must have 2 items, not 3."]),
        ([1, "a"], list[int], ["(1,) must be a whole number, not 'a'."]),
        ({"a": [True]}, dict[str, list[int]], ["('a', 0) must be a whole number, not True."]),
        ("c", Literal["a", 1], ["() must be \"a\" or 1, not 'c'."]),
        (True, Literal["a", 1], ['() must be "a" or 1, not True.']),
        (1, str | None, ["() must be a string or left out, not 1."]),
        (
            {"hst": 1},
            Server | None,
            ["('hst',) is not known. Did you mean 'host'?", "('host',) is missing; it must be a string."],
        ),
        ([], Server, ["() must be a table, not []."]),
        ([[1]], set[list[int]], ["() can't be used: unhashable type: 'list'"]),
        (1, datetime.date, ["() must be of type date, not 1."]),
    ],
)
def test_a_value_that_does_not_fit_is_told_in_the_config_files_words(
    value: object, annotation: object, problems: list[str]
) -> None:
    """With its place, and what to write instead; text is never taken for a number, nor a number for a switch."""
    told = fitted(value, annotation)[1]
    assert [
        one.replace("cannot use 'list' as a set element (", "").replace("'list')", "'list'") for one in told
    ] == problems


JSON = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
ANNOTATIONS = st.recursive(
    st.sampled_from([int, str, float, bool, Path, Server, type(None), Any]),
    lambda inner: (
        inner.map(lambda one: list[one])  # type: ignore[valid-type]
        | inner.map(lambda one: dict[str, one])  # type: ignore[valid-type]
        | st.tuples(inner, inner).map(lambda pair: Union[pair])  # noqa: UP007 - `|` knows no tuple
    ),
    max_leaves=4,
)


@given(JSON, ANNOTATIONS)
def test_any_value_fits_any_annotation_or_is_told(value: object, annotation: object) -> None:
    """Never an exception; and what fits once fits again unchanged."""
    result, told = fitted(value, annotation)
    if not told:
        assert fitted(result, annotation) == (result, [])
