"""Traces with OpenTelemetry, which FastAPI makes itself once a provider is there.

With the extra `tracing` installed, and `OTEL_EXPORTER_OTLP_ENDPOINT` set, spans are sent there; without either
nothing of the SDK is imported and a request costs nothing more.
"""

from typing import Any

from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import TracerProvider

_UNTRACED = ("/health", "/metrics")


def telemetry(provider: TracerProvider | None = None) -> TelemetryConfig:
    """Return how an app is traced: a span for each request and for its steps. Metrics and logs are our own.

    Spans go through `provider`, by default through the one that the environment describes.
    """
    return TelemetryConfig(
        tracer_provider=provider,
        tracing=True,
        metrics=False,
        logs=False,
        auto_configure=True,
        exclude=_is_untraced,
    )


def _is_untraced(scope: Any) -> bool:
    path: str = scope.get("path", "")
    return path.startswith(_UNTRACED)
