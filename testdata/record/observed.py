# SPDX-License-Identifier: GPL-3.0-or-later
"""From the dump of a guest that ran scripts to what there was to observe.

The module's table says where things lie and how large they are; everything
else is read out of the dump, by nothing that slubcheck has. SCRIPTS.md has the
format of what is written.
"""

import struct

import vmcore

WORD = struct.Struct("<40sQ")
ENTRY = struct.Struct("<QIHBB")
HALVES = ("size", "object_size", "inuse", "offset", "align", "red_left_pad")
ORDERS = ("oo", "min")
MORE_HALVES = ("cpu_partial", "cpu_partial_slabs", "sheaf_capacity",
               "refcount", "remote_node_defrag_ratio")
MACHINE = ("page_size", "nr_cpus", "nr_cpu_ids", "config_nr_cpus",
           "nr_node_ids", "tid_step", "hardened", "freelist_random",
           "cpu_partial", "slub_debug", "cache_line", "minalign", "max_order",
           "costly_order", "track_size")
# What an entry of the log is about.
OBJECT, FRESH_OBJECT, FRESH_SLAB = range(3)


class ObservedError(Exception):
    pass


def demand(condition, *words):
    if not condition:
        raise ObservedError(" ".join(str(word) for word in words))


def allocated(what, words):
    """How many objects a line of a script allocates."""
    return {"a": 1, "A": int(words[-1])}[what] if what in ("a", "A") else 0


class Slab:
    """A page, from the moment it was given to the cache until it went back."""

    def __init__(self, number, entry):
        self.number = number
        _, self.pfn, self.objects, self.node, _ = entry
        self.role = None
        self.freelist = []
        self.cpu_freelist = []
        self.inuse = self.frozen = self.slabs = self.pobjects = 0
        self.partial = None
        self.live = set()


class Dump:
    """The image, the module's table and the kernel's layout."""

    def __init__(self, path, table, count, layout):
        self.image = vmcore.Image(path)
        self.layout = layout
        words = self.image.read(table, count * WORD.size)
        self.words = {name.rstrip(b"\0").decode(): value
                      for name, value in WORD.iter_unpack(words)}
        self.cpus = self.indexed("cpu", "node")
        self.nodes = self.indexed("node", "memory")

    def __getitem__(self, name):
        return self.words[name]

    def indexed(self, first, last):
        """{1: value} of the words `first.1.last`."""
        return {int(name.split(".")[1]): value
                for name, value in self.words.items()
                if name.startswith(first + ".") and name.endswith("." + last)}

    def __contains__(self, name):
        return name in self.words

    def has(self, member):
        return member in self.layout.offset

    def member(self, address, kind, name, count=8):
        offset = self.layout.offset[f"{kind}.{name}"]
        return self.image.at(address + offset, count)

    def address_of_page(self, pfn):
        return self["page_offset_base"] + pfn * self["page_size"]

    def slab_address(self, pfn):
        return self["vmemmap_base"] + pfn * self["page.bytes"]

    def pfn_of(self, slab):
        pfn, rest = divmod(slab - self["vmemmap_base"], self["page.bytes"])
        demand(not rest, f"{slab:#x} is not a struct slab")
        return pfn

    def recordings(self):
        size = self["recording_bytes"]
        for i in range(self["nr_recordings"]):
            yield self.image.read(self["recordings"] + i * size, size)

    def machine(self):
        lines = [f"{name} {self[name]}" for name in MACHINE if name in self]
        lines += [f"cpu {cpu} node {node}" for cpu, node in self.cpus.items()]
        lines += [f"node {node}" for node in self.nodes]
        lines += [f"flag {name[5:]} {value:#x}"
                  for name, value in self.words.items()
                  if name.startswith("flag.")]
        return "\n".join(lines) + "\n"


