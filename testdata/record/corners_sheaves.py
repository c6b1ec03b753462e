# SPDX-License-Identifier: GPL-3.0-or-later
"""The corners of sheaves and barns, one each. See corners.py.

A CPU frees into its main sheaf and allocates from it; a second one, the spare, takes
over when it is full or empty; what is more goes to the barn of the node, which
keeps at most LIMIT full sheaves.
"""

from corners import PER_SLAB, one
from scripts import Script

# Objects in a sheaf, by their size.
CAPACITY = {64: 60, 256: 28, 1024: 12, 4096: 4}
LIMIT = 10
CORNERS = []


def corner(function):
    CORNERS.append(function)
    return function


def sizes(name, body, **header):
    """One script for each capacity."""
    made = []
    for size, capacity in CAPACITY.items():
        script = Script(f"{name}-{size}", size, 0, (), **header)
        body(script, capacity, PER_SLAB[size])
        made.append(script)
    return made


@corner
def fill():
    """Frees up to the edges: main full, spare full, a sheaf in the barn."""
    made = []
    for sheaves in (1, 2, 3):
        for more in (-1, 0, 1):
            def body(script, sheaves=sheaves, more=more):
                count = sheaves * CAPACITY[256] + more
                script.frees(0, script.allocs(1, count))
            made += one(f"sheaf-fill-{sheaves}{more:+}", body)
    return made


@corner
def limit():
    """More full sheaves than the barn takes: the spare is flushed."""
    def body(script, capacity, per_slab):
        count = (LIMIT + 4) * capacity + 1
        script.frees(0, script.allocs(1, count))
        script.frees(0, script.allocs(0, 3))
    return sizes("sheaf-limit", body)


@corner
def barn_shared():
    """CPUs of a node share its barn, and those of another have their own."""
    def body(script, capacity, per_slab):
        script.frees(0, script.allocs(0, 6 * capacity))
        mine = script.allocs(1, 3 * capacity)
        there = script.allocs(2, 2 * capacity)
        script.frees(1, mine)
        script.frees(3, there)
        script.allocs(2, capacity + 1)
    return sizes("sheaf-barn-shared", body)


