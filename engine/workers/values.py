"""The plain values of the workers: which walls hold around a child that reads hostile files."""

from msgspec import Struct


class Walls(Struct, frozen=True):
    """What this machine refuses such a child, as it was when one tried."""

    files: bool
    network: bool
    programs: bool
    memory: bool

    @property
    def open(self) -> list[str]:
        """The names of those that do not hold."""
        return [name for name in self.__struct_fields__ if not getattr(self, name)]
