# SPDX-License-Identifier: GPL-3.0-or-later
"""What a row of the catalogue is made of: places, findings that are owed, faults."""

from dataclasses import dataclass, field

CPU, CPU_PARTIAL, NODE_PARTIAL = "cpu", "cpu-partial", "node-partial"
ANY = (CPU, CPU_PARTIAL, NODE_PARTIAL)
SHEAF_MAIN, SHEAF_SPARE, BARN_FULL = "sheaf-main", "sheaf-spare", "barn-full"
SHEAVES = (SHEAF_MAIN, SHEAF_SPARE, BARN_FULL)
# A slab without free objects. Of caches with flags of slub_debug no CPU keeps any.
FULL = "full"
DEBUG = (NODE_PARTIAL, FULL)

# What a kernel has, if it does: see features().
CPU_SLAB, HAS_SHEAVES, PARTIAL_FLAG = "cpu slabs", "sheaves", "partial flag"
KMALLOC_ZONES, KFENCE = "red zones of kmalloc()", "KFENCE"
# The other allocator: none of the faults of SLUB can be planted there.
SLAB_ALLOCATOR = "SLAB"
NODES = "second node (--numa)"
DEBUG_SLAB = "CONFIG_DEBUG_SLAB"
OF_SLAB = (SLAB_ALLOCATOR, NODES, DEBUG_SLAB)
NEEDED = {CPU: CPU_SLAB, CPU_PARTIAL: CPU_SLAB, SHEAF_MAIN: HAS_SHEAVES,
          SHEAF_SPARE: HAS_SHEAVES, BARN_FULL: HAS_SHEAVES}

# What a finding has to agree with the truth on.
SLOT = ("cache", "slab", "object", "slot", "raw")
HEAD = ("cache", "slab", "slot", "raw")
SLAB = ("cache", "slab")
CACHE = ("cache",)
WORD = ("cache", "slot", "raw")
BYTES = ("cache", "slab", "object", "first_bad", "last_bad")
NOTHING = ()

# The sweep over all slab pages compares with lists that the fault cut short.
SWEEP = ["slab-lost", "node-slabs", "node-objects"]
# Once a cache's geometry or random is wrong, any chain of it decodes to this.
CHAINS = ["freelist-wild", "freelist-foreign-slab", "freelist-foreign-cache",
          "freelist-misaligned", "freelist-cycle", "freelist-shared",
          "freelist-count", "freelist-orphans"]


@dataclass(frozen=True)
class Must:
    """A finding that has to be there; where: only for these places."""

    id: str
    agree: tuple = CACHE
    option: str | None = None
    where: tuple = ANY + SHEAVES + (FULL, None)
    # A truth of the guest that the finding depends on.
    only_if: object = None
    # What the kernel passes through itself, for an instruction, is transient.
    severity: str | None = None


@dataclass(frozen=True)
class Fault:
    name: str
    what: str
    places: tuple = (None,)
    must: tuple = ()
    may: tuple = ()
    parameters: dict = field(default_factory=dict)
    # The values for which the expectation holds.
    limits: dict = field(default_factory=dict)
    append: str = ""
    panics: bool = False
    memory: int = 128
    # A feature without which there is no such fault.
    needs: str | None = None
    # What the module calls it, where that differs.
    module: str | None = None

    def places_in(self, features):
        """Where a kernel with these features can have it."""
        if self.needs and self.needs not in features:
            return ()
        if self.must and (self.needs in OF_SLAB) != (SLAB_ALLOCATOR in features):
            return ()
        return tuple(place for place in self.places
                     if NEEDED.get(place) in features | {None})

    def expected(self, where, guest):
        return [must for must in self.must if where in must.where and
                (must.only_if is None or must.only_if(guest))]

    def beyond(self, parameters):
        """A parameter whose value would make the expectation wrong."""
        for name, good in self.limits.items():
            if int(parameters[name]) not in good:
                return f"{name} has to be {good.start} to {good.stop - 1}"
        return None

    def allowed(self, where):
        # An unlinked rest of a chain contradicts a counter only where there is
        # one: slab->inuse counts what is not on slab->freelist, and nothing
        # counts the cpu freelist (get_freelist() sets inuse to objects).
        return [one for one in self.may
                if one != "freelist-count" or where != CPU]


def chain_fault(name, what, finding="freelist-wild", agree=SLOT, **more):
    """A freepointer that ends the chain early: the rest is unlinked."""
    may = more.pop("may", ()) + ("freelist-count", "freelist-orphans")
    return Fault(name, what, more.pop("places", ANY), (Must(finding, agree),), may, **more)
