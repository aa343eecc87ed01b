"""What the kernel makes of a seccomp filter, played by hand: for calls of machines that are not at hand."""

from collections.abc import Sequence

from engine import seccomp


def answer(filters: Sequence[seccomp.Instruction], number: int, architecture: int, argument: int) -> int:
    """The verdict on one call."""
    data = {seccomp.NUMBER: number, seccomp.ARCHITECTURE: architecture, seccomp.FIRST_ARGUMENT: argument}
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, operand = filters[at]
        at += 1
        if code == seccomp.RETURN:
            return operand
        if code == seccomp.LOAD:
            accumulator = data[operand]
            continue
        holds = {
            seccomp.EQUAL: accumulator == operand,
            seccomp.AT_LEAST: accumulator >= operand,
            seccomp.ANY_BIT: bool(accumulator & operand),
        }[code]
        at += if_true if holds else if_false
