import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.workers.channel import LONGEST, Channel, FrameTooLong


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as incoming, os.fdopen(writing, "wb", buffering=0) as outgoing:
        yield Channel(incoming, outgoing)


@given(payloads=st.lists(st.binary(max_size=1000), max_size=5))
def test_payloads_come_out_as_they_went_in(payloads):
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as incoming, os.fdopen(writing, "wb", buffering=0) as outgoing:
        channel = Channel(incoming, outgoing)
        for payload in payloads:
            assert channel.send(payload)
        channel.close_outgoing()
        assert list(iter(channel.receive, None)) == payloads


def test_payload_larger_than_the_pipe(pipe):
    payload = os.urandom(1_000_000)
    sender = threading.Thread(target=pipe.send, args=[payload])
    sender.start()
    assert pipe.receive() == payload
    sender.join()


@pytest.mark.parametrize("cut", [1, 7, 8, 11])
def test_end_in_the_middle_of_a_frame_is_the_end(pipe, cut):
    frame = (4).to_bytes(8, "little") + b"four"
    pipe._outgoing.write(frame[:cut])
    pipe.close_outgoing()
    assert pipe.receive() is None


def test_announced_length_beyond_all_reason_is_not_allocated(pipe):
    pipe._outgoing.write((LONGEST + 1).to_bytes(8, "little"))
    with pytest.raises(FrameTooLong):
        pipe.receive()


def test_sender_with_little_patience_gives_up_while_another_sends(pipe):
    with pipe._sending:
        assert not pipe.send(b"", patience_s=0)
    assert pipe.send(b"", patience_s=0)
