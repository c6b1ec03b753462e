# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions of crash that are tried, and how each opens which kernel."""

import functools
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
VERSIONS = ("8.0.2", "8.0.6", "9.0.2")

# Crash reads nothing of the kernel but its symbols and types then, which is all that slubcheck
# needs. 8.0.2 applies the offset of KASLR itself only to kernels that have a symbol 6.12 lacks.
MINIMAL, MINIMAL_KASLR = ("--minimal",), ("--minimal", "--kaslr=auto")

# (version, first kernel, options): from that kernel on, until another line for the version says
# else, crash needs these options to start at all.
NEEDED = (
    ("8.0.2", (6, 12), MINIMAL_KASLR),
    # It dies of the exception stack that it takes idle CPUs to be on.
    ("8.0.6", (6, 1), MINIMAL),
    ("8.0.6", (6, 12), ()),
    ("8.0.6", (7, 0), MINIMAL),
    ("9.0.2", (7, 0), ("--no_modules",)),
)


def options(version, release):
    """What crash has to be started with on a dump of that kernel."""
    kernel = tuple(int(number) for number in re.match(r"(\d+)\.(\d+)", release).groups())
    chosen = ()
    for name, first, needed in NEEDED:
        if name == version and kernel >= first:
            chosen = needed
    return chosen


def first_choice(release):
    """The version that opens all dumps of that kernel best: the oldest that needs no options."""
    for version in VERSIONS:
        if not options(version, release):
            return version
    return VERSIONS[-1]


def output(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def version_of(path):
    """None when there is no such program."""
    try:
        return re.search(r"^crash (\d[\d.]*)", output(path, "--version"), re.M)[1]
    except OSError:
        return None


@functools.cache
def of_host():
    return version_of("crash")


@functools.cache
def program(version):
    if version == of_host():
        return "crash"
    return output(str(HERE / "get-crash"), version).splitlines()[-1]


def include(version):
    """Where defs.h of that version is."""
    if version == of_host():
        return "/usr/include/crash"
    return str(pathlib.Path(program(version)).parent / "usr/include/crash")
