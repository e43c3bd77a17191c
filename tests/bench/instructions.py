#!/usr/bin/env python3
"""Counts the instructions of a generated `add` on the client's side, by function, with valgrind's callgrind.

usage: instructions.py BENCH_SHMIDL

The server runs at full speed and the client some fifty times slower, so the answer is there when the client looks and hardly any
instruction is spent on waiting. Prints a table in Markdown: instructions per call, each function without those that it calls.
"""
import os
import re
import subprocess
import sys
import tempfile

METHOD = "Work::Client::add"


def profile(program, folder):
    """The text of callgrind's file."""
    out = os.path.join(folder, "callgrind.out")
    command = ["valgrind", "--quiet", "--tool=callgrind", "--callgrind-out-file=" + out, f"--toggle-collect={METHOD}*", program, "run", "add.poll", "0", "1", "0.5"]
    run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(f"instructions.py: {run.stderr.strip()[-400:]}")
    with open(out) as file:
        return file.read()


def count(text):
    """Instructions of each function itself, and how often METHOD was called."""
    names = {}
    costs = {}
    calls = 0
    function = callee = None
    skip = False  # the line after `calls=` is what the callee took
    for line in text.splitlines():
        named = re.match(r"(c?fn)=\((\d+)\)(?: (.*))?", line)
        if named:
            kind, number, name = named.groups()
            if name:
                names[number] = name
            if kind == "fn":
                function = names[number]
            else:
                callee = names[number]
        elif line.startswith("calls="):
            skip = True
            if callee.startswith(METHOD + "("):
                calls += int(line.split("=")[1].split()[0])
        elif re.match(r"(\*|[+-]?\d+) \d+$", line):
            if not skip:
                costs[function] = costs.get(function, 0) + int(line.split()[-1])
            skip = False
    total = int(re.search(r"^totals: (\d+)", text, re.M).group(1))
    if sum(costs.values()) != total:
        sys.exit(f"instructions.py: {sum(costs.values())} instructions found of {total}: another format of callgrind's")
    return costs, calls


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        costs, calls = count(profile(sys.argv[1], folder))
    if calls == 0:
        sys.exit(f"instructions.py: {METHOD} was not called")
    print("| function | instructions per call |\n|---|---|")
    print(f"| all | {sum(costs.values()) / calls:.1f} |")
    for name, cost in sorted(costs.items(), key=lambda item: -item[1]):
        if cost / calls >= 0.5:
            print(f"| `{re.sub(r'[(].*', '', name.replace('(anonymous namespace)::', ''))}` | {cost / calls:.1f} |")


if __name__ == "__main__":
    main()
