"""What may the operator say? The table of all keys: `Config`, and `PluginTable` for what stands under `[plugin.NAME]`.

A new key is a new entry in one of the two. From it come the key in the file, the argument of `start()`, the environment
variable, the check with its message, the rule by which several sources merge, and its line in the documentation.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Final, Generic, Self, TypedDict, TypeVar, cast, overload

from hookcore.names import canonical_name, is_pattern, meant
from hookcore.plugins.config.sources import DEFAULT, KeyPath, SettingsTable, Source, Stated, brief, dotted
from hookcore.suggestions import did_you_mean

Value = TypeVar("Value")
OneConfig = str | os.PathLike[str] | Mapping[str, object]
GivenConfig = OneConfig | Sequence[OneConfig] | None
"""What a host gives its manager: a path, a mapping, or several of them."""


class Document:
    """One source's raw values, and a sentence for everything in them that can't be used.

    `source` tells who said the value at a path. Paths of files are relative to `directory`, that of the config file;
    None: to the current directory, as the host means its own paths.
    """

    def __init__(
        self, values: Mapping[str, object], source: Callable[[KeyPath], Source], directory: str | None = None
    ) -> None:
        self.values = values
        self.source = source
        self.directory = directory
        self.problems: list[str] = []

    def refuse(self, path: KeyPath, sentence: str) -> None:
        """Note what is wrong at a path."""
        self.problems.append(f"{self.source(path)}: {sentence}")

    def wrong(self, path: KeyPath, value: object, wanted: str, hint: str = "") -> None:
        """Note that the value at a path is not what it must be."""
        self.refuse(path, f"{dotted(path)} must be {wanted}, not {brief(value)}.{hint}")


class Key(Generic[Value]):
    """One thing that may be said in a table. On a table of that kind it is what was said, or the default.

    `wanted` is what its value must be, in words; `documentation` is what it is for, in a sentence.
    """

    wanted: str = ""
    name: str = ""
    default: Value

    def __init__(self, documentation: str) -> None:
        self.documentation = documentation

    def __set_name__(self, table: type[Table], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, table: None, kind: type[Table]) -> Self: ...
    @overload
    def __get__(self, table: Table, kind: type[Table]) -> Value: ...
    def __get__(self, table: Table | None, kind: type[Table]) -> Self | Value:
        return self  # asked of the class: each table holds its values itself

    def accepts(self, value: object) -> bool:
        """Tell whether a raw value is what may be said here."""
        raise NotImplementedError

    def advice(self, value: object) -> str:
        """Return what to write instead of a value that is not, as a sentence that begins with a blank."""
        return ""

    def read(self, value: object, path: KeyPath, document: Document) -> Value | None:
        """Return what a raw value says, or None after its problem was noted."""
        if self.accepts(value):
            return cast("Value", Stated(value, document.source(path)))
        document.wrong(path, value, self.wanted, self.advice(value))
        return None

    def from_text(self, text: str) -> object:
        """Return the raw value that the text of an environment variable stands for; None: it says nothing."""
        return text.strip() or None

    def merge(self, tables: Sequence[Table]) -> Value:
        """Return what the tables that have this key say together, the strongest first."""
        return cast("Value", tables[0].said[self.name])


class Table:
    """What was said in one table, or in several that were merged: `said` holds each key that somebody gave."""

    keys: ClassVar[Mapping[str, Key[Any]]] = {}

    def __init__(self, said: Mapping[str, Any] | None = None) -> None:
        self.said = said or {}
        vars(self).update({name: key.default for name, key in self.keys.items()}, **self.said)

    def __init_subclass__(cls) -> None:
        cls.keys = {name: key for name, key in vars(cls).items() if isinstance(key, Key)}

    @classmethod
    def read(cls, value: object, path: KeyPath, document: Document) -> Self:
        """Return what the table at a path says. What can't be used is noted in the document."""
        said: dict[str, Any] = {}
        for name, raw in items_of(value, path, document):
            key = cls.keys.get(name)
            if key is None:
                document.refuse((*path, name), f"unknown key {dotted((*path, name))!r}.{cls._advice(name, raw)}")
                continue
            one = key.read(raw, (*path, name), document)
            if one is not None:
                said[name] = one
        return cls(said)

    @classmethod
    def merged(cls, tables: Sequence[Self]) -> Self:
        """Return the table that these make together, the strongest first."""
        if len(tables) == 1:
            return tables[0]
        names = dict.fromkeys(name for table in tables for name in table.said)
        return cls({name: cls.keys[name].merge([one for one in tables if name in one.said]) for name in names})

    @classmethod
    def _advice(cls, unknown: str, value: object) -> str:
        return did_you_mean(unknown, cls.keys) or f" The keys here are: {', '.join(cls.keys)}."


