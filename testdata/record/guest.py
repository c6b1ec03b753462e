# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guest runs: the modules and an initramfs around them."""

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
from pathlib import Path

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
    inputs = sorted(SOURCES.iterdir()) + [kernel / "kernel.json",
                                          kernel / "modules/order"]
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


def module_build(kernel, where):
    shutil.copytree(SOURCES, where, dirs_exist_ok=True)
    run(["make", "-C", str((kernel / "build").resolve()), f"M={where}",
         "modules"])


def fill_build(where):
    run(["gcc", "-O2", "-static", "-o", str(where / "fill"),
         str(SOURCES / "fill.c")])


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
    cpio.file("bin/fill", (where / "fill").read_bytes())
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
            fill_build(where)
            initramfs_build(kernel, where)
    return where / "initramfs"
