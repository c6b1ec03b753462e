# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts of allocations and frees, for the guest module slubscript.

SCRIPTS.md has the format. A seed is a script: the same one every time.
"""

import random

OPERATIONS = 1000
RANDOM = 220
CPUS = 4
NODE_OF = (0, 0, 1, 1)
DEBUG = ("red-zone", "poison", "store-user", "checks")

SIZES = (8, 16, 24, 32, 40, 48, 64, 72, 96, 104, 128, 192, 200, 256, 320, 512,
         520, 704, 1024, 1032, 1536, 2048, 2056, 3072, 4096, 4104, 6144, 8192)
ODD_SIZES = (1, 3, 5, 7, 12, 20, 33, 61, 100, 129, 333, 1000, 1500, 3000)
ALIGNS = (8, 16, 32, 64, 128, 256, 1024, 4096)

# What the objects of a script may occupy at once, and after how many it
# allocates in bulk no more than a few.
LIVE_BYTES = 1 << 20
LIVE_OBJECTS = 1200
MANY_OBJECTS = 1200
FEW = 6


class Script:
    def __init__(self, name, size, align=0, flags=(), **header):
        self.name = name
        self.flags = tuple(flags)
        self.lines = [" ".join(["cache", str(size), str(align), *flags])]
        self.lines += [f"{key} {value}" for key, value in header.items()]
        self.count = 0
        self.operations = 0

    def operation(self, *words):
        self.lines.append(" ".join(str(word) for word in words))
        self.operations += 1

    def numbers(self, count):
        self.count += count
        return list(range(self.count - count, self.count))

    def alloc(self, cpu, node=-1):
        self.operation("a", cpu, node)
        return self.numbers(1)[0]

    def allocs(self, cpu, count, node=-1):
        return [self.alloc(cpu, node) for _ in range(count)]

    def free(self, cpu, number):
        self.operation("f", cpu, number)

    def frees(self, cpu, numbers):
        for number in numbers:
            self.free(cpu, number)

    def rcu_free(self, cpu, number):
        self.operation("r", cpu, number)

    def rcu_frees(self, cpu, numbers):
        for number in numbers:
            self.rcu_free(cpu, number)

    def bulk_alloc(self, cpu, count):
        self.operation("A", cpu, count)
        return self.numbers(count)

    def bulk_free(self, cpu, numbers):
        self.operation("F", cpu, *numbers)

    def shrink(self):
        self.operation("s")

    def min_partial(self, value):
        self.operation("m", value)

    def flush(self, cpu_partial):
        self.operation("g", cpu_partial)

    def text(self):
        return "\n".join(self.lines) + "\n"


def some_flags(rng):
    flags = []
    for flag, chance in (("hwcache-align", .2), ("rcu", .12), ("ctor", .12),
                         ("reclaim", .1)):
        if rng.random() < chance:
            flags.append(flag)
    if rng.random() < .25:
        flags += rng.sample(DEBUG, rng.randint(1, len(DEBUG)))
    return flags


def some_header(rng, debug):
    header = {}
    if rng.random() < .35:
        header["min_partial"] = rng.choice((0, 1, 2, 3, 8, 20))
    if not debug and rng.random() < .35:
        header["cpu_partial_slabs"] = rng.choice((0, 1, 2, 3, 4, 6, 10, 30))
    elif not debug and rng.random() < .1:
        header["cpu_partial"] = rng.choice((0, 2, 13, 52, 240))
    if rng.random() < .3:
        header["remote"] = "always"
    return header


# The chances of each operation.
PHASES = {
    "grow": {"a": 84, "f": 10, "A": 4, "F": 1},
    "drain": {"a": 10, "f": 84, "A": 1, "F": 5},
    "steady": {"a": 50, "f": 48, "A": 1, "F": 1},
    "bulk": {"a": 20, "f": 20, "A": 30, "F": 30},
    "upkeep": {"a": 45, "f": 45, "A": 4, "F": 4, "s": 2, "m": 2, "g": 2},
}


class Phase:
    """A stretch of a script with habits of its own."""

    def __init__(self, rng, cpus, nodes):
        self.rng = rng
        self.length = rng.randint(15, 160)
        self.chances = PHASES[rng.choice(list(PHASES))]
        self.cpus = cpus
        self.nodes = nodes
        # Half of the phases free where they do not allocate.
        self.givers = cpus
        if len(cpus) > 1 and rng.random() < .5:
            cut = rng.randint(1, len(cpus) - 1)
            self.cpus, self.givers = cpus[:cut], cpus[cut:]
        self.stay = rng.choice((0, .5, .8, .95))
        self.order = rng.choice(("any", "oldest", "newest", "near"))
        self.node = rng.choice((-1, -1, 0, 1))
        self.cpu = {}

    def what(self):
        return self.rng.choices(list(self.chances),
                                list(self.chances.values()))[0]

    def cpu_for(self, cpus):
        if cpus not in self.cpu or self.rng.random() >= self.stay:
            self.cpu[cpus] = self.rng.choice(cpus)
        return self.cpu[cpus]

    def node_for(self, cpu):
        if self.nodes == "any":
            return -1
        if self.nodes == "local":
            return NODE_OF[cpu]
        if self.rng.random() < .8:
            return self.node
        return self.rng.choice((-1, 0, 1))

    def victims(self, live, count):
        """Takes up to `count` objects out of `live`."""
        count = min(count, len(live))
        if self.order == "oldest":
            at = 0
        elif self.order == "newest":
            at = len(live) - count
        else:
            at = self.rng.randint(0, len(live) - count)
        if self.order != "any":
            taken = live[at:at + count]
            del live[at:at + count]
            return taken
        return [live.pop(self.rng.randrange(len(live))) for _ in range(count)]


class Writer:
    """Writes one random script."""

    def __init__(self, seed):
        self.rng = rng = random.Random(f"slubscript {seed}")
        self.size = rng.choice(SIZES if rng.random() < .8 else ODD_SIZES)
        align = rng.choice(ALIGNS) if rng.random() < .2 else 0
        flags = some_flags(rng)
        self.debug = any(flag in DEBUG for flag in flags)
        self.script = Script(f"random-{seed:03}", self.size, align, flags,
                             **some_header(rng, self.debug))
        count = rng.choice((1, 2, 2, 3, 4, 4))
        self.cpus = tuple(rng.sample(range(CPUS), count))
        self.nodes = rng.choice(("any", "any", "local", "mixed", "mixed"))
        self.per_slab = max(4, min(16, 32768 // self.size), 4096 // self.size)
        self.room = min(LIVE_OBJECTS,
                        LIVE_BYTES // max(self.size + 32, align, 64))
        self.live = []

    def bulk(self):
        top = min(self.per_slab * self.rng.choice((1, 1, 1, 3)), 160)
        if self.script.count > MANY_OBJECTS:
            top = FEW
        return self.rng.randint(1, top)

    def alloc(self, phase, bulk):
        count = min(self.bulk() if bulk else 1, self.room - len(self.live))
        cpu = phase.cpu_for(phase.cpus)
        if bulk:
            self.live += self.script.bulk_alloc(cpu, count)
        else:
            self.live.append(self.script.alloc(cpu, phase.node_for(cpu)))

    def free(self, phase, bulk):
        cpu = phase.cpu_for(phase.givers)
        if bulk:
            count = min(self.bulk(), 80)
            self.script.bulk_free(cpu, phase.victims(self.live, count))
        else:
            self.script.free(cpu, phase.victims(self.live, 1)[0])

    def can(self, what):
        """`what`, or its opposite where that alone is possible."""
        if what in "aA" and len(self.live) >= self.room:
            return {"a": "f", "A": "F"}[what]
        if what in "fF" and not self.live:
            return {"f": "a", "F": "A"}[what]
        return what

    def operation(self, phase):
        what = self.can(phase.what())
        if what in "aA":
            self.alloc(phase, what == "A")
        elif what in "fF":
            self.free(phase, what == "F")
        elif what == "s":
            self.script.shrink()
        elif what == "m":
            self.script.min_partial(self.rng.choice((0, 1, 2, 5, 10)))
        else:
            self.script.flush(0 if self.debug else
                              self.rng.choice((0, 2, 6, 24, 52, 120)))

    def write(self):
        while self.script.operations < OPERATIONS:
            phase = Phase(self.rng, self.cpus, self.nodes)
            for _ in range(phase.length):
                if self.script.operations < OPERATIONS:
                    self.operation(phase)
        return self.script


def random_scripts(count=RANDOM):
    return [Writer(seed).write() for seed in range(count)]
