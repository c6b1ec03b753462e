# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts by hand: the corners of SLUB, one each.

With four CPUs, a slab of 256-byte objects has 16 of them in one page; see
PER_SLAB for the others. CPUs 0 and 1 are on node 0, CPUs 2 and 3 on node 1.
"""

import scripts
from scripts import DEBUG, Script

PER_SLAB = {8: 512, 32: 128, 64: 64, 128: 32, 256: 16, 512: 16, 1024: 16,
            2048: 16, 4096: 8, 8192: 4, 32768: 1}
CORNERS = {}


def corner(function):
    CORNERS[function.__name__.replace("_", "-")] = function
    return function


def slabs(script, count, size=256, cpu=0, node=-1):
    """Fills so many new slabs; their objects, slab by slab. The last one stays
    the CPU's, without a free object."""
    return [script.allocs(cpu, PER_SLAB[size], node) for _ in range(count)]


def variants(name, size, values, body, flags=(), header="cpu_partial_slabs"):
    """One script for each value of a header line, with the same operations."""
    made = []
    for value in values:
        script = Script(f"{name}-{value}", size, 0, flags, **{header: value})
        body(script)
        made.append(script)
    return made


def one(name, body, size=256, align=0, flags=(), **header):
    script = Script(name, size, align, flags, **header)
    body(script)
    return [script]


@corner
def nothing():
    return one("nothing", lambda script: None)


@corner
def first_object():
    return one("first-object", lambda script: script.alloc(0))


@corner
def fast_path():
    """Nothing but the CPU's freelist: what it does to the tid."""
    def body(script):
        for _ in range(5):
            mine = script.allocs(1, 6)
            script.frees(1, mine[::-1])
            mine = script.allocs(1, 6)
            script.frees(1, mine)
    return one("fast-path", body)


@corner
def slab_exactly():
    made = []
    for more in (-1, 0, 1):
        made += one(f"slab-exactly-{16 + more}",
                    lambda script, n=16 + more: script.allocs(0, n))
    return made


@corner
def cpu_partial_overflow():
    """The first free to a full slab puts it on the CPU's partial list."""
    def body(script):
        for slab in slabs(script, 20):
            script.free(0, slab[3])
    return variants("cpu-partial-overflow", 256, (0, 1, 2, 3, 7, 13, 30), body)


@corner
def cpu_partial_empty():
    """Slabs that became empty on the CPU's partial list, and the drain."""
    def body(script):
        for slab in slabs(script, 20):
            script.frees(0, slab)
    return variants("cpu-partial-empty", 256, (0, 1, 4, 6, 25), body) + \
        variants("cpu-partial-empty-min", 256, (0, 1, 2, 10, 30), body,
                 header="min_partial")


@corner
def cpu_partial_mixed():
    """Empty, nearly full and nearly empty slabs in one drain."""
    def body(script):
        for i, slab in enumerate(slabs(script, 24)):
            script.frees(i % 2, slab[:(1, 16, 15, 2, 16)[i % 5]])
    return variants("cpu-partial-mixed", 256, (2, 3, 5), body)


@corner
def cpu_partial_refill():
    """Allocation goes through the CPU's partial list."""
    def body(script):
        for slab in slabs(script, 8):
            script.frees(0, slab[:3])
        script.allocs(0, 40)
    return variants("cpu-partial-refill", 256, (1, 3, 12), body)


@corner
def cpu_partial_of_others():
    """Frees from elsewhere go to the slab, not to the list it is on."""
    def body(script):
        filled = slabs(script, 6)
        for slab in filled:
            script.free(1, slab[0])
        for slab in filled:
            script.frees(0, slab[1:5])
        script.allocs(0, 20)
        script.allocs(1, 20)
    return variants("cpu-partial-of-others", 256, (3, 12), body)


@corner
def node_empty():
    """A slab of the node's partial list becomes empty, with nr_partial below,
    at and above min_partial."""
    def body(script):
        filled = slabs(script, 12)
        for slab in filled[:-1]:
            script.free(0, slab[0])
        script.flush(0)
        for slab in filled[:-1]:
            script.frees(0, slab[1:])
    return variants("node-empty", 256, (0, 1, 5, 10, 11, 12, 20), body,
                    header="min_partial")


