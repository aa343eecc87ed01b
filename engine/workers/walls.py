"""Which walls really hold around a confined child on this machine: one is started and tries them."""

import functools

from engine.workers.values import Walls
from engine.workers.walls_service import MEMORY, Try
from engine.workers.worker import Limits, Worker


@functools.cache
def tried() -> Walls:
    """What a child found refused; the same for as long as this process lives. Raises HearthsideError when none can be
    started."""
    limits = Limits(address_space=MEMORY, confined=True)
    with Worker[Walls]("engine.workers.walls_service", Walls, name="walls", limits=limits) as worker:
        return worker.call(Try())