@corner
def barn_empties():
    """Sheaves come back empty and serve again."""
    def body(script, capacity, per_slab):
        for count in (5, 9, 2, 12):
            mine = script.allocs(0, count * capacity)
            script.frees(1, mine[:len(mine) // 2])
            script.frees(0, mine[len(mine) // 2:])
            script.allocs(1, capacity)
    return sizes("sheaf-barn-empties", body)


@corner
def refill():
    """From partial slabs: a few objects each, and more than are wanted."""
    def body(script, capacity, per_slab):
        mine = script.allocs(0, 8 * max(per_slab, capacity))
        script.flush(0)
        for i in range(0, len(mine), per_slab):
            script.frees(2, mine[i:i + 1 + i // per_slab % 4])
        script.alloc(0)
        script.alloc(1)
        script.allocs(0, 2 * capacity)
    return sizes("sheaf-refill", body) + \
        sizes("sheaf-refill-min", body, min_partial=0)


@corner
def remote_node():
    """An object of another node goes to its slab at once."""
    def body(script):
        mine = script.allocs(0, 40)
        there = script.allocs(2, 40)
        for a, b in zip(mine[:20], there[:20]):
            script.free(0, b)
            script.free(3, a)
        script.bulk_free(1, mine[20:30] + there[20:30])
        script.bulk_free(2, [x for pair in zip(mine[30:], there[30:])
                             for x in pair])
    return one("sheaf-remote-node", body)


@corner
def node_asked():
    """The CPU's own node is served by the sheaf, another by a slab."""
    def body(script):
        for node in (0, 1, -1, 1, 0):
            script.allocs(0, 3, node)
            script.allocs(2, 2, node)
        script.frees(0, script.allocs(1, 20, 1))
        script.allocs(3, 5, 0)
    return one("sheaf-node-asked", body)


@corner
def remote_refill():
    """A sheaf that was filled from another node's slabs: an object that is
    asked for from this node cannot come out of it."""
    def body(script):
        for slab in range(12):
            mine = script.allocs(0, 16)
            script.frees(2, mine[:5])
        script.flush(0)
        script.alloc(2)
        script.allocs(2, 4, 1)
        script.allocs(3, 30, 1)
        script.allocs(2, 40)
    made = []
    for least in (0, 3, 20):
        made += one(f"sheaf-remote-refill-{least}", body, remote="always",
                    min_partial=least)
    return made + one("sheaf-remote-refill-never", body, min_partial=0)


@corner
def bulk_alloc():
    """From main, spare and barn, and then from slabs, past all sheaves."""
    def body(script, capacity, per_slab):
        script.frees(0, script.allocs(0, 4 * capacity))
        for count in (1, capacity - 1, capacity, capacity + 1,
                      2 * capacity + 3):
            script.bulk_alloc(0, count)
        script.bulk_alloc(1, 3)
        script.alloc(1)
    return sizes("sheaf-bulk-alloc", body)


@corner
def bulk_free():
    """Room in main, in an empty sheaf of the barn, in none."""
    def body(script, capacity, per_slab):
        mine = script.allocs(0, 16 * capacity)
        for count in (1, capacity - 2, capacity, 3 * capacity + 1, capacity,
                      9 * capacity):
            script.bulk_free(0, mine[:count])
            mine = mine[count:]
        script.allocs(1, capacity)
    return sizes("sheaf-bulk-free", body)


@corner
def flush():
    """What each CPU has goes to the slabs; the barns keep theirs."""
    def body(script, capacity, per_slab):
        for cpu in range(4):
            mine = script.allocs(cpu, 4 * capacity)
            script.frees(cpu, mine[:(2 + cpu % 2) * capacity + cpu])
        script.flush(0)
        script.allocs(1, 3)
        script.free(1, script.alloc(3))
    return sizes("sheaf-flush", body)


@corner
def shrink():
    """The barns are emptied too."""
    def body(script, capacity, per_slab):
        for cpu in range(4):
            mine = script.allocs(cpu, 6 * capacity)
            script.frees(cpu, mine[cpu:])
        script.shrink()
        script.allocs(0, 2)
        script.shrink()
    return sizes("sheaf-shrink", body) + \
        sizes("sheaf-shrink-min", body, min_partial=0)


@corner
def rcu():
    """kfree_rcu() collects objects in a third sheaf, and a full one goes to
    the barn when the grace period has ended."""
    def body(script, capacity, per_slab):
        mine = script.allocs(0, 4 * capacity)
        script.rcu_frees(0, mine[:capacity - 1])
        script.rcu_frees(1, mine[capacity:capacity + 2])
        script.rcu_free(0, mine[capacity - 1])
        script.rcu_frees(0, mine[capacity + 2:3 * capacity])
        script.allocs(1, capacity + 1)
    return sizes("sheaf-rcu", body)


@corner
def rcu_spare():
    """An empty spare becomes the sheaf for it; a flush gives its objects back
    to the slabs."""
    def body(script, capacity, per_slab):
        mine = script.allocs(0, capacity + 1)
        script.rcu_frees(0, mine[:3])
        script.flush(0)
        script.rcu_frees(0, mine[3:capacity])
        script.shrink()
    def full(script, capacity, per_slab):
        mine = script.allocs(2, (LIMIT + 3) * capacity)
        for i in range(LIMIT + 2):
            script.rcu_frees(2, mine[i * capacity:(i + 1) * capacity])
        script.allocs(3, 2 * capacity)
    return sizes("sheaf-rcu-spare", body) + sizes("sheaf-rcu-limit", full)


def corner_scripts():
    return [script for function in CORNERS for script in function()]
