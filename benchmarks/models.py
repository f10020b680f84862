"""What do models cost with hookcore beside them, Django's and SQLAlchemy's? Each contestant is a process, which saves
when asked.

Run as a script, this is such a process: it makes a table in memory, and saves as many rows as each line that it reads
says.
"""

from __future__ import annotations

import atexit
import gc
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from figures import Case, Contestant, Limit

HOOKCORE = "hookcore"
SAVES = 10_000
ROUNDS = 15
MOST_NANOSECONDS_TO_IMPORT = 3e6
FRAMEWORKS = {"Django": "each", "SQLAlchemy": "in one flush"}


def cases() -> list[Case]:
    """Return all cases."""
    return [case for framework, how in FRAMEWORKS.items() for case in _cases(framework, how)]


def _cases(framework: str, how: str) -> list[Case]:
    own = framework.lower()
    return [
        Case(
            "models",
            f"saving 10,000 models of {framework}, {how}, no receivers",
            partial(_processes, own, {framework: "without", HOOKCORE: "idle"}),
            framework,
            (Limit(HOOKCORE, 1.02, framework),),
            each_once=True,
            share=SAVES,
            most_rounds=ROUNDS,
        ),
        Case(
            "models",
            f"saving 10,000 models of {framework}, {how}, one receiver of post_save",
            partial(
                _processes,
                own,
                {framework: "theirs", HOOKCORE: "ours", "hookcore, on_commit": "late", "hookcore, changed": "changed"},
            ),
            framework,
            (Limit(HOOKCORE, 1.01, framework),),  # as much, within what can be told
            each_once=True,
            share=SAVES,
            most_rounds=ROUNDS,
        ),
        Case(
            "models",
            f"importing the integration where {framework} and hookcore are imported",
            lambda: [Contestant(HOOKCORE, partial(_import, own))],
            HOOKCORE,
            (Limit(HOOKCORE, MOST_NANOSECONDS_TO_IMPORT),),
            each_once=True,
            most_rounds=ROUNDS,
        ),
    ]


def _processes(framework: str, contestants: dict[str, str]) -> Sequence[Contestant]:
    return [Contestant(name, _process(framework, kind)) for name, kind in contestants.items()]


def _process(framework: str, kind: str) -> Callable[[int], float]:
    """Start a process, and return what has it save so many rows, and gives the seconds."""
    process = subprocess.Popen(
        [sys.executable, __file__, framework, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(process.kill)
    assert process.stdin is not None
    assert process.stdout is not None
    written, read = process.stdin, process.stdout

    def sample(count: int) -> float:
        print(count * SAVES, file=written, flush=True)
        return float(read.readline())

    return sample


def _import(framework: str, count: int) -> float:
    """Import the integration in so many fresh processes, and return the seconds."""
    command = [sys.executable, __file__, framework, "import"]
    return sum(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(count))


# -- such a process, with Django --------------------------------------------------------------------------------


def _save_with_django(kind: str) -> None:
    from django.conf import settings

    apps: list[str] = [] if kind == "without" else ["hookcore.integrations.django"]
    settings.configure(
        INSTALLED_APPS=apps,
        HOOKCORE={"PROJECT": "hookcore-benchmark"},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    import django

    django.setup()
    from django.db import connection, models

    class Order(models.Model):
        number = models.IntegerField(default=0)
        name = models.CharField(max_length=20, default="")

        class Meta:
            app_label = "shop"

    _connect_to_django(kind, Order)
    with connection.schema_editor() as editor:
        editor.create_model(Order)
    for line in sys.stdin:
        orders = [Order(number=number) for number in range(int(line))]
        start = time.perf_counter()
        for order in orders:
            order.save()
        print(time.perf_counter() - start, flush=True)
        Order.objects.all().delete()


def _connect_to_django(kind: str, model: type) -> None:
    if kind == "theirs":
        from django.db.models.signals import post_save

        def receive_theirs(sender: type, instance: object, **named: object) -> None: ...

        post_save.connect(receive_theirs, sender=model, weak=False)
    elif kind not in ("without", "idle"):
        from hookcore.integrations.django import signals

        _connect(kind, model, signals.post_save)


# -- such a process, with SQLAlchemy ----------------------------------------------------------------------------


def _save_with_sqlalchemy(kind: str) -> None:
    from sqlalchemy import Integer, String, create_engine, delete
    from sqlalchemy.orm import DeclarativeBase, mapped_column, sessionmaker
    from sqlalchemy.pool import StaticPool

    class Base(DeclarativeBase): ...

    class Order(Base):
        __tablename__ = "orders"
        id = mapped_column(Integer, primary_key=True)
        number = mapped_column(Integer, default=0)
        name = mapped_column(String(20), default="")

    engine = create_engine("sqlite://", poolclass=StaticPool)
    sessions = sessionmaker(engine)
    _connect_to_sqlalchemy(kind, Order, sessions)
    Base.metadata.create_all(engine)
    for line in sys.stdin:
        orders = [Order(number=number) for number in range(int(line))]
        with sessions() as session:
            start = time.perf_counter()
            session.add_all(orders)
            session.commit()
            print(time.perf_counter() - start, flush=True)
        with sessions.begin() as session:
            session.execute(delete(Order))


def _connect_to_sqlalchemy(kind: str, model: type, sessions: object) -> None:
    if kind == "theirs":
        from sqlalchemy import event

        def receive_theirs(mapper: object, connection: object, target: object) -> None: ...

        event.listen(model, "after_insert", receive_theirs)
    elif kind != "without":
        from hookcore.integrations.sqlalchemy import model_signals

        _connect(kind, model, model_signals(sessions).post_save)


# -- both -------------------------------------------------------------------------------------------------------


def _connect(kind: str, model: type, post_save: Any) -> None:
    def receive(instance: object) -> None: ...

    def receive_changed(instance: object, changed: object) -> None: ...

    if kind != "idle":
        post_save.connect(
            receive_changed if kind == "changed" else receive,
            sender=model,
            delivery="on_commit" if kind == "late" else "inline",
        )


_IMPORTED_BEFORE = {
    "django": ("django.apps", "django.db.models", "hookcore.manager.manager"),
    "sqlalchemy": ("sqlalchemy.orm", "hookcore.manager.manager"),
}
_INTEGRATION = {"django": ("django.host", "django.signals"), "sqlalchemy": ("sqlalchemy",)}


def _time_import(framework: str) -> None:
    for name in _IMPORTED_BEFORE[framework]:
        import_module(name)
    gc.disable()  # or a collection of all that the framework has brought comes now, by chance
    start = time.perf_counter()
    for name in _INTEGRATION[framework]:
        import_module(f"hookcore.integrations.{name}")
    print(time.perf_counter() - start)


if __name__ == "__main__":
    asked, what = sys.argv[1:]
    if what == "import":
        _time_import(asked)
    elif asked == "django":
        _save_with_django(what)
    else:
        _save_with_sqlalchemy(what)
