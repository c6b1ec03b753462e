# SPDX-License-Identifier: GPL-3.0-or-later
"""What slubcheck says about a recorded dump, held against the dump's truth.

Each finding the truth demands has to be there with the same cache, slab, object, slot and word, and
no finding of severity corrupt may be there that the truth neither demands nor allows.
"""

import collections
import dataclasses
import itertools
import json
import pathlib
import subprocess

FIELDS = ("cache", "slab", "object", "slot", "raw", "first_bad", "last_bad", "cpu", "function",
          "function_offset", "file", "line")
MISSED, FALSE_ALARM, BROKEN = "missed", "false alarm", "broken"
# What differs between two runs that say the same.
PASSING = ("seconds",)

Complaint = collections.namedtuple("Complaint", "kind text")


@dataclasses.dataclass
class Opener:
    """How dumps of one kernel are opened."""

    crash: str
    vmlinux: pathlib.Path
    options: tuple = ()
    timeout: int = 1200

    def session(self, dump, commands):
        script = "".join(command + "\n" for command in commands) + "quit\n"
        return subprocess.run(
            [self.crash, "--no_crashrc", "-s", *self.options, str(self.vmlinux), str(dump)],
            input=script, capture_output=True, text=True, errors="replace",
            timeout=self.timeout, check=False)


@dataclasses.dataclass
class Program:
    """slubcheck without crash: it takes symbols and types from the dump."""

    program: pathlib.Path
    timeout: int = 1200

    def session(self, dump, commands):
        """The commands of a session that are slubcheck's."""
        done = [subprocess.run([self.program, *command.split()[1:], dump], capture_output=True,
                               text=True, errors="replace", timeout=self.timeout, check=False)
                for command in commands if command.startswith("slubcheck ")]
        return subprocess.CompletedProcess(commands, 0, "".join(one.stdout for one in done),
                                           "".join(one.stderr for one in done))


@dataclasses.dataclass
class Outcome:
    folder: pathlib.Path
    truth: dict
    complaints: list
    output: str = ""
    runs: list = dataclasses.field(default_factory=list)

    def ids(self):
        return sorted({line["id"] for line in findings(self.runs[-1])}) if self.runs else []

    def owed(self):
        return sorted({wanted["id"] for wanted in self.truth["must"]})

    def has(self, kind):
        return any(complaint.kind == kind for complaint in self.complaints)


def runs_of(text):
    """Split a session's JSON into the runs that a summary ends."""
    runs, run = [], []
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        run.append(json.loads(line))
        if run[-1].get("type") == "summary":
            runs.append(run)
            run = []
    return runs


def findings(run):
    return [line for line in run if line["type"] == "finding"]


def lasting(run):
    """A run without what may differ when it is repeated."""
    return [{name: value for name, value in line.items() if name not in PASSING} for line in run]


def matches(finding, wanted):
    if finding["id"] != wanted["id"]:
        return False
    if finding["severity"] != wanted.get("severity", "corrupt"):
        return False
    return all(str(finding.get(field)) == str(wanted[field]) for field in FIELDS if field in wanted)


def misses(truth, name, run):
    for wanted in truth["must"]:
        if wanted.get("option") == "-A" and "-L" in name:
            continue
        if not any(matches(finding, wanted) for finding in findings(run)):
            yield Complaint(MISSED, f"missed by {name}: {wanted}")


def false_alarms(truth, name, run):
    allowed = {wanted["id"] for wanted in truth["must"]} | set(truth["may"])
    for finding in findings(run):
        if finding["severity"] == "corrupt" and finding["id"] not in allowed:
            yield Complaint(FALSE_ALARM, f"false alarm of {name}: {finding['id']}: "
                                         f"{finding.get('cache')}: {finding['message']}")
    verdict = run[-1]["verdict"]
    corrupt = any(finding["severity"] == "corrupt" for finding in findings(run))
    if (verdict == "corrupt") != corrupt:
        yield Complaint(BROKEN, f"{name}: the verdict {verdict} does not follow from the findings")
    if not allowed and verdict != "clean":
        yield Complaint(FALSE_ALARM, f"{name}: verdict {verdict} for a clean dump")


def judge(truth, plain, scanned):
    """Complaints about the two runs, of the lists only and with the memmap."""
    complaints = []
    for name, run in (("slubcheck -L", plain), ("slubcheck", scanned)):
        complaints += [*misses(truth, name, run), *false_alarms(truth, name, run)]
    return complaints


# What depends on how memory is reached, too.
READING = ("reads", "bytes_read")
# The program's records about the dump itself.
OWN = ("dump",)


def nameless(line):
    """A record without what addresses are called."""
    kept = {key: value for key, value in (line or {}).items()
            if key not in ("symbol", "module", "offset", "stack")}
    for key in ("allocated", "freed"):
        if key in kept:
            kept[key] = nameless(kept[key])
    return kept


def program_differs(program, vmlinux, dump, runs, names=True):
    """Complaints where the program without crash says something else of a dump than the command,
    which has one thread. crash --minimal knows no modules: without `names`, names may differ."""
    for options, run in zip((["-L"], []), runs):
        done = subprocess.run([program, "-j", "-J", "3", "--no-cache", *options,
                               "--vmlinux", vmlinux, dump],
                              capture_output=True, text=True, errors="replace", timeout=1200,
                              check=False)
        ours = [line for line in map(json.loads, done.stdout.splitlines())
                if line["type"] not in OWN]
        for ours_line, theirs in itertools.zip_longest(lasting(ours), lasting(run)):
            for name in READING:
                for line in (ours_line, theirs):
                    (line or {}).pop(name, None)
            if not names:
                ours_line, theirs = nameless(ours_line), nameless(theirs)
            if ours_line != theirs:
                yield Complaint(BROKEN, f"the program says {ours_line}, crash {theirs} {done.stderr}")
                break


COMMANDS = ("slubcheck -L -j", "slubcheck -j")


def check(opener, extension, folder, file=None, after=()):
    """Runs slubcheck in a session on a recorded dump. `after` are commands to do then that print
    no JSON."""
    truth = json.loads((folder / "truth.json").read_text())
    commands = [f"extend {extension.resolve()}", *COMMANDS, *after]
    try:
        done = opener.session(folder / (file or truth["dump"]["file"]), commands)
    except subprocess.TimeoutExpired:
        return Outcome(folder, truth, [Complaint(BROKEN, "the session did not end")])
    return judged(folder, done.stdout + done.stderr)


def judged(folder, output):
    """The outcome of a session of check() that printed this."""
    truth = json.loads((folder / "truth.json").read_text())
    outcome = Outcome(folder, truth, [], output)
    try:
        outcome.runs = runs_of(output)
    except json.JSONDecodeError as error:
        outcome.complaints.append(Complaint(BROKEN, f"no valid JSON: {error}"))
        return outcome
    if len(outcome.runs) == len(COMMANDS):
        outcome.complaints = judge(truth, *outcome.runs)
    else:
        tail = " / ".join(outcome.output.strip().splitlines()[-3:])
        outcome.complaints.append(Complaint(
            BROKEN, f"{len(outcome.runs)} finished runs of {len(COMMANDS)}: {tail}"))
        outcome.runs = []
    return outcome
