import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import seccomp
from engine.workers import refused_calls
from tests.engine.kernel import answer

PROCESS = 4242
REFUSED = seccomp.REFUSE | 1
MACHINES = list(seccomp.ARCHITECTURES)


def verdict(machine: str, number: int, argument: int = 0) -> int:
    return answer(refused_calls.filter_for(machine, PROCESS), number, seccomp.ARCHITECTURES[machine], argument)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_of_the_table_is_refused(machine):
    place = MACHINES.index(machine)
    for name, numbers in refused_calls._ALWAYS.items():
        if numbers[place] is not None:
            assert verdict(machine, numbers[place]) == REFUSED, name


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
def test_a_thread_may_be_started_and_a_process_not(machine, clone):
    assert verdict(machine, clone, 0x3D0F00) == seccomp.ALLOW  # what glibc asks for a thread
    assert verdict(machine, clone, 0x1200011) == REFUSED  # and for fork
    assert verdict(machine, 435) == seccomp.REFUSE | 38


@pytest.mark.parametrize(("machine", "kill"), [("x86_64", 62), ("x86_64", 234), ("aarch64", 129), ("aarch64", 131)])
def test_it_signals_itself_alone(machine, kill):
    assert verdict(machine, kill, PROCESS) == seccomp.ALLOW
    for other in (0, 1, PROCESS + 1, 2**32 - 1):
        assert verdict(machine, kill, other) == REFUSED


@pytest.mark.parametrize("machine", MACHINES)
@given(number=st.integers(0, 2**32 - 1), argument=st.integers(0, 2**32 - 1))
def test_nothing_else_is_refused(machine, number, argument):
    place = MACHINES.index(machine)
    named = {numbers[place] for numbers in (*refused_calls._ALWAYS.values(), *refused_calls._BUT_TO_ITSELF.values())}
    named |= {refused_calls._CLONE[place], refused_calls._CLONE3, refused_calls._PRLIMIT[place]}
    if number not in named:
        assert verdict(machine, number, argument) == seccomp.ALLOW
