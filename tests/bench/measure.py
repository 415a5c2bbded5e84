"""Measuring: commands that run in turn, their medians and their noise; peak memory of a tree of processes;
the table."""
import json
import os
import resource
import statistics
import subprocess
import time


class Timed:
    """A command to be timed. `before` makes its place clean; `figure` makes another figure of a run than its
    wall time in seconds."""

    prefix = []  # of every command

    def __init__(self, command, before=None, figure=None, environment=None):
        self.command, self.before, self.figure = [*self.prefix, *command], before, figure
        self.environment = {**os.environ, **(environment or {})}
        self.cpu = []  # seconds of each run, of all its processes

    def run(self):
        if self.before:
            self.before()
        os.sync()  # what earlier runs wrote shall not be this one's burden
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.monotonic()
        done = subprocess.run(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.environment)
        seconds = time.monotonic() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if done.returncode != 0:
            raise SystemExit(f"{self.command} failed ({done.returncode}): {done.stdout.decode()[-1000:]} "
                             f"{done.stderr.decode()[-2000:]}")
        return self.figure(seconds, done) if self.figure else seconds


class Samples:
    """What a group of cases took: name → figures. The first case runs twice in each round: an A/A pair."""

    AGAIN = " (again)"

    def __init__(self, cases, runs, warm_ups=1):
        names = list(cases)
        turns = [*names, names[0] + self.AGAIN]
        self.all = {name: [] for name in turns}
        self.first = names[0]
        for run in range(-warm_ups, runs):
            for name in turns if run % 2 == 0 else turns[::-1]:
                figure = cases[name.removesuffix(self.AGAIN)].run()
                if run >= 0:
                    self.all[name].append(figure)

    def median(self, name):
        return statistics.median(self.all[name])

    def noise(self):
        """How far the A/A pair is apart, and the whole spread of the first case's runs."""
        a, again = self.median(self.first), self.median(self.first + self.AGAIN)
        both = self.all[self.first] + self.all[self.first + self.AGAIN]
        return f"A/A {abs(a / again - 1):.1%}, spread {(max(both) - min(both)) / statistics.median(both):.0%}"


class Table:
    """Rows as they come, on the terminal and kept for the JSON."""

    COLUMNS = (("what", 54), ("figure", 18), ("asked", 17), ("verdict", 16), ("noise", 24))

    def __init__(self):
        self.rows = []

    def head(self):
        self._print([name for name, _ in self.COLUMNS])
        self._print(["-" * (width - 2) for _, width in self.COLUMNS])

    def add(self, what, figure, unit="", asked=None, noise="", samples=None):
        """asked: (">=" or "<=", figure). Without one the row stands beside for comparison."""
        verdict, wanted = "", ""
        if asked:
            sign, limit = asked
            met = figure >= limit if sign == ">=" else figure <= limit
            wanted = f"{sign} {limit:g} {unit}".rstrip()
            share = figure / limit if limit else 0
            verdict = f"met ({share:.2f}×)" if met else f"MISSED ({share:.2f}×)"
        self.rows.append({"what": what, "figure": figure, "unit": unit, "asked": wanted, "verdict": verdict,
                          "noise": noise, "samples": samples})
        self._print([what, f"{figure:.3g} {unit}" if figure < 1000 else f"{figure:.0f} {unit}", wanted,
                     verdict, noise])

    def left_out(self, what, why):
        self.rows.append({"what": what, "left_out": why})
        self._print([what, "-", "", "left out", why])

    def missed(self):
        return [row["what"] for row in self.rows if row.get("verdict", "").startswith("MISSED")]

    def write(self, path, about):
        with open(path, "w") as out:
            json.dump({"about": about, "rows": self.rows}, out, indent=1, ensure_ascii=False)

    def _print(self, words):
        line = "".join(word.ljust(width) for word, (_, width) in zip(words, self.COLUMNS))
        print(line.rstrip(), flush=True)


# ---- memory


def children(pid):
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as listed:
                found += map(int, listed.read().split())
    except OSError:  # it has just ended
        pass
    return found


def peak_of(pid):
    """(name, VmHWM in KiB), or None of a process that has ended."""
    try:
        with open(f"/proc/{pid}/status") as status:
            fields = dict(line.split(":", 1) for line in status)
        return fields["Name"].strip(), int(fields["VmHWM"].split()[0])
    except (OSError, KeyError, ValueError):
        return None


def sum_of_peaks(pids):
    """Of these processes and all that descend from them: what they had at most, each, that live together.
    In KiB, with the parts."""
    parts, waiting = {}, list(pids)
    while waiting:
        pid = waiting.pop()
        if peak := peak_of(pid):
            parts[f"{peak[0]} {pid}"] = peak[1]
        waiting += children(pid)
    return sum(parts.values()), parts


def watch_memory(processes):
    """Until all of them have ended: the largest sum of peaks, in MB, and its parts."""
    largest = (0, {})
    while any(each.poll() is None for each in processes):
        largest = max(largest, sum_of_peaks(each.pid for each in processes), key=lambda found: found[0])
        time.sleep(0.004)
    for each in processes:
        if each.returncode != 0:
            raise SystemExit(f"{each.args} failed ({each.returncode})")
    return largest[0] * 1024 / 1e6, largest[1]
