# SPDX-License-Identifier: GPL-3.0-or-later
"""The truth about causes: what was really done by each fault of the catalogue.

CAUSES has for each fault the causes that are a right first answer. They follow from what the
fault does, and from which other deed leaves the very same memory, never from what a program prints
about the dump. `unknown` is a right answer where nothing in the memory tells who wrote: a word of
garbage stands for nothing.
"""

UNKNOWN = "unknown"
DOUBLE_FREE, USE_AFTER_FREE, OVERFLOW = "double-free", "use-after-free", "overflow"
WRONG_CACHE, BIT_FLIP, SHORT_STORE = "wrong-cache-free", "bit-flip", "short-store"
WILD_WRITE, CUT_CHAIN, METADATA = "wild-write", "cut-chain", "metadata-write"
LOST_UPDATE, INNER_FREE, ENCODED = "lost-update", "inner-free", "encoded-store"
PAGE_OVERWRITE, KERNEL_DISABLED = "page-overwrite", "kernel-disabled"
IDS = (UNKNOWN, DOUBLE_FREE, USE_AFTER_FREE, OVERFLOW, WRONG_CACHE, BIT_FLIP, SHORT_STORE,
       WILD_WRITE, CUT_CHAIN, METADATA, LOST_UPDATE, INNER_FREE, ENCODED, PAGE_OVERWRITE,
       KERNEL_DISABLED)

# A word of the allocator's own that was overwritten with garbage.
META = (METADATA, WILD_WRITE)
# A count, or a flag, that contradicts the list: it was written, or an update of one of them was
# lost. The memory is the same.
COUNT = (METADATA, LOST_UPDATE)

