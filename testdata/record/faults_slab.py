# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of kernels with SLAB (guest/slabplant.c): what each fault does and what is owed for it.

The expectations follow from mm/slab.c, as those of faults.py do from mm/slub.c.
"""

from catalogue import CACHE, DEBUG_SLAB, NODES, SLAB, SLAB_ALLOCATOR, WORD, Fault, Must

# What a word of a slab has to agree on.
IN_SLAB = ("cache", "slab", "slot", "raw")
IN_OBJECT = ("cache", "slab", "object")
# The place of an object is not where its former neighbours think.
SHIFTED = ("array-misaligned", "array-wild", "slab-inuse", "freelist-host")


def slab_fault(name, what, finding, agree=WORD, may=(), **more):
    return Fault(name, what, (None,), (Must(finding, agree, more.pop("option", None)),), may,
                 needs=more.pop("needs", SLAB_ALLOCATOR), **more)


SLAB_FAULTS = [
    slab_fault("slab-double-free",
               "an object is freed twice, with another one in between: it is twice in the array "
               "of a CPU", "array-duplicate", ("cache", "object")),
    slab_fault("slab-double-free-flushed",
               "an object is freed again after it was flushed to its slab: it is in the array of "
               "a CPU and free in its slab", "array-on-freelist", ("cache", "slab", "object")),
    slab_fault("slab-entry-garbage", "an entry of a CPU's array is garbage", "array-wild"),
    slab_fault("slab-entry-foreign", "an entry of a CPU's array is an object of another cache",
               "array-foreign-cache"),
    slab_fault("slab-entry-inner", "an entry of a CPU's array points into an object",
               "array-misaligned"),
    slab_fault("slab-avail", "avail of a CPU's array is beyond its limit", "array-size"),
    slab_fault("slab-limit", "limit of a CPU's array is too high", "array-header"),
    slab_fault("slab-shared-batchcount", "batchcount of a shared array is overwritten",
               "array-header"),
    slab_fault("slab-alien", "an entry of an alien array is garbage", "array-wild", needs=NODES),
    slab_fault("slab-host-written",
               "the former owner of the free object that holds its slab's indexes writes to it",
               "freelist-wild", IN_SLAB, ("freelist-host",)),
    slab_fault("slab-index-twice", "an index of a free object is stored twice", "freelist-cycle",
               IN_SLAB, ("freelist-host",)),
    slab_fault("slab-overflow",
               "the owner of the last object of a slab writes too much: the indexes behind it "
               "are hit", "freelist-wild", IN_SLAB),
    slab_fault("slab-off-written", "the indexes of a slab, which lie in an object of another "
               "cache, are overwritten", "freelist-wild", IN_SLAB),
    slab_fault("slab-active", "active of a slab is one too high", "node-free-objects", CACHE,
               ("slab-list", "slab-layout")),
    slab_fault("slab-s-mem", "s_mem of a slab is eight bytes too high", "slab-layout", IN_SLAB,
               SHIFTED),
    slab_fault("slab-owner", "slab_cache of a slab is another cache", "slab-cache", IN_SLAB),
    slab_fault("slab-list-next", "slab_list.next of a slab on a partial list is garbage",
               "partial-link", WORD, ("slab-lost", "node-free-objects", "node-slab-count")),
    slab_fault("slab-lost-partial", "a slab is taken off the partial list and kept nowhere",
               "slab-lost", SLAB, ("node-free-objects", "node-slab-count"), option="-A"),
    slab_fault("slab-wrong-list", "a slab with free objects is on the list of full slabs",
               "slab-list", SLAB, ("node-free-objects",)),
    slab_fault("slab-free-objects", "free_objects of a node is three too high",
               "node-free-objects"),
    slab_fault("slab-total-slabs", "total_slabs of a node is one too high", "node-slab-count"),
    slab_fault("slab-freed-written",
               "four bytes of an object in the array of a CPU are written, which init_on_free had "
               "cleared", "init-on-free", IN_OBJECT, append="init_on_free=1"),
    slab_fault("slab-redzone-right", "the owner of an object writes one byte behind it",
               "redzone-right", IN_OBJECT, needs=DEBUG_SLAB),
    slab_fault("slab-redzone-left", "somebody writes one byte in front of an object",
               "redzone-left", IN_OBJECT, needs=DEBUG_SLAB),
    slab_fault("slab-poison", "four bytes of an object in the array of a CPU are written, which "
               "the kernel had poisoned", "poison-overwritten", IN_OBJECT, needs=DEBUG_SLAB),
    slab_fault("slab-last-user", "the word behind an object that names its last user is "
               "overwritten", "track-invalid", IN_OBJECT, needs=DEBUG_SLAB),
    slab_fault("slab-left-behind",
               "a module with a cache that has a constructor is removed while objects are left",
               "cache-left-behind", CACHE, append="unload=1"),
]
