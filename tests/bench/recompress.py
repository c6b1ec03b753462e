# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump of makedumpfile's compressed format, with zlib, as one with another compression.

Debian's makedumpfile writes neither snappy nor zstd, and QEMU only takes dumps of a guest. Pages keep
their order, and those that share a place go on to do so.
"""

import ctypes
import ctypes.util
import functools
import mmap
import struct
import zlib

DESCRIPTOR = struct.Struct("<QIIQ")
ZLIB = 1
LZO1X_1_MEM = 16 * 16384


@functools.cache
def library(name):
    found = ctypes.util.find_library(name)
    assert found, f"no lib{name}: libkdumpfile needs it"
    return ctypes.CDLL(found)


def room_for(page):
    return ctypes.create_string_buffer(2 * len(page) + 256)


def lzo(page):
    out, size, work = room_for(page), ctypes.c_size_t(), ctypes.create_string_buffer(LZO1X_1_MEM)
    assert library("lzo2").lzo1x_1_compress(page, ctypes.c_size_t(len(page)), out,
                                            ctypes.byref(size), work) == 0
    return out.raw[:size.value]


def snappy(page):
    out = room_for(page)
    size = ctypes.c_size_t(len(out))
    assert library("snappy").snappy_compress(page, ctypes.c_size_t(len(page)), out,
                                             ctypes.byref(size)) == 0
    return out.raw[:size.value]


def zstd(page):
    compress = library("zstd").ZSTD_compress
    compress.restype = ctypes.c_size_t
    out = room_for(page)
    size = compress(out, ctypes.c_size_t(len(out)), page, ctypes.c_size_t(len(page)), 1)
    assert size <= len(out)
    return out.raw[:size]


# Its flag in a descriptor, and the function.
COMPRESSIONS = {"lzo": (2, lzo), "snappy": (4, snappy), "zstd": (32, zstd)}


def descriptors(data):
    """Where they begin, and how many there are."""
    block, sub, maps = struct.unpack_from("<iiI", data, 428)
    first = (1 + sub + maps) * block
    second = data[first - maps // 2 * block:first]
    return first, int.from_bytes(second, "little").bit_count()


def recompress(source, path, name):
    """Write @source, a dump with zlib, to @path with the compression of that name."""
    flag, compress = COMPRESSIONS[name]
    with open(source, "rb") as file, open(path, "wb") as out:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        first, number = descriptors(data)
        at, table, moved = first + number * DESCRIPTOR.size, bytearray(), {}
        out.seek(at)
        for i in range(number):
            offset, size, flags, rest = DESCRIPTOR.unpack_from(data, first + i * DESCRIPTOR.size)
            if offset not in moved:
                bytes_, kind = data[offset:offset + size], 0
                page = zlib.decompress(bytes_) if flags & ZLIB else bytes_
                packed = compress(page) if flags & ZLIB else page
                if len(packed) < len(page):
                    page, kind = packed, flag
                out.write(page)
                moved[offset] = at, len(page), kind
                at += len(page)
            table += DESCRIPTOR.pack(*moved[offset], rest)
        head = bytearray(data[:first])
        struct.pack_into("<I", head, 424, flag)
        out.seek(0)
        out.write(head + table)
