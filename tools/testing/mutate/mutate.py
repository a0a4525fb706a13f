#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make every small change to the pure logic (*_core.c): do the unit tests see it?

What becomes of a change (a mutant):

  no C          it does not compile; counts for nothing
  equivalent    the optimised object is the same, byte for byte; counts for nothing
  killed        a test fails, crashes, hangs, or a sanitizer objects
  survived      all tests pass; each is printed. Those that no test can tell from
                the original stand in the file "survivors" with the reason, which is
                printed with them, but they count as what they are

The score is killed / (killed + survived), rounded down. The exit code is 0 when
it is --min or more for each core and for all of them, and when what the file
"survivors" says is so.
"""

import argparse
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
from mutants import function_at, lines_of, mutants_of

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[2]
CC = os.environ.get("CC", "gcc")
# What a deleted assignment leaves behind is the same garbage each time.
COMMON = ["-std=gnu11", "-w", "-ftrivial-auto-var-init=pattern"]
PLAIN = ["-O0"]
SANITIZED = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
# Processor time, so that a busy host kills nothing; the tests need milliseconds.
PLAIN_SECONDS, SANITIZED_SECONDS = 2, 10


class Failure(Exception):
    """The tests are not fit to judge mutants."""


def compile_c(source, output, flags, includes, libraries=()):
    command = [CC, *COMMON, *flags, *(f"-I{path}" for path in includes), "-o", output, source,
               *libraries]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)


def passes(program, seconds, libraries):
    """Does a test pass with the cores in the folder @libraries before all others?"""
    command = ["prlimit", f"--cpu={seconds}", "--core=0", program]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=60 * seconds, check=False,
                              env={**os.environ, "LD_LIBRARY_PATH": str(libraries)})
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


class Build:
    """
    All cores and tests compiled in one way. Each core is a shared library, so that a
    mutant takes its place without linking the tests again.
    """

    def __init__(self, out, flags, seconds, cores, tests):
        self.out, self.flags, self.seconds = out, flags, seconds
        self.includes = [TOP / "compat", TOP / "include", TOP / "include/uapi",
                         *sorted({core.parent for core in cores})]
        self.cores, self.tests = cores, tests
        out.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(self.library_of, cores))
            list(pool.map(self.program_of, tests))
        self.needs = {test: self.cores_of(test) for test in tests}

    def compile(self, source, core, output):
        """Make @source a library in the place of @core."""
        # By its name, not by its place: that is looked for when a test starts.
        name = f"-Wl,-soname,{self.library(core, self.out).name}"
        return compile_c(source, output, [*self.flags, "-fPIC", "-shared", name],
                         [*self.includes, core.parent])

    def library(self, core, folder):
        return folder / f"lib{core.stem}.so"

    def library_of(self, core):
        done = self.compile(core, core, self.library(core, self.out))
        if done.returncode:
            raise Failure(f"{core}: does not compile:\n{done.stderr}")

    def program(self, test):
        return self.out / test.stem

    def program_of(self, test):
        # Four times: what only another of them calls is passed over when it comes first, and
        # a chain of calls goes through four of them.
        libraries = [self.library(core, self.out) for core in self.cores] * 4
        done = compile_c(test, self.program(test), [*self.flags, f"-Wl,-rpath,{self.out}"],
                         [*self.includes, test.parent], libraries)
        if done.returncode:
            raise Failure(f"{test}: does not compile:\n{done.stderr}")
        if not passes(self.program(test), self.seconds, self.out):
            raise Failure(f"{test}: fails without any change; see make unit")

    def symbols(self, file, defined):
        listing = subprocess.run(["nm", "-D", "-P", file], check=True,
                                 stdout=subprocess.PIPE, text=True).stdout
        words = (line.split() for line in listing.splitlines())
        return {word[0] for word in words if (word[1] in "Uw") != defined}

    def cores_of(self, test):
        """The cores that a test program calls, directly or not."""
        needed, wanted = [], [self.program(test)]
        while wanted:
            missing = self.symbols(wanted.pop(), False)
            for core in self.cores:
                library = self.library(core, self.out)
                if core not in needed and missing & self.symbols(library, True):
                    needed.append(core)
                    wanted.append(library)
        return needed


class Judge:
    """What becomes of mutants."""

    def __init__(self, out, cores, tests):
        self.out = out
        self.plain = Build(out / "plain", PLAIN, PLAIN_SECONDS, cores, tests)
        self.sanitized = Build(out / "sanitized", SANITIZED, SANITIZED_SECONDS, cores, tests)
        self.kills = Counter()
        self.optimised = {core: self.optimise(core, core, out / "optimised.o") for core in cores}

    def optimise(self, core, source, output):
        compile_c(source, output, ["-O2", "-c"], [*self.plain.includes, core.parent])
        return output.read_bytes()

    def killed_in(self, build, core, source, folder):
        if build.compile(source, core, build.library(core, folder)).returncode:
            return None
        # Those that found most come first.
        tests = [test for test in build.tests if core in build.needs[test]]
        for test in sorted(tests, key=lambda test: -self.kills[core, test]):
            if not passes(build.program(test), build.seconds, folder):
                self.kills[core, test] += 1
                return True
        return False

    def verdict(self, work):
        number, core, text, mutant = work
        # One folder for each, and the name of the core: it is a part of the object.
        folder = self.out / "mutants" / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        source = folder / core.name
        source.write_text(text[:mutant.start] + mutant.text + text[mutant.end:])
        killed = self.killed_in(self.plain, core, source, folder)
        if killed is None:
            result = "no C"
        elif killed:
            result = "killed"
        elif self.optimise(core, source, folder / "optimised.o") == self.optimised[core]:
            result = "equivalent"
        else:
            killed = self.killed_in(self.sanitized, core, source, folder)
            result = "killed" if killed else "survived"
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        return result


class Explanations:
    """
    The file "survivors": blocks of "CORE FUNCTION", then "- line" and "+ line", as often
    as the same can be said of them, then "= reason".
    """

    def __init__(self, path):
        self.reasons, self.used = {}, set()
        for block in path.read_text().split("\n\n") if path.exists() else []:
            lines = [line for line in block.splitlines() if line and not line.startswith("#")]
            if lines:
                self.add(path, lines)

    def add(self, path, lines):
        head, *changes, reason = lines
        marks = "".join(line[:1] for line in changes)
        if not marks or marks != "-+" * (len(marks) // 2) or not reason.startswith("= "):
            raise Failure(f"{path}: a block is CORE FUNCTION, lines with - and +, one with =: {head}")
        for before, after in zip(changes[::2], changes[1::2]):
            self.reasons[head, before[2:], after[2:]] = reason[2:]

    def reason(self, key):
        self.used.add(key)
        return self.reasons.get(key)

    def stale(self, cores):
        """Those that did not survive."""
        names = {core.name for core in cores}
        return [key for key in self.reasons if key[0].split()[0] in names and key not in self.used]


def percent(count):
    judged = count["killed"] + count["survived"]
    return 100 * count["killed"] // judged if judged else 0


def show_survivor(core, text, mutant, explanations):
    line, before, after = lines_of(text, mutant)
    function = function_at(text, mutant.start)
    reason = explanations.reason((f"{core.name} {function}", before, after))
    print(f"{os.path.relpath(core, TOP)}:{line}: {mutant.kind} survived in {function}")
    print(f"- {before}\n+ {after}\n= {reason or '(not explained)'}")
    return reason is not None


def run(args, cores, tests):
    works = []
    for core in cores:
        text = core.read_text()
        works += [(core, text, mutant) for mutant in mutants_of(text)]
    if args.count:
        chosen = random.Random(args.seed).sample(range(len(works)), min(args.count, len(works)))
        works = [works[i] for i in sorted(chosen)]
    explanations = Explanations(args.survivors)
    judge = Judge(args.out, sorted({*args.all_cores, *cores}), tests)
    counts, explained = defaultdict(Counter), Counter()
    with ThreadPoolExecutor(args.jobs) as pool:
        verdicts = pool.map(judge.verdict, [(i, *work) for i, work in enumerate(works)])
        for (core, text, mutant), result in zip(works, verdicts):
            counts[core][result] += 1
            if result == "survived":
                explained[core] += show_survivor(core, text, mutant, explanations)
                sys.stdout.flush()
    stale = [] if args.count else explanations.stale(cores)
    for core, before, after in stale:
        print(f"{args.survivors.name}: does not survive (any more): {core}\n- {before}\n+ {after}")
    total = Counter()
    row = "{:<22}{:>7}{:>9}{:>10}{:>12}{:>7}{:>7}"
    print(row.format("# core", "killed", "survived", "explained", "equivalent", "no C", "score"))
    for core in cores:
        count = counts[core]
        total += count
        print(row.format(f"# {core.name}", count["killed"], count["survived"], explained[core],
                         count["equivalent"], count["no C"], f"{percent(count)} %"))
    print(f"mutation score {percent(total)} %")
    enough = all(percent(count) >= args.min for count in [total, *counts.values()])
    return 0 if enough and not stale else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("core", nargs="*", help="names of cores, as rule_core; all when none is given")
    parser.add_argument("--count", type=int, default=0, help="only so many, chosen at random")
    parser.add_argument("--seed", type=int, default=1, help="choose others")
    parser.add_argument("--min", type=int, default=95, help="the score that is good enough")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="so many at once")
    parser.add_argument("--sources", type=Path, default=TOP / "drivers", help="where the cores are")
    parser.add_argument("--tests", type=Path, default=HERE.parent / "unit", help="where test_*.c are")
    parser.add_argument("--survivors", type=Path, default=HERE / "survivors", help="the explanations")
    parser.add_argument("--out", type=Path, default=TOP / "build" / "mutate", help="a folder to work in")
    parser.add_argument("--list", action="store_true", help="show the changes, make none")
    args = parser.parse_args()
    args.all_cores = sorted(args.sources.rglob("*_core.c"))
    cores = [core for core in args.all_cores if not args.core or core.stem in args.core]
    tests = sorted(args.tests.glob("test_*.c"))
    if not cores or not tests or set(args.core) - {core.stem for core in cores}:
        parser.error("there is no such core, or there are no tests")
    if args.list:
        for core in cores:
            text = core.read_text()
            for mutant in mutants_of(text):
                line, before, after = lines_of(text, mutant)
                print(f"{core.name}:{line}: {mutant.kind}: {before} => {after}")
        return 0
    os.nice(10)
    return run(args, cores, tests)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"mutate: {failure}")
