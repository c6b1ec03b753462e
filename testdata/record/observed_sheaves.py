# SPDX-License-Identifier: GPL-3.0-or-later
"""The same as observed.py, for kernels without slabs of CPUs: each CPU has
sheaves, arrays of free objects, and each node a barn to keep more of them in."""

from observed import FRESH_SLAB, OBJECT, Cache, demand


class SheafCache(Cache):
    def read(self):
        self.log_read()
        self.pages = {}
        for slab in self.latest.values():
            if self.owns(slab):
                self.pages.update((slab.pfn + page, slab)
                                  for page in range(self.pages_of(slab)))
        for cpu in self.dump.cpus:
            self.sheaves_read(cpu)
        for node in self.dump.nodes:
            self.barn_read(node)
        self.slabs_read()

    def pages_of(self, slab):
        """In pages; the order is that of oo or that of min."""
        for name in ("oo", "min"):
            if self.halves[name] & 0xffff == slab.objects:
                return 1 << (self.halves[name] >> 16)
        demand(False, self.name, f"slab {slab.number} has no order")

    def node_slot(self, node, member="node"):
        offset = self.dump.layout.offset
        return (self.address + offset["kmem_cache.per_node"]
                + node * self.dump.layout.size["kmem_cache_per_node_ptrs"]
                + offset[f"kmem_cache_per_node_ptrs.{member}"])

    def sheaf_read(self, address):
        """Its objects from index 0 up, as text. They are free."""
        member = self.dump.member
        size = member(address, "slab_sheaf", "size", 4)
        demand(size <= self.halves["sheaf_capacity"], self.name, "sheaf size")
        begin = address + self.dump.layout.offset["slab_sheaf.objects"]
        words = [str(size)]
        for i in range(size):
            found = self.dump.image.at(begin + 8 * i)
            pfn = found - self.dump["page_offset_base"] >> 12
            slab = self.pages.get(pfn)
            demand(slab, self.name, f"{found:#x} in a sheaf is not ours")
            index = self.index(slab, found)
            slab.cpu_freelist.append(index)
            words.append(f"{slab.number}:{index}")
        if size or self.halves["sheaf_capacity"]:
            demand(member(address, "slab_sheaf", "cache") == self.address,
                   self.name, "a sheaf of another cache")
        return " ".join(words)

    def sheaves_read(self, cpu):
        line = f"sheaves {cpu}"
        for name in ("main", "spare", "rcu_free"):
            address = self.percpu(cpu, f"slub_percpu_sheaves.{name}")
            text = self.sheaf_read(address) if address else "-"
            line += f" {name} {text}"
        demand(" main -" not in line, self.name, f"CPU {cpu} has no main")
        self.lists.append(line)

    def barn_list(self, barn, name):
        """The sheaves on a list, from its head."""
        head = barn + self.dump.layout.offset[f"node_barn.sheaves_{name}"]
        inside = self.dump.layout.offset["slab_sheaf.barn_list"]
        found = []
        before, link = head, self.dump.image.at(head)
        while link != head:
            demand(self.dump.image.at(link + 8) == before, self.name, name)
            found.append(link - inside)
            before, link = link, self.dump.image.at(link)
        count = self.dump.member(barn, "node_barn", f"nr_{name}", 4)
        demand(len(found) == count, self.name, f"nr_{name} is {count}")
        return found

    def barn_read(self, node):
        barn = self.dump.image.at(self.node_slot(node, "barn"))
        demand(bool(barn) == bool(self.halves["sheaf_capacity"]), self.name,
               f"the barn of node {node}")
        if not barn:
            self.lists.append(f"barn {node} -")
            return
        full = self.barn_list(barn, "full")
        empty = self.barn_list(barn, "empty")
        self.lists.append(f"barn {node} full {len(full)} empty {len(empty)}")
        for position, sheaf in enumerate(full):
            text = self.sheaf_read(sheaf)
            demand(text != "0", self.name, "a full sheaf is empty")
            self.lists.append(f"barn_full {node} {position} {text}")
        for sheaf in empty:
            demand(self.sheaf_read(sheaf) == "0", self.name,
                   "an empty sheaf is not")

    def log_lines(self):
        number = 0
        sequence = self.random_sequence()
        for kind, slab, value in self.events:
            if kind == FRESH_SLAB:
                first = sequence[value] if sequence else value
                yield (f"new {slab.number} node {slab.node} "
                       f"objects {slab.objects} first {first}")
                continue
            demand(kind == OBJECT, self.name,
                   f"slab {slab.number} came from nowhere")
            yield f"alloc {number} {slab.number} {value}"
            number += 1
