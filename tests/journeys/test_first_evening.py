"""The first evening and the days after it at the window without the guard, so that not even an attempt goes unseen.

A file of its own: files are what the test run spreads over the cores.
"""

from tests.journeys import watched_window

pytestmark = watched_window.MARKS


def test_they_open_no_socket_of_the_internet(tmp_path, models_folder):
    watched_window.tell("evening", tmp_path, models_folder, guard=False)
