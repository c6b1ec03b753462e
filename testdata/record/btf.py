# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of a kernel: structs and their members, out of the BTF in its vmlinux.
A vmlinux without BTF gets it made of its debug info by pahole."""

import struct
import subprocess
import tempfile

HEADER = struct.Struct("<HBBIIIII")
TYPE = struct.Struct("<III")
MEMBER = struct.Struct("<III")
STRUCT, UNION = 4, 5
# Bytes behind a type of each kind: so many, and so many for each of vlen.
BEHIND = {1: (4, 0), 3: (12, 0), 4: (0, 12), 5: (0, 12), 6: (0, 8),
          13: (0, 8), 14: (4, 0), 15: (0, 12), 17: (4, 0), 19: (0, 12)}


class BtfError(Exception):
    pass


def section(file, wanted):
    """The bytes of an ELF section, None when there is none."""
    file.seek(0)
    header = file.read(64)
    offset, = struct.unpack_from("<Q", header, 40)
    size, count, names = struct.unpack_from("<HHH", header, 58)
    file.seek(offset)
    headers = [struct.unpack("<IIQQQQIIQQ", file.read(size)[:64])
               for _ in range(count)]
    file.seek(headers[names][4])
    text = file.read(headers[names][5])
    for name, _, _, _, at, length, *_ in headers:
        if text[name:text.index(b"\0", name)] == wanted:
            file.seek(at)
            return file.read(length)
    return None


def made_of_dwarf(path):
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["pahole", f"--btf_encode_detached={out.name}",
                        str(path)], check=True)
        return out.read()


class Types:
    def __init__(self, path):
        with open(path, "rb") as file:
            data = section(file, b".BTF")
        data = data or made_of_dwarf(path)
        magic, _, _, begin, at, length, text, _ = HEADER.unpack_from(data)
        if magic != 0xeb9f:
            raise BtfError(f"{path}: no BTF")
        self.data = data
        self.text = begin + text
        self.types = [None]
        self.named = {}
        self.types_read(begin + at, begin + at + length)

    def types_read(self, at, end):
        while at < end:
            name, info, size = TYPE.unpack_from(self.data, at)
            kind, count = info >> 24 & 31, info & 0xffff
            at += TYPE.size
            self.types.append((kind, count, size, at, info >> 31))
            if kind in (STRUCT, UNION) and name:
                self.named.setdefault(self.string(name), len(self.types) - 1)
            fixed, each = BEHIND.get(kind, (0, 0))
            at += fixed + each * count

    def string(self, offset):
        begin = self.text + offset
        return self.data[begin:self.data.index(b"\0", begin)].decode()

    def size(self, name):
        """Of a struct; None when there is no such struct."""
        number = self.named.get(name)
        return number and self.types[number][2]

    def members(self, name):
        """{member: offset} of a struct, with those of the nameless structs
        in it. The first of a name wins."""
        found = {}
        if name in self.named:
            self.members_add(found, self.named[name], 0)
        return found

    def members_add(self, found, number, base):
        kind, count, _, at, bitfields = self.types[number]
        if kind not in (STRUCT, UNION):
            return
        for i in range(count):
            name, inner, offset = MEMBER.unpack_from(self.data, at + 12 * i)
            offset = base + (offset & 0xffffff if bitfields else offset) // 8
            if name:
                found.setdefault(self.string(name), offset)
            else:
                self.members_add(found, inner, offset)
