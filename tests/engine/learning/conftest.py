"""A learning room for every test that asks for one."""

import pytest

from tests.engine.learning.school import School


@pytest.fixture
def school(tmp_path, key, clock):
    school = School(tmp_path, key, clock)
    school.learning.turn_on()
    yield school
    school.database.close()
