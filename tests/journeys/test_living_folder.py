"""A folder at the window that its owner goes on working in."""

from tests.journeys import watched_window

pytestmark = watched_window.MARKS


def test_it_is_followed(tmp_path, models_folder):
    watched_window.tell("folder", tmp_path, models_folder, guard=True)
