# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks of the program share: the dumps, the clock and the rows of a table."""

import pathlib
import re
import resource
import statistics
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
RECORD = TOP / "testdata/record"
sys.path.insert(0, str(RECORD))
import guest  # noqa: E402

ELF = b"\x7fELF"


def kernel_have():
    done = subprocess.run([RECORD / "stock-kernel"], stdout=subprocess.PIPE, text=True, check=True)
    return pathlib.Path(done.stdout.splitlines()[-1])


def is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == ELF


def dump_have(kernel, recipe, name=None, options=()):
    """A dump of one of record's recipes, as ELF, made when it is not there. One with options has a
    name of its own, and a place apart from what check-kernels judges."""
    dumps = guest.cache_directory() / "dumps"
    folder = dumps / "bench" / kernel.name / name if name else dumps / kernel.name / recipe
    for file in ("vmcore.elf", "vmcore"):
        if (folder / file).exists() and is_elf(folder / file):
            return folder / file
    words = ["fill"] if recipe == "fill" else ["--fault", recipe, "--format", "elf"]
    subprocess.run([RECORD / "record", *words, *options, "--kernel", kernel, "-o", folder],
                   check=True, stdout=subprocess.DEVNULL)
    return next(folder / file for file in ("vmcore.elf", "vmcore") if (folder / file).exists())


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(command, **more):
    """What the command left, its wall clock and its CPU time."""
    before, start = children_cpu(), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors="replace", check=False, **more)
    return done, (time.monotonic() - start, children_cpu() - before)


def peaks(command, environment):
    """MiB of memory that is not a mapped file, and of all that is resident, at most; by looking
    often."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    anonymous = resident = 0
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        values = {name: int(kib) for name, kib in re.findall(r"(\w+):\s+(\d+) kB", status)}
        anonymous = max(anonymous, values.get("RssAnon", 0))
        resident = max(resident, values.get("VmHWM", 0))
        time.sleep(0.005)
    process.wait()
    return anonymous / 1024, resident / 1024


def ratios(over, under):
    """Round by round, of CPU time and of wall clock."""
    return ([a[1] / b[1] for a, b in zip(over, under)], [a[0] / b[0] for a, b in zip(over, under)])


def spread(values):
    digits = 2 if statistics.median(values) < 100 else 0
    return (f"{statistics.median(values):.{digits}f} "
            f"({min(values):.{digits}f} .. {max(values):.{digits}f})")


def verdict(met):
    return "met" if met else "MISSED"


def head(title):
    print(f"\n{title:28} {'wall':>9} {'CPU':>9}   {'ratio of CPU time':24} {'of wall':>7} {'goal':>8}")


def row(what, spans, ratio=None, goal="", met=None):
    """The ratio is a pair of lists, as of ratios()."""
    wall = statistics.median(span[0] for span in spans)
    cpu = statistics.median(span[1] for span in spans)
    by_cpu = spread(ratio[0]) if ratio else ""
    by_wall = spread(ratio[1]).split(" ")[0] if ratio else ""
    said = "" if met is None else verdict(met)
    print(f"{what:28} {wall:7.3f} s {cpu:7.3f} s   {by_cpu:24} {by_wall:>7} {goal:>8} "
          f"{said}".rstrip(), flush=True)


def row_at_most(what, spans, ratio, limit):
    row(what, spans, ratio, f"<= {limit}", statistics.median(ratio[0]) <= limit)


def row_at_least(what, spans, ratio, limit):
    row(what, spans, ratio, f">= {limit}", statistics.median(ratio[0]) >= limit)