# -- what a value may be ----------------------------------------------------------------------------------------

_MOST: Final = 1e9  # as seconds, 31 years
_TRUTHS: Final = {"true": True, "1": True, "yes": True, "on": True} | dict.fromkeys(("false", "0", "no", "off"), False)


class Choice(Key[Stated[str]]):
    """One of a few words. The first is the default."""

    def __init__(self, documentation: str, *choices: str) -> None:
        super().__init__(documentation)
        self.default = Stated(choices[0], DEFAULT)
        self._choices = choices
        self.wanted = " or ".join(f'"{choice}"' for choice in choices)

    def accepts(self, value: object) -> bool:
        """Take one of the words."""
        return isinstance(value, str) and value in self._choices

    def advice(self, value: object) -> str:
        """Name the word that comes nearest."""
        return did_you_mean(value.lower(), self._choices) if isinstance(value, str) else ""


class Switch(Key[Stated[bool]]):
    """Yes or no. No is the default."""

    wanted = "true or false"
    default = Stated(False, DEFAULT)

    def accepts(self, value: object) -> bool:
        """Take a truth value; a number is none."""
        return isinstance(value, bool)

    def from_text(self, text: str) -> object:
        """Return what a text says in one of the usual words, or the text, which is then refused."""
        return _TRUTHS.get(text.strip().lower(), text.strip()) if text.strip() else None


class Number(Key[Stated[float]]):
    """How many or how much of something, above 0. Where none is the default, false asks for that."""

    def __init__(self, documentation: str, default: float = False) -> None:
        super().__init__(documentation)
        self.default = Stated(default, DEFAULT)
        self._may_be_none = default is False
        self.wanted = f"{self.wanted}, above 0" + (", or false" if self._may_be_none else "")

    def accepts(self, value: object) -> bool:
        """Take a number above 0, and false. What is above all that anybody waits for is none."""
        if value is False:
            return self._may_be_none
        return type(value) in (int, float) and 0 < cast("float", value) <= _MOST

    def advice(self, value: object) -> str:
        """Say how it is written in a file where it stands in quotes, and how to ask for none."""
        if isinstance(value, str) and self.accepts(self.from_text(value)):
            return f" Write {self.name} = {value.strip()}, without quotes."
        is_out_of_range = type(value) in (int, float) and not 0 < cast("float", value) <= _MOST
        return f" For none write {self.name} = false." if is_out_of_range and self._may_be_none else ""

    def from_text(self, text: str) -> object:
        """Return the number that a text is, or what it says of false; else the text, which is then refused."""
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
        return _TRUTHS.get(text.strip().lower(), text.strip()) if text.strip() else None


class Seconds(Number):
    """How long."""

    wanted = "a number of seconds"


class Count(Number):
    """How often."""

    wanted = "a whole number"

    def accepts(self, value: object) -> bool:
        """Take a whole number above 0, and false."""
        return super().accepts(value) and isinstance(value, int)


class Text(Key[Stated[str] | None]):
    """A name."""

    wanted = "a name in quotes"
    default = None

    def accepts(self, value: object) -> bool:
        """Take a text that is not blank."""
        return isinstance(value, str) and bool(value.strip())


class FilePath(Text):
    """The path of a file: in a config file relative to that file, else to the current directory."""

    wanted = "a path in quotes"

    def read(self, value: object, path: KeyPath, document: Document) -> Stated[str] | None:
        """Take a text or a path object."""
        stated = super().read(os.fspath(value) if isinstance(value, os.PathLike) else value, path, document)
        return stated and Stated(os.path.join(document.directory or "", stated.value), stated.source)