CAUSES = {
    # One store of garbage into a free object.
    "wild-unreadable": (USE_AFTER_FREE, WILD_WRITE, UNKNOWN),
    "wild-readable": (ENCODED,),
    "byte-zeroed": (SHORT_STORE,),
    "bit-flip": (BIT_FLIP,),
    "bit-flip-low": (BIT_FLIP,),
    "ascii": (USE_AFTER_FREE,),
    "user-pointer": (USE_AFTER_FREE, WILD_WRITE),
    "other-slab": (ENCODED,),
    "other-cache": (ENCODED,),
    # kfree(p + n) leaves such a link too, if something else at p + n.
    "misaligned": (ENCODED, INNER_FREE),
    # set_freepointer() of a hardened kernel refuses to make this one.
    "self-loop": (ENCODED, WILD_WRITE),
    "double-free": (DOUBLE_FREE,),
    # A list with one object more than the counters know: that object was linked past the
    # allocator, was freed while the count was not, or the count was written.
    "allocated-linked": (ENCODED, DOUBLE_FREE, METADATA, LOST_UPDATE),
    "cut-short": (CUT_CHAIN, ENCODED),
    # A CPU's head is what the freepointer of the object handed out last decoded to: garbage there
    # is garbage in either of them.
    "head-wild": (*META, UNKNOWN),
    "head-misaligned": META,
    "overflow-8": (OVERFLOW,),
    "overflow-64": (OVERFLOW,),
    "uaf-write": (USE_AFTER_FREE,),
    "wrong-cache-free": (WRONG_CACHE,),
    "two-lists": (DOUBLE_FREE,),
    # SLAB.
    "slab-double-free": (DOUBLE_FREE,),
    "slab-double-free-flushed": (DOUBLE_FREE,),
    "slab-entry-garbage": (*META, UNKNOWN),
    # Most kernels store what they are told to free.
    "slab-entry-foreign": (WRONG_CACHE, *META),
    "slab-entry-inner": (INNER_FREE, *META),
    "slab-avail": META,
    "slab-limit": META,
    "slab-shared-batchcount": META,
    "slab-alien": (*META, UNKNOWN),
    "slab-host-written": (USE_AFTER_FREE,),
    "slab-freed-written": (USE_AFTER_FREE,),
    "slab-redzone-right": (OVERFLOW,),
    "slab-redzone-left": (OVERFLOW, *META),
    "slab-poison": (USE_AFTER_FREE,),
    "slab-last-user": (*META, OVERFLOW, UNKNOWN),
    "slab-index-twice": (DOUBLE_FREE, USE_AFTER_FREE, *META),
    "slab-overflow": (OVERFLOW,),
    "slab-off-written": (OVERFLOW, *META),
    "slab-active": (*COUNT, DOUBLE_FREE),
    "slab-s-mem": META,
    "slab-owner": META,
    "slab-list-next": META,
    "slab-lost-partial": COUNT,
    "slab-wrong-list": COUNT,
    "slab-free-objects": (*COUNT, DOUBLE_FREE),
    "slab-total-slabs": (*COUNT, DOUBLE_FREE),
    "slab-left-behind": (UNKNOWN,),
    "counter-inc": (USE_AFTER_FREE,),
    "counter-add": (USE_AFTER_FREE,),
    "counter-dec": (USE_AFTER_FREE,),
    "refcount-saturated": (USE_AFTER_FREE,),
    "refcount-dec": (USE_AFTER_FREE,),
    "flag-set": (USE_AFTER_FREE, BIT_FLIP),
    "flag-clear": (USE_AFTER_FREE, BIT_FLIP),
    # One byte that is zero, whoever it was.
    "unlock": (USE_AFTER_FREE, SHORT_STORE),
    "list-del-beside": (USE_AFTER_FREE,),
    "hlist-del-beside": (USE_AFTER_FREE,),
    "list-poison": (USE_AFTER_FREE,),
    "list-poison-2": (USE_AFTER_FREE,),
    "init-list-head": (USE_AFTER_FREE,),
    "rcu-head": (USE_AFTER_FREE,),
    "work-init": (USE_AFTER_FREE,),
    "timer-init": (USE_AFTER_FREE,),
    "jiffies": (USE_AFTER_FREE,),
    "err-ptr": (USE_AFTER_FREE,),
    "text": (USE_AFTER_FREE,),
    "memset-00": (USE_AFTER_FREE,),
    "memset-ff": (USE_AFTER_FREE,),
    "pattern-55": (USE_AFTER_FREE, WILD_WRITE),
    "overflow-33": (OVERFLOW,),
    "overflow-73": (OVERFLOW,),
    "overflow-copy": (OVERFLOW,),
    "dma-random": (PAGE_OVERWRITE,),
    "dma-pattern": (PAGE_OVERWRITE,),
    "page-encoded": (ENCODED,),
    "double-free-abca": (DOUBLE_FREE,),
    "double-free-late": (DOUBLE_FREE,),
    "double-free-flushed": (DOUBLE_FREE,),
    "double-free-refused": (DOUBLE_FREE,),
    # An object that is in use and on the list: it was freed too often, or used too long.
    "double-free-reuse": (DOUBLE_FREE, USE_AFTER_FREE),
    "double-free-reuse-flushed": (DOUBLE_FREE, USE_AFTER_FREE),
    "handed-out-zero": (DOUBLE_FREE, USE_AFTER_FREE),
    "handed-out-live": (DOUBLE_FREE, USE_AFTER_FREE),
    # Its owner is noted.
    "handed-out-owned": (DOUBLE_FREE,),
    "handed-out-head": (DOUBLE_FREE, USE_AFTER_FREE),
    "handed-out-flushed": (DOUBLE_FREE, USE_AFTER_FREE),
    "two-lists-reverse": (DOUBLE_FREE,),
    "inner-free": (INNER_FREE,),
    "inner-free-head": (INNER_FREE,),
    "inuse": COUNT,
    "inuse-high": COUNT,
    "objects": (METADATA,),
    "frozen": COUNT,
    "partial-flag": COUNT,
    "disabled": (KERNEL_DISABLED,),
    # And what the kernel did not see.
    "disabled-damaged": (KERNEL_DISABLED, USE_AFTER_FREE),
    "slab-freed": (METADATA,),
    "slab-cache": (METADATA,),
    "slab-cache-garbage": META,
    "nr-partial": COUNT,
    "lost-slab": (LOST_UPDATE,),
    "full-on-partial": COUNT,
    "list-next": META,
    "list-prev": META,
    "cpu-partial-next": META,
    "cpu-partial-count": COUNT,
    "two-places": (LOST_UPDATE,),
    "redzone-right": (OVERFLOW,),
    # Nobody owns the object: its last owner, or whoever is to its left.
    "redzone-right-free": (OVERFLOW, USE_AFTER_FREE),
    "redzone-left": (OVERFLOW, WILD_WRITE),
    "redzone-kmalloc": (OVERFLOW,),
    "poison": (USE_AFTER_FREE,),
    "poison-end": (USE_AFTER_FREE,),
    "padding-object": (WILD_WRITE, OVERFLOW),
    "padding-slab": (WILD_WRITE, OVERFLOW),
    "track-address": META,
    "track-overflow": (OVERFLOW,),
    "init-on-free": (USE_AFTER_FREE,),
    "tid": META,
    "cpu-stray": META,
    "cpu-slab-page": META,
    "offline-leftover": COUNT,
    "cache-random": META,
    "cache-name": META,
    "cache-size": META,
    "cache-size-huge": META,
    "cache-node": META,
    "cache-cpu-slab": META,
    "cache-cpu-sheaves": META,
    "cache-list": META,
    "sheaf-garbage": META,
    "sheaf-null": META,
    "sheaf-bit-flip": (BIT_FLIP,),
    "sheaf-inside": (INNER_FREE, METADATA),
    # The allocator puts there what it is given.
    "sheaf-foreign": (WRONG_CACHE, METADATA),
    "sheaf-twice": (DOUBLE_FREE, METADATA),
    "sheaf-two": (DOUBLE_FREE, METADATA),
    "sheaf-free": (DOUBLE_FREE, METADATA),
    "sheaf-double-free": (DOUBLE_FREE,),
    "sheaf-size": META,
    "sheaf-cache": META,
    "sheaf-cache-garbage": META,
    "sheaf-pointer": META,
    "sheaf-shared": COUNT,
    "barn-pointer": META,
    "barn-nr-full": COUNT,
    "barn-nr-empty": COUNT,
    "barn-next": META,
    "barn-prev": META,
    "barn-full-empty": COUNT,
    # The store was into the slot of the object that the head led to; that object is in use now.
    "panic-kmalloc-32": (SHORT_STORE,),
    "panic-kmalloc-64": (USE_AFTER_FREE, WILD_WRITE),
    # How the kernel died tells a double free; of the others it tells nobody.
    "trap-double-free": (DOUBLE_FREE,),
    "trap-sheaf-double-free": (DOUBLE_FREE,),
    "trap-usercopy": (UNKNOWN,),
    "trap-list-del": (UNKNOWN,),
    "trap-kfree-wild": (UNKNOWN,),
    "death-freed-link": (USE_AFTER_FREE,),
    "death-freed-member": (USE_AFTER_FREE,),
    "death-freed-null": (USE_AFTER_FREE,),
    "death-freed-call": (USE_AFTER_FREE,),
    # The text could as well have come from the object before it, or be the owner's own mistake.
    "death-reused-call": (USE_AFTER_FREE, OVERFLOW, UNKNOWN),
    "death-list-del-beside": (USE_AFTER_FREE,),
    "death-list-del-freed": (USE_AFTER_FREE,),
    "death-list-add-freed": (USE_AFTER_FREE,),
    "death-list-walk": (USE_AFTER_FREE,),
    # Nothing was freed; but who deletes an entry twice most often frees it, too.
    "death-list-del-twice": (UNKNOWN, USE_AFTER_FREE),
    "death-list-poison-freed": (USE_AFTER_FREE,),
    "death-list-poison-live": (UNKNOWN, USE_AFTER_FREE),
    "death-bit-flip": (BIT_FLIP,),
    "death-bit-flip-high": (BIT_FLIP,),
    "death-refcount": (USE_AFTER_FREE, DOUBLE_FREE),
    "death-refcount-warn": (USE_AFTER_FREE, DOUBLE_FREE, UNKNOWN),
    "death-null-member": (UNKNOWN,),
    "death-text-over": (OVERFLOW,),
    "death-counter-over": (OVERFLOW, SHORT_STORE),
    "death-dma": (PAGE_OVERWRITE,),
    "death-poison": (USE_AFTER_FREE,),
    "death-poison-call": (USE_AFTER_FREE,),
    "death-poison-unset": (UNKNOWN,),
    "death-init-gone": (UNKNOWN, USE_AFTER_FREE),
    "death-stack-garbage": (UNKNOWN,),
    "death-err-ptr": (UNKNOWN,),
    "death-call-data": (UNKNOWN, WILD_WRITE, METADATA, USE_AFTER_FREE),
    "death-kfence": (USE_AFTER_FREE,),
    "death-freed-copy": (USE_AFTER_FREE,),
    "death-freed-string": (USE_AFTER_FREE,),
    "death-null-call": (UNKNOWN,),
    "death-null-far": (UNKNOWN,),
    "death-poison-counter": (USE_AFTER_FREE,),
    "death-wrong-cache": (WRONG_CACHE, UNKNOWN),
    "death-rcu-freed": (USE_AFTER_FREE,),
    "death-timer-freed": (USE_AFTER_FREE,),
    # Nobody has freed the object: what it leads to is gone.
    "death-module-gone": (UNKNOWN,),
}

