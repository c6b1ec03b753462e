# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the members of SLUB's structs lie in a kernel. mm/slub.c has kept most of
them to itself, and most of them have moved."""

import functools

import btf

COUNTERS = """union {
	unsigned long counters;
	struct {
		unsigned int inuse : 16;
		unsigned int objects : 15;
		unsigned int frozen : 1;
	};
}"""

# What the modules and observed.py use: {struct: {member: declaration in C}},
# in which % stands for the name. The names are those of 6.1 to 6.12.
STRUCTS = {
    "slab": {
        "flags": "unsigned long %",
        "slab_list": "struct list_head %",
        "next": "struct slab *%",
        "slabs": "int %",
        "pobjects": "int %",
        "slab_cache": "struct kmem_cache *%",
        "freelist": "void *%",
        "counters": COUNTERS,
    },
    "kmem_cache_cpu": {
        "freelist": "void **%",
        "tid": "unsigned long %",
        "slab": "struct slab *%",
        "partial": "struct slab *%",
    },
    "slab_sheaf": {
        "barn_list": "struct list_head %",
        "cache": "struct kmem_cache *%",
        "size": "unsigned int %",
        "objects": "void *%",
    },
    "slub_percpu_sheaves": {
        "main": "struct slab_sheaf *%",
        "spare": "struct slab_sheaf *%",
        "rcu_free": "struct slab_sheaf *%",
    },
    "node_barn": {
        "sheaves_full": "struct list_head %",
        "sheaves_empty": "struct list_head %",
        "nr_full": "unsigned int %",
        "nr_empty": "unsigned int %",
    },
    "kmem_cache_node": {
        "nr_partial": "unsigned long %",
        "partial": "struct list_head %",
        "nr_slabs": "atomic_long_t %",
        "total_objects": "atomic_long_t %",
        "full": "struct list_head %",
    },
    "kmem_cache_per_node_ptrs": {
        "barn": "struct node_barn *%",
        "node": "struct kmem_cache_node *%",
    },
    "kmem_cache": {
        "cpu_slab": "struct kmem_cache_cpu __percpu *%",
        "cpu_sheaves": "struct slub_percpu_sheaves __percpu *%",
        "flags": "slab_flags_t %",
        "min_partial": "unsigned long %",
        "size": "unsigned int %",
        "object_size": "unsigned int %",
        "offset": "unsigned int %",
        "cpu_partial": "unsigned int %",
        "cpu_partial_slabs": "unsigned int %",
        "sheaf_capacity": "unsigned int %",
        "oo": "struct { unsigned int x; } %",
        "min": "struct { unsigned int x; } %",
        "refcount": "int %",
        "ctor": "void (*%)(void *object)",
        "inuse": "unsigned int %",
        "align": "unsigned int %",
        "red_left_pad": "unsigned int %",
        "name": "const char *%",
        "list": "struct list_head %",
        "random": "unsigned long %",
        "remote_node_defrag_ratio": "unsigned int %",
        "random_seq": "unsigned int *%",
        "obj_offset": "int %",
        "node": "struct kmem_cache_node *%[MAX_NUMNODES]",
        "per_node": "struct kmem_cache_per_node_ptrs %[MAX_NUMNODES]",
    },
    "page": {"page_type": None},
    "track": {},
    "partial_context": {"object": None},
    "kfence_metadata": {"addr": None},
    # SLAB has it, and its modules need nothing of this.
    "array_cache": {"avail": None},
}
UNDECLARED = ("page", "track", "partial_context", "kfence_metadata", "array_cache")

# Before struct slab there was, a slab was a struct page.
BEFORE_SLAB = {
    ("slab", "flags"): "flags",
    ("slab", "slabs"): "pages",
    ("kmem_cache_cpu", "slab"): "page",
}


class Layout:
    """offset["kmem_cache.oo"], of what there is; size["kmem_cache"]."""

    def __init__(self, vmlinux):
        types = btf.Types(vmlinux)
        self.offset = {}
        self.size = {}
        old = "slab_cache" not in types.members("slab")
        for name, wanted in STRUCTS.items():
            real = "page" if old and name == "slab" else name
            members = types.members(real)
            if not members:
                continue
            self.size[name] = types.size(real)
            for member in wanted:
                called = BEFORE_SLAB.get((name, member)) if old else None
                at = members.get(called or member)
                if name == "slab" and member == "flags" and at is None:
                    at = members.get("__page_flags")
                if at is not None:
                    self.offset[f"{name}.{member}"] = at

    def struct(self, name):
        """In C: each member has a struct of its own in one union."""
        yield f"struct {name} {{\n\tunion {{"
        yield f"\t\tchar bytes_of_{name}[{self.size[name]}];"
        for member, declaration in STRUCTS[name].items():
            at = self.offset.get(f"{name}.{member}")
            if at is None:
                continue
            declared = declaration.replace("%", member)
            before = f"char before_{member}[{at}]; " if at else ""
            yield f"\t\tstruct {{ {before}{declared}; }};"
        yield "\t};\n};"

    def header(self):
        """layout.h of the modules: the structs, and which members there are."""
        lines = ["/* Made by layout.py for one kernel. */"]
        declared = [name for name in STRUCTS if name not in UNDECLARED]
        lines += [f"struct {name};" for name in declared]
        for name in declared:
            if name in self.size:
                lines += self.struct(name)
        lines += ["#define HAS_" + name.replace(".", "__")
                  for name in self.offset]
        if "track" in self.size:
            lines.append(f"#define TRACK_SIZE {self.size['track']}")
        return "\n".join(lines) + "\n"


@functools.cache
def of_kernel(kernel):
    return Layout(kernel / "vmlinux")
