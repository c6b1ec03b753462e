# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads memory out of an ELF vmcore: enough to prove a truth."""

import mmap
import struct

PT_LOAD = 1
PT_NOTE = 4
PRESENT, HUGE = 1, 1 << 7
ADDRESS = 0x000ffffffffff000
LA57 = 1 << 12


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


def notes(file):
    """(name, content) of each ELF note."""
    file.seek(32)
    offset, = struct.unpack("<Q", file.read(8))
    file.seek(offset)
    kind, _, at, _, _, length = struct.unpack("<IIQQQQ", file.read(40))
    if kind != PT_NOTE:
        raise ValueError("the notes do not come first")
    file.seek(at)
    data = file.read(length)
    while len(data) >= 12:
        names, size, _ = struct.unpack_from("<III", data)
        begin = 12 + (names + 3 & ~3)
        yield data[12:12 + names].rstrip(b"\0"), data[begin:begin + size]
        data = data[begin + (size + 3 & ~3):]


def control_registers(file):
    """cr0 to cr4 of the first CPU, which QEMU notes: version and size, 18
    registers, 10 segments of 24 bytes, and these."""
    for name, content in notes(file):
        if name == b"QEMU":
            return struct.unpack_from("<5Q", content, 8 + 18 * 8 + 10 * 24)
    raise ValueError("QEMU left no note")


class Image:
    """A whole ELF vmcore of an x86-64 guest, by physical and by kernel
    addresses."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.segments = segments(file)
            registers = control_registers(file)
            self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.top = registers[3] & ADDRESS
        self.levels = 5 if registers[4] & LA57 else 4
        self.pages = {}

    def read(self, physical, count):
        for start, length, at in self.segments:
            if start <= physical and physical + count <= start + length:
                at += physical - start
                return self.map[at:at + count]
        raise ValueError(f"no memory at {physical:#x}")

    def number(self, physical, count=8):
        return int.from_bytes(self.read(physical, count), "little")

    def walk(self, page):
        """The page tables, from the top: 9 bits of the address each."""
        table = self.top
        for level in reversed(range(self.levels)):
            shift = 12 + 9 * level
            entry = self.number(table + 8 * (page >> shift & 511))
            if not entry & PRESENT:
                raise ValueError(f"{page:#x} is not mapped")
            table = entry & ADDRESS
            if level and entry & HUGE:
                inside = (1 << shift) - 1
                return (table & ~inside) | (page & inside)
        return table

    def physical(self, address):
        page = address & ~4095
        if page not in self.pages:
            self.pages[page] = self.walk(page)
        return self.pages[page] + (address & 4095)

    def at(self, address, count=8):
        """A number at a kernel address; it crosses no page."""
        return self.number(self.physical(address), count)