class Cache:
    """One recording and the cache it is about."""

    def __init__(self, dump, recording):
        self.dump = dump
        self.name = recording[:40].rstrip(b"\0").decode()
        cache, log, count, _, *self.cpu_words = struct.unpack_from(
            "<12Q", recording, 40)
        self.address = dump["page_offset_base"] + cache
        data = dump.image.read(log, count * ENTRY.size)
        self.log = list(ENTRY.iter_unpack(data))
        self.halves = {name: self.half(name)
                       for name in HALVES + ORDERS + MORE_HALVES
                       if dump.has(f"kmem_cache.{name}")}
        self.random = dump["hardened"] and self.word("random")
        self.slabs = []
        self.latest = {}
        self.events = []
        self.lists = []

    def word(self, name):
        return self.dump.member(self.address, "kmem_cache", name)

    def half(self, name):
        return self.dump.member(self.address, "kmem_cache", name, 4)

    def index(self, slab, object_address):
        """Which object of the slab it is."""
        begin = (self.dump.address_of_page(slab.pfn)
                 + self.halves["red_left_pad"])
        index, rest = divmod(object_address - begin, self.halves["size"])
        demand(not rest and 0 <= index < slab.objects, self.name,
               f"{object_address:#x} is not an object of slab {slab.number}")
        return index

    def log_read(self):
        """Numbers the slabs: one that was not seen before is a new one, even
        when its page belonged to the cache before."""
        for entry in self.log:
            value, pfn, objects, node, kind = entry
            if kind != OBJECT:
                self.slabs.append(Slab(len(self.slabs), entry))
                self.latest[pfn] = self.slabs[-1]
            slab = self.latest.get(pfn)
            demand(slab, self.name, f"page {pfn} was seen before its time")
            demand((slab.objects, slab.node) == (objects, node), self.name,
                   f"slab {slab.number} changed")
            if kind != FRESH_SLAB:
                value = self.index(slab, value)
            self.events.append((kind, slab, value))

    def random_sequence(self):
        """Offsets in memory, indexes here."""
        if not self.dump["freelist_random"]:
            return []
        address = self.word("random_seq")
        count = self.halves["oo"] & 0xffff if address else 0
        offsets = [self.dump.image.at(address + 4 * i, 4)
                   for i in range(count)]
        sequence = [offset // self.halves["size"] for offset in offsets]
        demand(sorted(sequence) == list(range(count)), self.name, "random_seq")
        return sequence

    def next_free(self, address):
        slot = address + self.halves["offset"]
        stored = self.dump.image.at(slot)
        if not self.dump["hardened"]:
            return stored
        swapped = int.from_bytes(slot.to_bytes(8, "little"), "big")
        return stored ^ self.random ^ swapped

    def chain(self, slab, head):
        """The indexes of a freelist, in its order."""
        found = []
        while head:
            found.append(self.index(slab, head))
            demand(len(found) <= slab.objects, self.name, "a freelist is long")
            head = self.next_free(head)
        return found

    def slab_read(self, address, role):
        """A slab that a list leads to, or that is on no list."""
        slab = self.latest.get(self.dump.pfn_of(address))
        demand(slab and not slab.role, self.name, f"{role}: not one of ours")
        demand(self.owns(slab), self.name, f"slab {slab.number} is not owned")
        counters = self.dump.member(address, "slab", "counters", 4)
        slab.role = role
        slab.inuse = counters & 0xffff
        slab.frozen = counters >> 31
        if "page.partial_bit" in self.dump:
            flags = self.dump.member(address, "slab", "flags")
            slab.partial = flags >> self.dump["page.partial_bit"] & 1
        demand(counters >> 16 & 0x7fff == slab.objects, self.name, "objects")
        slab.freelist = self.chain(
            slab, self.dump.member(address, "slab", "freelist"))
        return slab

    def is_slab(self, page, flags):
        dump = self.dump
        if "page.slab_type" not in dump:
            return flags >> dump["page.slab_bit"] & 1
        kind = dump.member(page, "page", "page_type", 4) >> 24
        return kind == dump["page.slab_type"]

    def owns(self, slab):
        """Whether the page still is a slab of this cache."""
        dump = self.dump
        address = dump.slab_address(slab.pfn)
        flags = dump.member(address, "slab", "flags")
        if not self.is_slab(address, flags):
            return False
        if dump.member(address, "slab", "slab_cache") != self.address:
            return False
        demand(flags >> dump["page.seen_bit"] & 1, self.name,
               f"slab {slab.number} was never seen")
        node = flags >> dump["page.node_shift"] & dump["page.node_mask"]
        demand(node == slab.node, self.name,
               f"slab {slab.number} is on node {node}")
        return True

    def percpu(self, cpu, member):
        """Of the struct that the cache has for each CPU."""
        return self.dump.image.number(self.cpu_words[cpu]
                                      + self.dump.layout.offset[member])

    def cpu_read(self, cpu):
        words = {name: self.percpu(cpu, f"kmem_cache_cpu.{name}")
                 for name in ("freelist", "tid", "slab", "partial")}
        events, rest = divmod(words["tid"] - cpu, self.dump["tid_step"])
        demand(not rest, self.name, f"tid of CPU {cpu}")
        line = f"cpu {cpu} tid {events} slab "
        if words["slab"]:
            slab = self.slab_read(words["slab"], f"cpu{cpu}")
            slab.cpu_freelist = self.chain(slab, words["freelist"])
            line += f"{slab.number} freelist"
            line += "".join(f" {index}" for index in slab.cpu_freelist)
        else:
            demand(not words["freelist"], self.name, f"freelist of CPU {cpu}")
            line += "- freelist"
        self.lists.append(line)
        self.cpu_partial_read(cpu, words["partial"])

    def cpu_partial_read(self, cpu, address):
        chain = []
        counts_objects = self.dump.has("slab.pobjects")
        while address:
            slab = self.slab_read(address, f"cpu_partial{cpu}")
            slab.slabs = self.dump.member(address, "slab", "slabs", 4)
            if counts_objects:
                slab.pobjects = self.dump.member(address, "slab", "pobjects",
                                                 4)
            chain.append(slab)
            address = self.dump.member(address, "slab", "next")
        for i, slab in enumerate(chain):
            demand(slab.slabs == len(chain) - i, self.name,
                   f"slab {slab.number} counts {slab.slabs}")
        line = f"cpu_partial {cpu} slabs {len(chain)}"
        if counts_objects:
            line += f" objects {self.pobjects_of(chain)}"
        numbers = "".join(f" {slab.number}" for slab in chain)
        self.lists.append(f"{line} list{numbers}")

    def pobjects_of(self, chain):
        """What the first slab says; each adds the objects that it had to give
        when it came."""
        below = 0
        for slab in reversed(chain):
            demand(1 <= slab.pobjects - below <= slab.objects, self.name,
                   f"slab {slab.number} counts {slab.pobjects} objects")
            below = slab.pobjects
        return below

    def list_read(self, head, role):
        """A doubly linked list of slabs."""
        found = []
        inside = self.dump.layout.offset["slab.slab_list"]
        before, link = head, self.dump.image.at(head)
        while link != head:
            demand(self.dump.image.at(link + 8) == before, self.name, role)
            found.append(self.slab_read(link - inside, role))
            before, link = link, self.dump.image.at(link)
        return found

    def node_slot(self, node):
        """Where the pointer to the node's struct is."""
        return (self.address + self.dump.layout.offset["kmem_cache.node"]
                + 8 * node)

    def node_read(self, node):
        dump = self.dump
        offset = dump.layout.offset
        address = dump.image.at(self.node_slot(node))
        numbers = {name: dump.member(address, "kmem_cache_node", name)
                   for name in ("nr_partial", "nr_slabs", "total_objects")}
        partial = self.list_read(address + offset["kmem_cache_node.partial"],
                                 f"node{node}")
        full = self.list_read(address + offset["kmem_cache_node.full"],
                              f"full{node}")
        demand(len(partial) == numbers["nr_partial"], self.name, "nr_partial")
        for name, slabs in (("list", partial), ("full", full)):
            numbers[name] = " ".join(str(slab.number) for slab in slabs)
        words = {"node": node, **numbers}.items()
        line = " ".join(f"{name} {value}".rstrip() for name, value in words)
        self.lists.append(line)
        return numbers

    def read(self):
        self.log_read()
        for cpu in self.dump.cpus:
            self.cpu_read(cpu)
        self.slabs_read()

    def slabs_read(self):
        """Those on the nodes' lists, and then those on none."""
        nodes = {node: self.node_read(node) for node in self.dump.nodes}
        for slab in list(self.latest.values()):
            if not slab.role and self.owns(slab):
                self.slab_read(self.dump.slab_address(slab.pfn), "full")
        owned = [slab for slab in self.slabs if slab.role]
        for node, numbers in nodes.items():
            sizes = [slab.objects for slab in owned if slab.node == node]
            demand((len(sizes), sum(sizes)) == (numbers["nr_slabs"],
                                                numbers["total_objects"]),
                   self.name, f"node {node} counts", numbers)

    def script_follow(self, script):
        """Which objects are live at the end; none is given out twice."""
        events = (event for event in self.events if event[0] != FRESH_SLAB)
        where = []
        for line in script.splitlines():
            what, *words = line.split() or [""]
            for _ in range(allocated(what, words)):
                _, slab, index = next(events)
                demand(index not in slab.live, self.name, "given out twice")
                slab.live.add(index)
                where.append((slab, index))
            for word in words[1:] if what in ("f", "F", "r") else ():
                slab, index = where[int(word)]
                slab.live.remove(index)
        demand(next(events, None) is None, self.name, "more than the script")

    def is_frozen(self, role):
        """Since 6.8 slabs on a CPU's partial list are not."""
        if "page.partial_bit" in self.dump and role.startswith("cpu_partial"):
            return False
        return role.startswith("cpu")

    def check(self):
        """What holds for every slab of a heap at rest."""
        for slab in self.slabs:
            name = f"{self.name}: slab {slab.number}:"
            if not slab.role:
                demand(not slab.live, name, "gone with live objects")
                continue
            free = slab.freelist + slab.cpu_freelist
            demand(slab.inuse == slab.objects - len(slab.freelist), name,
                   "inuse")
            demand(len(free) == len(set(free)), name, "a free object twice")
            demand(set(free) | slab.live == set(range(slab.objects))
                   and not set(free) & slab.live, name, "live objects")
            demand(slab.frozen == self.is_frozen(slab.role), name, "frozen")
            if slab.partial is not None:
                demand(slab.partial == slab.role.startswith("node"), name,
                       "the flag of the partial list")
            if slab.role.startswith("full"):
                demand(not slab.freelist, name, "full, but free")
            if slab.role.startswith("node"):
                demand(slab.freelist, name, "partial, but full")

    def head(self):
        lines = [f"cache {self.name}"]
        lines += [f"{name} {self.halves[name]}" for name in HALVES]
        lines += [f"{name} {value >> 16} {value & 0xffff}" for name, value
                  in ((name, self.halves[name]) for name in ORDERS)]
        lines += [f"flags {self.half('flags'):#x}",
                  f"min_partial {self.word('min_partial')}"]
        lines += [f"{name} {self.halves[name]}" for name in MORE_HALVES
                  if name in self.halves]
        sequence = "".join(f" {index}" for index in self.random_sequence())
        return lines + [f"random_seq{sequence}"]

    def log_lines(self):
        number = 0
        for kind, slab, value in self.events:
            if kind != OBJECT:
                yield (f"new {slab.number} node {slab.node} "
                       f"objects {slab.objects}")
            yield f"alloc {number} {slab.number} {value}"
            number += 1

    def slab_lines(self):
        for slab in self.slabs:
            if slab.role:
                yield (f"slab {slab.number} {slab.role} node {slab.node} "
                       f"inuse {slab.inuse} objects {slab.objects} "
                       f"frozen {slab.frozen} slabs {slab.slabs} freelist"
                       + "".join(f" {index}" for index in slab.freelist))

    def text(self):
        lines = [*self.head(), *self.log_lines(), *self.lists,
                 *self.slab_lines(), "end"]
        return "\n".join(lines) + "\n"


def observe(dump, scripts, kind=Cache):
    """(name, text) of each script, {name: text}, that the guest ran."""
    for recording in dump.recordings():
        cache = kind(dump, recording)
        cache.read()
        cache.script_follow(scripts[cache.name])
        cache.check()
        yield cache.name, cache.text()
