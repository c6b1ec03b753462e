# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of check-kernels, as Markdown: each kernel in each crash, and each fault on each kernel."""

import collections
import functools
import re
import statistics

import judging
import faults
import layout

HEAD = ("kernel", "crash", "started with", "dumps", "clean", "found", "missed", "false alarms",
        "broken", "not applicable", "slubcheck -A", "kmem -S")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


@functools.cache
def possible(vmlinux):
    """The rows and places of the catalogue that a kernel can have."""
    features = faults.features(layout.Layout(vmlinux))
    return frozenset((fault.name, place) for fault, place in faults.combinations(features))


def beyond(vmlinux):
    """How many rows and places the kernel cannot have."""
    return sum(len(f.places) for f in faults.FAULTS.values()) - len(possible(vmlinux))


def is_found(outcome):
    return outcome.truth["must"] and not outcome.has(judging.MISSED) and not outcome.has(
        judging.BROKEN)


def count(outcomes, test):
    return sum(1 for outcome in outcomes if test(outcome))


def complained(kind):
    return lambda outcome: outcome.has(kind)


def median(times):
    known = [time for time in times if time is not None]
    return f"{statistics.median(known):.2f} s" if known else "-"


def of_kernels(rows):
    """A line for each kernel in each version of crash."""
    lines = []
    for row in rows:
        done = row.outcomes
        owing = count(done, lambda o: o.truth["must"])
        lines.append((
            row.kernel.release, row.version, " ".join(row.options) or "-", len(done),
            count(done, lambda o: not o.truth["fault"]), f"{count(done, is_found)} of {owing}",
            count(done, complained(judging.MISSED)), count(done, complained(judging.FALSE_ALARM)),
            count(done, complained(judging.BROKEN)), beyond(row.kernel.vmlinux),
            median([own for own, _ in row.times]), median([kmem for _, kmem in row.times])))
    return table(HEAD, lines)


def transient(outcome):
    return all(must.get("severity") == "transient" for must in outcome.truth["must"])


def cell(kernel, fault, outcomes):
    """What became of one fault, in all its places, on one kernel."""
    if not any(name == fault.name for name, _ in possible(kernel.vmlinux)):
        return "-"
    owing = [outcome for outcome in outcomes if outcome.truth["must"]]
    parts = []
    if owing:
        parts.append(f"{count(owing, is_found)} of {len(owing)}" +
                     " as transient" * all(transient(outcome) for outcome in owing))
    if len(owing) < len(outcomes):
        parts.append(f"{len(outcomes) - len(owing)} unseen")
    if any(outcome.has(judging.FALSE_ALARM) for outcome in outcomes):
        parts.append("FALSE ALARM")
    return ", ".join(parts)


def of_faults(rows):
    """A line for each fault, of the version of crash that has most dumps of each kernel."""
    best = {}
    for row in rows:
        if len(row.outcomes) > len(best[row.kernel.release].outcomes
                                   if row.kernel.release in best else ()):
            best[row.kernel.release] = row
    cells = collections.defaultdict(list)
    for row in best.values():
        for outcome in row.outcomes:
            if outcome.truth["fault"]:
                cells[row.kernel.release, outcome.truth["fault"]["name"]].append(outcome)
    lines = [(fault.name, *(cell(row.kernel, fault, cells[release, fault.name])
                            for release, row in best.items()))
             for fault in faults.FAULTS.values() if fault not in faults.CLEAN]
    return table(("fault", *best), lines)


def into(page, rows):
    """The page with the tables that follow its marks made anew."""
    for mark, new in (("kernels", of_kernels(rows)), ("faults", of_faults(rows))):
        page = re.sub(rf"(<!-- matrix: {mark} -->\n)(\|.*\n)*",
                      lambda found, new=new: found[1] + new + "\n", page)
    return page
