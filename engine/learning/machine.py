"""What this machine has to give just now: memory, mains, processors."""

from typing import Any

BUSY = 0.3
"""Of all processors, while we do nothing ourselves."""
_LISTEN_S = 0.5


def free_bytes() -> int:
    """What it could give a process now without taking it from another."""
    return int(_psutil().virtual_memory().available)


def is_on_mains() -> bool:
    """One without a battery always is."""
    battery = _psutil().sensors_battery()
    return battery is None or bool(battery.power_plugged)


def is_busy() -> bool:
    """Whether something keeps its processors busy; takes half a second to hear."""
    return bool(_psutil().cpu_percent(_LISTEN_S) > 100 * BUSY)


def _psutil() -> Any:
    """Not at the start of the program, where milliseconds count."""
    import psutil  # type: ignore[import-untyped]  # its types are another package

    return psutil
