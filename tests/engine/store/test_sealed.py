"""Sealed bytes open whole, for their purpose alone, and never after a bit changed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import HearthsideError
from engine.store.keys import DataKey
from engine.store.sealed import SealedFolder

KEY = DataKey(bytes(range(32)))


@given(st.binary(max_size=2000), st.text(max_size=40))
def test_opening_gives_back_what_was_sealed(data: bytes, purpose: str) -> None:
    assert KEY.open(KEY.seal(data, purpose), purpose) == data


@given(st.binary(max_size=200), st.data())
def test_one_changed_bit_is_refused(data: bytes, draw: st.DataObject) -> None:
    sealed = bytearray(KEY.seal(data, "test"))
    bit = draw.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(HearthsideError, match="sealed_damaged"):
        KEY.open(bytes(sealed), "test")


@given(st.binary(max_size=200), st.data())
def test_a_shortened_seal_is_refused(data: bytes, draw: st.DataObject) -> None:
    sealed = KEY.seal(data, "test")
    with pytest.raises(HearthsideError, match="sealed_damaged"):
        KEY.open(sealed[: draw.draw(st.integers(0, len(sealed) - 1))], "test")


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_seal_opens_for_its_purpose_alone(one: str, other: str) -> None:
    sealed = KEY.seal(b"adapter", one)
    if one == other:
        assert KEY.derive(one) == KEY.derive(other)
    else:
        assert KEY.derive(one) != KEY.derive(other)
        with pytest.raises(HearthsideError, match="sealed_damaged"):
            KEY.open(sealed, other)


def test_another_key_does_not_open() -> None:
    with pytest.raises(HearthsideError, match="sealed_damaged"):
        DataKey(bytes(32)).open(KEY.seal(b"adapter", "test"), "test")


def test_the_key_never_shows_in_a_traceback() -> None:
    assert bytes(range(32)).hex() not in repr(KEY)


def test_a_folder_keeps_bytes_by_name(tmp_path: Path) -> None:
    folder = SealedFolder(tmp_path / "adapters", KEY)
    assert folder.names() == []
    folder.write("one", b"first")
    folder.write("two", b"second")
    folder.write("one", b"replaced")
    assert (folder.names(), folder.read("one"), folder.read("two")) == (["one", "two"], b"replaced", b"second")
    folder.delete("one")
    folder.delete("one")
    assert folder.names() == ["two"]
    with pytest.raises(HearthsideError, match="sealed_absent"):
        folder.read("one")


def test_files_hold_no_plain_text_and_cannot_be_swapped(tmp_path: Path) -> None:
    folder = SealedFolder(tmp_path, KEY)
    folder.write("one", b"a secret of mine")
    folder.write("two", b"another")
    assert b"secret" not in (tmp_path / "one").read_bytes()
    (tmp_path / "one").replace(tmp_path / "two")
    with pytest.raises(HearthsideError, match="sealed_damaged"):
        folder.read("two")


@pytest.mark.parametrize("name", ["", "..", "a/b", "Ä", "A", "a.b"])
def test_names_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError):
        SealedFolder(tmp_path, KEY).write(name, b"")
