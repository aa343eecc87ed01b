"""A clock that moves one millisecond each time it is read, and by hand."""


class FakeClock:
    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        self.now += 1
        return self.now

    def advance(self, milliseconds: int) -> None:
        self.now += milliseconds
