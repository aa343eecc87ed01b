"""Four weeks at the window with the guard on, as every owner has it.

A file of its own: files are what the test run spreads over the cores.
"""

from tests.journeys import watched_window

pytestmark = watched_window.MARKS


def test_they_open_no_socket_of_the_internet(tmp_path, models_folder):
    watched_window.tell("weeks", tmp_path, models_folder, guard=True)
