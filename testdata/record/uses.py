# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the catalogue: what writers of real bug reports do, by functions of the kernel.

A word that the former owner of a free object changed decodes to an address inside the slab but
not of an object, or outside of all memory: the module takes a victim for which it is one of them,
and says which.
"""

from catalogue import (ANY, CPU, CPU_SLAB, HAS_SHEAVES, HEAD, NODE_PARTIAL, SLAB, SLOT, Fault, Must,
                       chain_fault)


def inside(said):
    return said.get("leads") == "inside"


def outside(said):
    return said.get("leads") == "outside"


def use_fault(name, what, **more):
    """Whatever it decodes to, the rest of the chain is cut off."""
    return Fault(name, what, ANY,
                 (Must("freelist-wild", SLOT, only_if=outside),
                  Must("freelist-misaligned", SLOT, only_if=inside)),
                 ("freelist-count", "freelist-orphans"), **more)


USES = [
    use_fault("counter-inc", "a counter of a free object, where its freepointer is, is "
              "incremented"),
    use_fault("counter-add", "2 is added to a counter of a free object"),
    use_fault("counter-dec", "a counter of a free object is decremented"),
    use_fault("refcount-saturated", "refcount_inc() on a free object, whose count is negative: "
              "the kernel warns and stores REFCOUNT_SATURATED"),
    use_fault("refcount-dec", "refcount_dec_and_test() on a free object"),
    use_fault("flag-set", "set_bit() on a free object"),
    use_fault("flag-clear", "clear_bit() on a free object"),
    use_fault("unlock", "a spinlock in a free object is let go: byte 0 is zeroed"),
    use_fault("list-del-beside", "a free object is on a list still, and the entry behind it is "
              "deleted"),
    use_fault("hlist-del-beside", "a free object is on a hlist still, and the entry behind it, "
              "the last one, is deleted"),
    use_fault("list-poison", "a free object is deleted from a list: LIST_POISON1 is in its slot"),
    use_fault("list-poison-2", "a free object is deleted from a list: LIST_POISON2 is in its slot"),
    use_fault("init-list-head", "INIT_LIST_HEAD() on a free object"),
    use_fault("rcu-head", "an rcu_head in a free object is queued"),
    use_fault("work-init", "INIT_WORK() on a free object"),
    use_fault("timer-init", "timer_setup() on a free object"),
    use_fault("jiffies", "jiffies is stored in a free object"),
    use_fault("err-ptr", "ERR_PTR(-ENOMEM) is stored in a free object"),
    use_fault("text", "a line of text is copied into a free object"),
    use_fault("memset-00", "a free object is zeroed"),
    use_fault("memset-ff", "a free object is filled with 0xff"),
    use_fault("pattern-55", "0x5555555555555555 is stored over a freepointer"),
    use_fault("overflow-33", "the owner of a 64-byte object zeroes it and 33 bytes beyond: the "
              "first of them that is a freepointer's is the last",
              parameters={"size": "64"}),
    use_fault("overflow-73", "the owner of a 144-byte object fills it and 73 bytes beyond with "
              "0xcc", parameters={"size": "144"}),
    use_fault("overflow-copy", "the owner of an object copies an array of records to it that is "
              "too long, by all up to the end of its free neighbour's freepointer"),
    use_fault("dma-random", "a device writes a page that is a slab's now, from its first byte to "
              "its last, with random data"),
    use_fault("dma-pattern", "the same with a test pattern"),
    chain_fault("page-encoded", "a correctly encoded freepointer leads to a page that is not a slab"),
]

# Where a CPU keeps what is freed in sheaves, a shrink follows each free: it flushes them.
FREES = [
    # Freed in the order A, B, A: B's slot leads back to A, and what was behind
    # A before is lost.
    chain_fault("double-free", "two objects are freed in the order A, B, A: B leads back to A",
                "freelist-cycle"),
    chain_fault("double-free-abca", "three objects are freed in the order A, B, C, A: B leads back "
                "to A", "freelist-cycle"),
    chain_fault("double-free-late", "an object in the middle of the freelist is freed again: the "
                "one before it leads back to it", "freelist-cycle"),
    # The list has one object more than before, the counters have three.
    Fault("double-free-flushed", "two objects are freed in the order A, B, A into one sheaf, which "
          "is flushed: the slab counts three and has A", (NODE_PARTIAL,),
          (Must("freelist-count", SLAB),), ("freelist-orphans",), needs=HAS_SHEAVES),
    # free_consistency_checks() refuses; slab_free_freelist_hook() has set the link before. Since
    # 6.8 only kmem_cache_free_bulk() sets one, in build_detached_freelist().
    Fault("double-free-refused", "an object of a cache with flags F and U of slub_debug is freed "
          "again: the kernel refuses, and the object's freepointer is an encoded NULL by then",
          (NODE_PARTIAL,),
          (Must("freelist-count", SLAB, only_if=lambda g: g["raw"] != g["raw_before"]),),
          ("freelist-orphans",), append="slub_debug=F,slubfault_none",
          parameters={"debug": "FU"}),
    # Its second owner writes to it, and nothing else is wrong with the list.
    chain_fault("double-free-reuse", "an object is freed, handed out, freed by its first owner "
                "again, and used by the second", places=(CPU,), needs=CPU_SLAB),
    chain_fault("double-free-reuse-flushed", "the same through a sheaf, which is flushed",
                places=(NODE_PARTIAL,), needs=HAS_SHEAVES),
    chain_fault("handed-out-zero", "two objects are freed in the order A, B, A and both are handed "
                "out: A, zeroed, is the head of the list", places=(CPU,), needs=CPU_SLAB),
    chain_fault("handed-out-live", "the same, and A's owner has written to it", places=(CPU,),
                needs=CPU_SLAB),
    # Its link is what its owner wrote, and the vector of the slab has an owner for it.
    Fault("handed-out-owned", "the same, and A is charged to a memory cgroup", (CPU,),
          (Must("freelist-wild", SLOT), Must("freelist-owned", ("cache", "slab", "object"))),
          ("freelist-orphans",), needs=CPU_SLAB, append="cgroup=1",
          parameters={"account": "1"}),
    chain_fault("handed-out-head", "the same, and A is handed out again: the head is what its zero "
                "decodes to", agree=HEAD, may=("cpu-freelist-stray",), places=(CPU,),
                needs=CPU_SLAB),
    chain_fault("handed-out-flushed", "two objects are freed in the order A, B, A into one sheaf, "
                "A is handed out and zeroed, and the sheaf is flushed", places=(NODE_PARTIAL,),
                needs=HAS_SHEAVES),
    Fault("two-lists-reverse", "an object is freed by another CPU, onto the slab's own freelist, "
          "and then by the CPU whose slab it is, onto the cpu freelist", (CPU,),
          (Must("freelist-shared", SLAB),), ("freelist-orphans",)),
    chain_fault("inner-free", "kmem_cache_free(p + 16), and then another object: that one leads to "
                "p + 16, where the rest of the list goes on", "freelist-misaligned"),
    chain_fault("inner-free-head", "kmem_cache_free(p + 16): the head of the list leads there",
                "freelist-misaligned", HEAD),
]
