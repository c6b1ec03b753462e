# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaves out of an ELF vmcore what a production host's makedumpfile leaves out.

makedumpfile decides which pages these are, but its own ELF files keep every
gap that is shorter than a megabyte, which is most of them in a small guest.
"""

import struct
import subprocess
from pathlib import Path

import vmcore

PAGE = 4096
PT_NOTE = 4


def headers_move(path):
    """QEMU 7 puts the program headers where makedumpfile does not look."""
    with open(path, "r+b") as file:
        header = bytearray(file.read(64))
        offset, = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        file.seek(offset)
        table = file.read(size * count)
        struct.pack_into("<Q", header, 32, len(header))
        struct.pack_into("<H", header, 52, len(header))
        file.seek(0)
        file.write(header + table)


def kdump(elf, out, level):
    """The same dump in makedumpfile's own format, without the pages of that
    level."""
    headers_move(elf)
    Path(out).unlink(missing_ok=True)
    done = subprocess.run(["makedumpfile", "-c", "-d", str(level),
                           str(elf), str(out)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise ValueError(f"makedumpfile failed:\n{done.stdout}")
    Path(out).chmod(0o644)


def kept_pages(path):
    """The bitmap of a kdump file, whose blocks are: header, header of the
    kernel, bitmap of all memory, bitmap of the pages that were kept."""
    with open(path, "rb") as file:
        if file.read(8) != b"KDUMP   ":
            raise ValueError(f"{path}: not a kdump file")
        file.seek(428)
        block, of_kernel, of_bitmaps = struct.unpack("<iii", file.read(12))
        file.seek((1 + of_kernel + of_bitmaps // 2) * block)
        return file.read(of_bitmaps // 2 * block)


def runs(bitmap, first, last):
    """[(first, end)] of the kept pages from first to last."""
    found = []
    for page in range(first, min(last, len(bitmap) * 8)):
        if not bitmap[page // 8] >> page % 8 & 1:
            continue
        if found and page == found[-1][1]:
            found[-1][1] = page + 1
        else:
            found.append([page, page + 1])
    return found


def program_header(kind, at, physical, length):
    return struct.pack("<IIQQQQQQ", kind, 0, at, 0, physical, length, length, 0)


def notes(file):
    """(the file's header, its notes)"""
    file.seek(0)
    header = file.read(64)
    offset, = struct.unpack_from("<Q", header, 32)
    file.seek(offset)
    kind, _, at, _, _, length = struct.unpack("<IIQQQQ", file.read(40))
    if kind != PT_NOTE:
        raise ValueError("the notes do not come first")
    file.seek(at)
    return header, file.read(length)


def narrow(elf, bitmap, out):
    """Writes the kept pages of `elf` to `out`, one PT_LOAD for each run; the
    others cannot be read, as in a kdump."""
    loads = []
    with open(elf, "rb") as file:
        header, note = notes(file)
        for physical, length, at in vmcore.segments(file):
            first, last = physical // PAGE, (physical + length) // PAGE
            for start, end in runs(bitmap, first, last):
                file.seek(at + start * PAGE - physical)
                loads.append((start * PAGE, file.read((end - start) * PAGE)))
    header = bytearray(header)
    struct.pack_into("<H", header, 56, 1 + len(loads))
    at = len(header) + 56 * (1 + len(loads))
    table = [program_header(PT_NOTE, at, 0, len(note))]
    padding = bytes(-(at + len(note)) % PAGE)
    at += len(note) + len(padding)
    for physical, data in loads:
        table.append(program_header(vmcore.PT_LOAD, at, physical, len(data)))
        at += len(data)
    with open(out, "wb") as file:
        file.write(b"".join([header, *table, note, padding]))
        for _, data in loads:
            file.write(data)
