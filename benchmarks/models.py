"""What do Django's models cost with hookcore beside them? Each contestant is a process, which saves when asked.

Run as a script, this is such a process: it makes a project with a table in memory, and saves as many rows as each line
that it reads says.
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

from figures import Case, Contestant, Limit

DJANGO, HOOKCORE = "Django", "hookcore"
SAVES = 10_000
ROUNDS = 15
MOST_NANOSECONDS_TO_IMPORT = 3e6


def cases() -> list[Case]:
    """Return all cases."""
    return [
        Case(
            "models",
            "saving 10,000 models, each, no receivers",
            partial(_processes, {DJANGO: "without", HOOKCORE: "idle"}),
            DJANGO,
            (Limit(HOOKCORE, 1.02, DJANGO),),
            each_once=True,
            share=SAVES,
            most_rounds=ROUNDS,
        ),
        Case(
            "models",
            "saving 10,000 models, each, one receiver of post_save",
            partial(
                _processes,
                {DJANGO: "theirs", HOOKCORE: "ours", "hookcore, on_commit": "late", "hookcore, changed": "changed"},
            ),
            DJANGO,
            (Limit(HOOKCORE, 1.01, DJANGO),),  # as much, within what can be told: it is a tenth of a microsecond more
            each_once=True,
            share=SAVES,
            most_rounds=ROUNDS,
        ),
        Case(
            "models",
            "importing the integration where Django and hookcore are imported",
            lambda: [Contestant(HOOKCORE, _import)],
            HOOKCORE,
            (Limit(HOOKCORE, MOST_NANOSECONDS_TO_IMPORT),),
            each_once=True,
            most_rounds=ROUNDS,
        ),
    ]


def _processes(contestants: dict[str, str]) -> Sequence[Contestant]:
    return [Contestant(name, _process(kind)) for name, kind in contestants.items()]


def _process(kind: str) -> Callable[[int], float]:
    """Start a process, and return what has it save so many rows, and gives the seconds."""
    process = subprocess.Popen(
        [sys.executable, __file__, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(process.kill)
    assert process.stdin is not None
    assert process.stdout is not None
    written, read = process.stdin, process.stdout

    def sample(count: int) -> float:
        print(count * SAVES, file=written, flush=True)
        return float(read.readline())

    return sample


def _import(count: int) -> float:
    """Import the integration in so many fresh processes, and return the seconds."""
    command = [sys.executable, __file__, "import"]
    return sum(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(count))


# -- such a process ---------------------------------------------------------------------------------------------


def _work(kind: str) -> None:
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

    _connect(kind, Order)
    with connection.schema_editor() as editor:
        editor.create_model(Order)
    for line in sys.stdin:
        orders = [Order(number=number) for number in range(int(line))]
        start = time.perf_counter()
        for order in orders:
            order.save()
        print(time.perf_counter() - start, flush=True)
        Order.objects.all().delete()


def _connect(kind: str, model: type) -> None:
    if kind == "theirs":
        from django.db.models.signals import post_save

        def receive_theirs(sender: type, instance: object, **named: object) -> None: ...

        post_save.connect(receive_theirs, sender=model, weak=False)
    elif kind in ("ours", "late", "changed"):
        from hookcore.integrations.django import signals

        def receive(instance: object) -> None: ...

        def receive_changed(instance: object, changed: object) -> None: ...

        signals.post_save.connect(
            receive_changed if kind == "changed" else receive,
            sender=model,
            delivery="on_commit" if kind == "late" else "inline",
        )


def _time_import() -> None:
    for name in ("django.apps", "django.db.models", "hookcore.manager.manager"):
        import_module(name)
    gc.disable()  # or a collection of all that Django has brought comes now, by chance
    start = time.perf_counter()
    for name in ("host", "signals"):
        import_module(f"hookcore.integrations.django.{name}")
    print(time.perf_counter() - start)


if __name__ == "__main__":
    _time_import() if sys.argv[1] == "import" else _work(sys.argv[1])
