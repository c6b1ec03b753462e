# SPDX-License-Identifier: GPL-3.0-or-later
"""One QEMU: boots, is watched through its console, is dumped through QMP."""

import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

FORMATS = {"elf": "elf", "kdump": "kdump-zlib"}


class MachineError(Exception):
    pass


def model(kernel):
    """What QEMU emulates, and what that wants on the command line. 7.x needs more
    of an x86 CPU and takes another CPU's change of its code amiss when they run at
    the same time."""
    about = json.loads((kernel / "kernel.json").read_text())
    if about.get("arch") == "arm64":
        return (["qemu-system-aarch64", "-accel", "tcg", "-M", "virt",
                 "-cpu", "cortex-a72"], "console=ttyAMA0 ")
    if int(about["release"].split(".")[0]) < 7:
        return ["qemu-system-x86_64", "-accel", "tcg"], "console=ttyS0 no_timer_check "
    return (["qemu-system-x86_64", "-accel", "tcg,thread=single", "-M", "q35",
             "-cpu", "max,la57=off"],
            "console=ttyS0 no_timer_check random.trust_cpu=on ")


class Qmp:
    def __init__(self, path, deadline):
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self.file = self.socket.makefile("rw")
        self.file.readline()  # the greeting
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        request = {"execute": name, "arguments": arguments}
        self.file.write(json.dumps(request) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "error" in answer:
                raise MachineError(f"{name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def close(self):
        self.file.close()
        self.socket.close()


class Machine:
    def __init__(self, kernel, initramfs, append, memory, cpus, console,
                 more=()):
        self.console = Path(console)
        self.console.write_bytes(b"")
        # A socket's path may have 107 bytes, so it does not go beside the dump.
        self.directory = tempfile.TemporaryDirectory(prefix="slubfault")
        sock = os.path.join(self.directory.name, "qmp")
        emulated, words = model(kernel)
        self.process = subprocess.Popen(
            [*emulated, "-m", f"{memory}M",
             "-smp", str(cpus), "-kernel", str(kernel / "vmlinuz"),
             "-initrd", str(initramfs),
             "-append", f"{words}panic=0 oops=panic {append}",
             "-display", "none", "-monitor", "none", "-no-reboot",
             "-nodefaults", "-net", "none", "-device", "vmcoreinfo",
             "-serial", f"file:{self.console}",
             "-qmp", f"unix:{sock},server=on,wait=off", *more],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            self.qmp = Qmp(sock, time.monotonic() + 20)
        except OSError as error:
            self.process.kill()
            raise MachineError(self.process.stderr.read().decode()) from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.qmp.close()
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self.directory.cleanup()

    def text(self):
        return self.console.read_text(errors="replace")

    def wait_for(self, markers, seconds):
        """The first of the markers on the console; None when time is up."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            text = self.text()
            for marker in markers:
                if marker in text:
                    return marker
            if self.process.poll() is not None:
                raise MachineError("QEMU ended: "
                                   + self.process.stderr.read().decode())
            time.sleep(0.1)
        return None

    def stop(self):
        self.qmp.command("stop")

    def resume(self):
        self.qmp.command("cont")

    def dump(self, path, form):
        self.qmp.command("dump-guest-memory", paging=False,
                         protocol=f"file:{path}", format=FORMATS[form])
        os.chmod(path, 0o644)
        if form == "elf":
            # Most of a guest's memory is zero.
            subprocess.run(["fallocate", "-d", str(path)], check=False)