# Another deed leaves the same memory, so that nobody can be certain of one of them.
NEVER_CERTAIN = {
    "wild-unreadable", "user-pointer", "misaligned", "allocated-linked", "head-wild",
    "head-misaligned", "redzone-right-free", "sheaf-inside", "sheaf-foreign", "sheaf-twice",
    "sheaf-two", "sheaf-free", "full-on-partial", "inuse", "flag-set", "flag-clear", "unlock",
    "pattern-55", "hlist-del-beside", "double-free-reuse", "double-free-reuse-flushed",
    "handed-out-zero", "handed-out-live", "handed-out-owned", "handed-out-head",
    "handed-out-flushed",
    "death-reused-call", "death-list-del-twice", "death-list-poison-live", "death-counter-over",
    "death-poison-unset", "death-init-gone", "death-call-data",
}

# The word was right before it was overwritten, and is the freepointer of an object whose chain
# ends early now.
FREEPOINTERS = {
    "wild-unreadable", "wild-readable", "byte-zeroed", "bit-flip", "bit-flip-low", "ascii",
    "user-pointer", "other-slab", "other-cache", "misaligned", "self-loop", "cut-short",
    "overflow-8", "overflow-64", "uaf-write", "counter-inc", "counter-add", "counter-dec",
    "refcount-saturated", "refcount-dec", "flag-set", "flag-clear", "unlock", "list-del-beside",
    "hlist-del-beside", "list-poison", "list-poison-2", "init-list-head", "rcu-head", "work-init",
    "timer-init", "jiffies", "err-ptr", "text", "memset-00", "memset-ff", "pattern-55",
    "overflow-33", "overflow-73", "overflow-copy", "dma-random", "dma-pattern", "page-encoded",
    "double-free-refused",
}
# The word before tells nothing: it is part of an object, of an earlier time, or no part of the
# fault.
NOT_BEFORE = {
    "double-free", "two-lists", "wrong-cache-free", "lost-slab", "full-on-partial", "two-places",
    "sheaf-double-free", "panic-kmalloc-32", "panic-kmalloc-64", "offline-leftover",
    "double-free-abca", "double-free-late", "double-free-flushed", "double-free-reuse",
    "double-free-reuse-flushed", "handed-out-zero", "handed-out-live", "handed-out-owned",
    "handed-out-head", "handed-out-flushed", "two-lists-reverse", "inner-free", "inner-free-head",
    # Right as well: its pointer leads to where the list went on.
    "allocated-linked",
}
# The other object of the fault is the one from which somebody wrote too far.
WRITTEN_FROM_OTHER = {"overflow-8", "overflow-64", "overflow-33", "overflow-73",
                      "overflow-copy"}
