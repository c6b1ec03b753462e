# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads physical memory out of an ELF vmcore: enough to prove a truth."""

import struct

PT_LOAD = 1


def segments(file):
    """(physical address, size, file offset) of each PT_LOAD."""
    file.seek(0)
    header = file.read(64)
    if header[:5] != b"\x7fELF\x02":
        raise ValueError("not a 64-bit ELF file")
    offset, = struct.unpack_from("<Q", header, 32)
    size, count = struct.unpack_from("<HH", header, 54)
    found = []
    for i in range(count):
        file.seek(offset + i * size)
        kind, _, at, _, physical, length = struct.unpack("<IIQQQQ",
                                                         file.read(40))
        if kind == PT_LOAD:
            found.append((physical, length, at))
    return found


def read(path, physical, count):
    with open(path, "rb") as file:
        for start, length, at in segments(file):
            if start <= physical and physical + count <= start + length:
                file.seek(at + physical - start)
                return file.read(count)
    raise ValueError(f"no memory at {physical:#x}")


def word(path, physical, count):
    return int.from_bytes(read(path, physical, count), "little")
