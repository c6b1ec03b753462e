# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: what each fault does and what a checker owes for it.

The expectations follow from what the fault does to the allocator and from how
mm/slub.c of the kernel uses the damaged word. They are never taken from the output of
any program that reads dumps.
"""

import causes
from catalogue import (ANY, BARN_FULL, BYTES, CACHE, CHAINS, CPU, CPU_PARTIAL, CPU_SLAB, DEBUG,
                       DEBUG_SLAB, FULL, HAS_SHEAVES, HEAD, KFENCE, KMALLOC_ZONES, NODE_PARTIAL, NOTHING,
                       PARTIAL_FLAG, SHEAF_MAIN, SHEAF_SPARE, SHEAVES, SLAB, SLAB_ALLOCATOR, SLOT,
                       SWEEP, WORD, Fault, Must, chain_fault)
import deaths
import faults_slab
import uses

FREELIST = [
    chain_fault("wild-unreadable",
                "a freepointer is garbage and decodes to an unmapped address"),
    chain_fault("wild-readable",
                "a freepointer is correctly encoded and points to readable "
                "kernel data that is not a slab"),
    chain_fault("byte-zeroed",
                "byte 5 of a stored freepointer is zeroed"),
    chain_fault("bit-flip",
                "a high bit of a stored freepointer is flipped: bit 44, or "
                "the parameter bit",
                parameters={"bit": "44"}, limits={"bit": range(40, 64)}),
    chain_fault("bit-flip-low",
                "bit 2 of a stored freepointer is flipped, which points it "
                "into the middle of the right object",
                "freelist-misaligned",
                parameters={"bit": "2"}, limits={"bit": range(0, 3)}),
    chain_fault("ascii",
                "a free object is overwritten with the letter A throughout"),
    chain_fault("user-pointer",
                "a user space address is stored over a freepointer"),
    chain_fault("other-slab",
                "a correctly encoded freepointer leads to an allocated object "
                "of another slab of the same cache",
                "freelist-foreign-slab"),
    chain_fault("other-cache",
                "a correctly encoded freepointer leads to an allocated object "
                "of another cache",
                "freelist-foreign-cache"),
    chain_fault("misaligned",
                "a correctly encoded freepointer points into the slab but not "
                "to the start of an object",
                "freelist-misaligned"),
    chain_fault("self-loop",
                "a freepointer points to the object that holds it",
                "freelist-cycle"),
    # One object too many on the list. Nothing but the owner knows that it is
    # in use, and only slab->inuse contradicts.
    Fault("allocated-linked",
          "an allocated object is linked into a chain that is complete "
          "otherwise", ANY,
          (Must("freelist-count", SLAB, where=(CPU_PARTIAL, NODE_PARTIAL)),)),
    Fault("cut-short",
          "a freepointer is an encoded NULL too early", ANY,
          (Must("freelist-count", SLAB, where=(CPU_PARTIAL, NODE_PARTIAL)),),
          ("freelist-orphans",)),
    chain_fault("head-wild",
                "the head of the freelist is garbage", agree=HEAD,
                may=("cpu-freelist-stray",)),
    chain_fault("head-misaligned",
                "the head of the freelist points into an object",
                "freelist-misaligned", HEAD),
]

MISUSE = [
    chain_fault("overflow-8",
                "the owner of an 8-byte object writes 8 bytes too many: the "
                "freepointer of its free neighbour",
                parameters={"size": "8"}),
    chain_fault("overflow-64",
                "the owner of a 96-byte object writes 64 bytes too many: the "
                "freepointer in the middle of its free neighbour is hit",
                parameters={"size": "96"}),
    chain_fault("uaf-write",
                "the former owner of a free object initialises it: list heads "
                "that point to themselves, a function pointer, a pattern"),
    # The slot of the pushed object, decoded with the random of its own cache,
    # is off by the difference of the two randoms. The counters are as after
    # any free, so only what lies behind is missing.
    chain_fault("wrong-cache-free",
                "an object is freed to another cache by a kernel that does "
                "not check: its freepointer is encoded for that cache"),
    # cache_from_obj() of a hardened kernel warns and uses the right cache; from
    # 7.0 on it does not free the object.
    Fault("wrong-cache-free-natural",
          "kmem_cache_free() is called with the wrong cache on a kernel that "
          "checks: it warns and frees to the right one, or not at all", ANY),
    Fault("two-lists",
          "an object on the cpu freelist is freed by another CPU again, onto "
          "the slab's own freelist", (CPU,),
          (Must("freelist-shared", SLAB),),
          ("freelist-orphans",)),
]

SLABS = [
    Fault("inuse", "slab->inuse is two too low", ANY,
          (Must("freelist-count", SLAB),)),
    Fault("inuse-high", "slab->inuse is three more than slab->objects", ANY,
          (Must("slab-inuse", SLAB),), ("freelist-count",)),
    Fault("objects", "slab->objects is three more than the slab holds", ANY,
          (Must("slab-objects", SLAB),),
          ("freelist-count", "slab-inuse", "node-objects")),
    Fault("frozen", "slab->frozen is flipped", ANY,
          (Must("slab-frozen", SLAB),)),
    Fault("partial-flag",
          "the flag of slabs on the node's partial list is lost, or on a slab "
          "that is not there", ANY, (Must("slab-partial-flag", SLAB),),
          needs=PARTIAL_FLAG),
    # Slabs are frozen pages since 6.14: their count is always 0.
    Fault("slab-freed", "the last reference of a slab's page is dropped", ANY,
          (Must("slab-freed", WORD),), needs=CPU_SLAB),
    Fault("slab-cache", "slab->slab_cache points to another cache", ANY,
          (Must("slab-cache", SLAB),),
          tuple(SWEEP) + ("freelist-foreign-cache", "freelist-count")),
    Fault("slab-cache-garbage", "slab->slab_cache is garbage", ANY,
          (Must("slab-cache", SLAB),),
          tuple(SWEEP) + ("freelist-foreign-cache", "freelist-count")),
    Fault("nr-partial", "nr_partial of the node is three too high",
          (NODE_PARTIAL,), (Must("partial-count"),)),
    Fault("lost-slab",
          "a slab with free objects is taken off the node's partial list "
          "properly and kept nowhere", (NODE_PARTIAL,),
          # Since 6.8 such a slab is not frozen: a CPU may be about to use it.
          (Must("slab-lost", SLAB, "-A",
                only_if=lambda g: not g["partial_flag"]),
           Must("slab-inflight", SLAB, "-A", severity="transient",
                only_if=lambda g: g["partial_flag"]))),
    Fault("full-on-partial",
          "a full slab is linked into the node's partial list",
          (NODE_PARTIAL,), (Must("slab-full", SLAB),)),
    Fault("list-next",
          "slab_list.next of a slab on the node's partial list is garbage",
          (NODE_PARTIAL,), (Must("partial-link", SLAB),),
          tuple(SWEEP) + ("partial-count",)),
    Fault("list-prev",
          "slab_list.prev of a slab on the node's partial list is garbage",
          (NODE_PARTIAL,), (Must("partial-link", SLAB),),
          tuple(SWEEP) + ("partial-count",)),
    Fault("cpu-partial-next",
          "next of the first slab on the cpu partial list is garbage",
          (CPU_PARTIAL,), (Must("cpu-partial-link", SLAB),),
          tuple(SWEEP) + ("cpu-partial-count",)),
    Fault("cpu-partial-count",
          "slabs of the first slab on the cpu partial list is three too high",
          (CPU_PARTIAL,), (Must("cpu-partial-count", CACHE),)),
    Fault("two-places",
          "the cpu slab is linked into the node's partial list as well",
          (CPU,), (Must("slab-duplicate", SLAB),),
          ("slab-frozen", "slab-partial-flag", "freelist-shared")),
]


def debug_fault(name, what, finding, agree=BYTES, places=DEBUG, **more):
    """Of a cache with flags of slub_debug. Slabs that are full are on no list,
    but the one of full slabs that caches with tracks keep."""
    must = (Must(finding, agree, where=(NODE_PARTIAL,)),
            Must(finding, agree, "-A", where=(FULL,)))
    must = tuple(one for one in must if set(one.where) & set(places))
    return Fault(name, what, places, must + more.pop("also", ()),
                 append=APPEND_DEBUG, parameters={"debug": "FZPU"}, **more)


# Until 5.12 nobody obeys the flags of a cache otherwise. Such a cache there is not.
APPEND_DEBUG = "slub_debug=F,slubfault_none"

# The functions are check_object(), check_pad_bytes() and slab_pad_check().
CONTENTS = [
    debug_fault("redzone-right",
                "the owner of an object writes three bytes too many",
                "redzone-right"),
    debug_fault("redzone-right-free",
                "three bytes behind a free object are written",
                "redzone-right", places=(NODE_PARTIAL,)),
    debug_fault("redzone-left",
                "the owner of an object writes two bytes before it",
                "redzone-left"),
    Fault("redzone-kmalloc",
          "the owner of 70 bytes from kmalloc() writes two of the others of "
          "its object", (None,), (Must("redzone-kmalloc", BYTES),),
          append="slub_debug=FZPU,kmalloc-rcl-96", needs=KMALLOC_ZONES),
    debug_fault("poison", "four bytes in the middle of a free object are "
                "written", "poison-overwritten", places=(NODE_PARTIAL,)),
    debug_fault("poison-end", "the last byte of a free object is written",
                "poison-overwritten", places=(NODE_PARTIAL,)),
    debug_fault("padding-object",
                "a byte between an object and the next one's left red zone is "
                "written", "padding-object"),
    debug_fault("padding-slab",
                "two bytes behind the last object of a slab are written",
                "padding-slab", ("cache", "slab", "first_bad", "last_bad")),
    # A track has no red zone of its own. What it holds is known, if not what
    # it held: set_track() stores where the allocator was called from.
    debug_fault("track-address",
                "the address of who allocated an object is one of the heap",
                "track-invalid", SLOT),
    debug_fault("track-overflow",
                "a string overwrites all between an object and the left red "
                "zone of the next", "redzone-right",
                also=(Must("track-invalid", ("cache", "slab", "object"),
                           where=(NODE_PARTIAL,)),
                      Must("track-invalid", ("cache", "slab", "object"), "-A",
                           where=(FULL,)),
                      Must("padding-object", ("cache", "slab", "object"),
                           where=(NODE_PARTIAL,)),
                      Must("padding-object", ("cache", "slab", "object"),
                           "-A", where=(FULL,)))),
    # slab_free_hook() has cleared it. The kernel never looks.
    # The slab of an object in a sheaf is mostly full.
    Fault("init-on-free", "four bytes of a free object that was cleared are "
          "written, not those of its freepointer", ANY + SHEAVES,
          (Must("init-on-free", BYTES, where=ANY),
           Must("init-on-free", BYTES, "-A", where=SHEAVES)),
          append="init_on_free=1"),
]

# alloc_debug_processing() marks the slab's objects as used, and the slab is on no
# list afterwards. The bytes that it complains about it restores.
DISABLED = [
    Fault("disabled",
          "a free object was overwritten and the kernel found that when it was "
          "to hand it out: it took the slab out of use", (NODE_PARTIAL,),
          (Must("slab-disabled", SLAB, "-A"),), append=APPEND_DEBUG,
          parameters={"debug": "FZPU"}),
    Fault("disabled-damaged",
          "the same, and another free object of the slab is overwritten, too",
          (NODE_PARTIAL,),
          (Must("slab-disabled", SLAB, "-A"),
           Must("poison-overwritten", BYTES, "-A")), append=APPEND_DEBUG,
          parameters={"debug": "FZPU"}),
]

CACHES = [
    # Without preemption TID_STEP is 1 and every tid is good.
    Fault("tid", "the transaction id of a CPU belongs to another CPU",
          (CPU,), (Must("cpu-tid", only_if=lambda g: g["tid_step"] > 1),)),
    Fault("cpu-stray",
          "c->slab is NULL while c->freelist still has objects, as between two "
          "stores of flush_slab()", (CPU,),
          (Must("cpu-freelist-stray", severity="transient"),),
          tuple(SWEEP) + ("freelist-orphans",)),
    Fault("cpu-slab-page", "c->slab is a page that is not a slab", (CPU,),
          (Must("slab-page"),),
          tuple(SWEEP) + ("cpu-freelist-stray", "freelist-foreign-slab",
                          "freelist-wild", "freelist-orphans", "slab-cache",
                          "slab-frozen", "slab-objects")),
    Fault("offline-leftover", "an offline CPU still has a cpu slab, or a full "
          "sheaf", (CPU, SHEAF_SPARE), (Must("cpu-offline"),),
          append="maxcpus=1"),
    Fault("cache-random", "s->random is overwritten", (None,),
          (Must("cache-random"),), tuple(CHAINS)),
    # No cache: it cannot be named.
    Fault("cache-name", "s->name points to an unmapped address", (None,),
          (Must("cache-name", NOTHING),), ("cache-unreadable",)),
    Fault("cache-size", "s->size is 0", (None,),
          (Must("cache-geometry"),),
          tuple(CHAINS + SWEEP) + ("slab-objects", "slab-order")),
    Fault("cache-size-huge", "s->size is 0x7fffff00", (None,),
          (Must("cache-geometry"),),
          tuple(CHAINS + SWEEP) + ("slab-objects", "slab-order")),
    Fault("cache-node", "s->node[] points to an unmapped address", (None,),
          (Must("cache-node"),), tuple(SWEEP)),
    Fault("cache-cpu-slab", "s->cpu_slab is garbage", (None,),
          (Must("cache-percpu"),), tuple(SWEEP), needs=CPU_SLAB),
    Fault("cache-cpu-sheaves", "s->cpu_sheaves is garbage", (None,),
          (Must("cache-percpu"),), ("sheaf-pointer",), needs=HAS_SHEAVES),
    Fault("cache-list", "s->list.next is garbage", (None,),
          (Must("cache-list-link", NOTHING),), ("cache-unreadable",)),
]


def entry_fault(name, what, finding, agree=WORD, **more):
    """An entry of a sheaf. What was there before is in no sheaf any more, which
    nobody can know."""
    return Fault(name, f"an entry of a sheaf {what}", SHEAVES,
                 (Must(finding, agree),), **more)


# An object in two places: which of them a finding is about is open.
IN_SHEAVES = [
    entry_fault("sheaf-garbage", "is garbage", "sheaf-wild"),
    entry_fault("sheaf-null", "is NULL", "sheaf-wild"),
    entry_fault("sheaf-bit-flip", "has a high bit flipped: bit 44, or the "
                "parameter bit", "sheaf-wild", parameters={"bit": "44"},
                limits={"bit": range(40, 64)}),
    entry_fault("sheaf-inside", "leads into an object", "sheaf-misaligned"),
    entry_fault("sheaf-foreign", "leads to an allocated object of another "
                "cache", "sheaf-foreign-cache"),
    entry_fault("sheaf-twice", "is the same as another one of it",
                "sheaf-duplicate", CACHE),
    entry_fault("sheaf-two", "is the same as one of another sheaf",
                "sheaf-duplicate", CACHE),
    entry_fault("sheaf-free", "is an object on a slab's freelist",
                "sheaf-on-freelist", CACHE),
    Fault("sheaf-double-free",
          "two objects are freed in the order A, B, A: A is in the sheaf twice",
          (None,), (Must("sheaf-duplicate"),), needs=HAS_SHEAVES),
    # What lies behind its end is from other times, or not the sheaf's at all.
    Fault("sheaf-size", "a sheaf holds three more than it can", SHEAVES,
          (Must("sheaf-size"),),
          ("sheaf-wild", "sheaf-foreign-cache", "sheaf-misaligned",
           "sheaf-duplicate", "sheaf-on-freelist")),
    Fault("sheaf-cache", "a sheaf names another cache", SHEAVES,
          (Must("sheaf-cache"),)),
    Fault("sheaf-cache-garbage", "a sheaf's pointer to its cache is garbage",
          SHEAVES, (Must("sheaf-cache"),)),
    Fault("sheaf-pointer", "a CPU's pointer to a sheaf is garbage",
          (SHEAF_MAIN, SHEAF_SPARE), (Must("sheaf-pointer"),)),
    Fault("sheaf-shared", "a CPU's spare sheaf is its main one", (None,),
          (Must("sheaf-shared"),), ("sheaf-duplicate",), needs=HAS_SHEAVES),
    Fault("barn-pointer", "the pointer to a node's barn is garbage", (None,),
          (Must("barn-pointer"),), needs=HAS_SHEAVES),
    Fault("barn-nr-full", "nr_full of a barn is three too high", (None,),
          (Must("barn-count"),), needs=HAS_SHEAVES),
    Fault("barn-nr-empty", "nr_empty of a barn is three too high", (None,),
          (Must("barn-count"),), needs=HAS_SHEAVES),
    Fault("barn-next", "barn_list.next of a full sheaf is garbage",
          (BARN_FULL,), (Must("barn-link"),), ("barn-count",)),
    Fault("barn-prev", "barn_list.prev of a full sheaf is garbage",
          (BARN_FULL,), (Must("barn-link"),), ("barn-count",)),
    Fault("barn-full-empty", "the size of a full sheaf in the barn is 0",
          (BARN_FULL,), (Must("barn-sheaf"),)),
]

# slab_alloc_node() makes the decoded word the head of the cpu freelist, and
# the allocation after that dies of it, so the dump shows a bad head.
PANICS = [
    Fault("panic-kmalloc-32",
          "byte 5 of a freepointer on a CPU's kmalloc-32 freelist is zeroed; "
          "the kernel dies of it", (None,),
          (Must("freelist-wild", HEAD),),
          ("cpu-freelist-stray", "freelist-orphans"), panics=True, memory=256,
          needs=CPU_SLAB),
    Fault("panic-kmalloc-64",
          "the freepointers on a CPU's kmalloc-64 freelist are overwritten "
          "with the letter A; the kernel dies of it", (None,),
          (Must("freelist-wild", HEAD),),
          ("cpu-freelist-stray", "freelist-orphans"), panics=True, memory=256,
          needs=CPU_SLAB),
]

# What the console says of the trap itself: see trap_said() of record.
TRAP = ("object", "cache", "cpu", "function", "function_offset", "file",
        "line")


def trap_fault(name, what, places=(None,), may=(), agree=TRAP, severity=None,
               **more):
    """The allocator notices, and the kernel dies of that."""
    return Fault(name, what, places,
                 (Must("allocator-trap", agree, severity=severity),), may,
                 panics=True, memory=256, **more)


TRAPS = [
    # In 5.10 and 6.1 the second free has cleared the object's freepointer by then.
    trap_fault("trap-double-free",
               "an object is freed twice in a row, which set_freepointer() "
               "refuses", ANY, may=("freelist-orphans", "freelist-count"),
               needs=CPU_SLAB),
    trap_fault("trap-sheaf-double-free",
               "an object is freed twice in a row to a sheaf, which "
               "set_freepointer() refuses when the sheaf is flushed",
               may=("sheaf-duplicate", "freelist-orphans"),
               needs=HAS_SHEAVES, module="trap-double-free"),
    # Which object it was is not in the registers of every kernel.
    trap_fault("trap-usercopy",
               "more than an object is copied to user space, which "
               "usercopy_abort() refuses", agree=TRAP[1:]),
    # list_lock is held, which excuses links to what can be a list.
    trap_fault("trap-list-del",
               "slab_list.prev of the first slab on the node's partial list "
               "is the head of another list; list_del() stops when a CPU "
               "takes the slab", (NODE_PARTIAL,),
               may=tuple(SWEEP) + ("partial-link", "partial-count"),
               agree=TRAP[1:]),
    # That a caller was wrong is not damage of the allocator.
    trap_fault("trap-kfree-wild",
               "kfree() is called with an address beyond all memory",
               agree=TRAP[2:], severity="note"),
]

# No fault of the allocator: the truth's "references" say who points to a free object.
HELD = [
    Fault("holders", "pointers to a free object stay on a stack, in per-CPU memory, in data of "
          "the kernel and of a module, in objects, pages and vmalloc space", (NODE_PARTIAL,)),
]

# No fault. A CPU can stand between any two instructions of the allocator.
CLEAN = [
    Fault("none", "nothing is wrong", memory=256),
    Fault("load", "nothing is wrong; every CPU is busy with the allocator",
          may=("slab-inflight", "freelist-orphans"), memory=256),
    Fault("debug-clean", "nothing is wrong in two caches with flags of "
          "slub_debug", append=APPEND_DEBUG, parameters={"debug": "FZPU"}),
    Fault("fill", "nothing is wrong; 400,000 files were made and every fifth "
          "was removed", memory=4096),
]

FAULTS = {fault.name: fault for fault in
          CLEAN + FREELIST + MISUSE + uses.USES + uses.FREES + SLABS + CONTENTS + DISABLED +
          CACHES + IN_SHEAVES + PANICS + TRAPS + HELD + deaths.DEATHS +
          faults_slab.SLAB_FAULTS}


def features(layout):
    """Of a kernel, by what its structs have."""
    found = set()
    if "array_cache.avail" in layout.offset:
        return {SLAB_ALLOCATOR} | ({DEBUG_SLAB} if "kmem_cache.obj_offset" in layout.offset
                                   else set())
    if "kmem_cache_cpu.slab" in layout.offset:
        found.add(CPU_SLAB)
    if "kmem_cache.cpu_sheaves" in layout.offset:
        found |= {HAS_SHEAVES, PARTIAL_FLAG}
    # The same series that gave slabs the flag gave it this member.
    if "partial_context.object" in layout.offset:
        found.add(PARTIAL_FLAG)
    # 6.2 gave kmalloc() red zones and moved one of these before the other.
    if layout.offset["slab.slab_cache"] < layout.offset["slab.slab_list"]:
        found.add(KMALLOC_ZONES)
    if "kfence_metadata.addr" in layout.offset:
        found.add(KFENCE)
    return found


def combinations(present):
    return [(fault, where) for fault in FAULTS.values()
            for where in fault.places_in(present)]


def table():
    """The catalogue as Markdown."""
    lines = ["| fault | where | what | must find | may find | cause |",
             "|---|---|---|---|---|---|"]
    for fault in FAULTS.values():
        places = ", ".join(place or "-" for place in fault.places)
        must = ", ".join(must_text(fault, must) for must in fault.must
                         if must.option or not has_optional(fault, must))
        may = ", ".join(fault.may)
        cause = ", ".join(causes.CAUSES.get(fault.name, ()))
        if cause and fault.name in causes.NEVER_CERTAIN:
            cause += " (never certain)"
        lines.append(f"| {fault.name} | {places} | {fault.what} | "
                     f"{must or '-'} | {may or '-'} | {cause or '-'} |")
    return "\n".join(lines)


def has_optional(fault, must):
    """At other places the same is found with an option."""
    return any(other.option and other.id == must.id
               and other.severity == must.severity for other in fault.must)


def must_text(fault, must):
    text = must.id
    if must.option and any(other.id == must.id and not other.option
                           for other in fault.must):
        return f"{text} ({', '.join(must.where)}: {must.option})"
    if must.severity:
        text += f" as {must.severity}"
    if must.option:
        text += f" ({must.option})"
    places = [place for place in fault.places if place in must.where]
    if len(places) < len(fault.places):
        text += f" (not {', '.join(set(fault.places) - set(places))})"
    return text