@corner
def node_empty_later():
    """min_partial changes while empty slabs wait."""
    def body(script):
        filled = slabs(script, 8)
        for slab in filled:
            script.free(0, slab[0])
        script.flush(6)
        for slab in filled[:4]:
            script.frees(1, slab[1:])
        script.min_partial(2)
        for slab in filled[4:6]:
            script.frees(1, slab[1:])
        script.min_partial(7)
        script.frees(1, filled[6][1:])
        script.shrink()
    return one("node-empty-later", body, min_partial=20)


@corner
def node_refill():
    """Taking a slab from the node brings more of them along."""
    def body(script):
        filled = slabs(script, 20)
        for i, slab in enumerate(filled):
            script.frees(0, slab[:1 + i % 5])
        script.flush(0)
        script.flush(60)
        script.allocs(0, 30)
        script.allocs(1, 30)
        script.allocs(2, 5)
    made = variants("node-refill", 256, (0, 1, 2, 3, 4, 6, 7), body)
    for value in (0, 1, 2, 3, 5, 8):
        # flush() sets both; this one keeps what the header says.
        def kept(script):
            filled = slabs(script, 20)
            for i, slab in enumerate(filled):
                script.frees(1, slab[:1 + i % 5])
            script.shrink()
            script.allocs(0, 12)
            script.allocs(1, 50)
        made += variants("node-refill-kept", 256, (value,), kept)
    return made


@corner
def remote_full():
    """Another CPU frees to a full slab: it goes to that CPU."""
    def body(script):
        filled = slabs(script, 5)
        script.free(1, filled[0][0])
        script.free(2, filled[1][1])
        script.free(2, filled[2][2])
        script.free(3, filled[0][3])
        script.free(0, filled[3][4])
        for cpu in (1, 2, 3, 0):
            script.allocs(cpu, 3)
    return one("remote-full", body)


@corner
def remote_frozen():
    """Another CPU frees to a CPU's own slab."""
    def body(script):
        mine = script.allocs(0, 10)
        script.frees(1, mine[2:6])
        script.frees(0, mine[7:9])
        script.frees(3, mine[0:2])
    return one("remote-frozen", body)


@corner
def remote_refill():
    """... whose allocation then takes those objects back."""
    def body(script):
        mine = script.allocs(0, 16)
        for count in (1, 3, 16, 7):
            script.frees(2, mine[:count])
            mine = mine[count:] + script.allocs(0, count)
        script.frees(1, mine[:5])
        script.allocs(0, 6)
    return one("remote-refill", body)


@corner
def remote_empty():
    """All objects of a CPU's own slab are freed elsewhere."""
    def body(script):
        mine = script.allocs(0, 16)
        script.frees(1, mine)
        script.allocs(0, 1)
        more = script.allocs(1, 12)
        script.frees(0, more)
    return one("remote-empty", body)


@corner
def ping_pong():
    def body(script):
        for i in range(60):
            mine = script.allocs(i % 2, 5)
            script.frees((i + 1) % 2, mine[:4])
    return one("ping-pong", body, size=128) + \
        one("ping-pong-large", body, size=2048)


@corner
def shrink_sorts():
    """Fullest first; ties; more than 32 free objects; empty ones."""
    def body(script, size=64):
        filled = slabs(script, 14, size)
        for i, slab in enumerate(filled):
            script.frees(i % 4, slab[:(1, 5, 40, 2, 33, 5, 64, 32, 50, 1, 31,
                                       34, 2, 64)[i]])
        script.shrink()
    def twice(script):
        body(script)
        script.shrink()
        script.allocs(0, 3)
        script.shrink()
    return one("shrink-sorts", body, size=64) + \
        one("shrink-sorts-twice", twice, size=64) + \
        one("shrink-sorts-min", body, size=64, min_partial=0)


@corner
def shrink_all_cpus():
    """Each CPU has a slab and a partial list to flush."""
    def body(script):
        kept = {cpu: slabs(script, 3, cpu=cpu) for cpu in range(4)}
        for cpu in range(4):
            for i, slab in enumerate(kept[cpu]):
                script.frees(cpu, slab[:4 + i])
                script.frees((cpu + 1) % 4, slab[10:11])
        script.shrink()
        for cpu in range(4):
            script.allocs(cpu, 2)
        script.shrink()
    return one("shrink-all-cpus", body)


