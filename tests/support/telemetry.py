"""A real OpenTelemetry SDK that keeps what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class Told:
    """What OpenTelemetry was told: spans that have ended, and metrics."""

    def __init__(self, **options: Any) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracer_provider = TracerProvider(**options)
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meter_provider = MeterProvider([self._reader])
        self.providers = {"tracer_provider": self.tracer_provider, "meter_provider": self.meter_provider}

    def spans(self) -> list[Any]:
        """Return the spans since the last time, in the order in which they began."""
        spans = sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time)
        self._exporter.clear()
        return spans

    def tree(self) -> list[str]:
        """Return the names of these spans, each below its parent and indented more."""
        spans = self.spans()
        known = {span.context.span_id for span in spans}

        def below(parent: int | None, depth: int) -> Iterator[str]:
            for span in spans:
                above = span.parent.span_id if span.parent is not None and span.parent.span_id in known else None
                if above == parent:
                    yield "  " * depth + span.name
                    yield from below(span.context.span_id, depth + 1)

        return list(below(None, 0))

    def points(self, name: str) -> list[Any]:
        """Return what a histogram has counted so far, for each set of attributes."""
        data = self._reader.get_metrics_data()
        found = data.resource_metrics[0].scope_metrics[0].metrics if data is not None else []
        return [point for metric in found if metric.name == name for point in metric.data.data_points]

    def counts(self, name: str, *attributes: str) -> dict[tuple[Any, ...], int]:
        """Return how often a histogram was told something, by these attributes."""
        found: dict[tuple[Any, ...], int] = {}
        for point in self.points(name):
            key = tuple(point.attributes.get(one) for one in attributes)
            found[key] = found.get(key, 0) + point.count
        return found