# The other object was freed twice, or in its middle; of the last ones it is the object itself.
FREED_OTHER = {"double-free", "double-free-abca", "double-free-late", "double-free-flushed",
               "double-free-refused", "double-free-reuse", "double-free-reuse-flushed",
               "handed-out-zero", "handed-out-live", "handed-out-owned", "handed-out-head",
               "handed-out-flushed",
               "inner-free", "inner-free-head", "sheaf-double-free", "sheaf-twice", "sheaf-two",
               "sheaf-free"}
FREED_OBJECT = {"two-lists", "two-lists-reverse", "trap-double-free", "trap-sheaf-double-free"}
# An address inside the other object was freed.
INNER = {"inner-free", "inner-free-head"}
# What a count is off by.
DELTAS = {"inuse": -2, "objects": 3, "nr-partial": 3, "cpu-partial-count": 3, "barn-nr-full": 3,
          "barn-nr-empty": 3}
# By default objects of the damaged cache have so many bytes.
DEFAULT_SIZE = 128


def number(text):
    return int(text, 16) if isinstance(text, str) else text


def swab(word):
    return int.from_bytes(word.to_bytes(8, "little"), "big")


def decode(truth, word):
    """A stored freepointer of the damaged slot's, as freelist_ptr_decode() does it."""
    return word ^ number(truth.get("random") or 0) ^ swab(number(truth["slot"]))


