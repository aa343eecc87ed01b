"""Writes compound files (CFB, [MS-CFB]), the container of Outlook's messages, and such a message ([MS-OXMSG])."""

import struct
from collections.abc import Mapping, Sequence

Tree = Mapping[str, "bytes | Tree"]

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _MINI = 512, 64
_UNICODE, _BINARY, _INTEGER = 0x001F, 0x0102, 0x0003


def outlook_message(
    *, subject: str, sender: str, to: str, text: str = "", page: bytes = b"", files: Mapping[str, bytes] | None = None
) -> bytes:
    """`page` is HTML in UTF-8; `to` one address."""
    properties: dict[tuple[int, int], bytes] = {
        (0x001A, _UNICODE): _wide("IPM.Note"),
        (0x0037, _UNICODE): _wide(subject),
        (0x0C1F, _UNICODE): _wide(sender),
        (0x3FDE, _INTEGER): struct.pack("<I", 65001),
    }
    if text:
        properties[0x1000, _UNICODE] = _wide(text)
    if page:
        properties[0x1013, _BINARY] = page
    files = files or {}
    storages: dict[str, bytes | Tree] = {
        "__recip_version1.0_#00000000": _storage({(0x3001, _UNICODE): _wide("Bo"), (0x39FE, _UNICODE): _wide(to)}, 8)
    }
    for number, (name, data) in enumerate(files.items()):
        attachment = {
            (0x3707, _UNICODE): _wide(name),
            (0x3701, _BINARY): data,
            (0x3705, _INTEGER): struct.pack("<I", 1),
        }
        storages[f"__attach_version1.0_#{number:08X}"] = _storage(attachment, 8)
    return compound({**storages, **_storage(properties, 32, (1, len(files), 1, len(files)))})


def compound(tree: Tree) -> bytes:
    """Streams and storages as a compound file of version 3. Streams of 4096 bytes or more get sectors of their own."""
    entries: list[list[object]] = [["Root Entry", 5, _FREE, _FREE, b""]]  # name, type, right sibling, child, data
    _add(entries, 0, tree)
    mini, mini_fat, sectors, fat = bytearray(), [], bytearray(), []
    places: list[tuple[int, int]] = [(_END, 0)]
    for _, kind, _, _, data in entries[1:]:
        assert isinstance(data, bytes)
        if kind == 1 or not data:
            places.append((0 if kind == 1 else _END, 0))
        elif len(data) < 4096:
            places.append((_chain(mini, mini_fat, data, _MINI), len(data)))
        else:
            places.append((_chain(sectors, fat, data, _SECTOR), len(data)))
    places[0] = (_chain(sectors, fat, bytes(mini), _SECTOR), len(mini)) if mini else (_END, 0)
    mini_start = (
        _chain(sectors, fat, struct.pack(f"<{len(mini_fat)}I", *mini_fat), _SECTOR, _FREE) if mini_fat else _END
    )
    directory = b"".join(_entry(entry, place) for entry, place in zip(entries, places, strict=True))
    directory_start = _chain(sectors, fat, directory, _SECTOR)
    fat_sectors = 1
    while (len(fat) + fat_sectors) * 4 > fat_sectors * _SECTOR:
        fat_sectors += 1
    fat_at = list(range(len(fat), len(fat) + fat_sectors))
    fat += [_FAT] * fat_sectors
    fat += [_FREE] * (fat_sectors * _SECTOR // 4 - len(fat))
    header = struct.pack(
        "<8s16x5H6x9I",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, fat_sectors, directory_start, 0, 4096, mini_start, 1 if mini_fat else 0, _END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *fat_at, *[_FREE] * (109 - fat_sectors))
    return header + bytes(sectors) + struct.pack(f"<{len(fat)}I", *fat)


def _add(entries: list[list[object]], parent: int, tree: Tree) -> None:
    """Append `tree` below the entry `parent`, siblings in a chain."""
    before: int | None = None
    for name, content in tree.items():
        place = len(entries)
        leaf = isinstance(content, bytes)
        entries.append([name, 2 if leaf else 1, _FREE, _FREE, content if leaf else b""])
        entries[parent if before is None else before][3 if before is None else 2] = place
        before = place
        if not isinstance(content, bytes):
            _add(entries, place, content)


def _chain(room: bytearray, table: list[int], data: bytes, size: int, fill: int = 0) -> int:
    """Append `data` in units of `size` and its chain to `table`; where it begins."""
    start = len(table)
    count = max(-(-len(data) // size), 1)
    room += data.ljust(count * size, b"\xff" if fill else b"\0")
    table += [*range(start + 1, start + count), _END]
    return start


def _entry(entry: Sequence[object], place: tuple[int, int]) -> bytes:
    name, kind, right, child, _ = entry
    wide = str(name).encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBB3I36xIQ", wide, len(wide), kind, 1, _FREE, right, child, *place)


def _storage(properties: Mapping[tuple[int, int], bytes], header: int, counts: Sequence[int] = ()) -> Tree:
    """Streams of the values too long to stand in the table of properties, and that table."""
    streams: dict[str, bytes | Tree] = {}
    table = (bytes(8) + struct.pack(f"<{len(counts)}I", *counts)).ljust(header, b"\0")
    for (number, kind), value in properties.items():
        table += struct.pack("<HHI", kind, number, 6)
        if kind == _INTEGER:
            table += value.ljust(8, b"\0")
        else:
            table += struct.pack("<II", len(value) + 2 * (kind == _UNICODE), 0)
            streams[f"__substg1.0_{number:04X}{kind:04X}"] = value
    return {**streams, "__properties_version1.0": table}


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")
