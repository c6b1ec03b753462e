# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by drgn's python: the allocated objects of every cache, as drgn sees them.

    drgn_objects.py [--plain] VMCORE VMLINUX

Each line is a cache's kmem_cache and its name; or, behind a space, an object's address; or, behind
an exclamation mark, what drgn could not do for the cache. The helper is given the slabs of each
cache, which says the same and takes a fraction of the time; with --plain it is used as it is.
"""

import collections
import sys

import drgn
import drgn.helpers.linux.slab as slab
from drgn.helpers.linux.mm import PageSlab, for_each_page


def pages_by_cache(prog):
    """The head pages of slabs. drgn's helper looks for them in all of memory, for each cache."""
    struct = "struct slab *"
    try:
        prog.type(struct)
    except LookupError:
        struct = "struct page *"
    pages = collections.defaultdict(list)
    for page in for_each_page(prog):
        try:
            if PageSlab(page):
                owner = drgn.cast(struct, page).slab_cache
                pages[owner.value_()].append(page)
        except drgn.FaultError:
            continue
    return pages


def main():
    *options, core, vmlinux = sys.argv[1:]
    prog = drgn.Program()
    prog.set_core_dump(core)
    prog.load_debug_info([vmlinux])
    plain = options == ["--plain"]
    pages = {} if plain else pages_by_cache(prog)
    for cache in slab.for_each_slab_cache(prog):
        name = cache.name.string_().decode(errors="backslashreplace")
        print(f"{cache.value_():#x} {name}")
        # What the helper asks of them stays as it is.
        if not plain:
            slab.for_each_page = lambda prog, own=pages[cache.value_()]: own
        try:
            for thing in slab.slab_cache_for_each_allocated_object(cache, "char"):
                print(f" {thing.value_():#x}")
        except Exception as error:  # noqa: BLE001: the other caches come next
            print(f"!{type(error).__name__}: {error}".splitlines()[0])


if __name__ == "__main__":
    main()
