"""A busy second process for decode.py: embeds without end, as an index run does, until it is killed.

`python -m tests.benchmarks.busy_neighbour MODEL.onnx` prints "busy" once it is.
"""

import sys

import numpy as np
import onnxruntime


def main(path: str) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(path, options)
    ids = np.random.default_rng(0).integers(1000, 20000, (8, 128))
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    session.run(None, inputs)
    print("busy", flush=True)
    while True:
        session.run(None, inputs)


if __name__ == "__main__":
    main(*sys.argv[1:])
