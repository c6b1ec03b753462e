# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guest runs: the modules and an initramfs around them."""

import fcntl
import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import layout

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "guest"
BUSYBOX = Path("/bin/busybox")


class GuestError(Exception):
    pass


def cache_directory():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("SLUBCHECK_CACHE") or Path(base) / "slubcheck")


def digest(kernel):
    """Of everything that the built files depend on."""
    sums = hashlib.sha256()
    inputs = [*sorted(SOURCES.iterdir()), HERE / "layout.py", HERE / "btf.py",
              kernel / "kernel.json", kernel / "modules/order"]
    for path in inputs:
        sums.update(path.name.encode() + b"\0" + path.read_bytes())
    # A rebuilt kernel has the same name but other symbol versions.
    sums.update(str(os.stat(kernel / "vmlinuz").st_mtime_ns).encode())
    return sums.hexdigest()[:16]


def run(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        raise GuestError(f"{command[0]} failed:\n{done.stdout}")


def make_command(kernel, where):
    """The headers' Makefile names the compiler they were made with; another
    one does where that is not there."""
    headers = (kernel / "build").resolve()
    command = ["make", "-C", str(headers), f"M={where}"]
    variables = headers / ".kernelvariables"
    if variables.exists():
        wanted = re.search(r"gcc-\d+", variables.read_text())
        if wanted and not shutil.which(wanted[0]):
            command.append("CC=gcc")
    return command + ["modules"]


def module_build(kernel, where):
    shutil.copytree(SOURCES, where, dirs_exist_ok=True)
    (where / "layout.h").write_text(layout.of_kernel(kernel).header())
    if (kernel / "chroot").exists():
        module_build_enclosed(kernel, where)
    else:
        run(make_command(kernel, where))


# objtool asks /proc for the size of its stack. The mount ends with the command.
ENCLOSED = 'mount -t proc proc "$1/proc" && exec chroot "$@"'


def module_build_enclosed(kernel, where):
    """In the chroot that has the headers and what they are built with."""
    root = (kernel / "chroot").resolve()
    headers = (kernel / "build").resolve()
    with tempfile.TemporaryDirectory(dir=root / "tmp") as inside:
        shutil.copytree(where, inside, dirs_exist_ok=True)
        run(["unshare", "--mount", "sh", "-c", ENCLOSED, "sh", str(root),
             "make", "-C", f"/{headers.relative_to(root)}",
             f"M=/{Path(inside).relative_to(root)}", "modules"])
        for module in Path(inside).glob("*.ko"):
            shutil.copy(module, where)


PROGRAMS = ("fill", "slabinfo")


def programs_build(where):
    for name in PROGRAMS:
        run(["gcc", "-O2", "-static", "-o", str(where / name),
             str(SOURCES / f"{name}.c")])


class Cpio:
    """A newc archive: device nodes without being root, and no cpio needed."""

    def __init__(self):
        self.parts = []
        self.inode = 0

    def add(self, name, mode, data=b"", device=(0, 0)):
        self.inode += 1
        path = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device,
                  len(path), 0)
        header = b"070701" + b"".join(b"%08x" % f for f in fields)
        for part in (header + path, data):
            self.parts.append(part + b"\0" * (-len(part) % 4))

    def directory(self, name):
        self.add(name, stat.S_IFDIR | 0o755)

    def file(self, name, data):
        self.add(name, stat.S_IFREG | 0o755, data)

    def bytes(self):
        self.add("TRAILER!!!", 0)
        return b"".join(self.parts)


def initramfs_build(kernel, where):
    """Not compressed: a small kernel may know no compression."""
    cpio = Cpio()
    for name in ("bin", "dev", "proc", "sys", "modules"):
        cpio.directory(name)
    cpio.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    cpio.file("init", (SOURCES / "init").read_bytes())
    cpio.file("bin/busybox", BUSYBOX.read_bytes())
    for name in PROGRAMS:
        cpio.file(f"bin/{name}", (where / name).read_bytes())
    order = kernel / "modules/order"
    for name in order.read_text().split():
        cpio.file(f"modules/{name}", (kernel / "modules" / name).read_bytes())
    cpio.file("modules/order", order.read_bytes())
    for module in sorted(where.glob("*.ko")):
        cpio.file(f"modules/{module.name}", module.read_bytes())
    new = where / "initramfs.new"
    new.write_bytes(cpio.bytes())
    new.rename(where / "initramfs")


def prepare(kernel):
    """Builds once for each kernel and source; returns the initramfs."""
    if not BUSYBOX.exists():
        raise GuestError("no busybox: testdata/record/install-deps gets it")
    where = cache_directory() / "guests" / f"{kernel.name}-{digest(kernel)}"
    where.mkdir(parents=True, exist_ok=True)
    with open(where / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (where / "initramfs").exists():
            module_build(kernel, where)
            programs_build(where)
            initramfs_build(kernel, where)
    return where / "initramfs"
