"""The control of the egress tests: imports a package that sends telemetry, loads a model with it, and lives on.

It phones some ten seconds later, from a thread of its own. Run by the interpreter of `.venv-control`, never by ours.
The kernel's part of the guard alone is asked for: the other part would ask this very package to be silent.
"""

import time

from engine import guard


def field(number: int, content: bytes | int) -> bytes:
    """One field of a protocol buffer: a small number, or bytes."""
    if isinstance(content, int):
        return bytes([number << 3, content])
    return bytes([number << 3 | 2, len(content)]) + content


def identity_model() -> bytes:
    """An ONNX model of one node: y = Identity(x), for x of one float."""
    one_float = field(1, field(1, 1) + field(2, field(1, field(1, 1))))
    node = field(1, b"x") + field(2, b"y") + field(4, b"Identity")
    values = field(11, field(1, b"x") + field(2, one_float)) + field(12, field(1, b"y") + field(2, one_float))
    graph = field(1, node) + field(2, b"control") + values
    return field(1, 8) + field(7, graph) + field(8, field(1, b"") + field(2, 13))


def main() -> None:
    guard.refuse_network()

    import onnxruntime

    session = onnxruntime.InferenceSession(identity_model(), providers=["CPUExecutionProvider"])
    print(onnxruntime.__version__, session.get_outputs()[0].name, flush=True)
    time.sleep(600)


if __name__ == "__main__":
    main()
