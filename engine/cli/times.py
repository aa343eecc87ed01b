"""Times in JSON: RFC 3339 where the program itself counts milliseconds."""

from typing import Any

import msgspec

from engine.clock import rfc3339

_COUNTED = "_ms"


def with_times(value: object) -> Any:
    """`value` as plain values, in which each moment, say `created_ms`, is written out as `created`."""
    return _written(msgspec.to_builtins(value))


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_written(item) for item in value]
    if isinstance(value, dict):
        return dict(_field(name, item) for name, item in value.items())
    return value


def _field(name: str, value: Any) -> tuple[str, Any]:
    if not name.endswith(_COUNTED):
        return name, _written(value)
    return name.removesuffix(_COUNTED), None if value is None else rfc3339(value)