class Names(Key[tuple[Stated[str], ...]]):
    """A list of names and globs. What several sources say adds up."""

    wanted = "a list of names"
    default = ()

    def accepts(self, value: object) -> bool:
        """Take a list; from code also a tuple, or a set, in the order of its texts."""
        return isinstance(value, list | tuple | set | frozenset)

    def read(self, value: object, path: KeyPath, document: Document) -> tuple[Stated[str], ...] | None:
        """Take the names out of a list."""
        if not self.accepts(value):
            document.wrong(path, value, self.wanted, self.advice(value))
            return None
        items = sorted(cast("Iterable[object]", value), key=str) if isinstance(value, set | frozenset) else value
        names: list[Stated[str]] = []
        for index, item in enumerate(cast("Iterable[object]", items)):
            if not isinstance(item, str) or not item.strip():
                document.wrong((*path, index), item, "a name in quotes")
            elif self.is_name(item, (*path, index), document):
                names.append(Stated(item, document.source((*path, index))))
        return tuple(names)

    def advice(self, value: object) -> str:
        """Show how such a list is written where one thing stands in its place."""
        if isinstance(value, str) and value.startswith("["):
            return " In the environment, names have commas between them, and nothing around."
        if isinstance(value, str) and len(value) < 40:
            return f' Write ["{value}"].'
        return f' Write {self.name} = ["NAME"], above the first [table].' if isinstance(value, Mapping) else ""

    def is_name(self, name: str, path: KeyPath, document: Document) -> bool:
        """Tell whether a text may be a name here, or note why not."""
        return True

    def from_text(self, text: str) -> object:
        """Return what stands between the commas. What looks like a list of the file's is none, and no glob."""
        if text.strip().startswith("[") and any(quote in text for quote in "'\""):
            return text.strip()
        return [name.strip() for name in text.split(",") if name.strip()]  # even if empty: that means none

    def merge(self, tables: Sequence[Table]) -> tuple[Stated[str], ...]:
        """Return all names, the strongest source's first."""
        return tuple(stated for table in tables for stated in table.said[self.name])


class Permissions(Names):
    """A list of names that adds up as far as a source that says the mode as well: these are all, then."""

    def merge(self, tables: Sequence[Table]) -> tuple[Stated[str], ...]:
        """Return the names down to the first source that says names and mode together."""
        end = next((index for index, table in enumerate(tables, 1) if "mode" in table.said), None)
        return super().merge(tables[:end])


class Receivers(Names):
    """A list of a plugin's receivers and globs."""

    def is_name(self, name: str, path: KeyPath, document: Document) -> bool:
        """Refuse what can only be a plugin's name: who wrote that meant the list above all tables."""
        if "." in name or is_pattern(name):
            return True
        document.wrong(
            path,
            name,
            "'signal.receiver', as report() shows it",
            " Whole plugins are disabled above the first [table].",
        )
        return False


class Settings(Key[SettingsTable | None]):
    """A table for the plugin's own `Settings`. What several sources say is mixed key by key."""

    wanted = "a table"
    default = None

    def read(self, value: object, path: KeyPath, document: Document) -> SettingsTable:
        """Take any table: what may stand in it, only the plugin knows."""
        values = dict(items_of(value, path, document))
        return SettingsTable(
            values, document.source(path), dict.fromkeys(values, lambda inner: document.source((*path, *inner)))
        )

    def merge(self, tables: Sequence[Table]) -> SettingsTable:
        """Return all settings. Each is one source's, whole: a table inside is not mixed from two."""
        said: list[SettingsTable] = [table.said[self.name] for table in tables]
        values = {key: value for one in reversed(said) for key, value in one.values.items()}
        places = {key: place for one in reversed(said) for key, place in one.places.items()}
        return SettingsTable(values, said[0].source, places)


class PluginTables(Key[Mapping[str, "PluginTable"]]):
    """The tables `[plugin.NAME]`, by canonical name. Those of one name merge key by key."""

    wanted = "a table"
    default = MappingProxyType[str, "PluginTable"]({})

    def read(self, value: object, path: KeyPath, document: Document) -> Mapping[str, PluginTable]:
        """Take a table of tables, none of which may be there in two spellings."""
        tables: dict[str, PluginTable] = {}
        for name, raw in items_of(value, path, document):
            here = (*path, name)
            table = PluginTable.read(raw, here, document)
            table.names = (Stated(name, document.source(here)),)
            first = tables.setdefault(canonical_name(name), table).names[0]
            if first is not table.names[0]:
                places = f"{first.source} and {document.source(here)}"
                document.refuse(here, f"{first.value!r} and {name!r} are one name ({places}); write one table for it")
        return tables

    def merge(self, tables: Sequence[Table]) -> Mapping[str, PluginTable]:
        """Return one table for each name."""
        said: list[Mapping[str, PluginTable]] = [table.said[self.name] for table in tables]
        merged: dict[str, PluginTable] = {}
        for name in dict.fromkeys(name for one in said for name in one):
            of_that_name = [one[name] for one in said if name in one]
            merged[name] = PluginTable.merged(of_that_name)
            merged[name].names = tuple(stated for table in of_that_name for stated in table.names)
        return merged


def items_of(value: object, path: KeyPath, document: Document) -> Iterator[tuple[str, object]]:
    """Yield the keys and values of a table; note it if it is none, or if a key is no text."""
    if not isinstance(value, Mapping):
        document.wrong(path, value, "a table")
        return
    for key, item in cast("Mapping[object, object]", value).items():
        if isinstance(key, str):
            yield key, item
        else:
            document.refuse(path, f"the key {brief(key)} must be a string")


