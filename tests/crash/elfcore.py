# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes holes in ELF vmcores, as makedumpfile and full disks do, and changes their notes."""

import struct

PT_LOAD = 1
PT_NOTE = 4
EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
PHDR = struct.Struct("<IIQQQQQQ")
NHDR = struct.Struct("<III")
NT_PRSTATUS = 1
# Where an x86-64 note NT_PRSTATUS has the registers, and their order there: struct user_regs_struct.
REGISTERS_AT = 112
REGISTERS = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags "
             "rsp ss").split()


def segments(data):
    header = EHDR.unpack_from(data)
    offset, size, number = header[5], header[9], header[10]
    return [PHDR.unpack_from(data, offset + i * size) for i in range(number)]


def cut(segment, holes):
    """The parts of a PT_LOAD segment that lie outside of the holes (physical ranges)."""
    kind, flags, offset, virt, phys, filesz, memsz, align = segment
    at, end = phys, phys + filesz
    for low, high in sorted(holes):
        if high <= at or low >= end:
            continue
        if low > at:
            yield (kind, flags, offset + at - phys, virt and virt + at - phys, at, low - at,
                   low - at, align)
        at = high
    if at < end:
        yield (kind, flags, offset + at - phys, virt and virt + at - phys, at, end - at, end - at,
               align)


def punch(source, target, holes):
    """Copy the ELF vmcore source to target without the physical ranges of holes."""
    data = source.read_bytes()
    kept = []
    for segment in segments(data):
        if segment[0] == PT_LOAD:
            kept += list(cut(segment, holes))
        else:
            kept.append(segment)
    # crash looks for the program headers at the start of the file.
    header = list(EHDR.unpack_from(data))
    header[5], header[8], header[9], header[10] = EHDR.size, EHDR.size, PHDR.size, len(kept)
    at = EHDR.size + PHDR.size * len(kept)
    headers, contents = [], []
    for kind, flags, offset, virt, phys, filesz, memsz, align in kept:
        headers.append(PHDR.pack(kind, flags, at, virt, phys, filesz, memsz, align))
        contents.append(data[offset:offset + filesz])
        at += filesz
    target.write_bytes(b"".join([EHDR.pack(*header), *headers, *contents]))


def with_note(data, note):
    """The ELF vmcore with one more note, behind those that it has."""
    header = list(EHDR.unpack_from(data))
    table, at = len(data), len(data) + PHDR.size * len(segments(data))
    headers, notes = [], b""
    for segment in segments(data):
        if segment[0] == PT_NOTE:
            notes = data[segment[2]:segment[2] + segment[5]] + note
            segment = (PT_NOTE, segment[1], at, 0, 0, len(notes), len(notes), segment[7])
        headers.append(PHDR.pack(*segment))
    assert notes, "no notes"
    header[5], header[8], header[9] = table, EHDR.size, PHDR.size
    return b"".join([EHDR.pack(*header), data[EHDR.size:], *headers, notes])


def register_offsets(data):
    """Where the registers of each CPU are in an x86-64 vmcore, as its notes have them."""
    for kind, _, at, _, _, size, _, _ in segments(data):
        end = at + size
        while kind == PT_NOTE and at < end:
            name, length, number = NHDR.unpack_from(data, at)
            at += NHDR.size + (name + 3 & ~3)
            if number == NT_PRSTATUS:
                yield at + REGISTERS_AT
            at += length + 3 & ~3


def set_register(data, cpu, name, value):
    """Change a register in the note of a CPU; data is a bytearray."""
    at = list(register_offsets(data))[cpu]
    struct.pack_into("<Q", data, at + 8 * REGISTERS.index(name), value)
