"""The shape of a thread: turns are nodes, siblings are versions of one place, a branch is one way through."""

from collections.abc import Sequence
from typing import NamedTuple


class Node(NamedTuple):
    """A turn's place. Nodes are always given in the order they were made, parents before children."""

    id: str
    parent_id: str | None


def siblings(nodes: Sequence[Node]) -> dict[str, list[str]]:
    """For each turn all versions of the place it holds, itself among them, oldest first."""
    versions: dict[str | None, list[str]] = {}
    for node in nodes:
        versions.setdefault(node.parent_id, []).append(node.id)
    return {node.id: versions[node.parent_id] for node in nodes}


def branch(nodes: Sequence[Node], leaf: str) -> list[str]:
    """The turns from the root to `leaf`, both included."""
    parent_of = dict(nodes)
    path: list[str] = []
    turn: str | None = leaf
    while turn is not None:
        path.append(turn)
        turn = parent_of[turn]
    return path[::-1]


def newest_leaf(nodes: Sequence[Node], turn_id: str) -> str:
    """Where a branch through `turn_id` goes on to: at each fork the version made last."""
    newest_child = {node.parent_id: node.id for node in nodes}
    while turn_id in newest_child:
        turn_id = newest_child[turn_id]
    return turn_id