@corner
def flush_all_cpus():
    """The same without sorting, which shows who comes first."""
    def body(script):
        kept = {cpu: slabs(script, 4, cpu=cpu) for cpu in (3, 1, 0, 2)}
        for cpu in (2, 3, 0, 1):
            for i, slab in enumerate(kept[cpu]):
                script.frees(cpu, slab[:4 + i])
            script.free((cpu + 2) % 4, kept[cpu][3][12])
        script.flush(0)
    return one("flush-all-cpus", body)


@corner
def flush_cpu_slab():
    """Full, partly free, empty, with frees from elsewhere, empty by those."""
    made = []
    for name, here, there in (("full", 0, 0), ("partly", 5, 0),
                              ("empty", 16, 0), ("remote", 5, 3),
                              ("only-remote", 0, 3), ("empty-remote", 10, 6),
                              ("all-remote", 0, 16)):
        for least in (0, 5):
            def body(script, here=here, there=there):
                mine = script.allocs(0, 16)
                script.frees(0, mine[:here])
                script.frees(1, mine[here:here + there])
                script.flush(24)
            made += one(f"flush-cpu-slab-{name}-{least}", body,
                        min_partial=least)
    return made


@corner
def bulk_alloc():
    """Within a slab, to its end, across slabs, across lists."""
    def body(script):
        script.bulk_alloc(0, 1)
        script.bulk_alloc(0, 15)
        script.bulk_alloc(0, 1)
        script.bulk_alloc(0, 40)
        held = script.bulk_alloc(0, 7)
        script.frees(1, held)
        script.bulk_alloc(0, 12)
        script.bulk_alloc(1, 30)
        script.bulk_alloc(0, 2)
    def lists(script):
        for slab in slabs(script, 12):
            script.frees(0, slab[5:9])
        script.bulk_alloc(0, 60)
        script.bulk_alloc(2, 20)
    return one("bulk-alloc", body) + \
        one("bulk-alloc-lists", lists, cpu_partial_slabs=3)


@corner
def bulk_free():
    """The look-ahead gives up after three objects of other slabs."""
    def body(script):
        a, b, c, d, e = slabs(script, 5)
        script.bulk_free(0, a[:5])
        script.bulk_free(0, [x for pair in zip(b[:6], c[:6]) for x in pair])
        script.bulk_free(1, [d[0], c[6], b[6], a[5], e[0], d[1], c[7], b[7],
                             a[6], e[1], d[2]])
        script.bulk_free(0, e[2:9])
        script.bulk_free(2, e[9:])
        script.bulk_free(2, [a[7]])
        script.bulk_free(3, d[3:] + a[8:])
    return one("bulk-free", body) + \
        one("bulk-free-min", body, min_partial=0) + \
        one("bulk-free-no-partial", body, cpu_partial_slabs=0)


@corner
def bulk_free_empty():
    """A whole slab in one free: full before, empty afterwards."""
    def body(script):
        for slab in slabs(script, 9):
            script.bulk_free(0, slab)
        script.bulk_alloc(0, 30)
    return one("bulk-free-empty", body, min_partial=1)


@corner
def node_mismatch():
    """The CPU's slab is of the wrong node and has to go."""
    made = []
    for name, here, there in (("full", 0, 0), ("partly", 5, 0),
                              ("empty", 10, 0),
                              ("remote", 2, 4), ("empty-remote", 5, 5)):
        for least in (0, 5):
            def body(script, here=here, there=there):
                mine = script.allocs(0, 10, 0)
                script.frees(0, mine[:here])
                script.frees(1, mine[here:here + there])
                script.alloc(0, 1)
                script.alloc(0, -1)
                script.alloc(0, 0)
            made += one(f"node-mismatch-{name}-{least}", body,
                        min_partial=least)
    return made


@corner
def node_mismatch_list():
    """... and so has the whole partial list behind it."""
    def body(script):
        for slab in slabs(script, 6):
            script.frees(0, slab[:5])
        script.alloc(0, 1)
        script.alloc(0, 0)
    def mixed(script):
        for i in range(8):
            mine = script.allocs(0, 16, i % 2)
            script.frees(0, mine[:i + 1])
        script.allocs(0, 20, 1)
        script.allocs(0, 20, 0)
        script.allocs(2, 20, 0)
    return one("node-mismatch-list", body) + one("node-mismatch-mixed", mixed)


