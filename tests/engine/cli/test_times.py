"""Times in JSON: every moment is written out, at any depth, and nothing else changes."""

from engine.cli.times import with_times
from engine.learning.values import Use


def test_every_moment_is_written_out_under_its_own_name() -> None:
    use = Use(adapter="one", from_ms=0)
    assert with_times({"uses": [use], "share": 0.5}) == {
        "uses": [{"adapter": "one", "from": "1970-01-01T00:00:00.000Z", "to": None, "ratings": None}],
        "share": 0.5,
    }
