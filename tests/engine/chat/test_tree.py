from hypothesis import given
from hypothesis import strategies as st

from engine.chat.tree import Node, branch, newest_leaf, siblings

# Each turn's parent is an earlier turn or none: the index of one, or -1.
parents = st.lists(st.integers(min_value=-1, max_value=20), min_size=1, max_size=20)


def grown(choices):
    return [
        Node(str(index), None if index == 0 or choice < 0 else str(choice % index))
        for index, choice in enumerate(choices)
    ]


@given(parents)
def test_each_turn_is_among_its_siblings_once_and_they_agree(choices):
    nodes = grown(choices)
    for node in nodes:
        versions = siblings(nodes)[node.id]
        assert versions.count(node.id) == 1
        assert all(siblings(nodes)[version] == versions for version in versions)


@given(parents)
def test_a_branch_runs_from_a_root_through_each_parent_to_its_leaf(choices):
    nodes = grown(choices)
    parent_of = dict(nodes)
    for node in nodes:
        path = branch(nodes, node.id)
        assert path[-1] == node.id
        assert [parent_of[turn] for turn in path] == [None, *path[:-1]]


@given(parents)
def test_choosing_a_turn_leads_to_a_leaf_of_a_branch_that_holds_it(choices):
    nodes = grown(choices)
    for node in nodes:
        leaf = newest_leaf(nodes, node.id)
        assert leaf not in {other.parent_id for other in nodes}
        assert node.id in branch(nodes, leaf)


@given(parents)
def test_each_turn_can_be_reached_by_choosing_siblings_alone(choices):
    """Starting anywhere, choosing a version at each level leads to any turn: nothing is lost behind a fork."""
    nodes = grown(choices)
    for target in nodes:
        shown = branch(nodes, newest_leaf(nodes, nodes[0].id))
        for level, turn in enumerate(branch(nodes, target.id)):
            assert turn in siblings(nodes)[shown[level]]
            shown = branch(nodes, newest_leaf(nodes, turn))
        assert target.id in shown