@corner
def node_remote():
    """No slab at hand: from another node's list, where that is allowed and
    more than min_partial slabs are there."""
    made = []
    for remote in ("never", "always"):
        for least in (0, 4, 5, 9):
            def body(script):
                for slab in slabs(script, 6):
                    script.free(0, slab[0])
                script.shrink()
                script.allocs(2, 4)
                script.alloc(3, 1)
                script.alloc(3)
            made += one(f"node-remote-{remote}-{least}", body, remote=remote,
                        min_partial=least, cpu_partial_slabs=2)
    return made


@corner
def debug_single():
    """Caches that are checked take one object at a time from a slab."""
    def body(script):
        mine = script.allocs(0, 40)
        script.frees(1, mine[:20])
        script.allocs(2, 5)
        script.allocs(0, 3, 1)
        script.frees(0, mine[20:])
        script.bulk_alloc(1, 30)
        script.shrink()
    made = []
    for flags in [(flag,) for flag in DEBUG] + [DEBUG, DEBUG + ("rcu",),
                                                DEBUG + ("ctor",)]:
        made += one("debug-" + "-".join(flags if len(flags) == 1 else
                                        ("all", *flags[len(DEBUG):])),
                    body, size=200, flags=flags)
    return made


@corner
def debug_lists():
    """A new slab goes to the head, one that was full to the tail."""
    def body(script):
        per_slab = 16
        filled = [script.allocs(0, per_slab) for _ in range(6)]
        for slab in filled:
            script.free(0, slab[0])
        script.alloc(0)
        for slab in filled[1:]:
            script.bulk_free(1, slab[1:])
        script.allocs(2, 3)
    return one("debug-lists", body, flags=("checks",)) + \
        one("debug-lists-min", body, flags=("checks",), min_partial=1) + \
        one("debug-lists-tracked", body, flags=("checks", "store-user"))


@corner
def debug_bulk():
    def body(script):
        mine = script.bulk_alloc(0, 50)
        script.bulk_free(1, mine[10:20] + mine[30:35])
        script.bulk_free(0, mine[:10] + mine[20:30])
        script.shrink()
        script.bulk_alloc(3, 20)
    return one("debug-bulk", body, flags=("red-zone", "poison"))


@corner
def kept_layout():
    """The freepointer behind the object: constructors and RCU."""
    def body(script):
        for slab in slabs(script, 10):
            script.frees(0, slab)
        script.allocs(1, 20)
        script.shrink()
        script.allocs(0, 5)
    made = []
    for flags in (("ctor",), ("rcu",), ("rcu", "ctor"), ("reclaim",),
                  ("hwcache-align",)):
        made += one("kept-layout-" + "-".join(flags), body, size=240,
                    flags=flags, min_partial=1)
    return made


@corner
def single_object():
    """A slab of one object is full or empty and has no random sequence."""
    def body(script):
        mine = script.allocs(0, 5)
        script.frees(1, mine[:2])
        script.frees(0, mine[2:])
        script.bulk_alloc(2, 3)
        script.shrink()
    return one("single-object", body, size=32768) + \
        one("single-object-min", body, size=32768, min_partial=0) + \
        one("single-object-checks", body, size=32768, flags=("checks",))


@corner
def page_again():
    """Slabs go and their pages come back, perhaps to the same cache."""
    def body(script):
        for i in range(12):
            mine = script.allocs(i % 2, 40)
            script.frees(i % 2, mine)
            script.shrink()
    return one("page-again", body, min_partial=0) + \
        one("page-again-rcu", body, min_partial=0, flags=("rcu",))


def geometry():
    """Shapes of caches: hardly any operation, but every order and offset."""
    made = []
    sizes = scripts.SIZES + scripts.ODD_SIZES + (12000, 16384, 32768, 65536)
    shapes = [(), ("hwcache-align",), ("ctor",), ("rcu",), ("red-zone",),
              ("poison",), ("store-user",), DEBUG, DEBUG + ("ctor",)]
    for i, size in enumerate(sizes):
        for j in (i, i + 4):
            flags = shapes[j % len(shapes)]
            align = 0 if (i + j) % 3 else (16, 64, 256, 2048)[i % 4]
            made.append(Script(f"geometry-{size}-{j - i}", size, align, flags))
            made[-1].allocs(i % 4, 2)
    return made


def corner_scripts():
    made = [script for function in CORNERS.values() for script in function()]
    return made + geometry()