# -- the keys ---------------------------------------------------------------------------------------------------


class PluginTable(Table):
    """What stands under `[plugin.NAME]`. `names` holds each such name as it was written."""

    names: tuple[Stated[str], ...] = ()

    settings = Settings(
        "What the plugin is to do: checked by the plugin's own `Settings` class before it is made ready."
    )
    distribution = Text("Which distribution's plugin is meant, where several claim the name.")
    disable = Receivers("Single receivers that are not called, by the names that `report()` shows: `signal.receiver`.")
    slow_after = Seconds("As above, for this plugin; so are the next three.")
    timeout = Seconds("After how many seconds a coroutine receiver of this plugin's is cancelled.")
    break_after = Count("After how many failures in a row this plugin's receivers are left alone.")
    cool_down = Seconds("For how many seconds they are.", 60)

    @classmethod
    def _advice(cls, unknown: str, value: object) -> str:
        if unknown in Config.keys:
            return f" {unknown!r} is a key of the whole config: write it above the first [table]."
        if unknown in ("enabled", "disabled"):
            return ' Whole plugins are switched by enable = ["NAME"] and disable = ["NAME"], above the first [table].'
        return f"{super()._advice(unknown, value)} What only the plugin knows stands in its settings = {{ }}."

    def switched_off(self, receiver: str, receivers: Collection[str]) -> str | None:
        """Say who switched off one of a plugin's receivers, by their names `signal.receiver`, or None if nobody did."""
        exactly = (one for one in self.disable if one.value == receiver)
        globs = (one for one in self.disable if one.value not in receivers and meant(one.value, (receiver,)))
        found = next(exactly, None) or next(globs, None)
        return None if found is None else str(found.source)


class Config(Table):
    """What all sources said together. Lists hold the strongest source's items first; names are as written.

    `lock` is the path of the lock file, relative to the current directory or absolute; None: nobody knows one.
    `slips` are sentences about what has no effect and is likely a mistake. `tables` are what each source said, the
    strongest first.
    """

    slips: tuple[str, ...] = ()
    tables: tuple[Config, ...] = ()

    @classmethod
    def _advice(cls, unknown: str, value: object) -> str:
        table = f" What is said of one plugin stands in [plugin.{unknown}]." if isinstance(value, Mapping) else ""
        return super()._advice(unknown, value) + table

    mode = Choice(
        "Which plugins may run: every installed one (`auto`), only those that `enable` names (`explicit`), or only "
        "those that `required` names (`required`: safe mode). Whatever the mode, `disable` wins.",
        "auto",
        "explicit",
        "required",
    )
    enable = Permissions("The plugins that may run in mode `explicit`.")
    disable = Names("Plugins that do not run, and are not imported, whoever else allows them.")
    required = Names(
        "Plugins without which the host does not start. A glob needs each plugin that it fits, and one at least."
    )
    strict = Switch("Whether one plugin that fails or is blocked keeps the host from starting.")
    locked = Switch("Whether only those plugins may run that the lock file approves.")
    lock = FilePath("The lock file. Unless somebody says it, `plugins.lock` beside the config file.")
    mute = Names("Signals that reach nobody.")
    timing = Switch("Whether calls of receivers are measured: `timing()` tells how long they take.")
    slow_after = Seconds(
        "A plugin's receiver that takes longer, in seconds, is logged, with its stack if it still runs."
    )
    timeout = Seconds("A plugin's coroutine receiver that takes longer, in seconds, is cancelled, and has failed.")
    break_after = Count("A plugin whose receivers fail so often in a row has failed: they are left alone for a while.")
    cool_down = Seconds("For how many seconds they are left alone; then one call tries whether they work again.", 60)
    plugin = PluginTables("What is said of one plugin, in a table of its own: `[plugin.NAME]`.")

    def guard(self, key: str, table: PluginTable) -> Stated[float]:
        """Return what one of `GUARDS` or `cool_down` says of a plugin: the word of its own table, or that for all."""
        found: Stated[float] = table.said.get(key) or getattr(self, key)
        return found


GUARDS: Final = ("slow_after", "timeout", "break_after")
"""The keys that ask for a guard of a plugin's receivers."""


class ConfigArguments(TypedDict, total=False):
    """The same keys as arguments, for type checkers. `config` takes the place of the host's file or mapping."""

    config: OneConfig | None
    mode: str
    enable: Sequence[str]
    disable: Sequence[str]
    required: Sequence[str]
    strict: bool
    locked: bool
    lock: str | os.PathLike[str]
    mute: Sequence[str]
    timing: bool
    slow_after: float
    timeout: float
    break_after: int
    cool_down: float
    plugin: Mapping[str, Mapping[str, object]]