def size_of(truth):
    said = truth["fault"]["details"].get("object_size")
    return said or int(truth["fault"]["parameters"].get("size", DEFAULT_SIZE))


def extent_of(truth):
    """The first and the last byte that were written, where that is more than the word."""
    name, details = truth["fault"]["name"], truth["fault"]["details"]
    if details.get("extent"):
        return details["extent"]
    if truth.get("first_bad"):
        return [truth["first_bad"], truth["last_bad"]]
    if name in ("ascii", "uaf-write"):
        first = number(truth["object"])
        return [hex(first), hex(first + size_of(truth) - 1)]
    if name in WRITTEN_FROM_OTHER:
        first, size = number(truth["object"]), size_of(truth)
        return [hex(first), hex(first + min(64, size) - 1)]
    return None


def link_numbers(truth):
    """What the rest of the chain proves about an overwritten freepointer."""
    details = truth["fault"]["details"]
    before = decode(truth, number(truth["raw_before"]))
    return {"expected": truth["raw_before"], "repair": hex(before),
            "orphans": details["chain"] - 1 - truth["index"]}


def numbers_of(truth):
    """Facts that a sentence about the damage may name."""
    name, details = truth["fault"]["name"], truth["fault"]["details"]
    found = {}
    if name in FREEPOINTERS and truth.get("index") is not None:
        found |= link_numbers(truth)
    elif truth.get("raw_before") and name not in NOT_BEFORE:
        found["expected"] = truth["raw_before"]
    for key in ("repair", "orphans"):
        if details.get(key) is not None:
            found[key] = details[key]
    if name in INNER:
        # The free of the object itself would have stored this.
        found["repair"] = details["other"]
    extent = extent_of(truth)
    if extent:
        found["extent"] = extent
        found["length"] = number(extent[1]) - number(extent[0]) + 1
    if name in DELTAS:
        found["delta"] = DELTAS[name]
    if name in FREED_OTHER or name in FREED_OBJECT:
        found["freed"] = truth["object"] if name in FREED_OBJECT else details.get("other")
    return found


def is_one_bit(truth, numbers):
    """Whether the damaged word is one bit away from what belongs there."""
    right = number(numbers.get("expected"))
    raw = number(truth.get("raw"))
    if numbers.get("repair") and truth.get("slot") and truth.get("random") and truth.get("object"):
        right = decode(truth, number(numbers["repair"]))
    return None not in (right, raw) and (right ^ raw).bit_count() == 1


def truth_of(truth):
    """The keys `cause`, `certain`, `owner` and `numbers` of a truth, also of an older one that has
    none of them: they follow from the rest of it."""
    if not truth["fault"]:
        return {"cause": [], "certain": False, "owner": None, "numbers": {}}
    name = truth["fault"]["name"]
    numbers = numbers_of(truth)
    causes = list(CAUSES.get(name, ()))
    certain = name not in NEVER_CERTAIN
    # A flip of the stored word is a flip of the decoded one: both explain it. It would not have
    # stored the rest of the list at p + 16. Nor would it have been counted: the counters of a slab
    # that is not a CPU's know one free object more than there are after a double free alone.
    counted = causes == [DOUBLE_FREE] and truth.get("list") != "cpu"
    if causes and BIT_FLIP not in causes and name not in INNER and not counted and \
            is_one_bit(truth, numbers):
        causes.append(BIT_FLIP)
        certain = False
    owner = truth["fault"]["details"].get("other") if name in WRITTEN_FROM_OTHER else None
    return {"cause": causes, "certain": certain, "owner": owner, "numbers": numbers}


def causes_of(truth, must):
    """The right first answers for one finding that is owed. What the kernel passes through itself
    has none: there is nobody to blame."""
    if must.get("severity") == "transient":
        return [UNKNOWN]
    return truth_of(truth)["cause"]
