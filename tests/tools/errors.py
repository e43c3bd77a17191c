#!/usr/bin/env python3
"""Which lines of the runtime that make an error do the tests execute?

    errors.py --build BUILD [--source ROOT] [--known FILE] [--goal PERCENT] [--all]

BUILD is a build with SHMIDL_COVERAGE in which tests have run. A line makes an error if it names an Errc and does more than compare with it. Of these, those
without code (defaults of parameters, say) are left out. Prints the lines that no test executed, and how many were, in percent. Ends with 1 when that is below the
goal, when a line that was not executed is not in the file of known ones, or when one of these was executed or is no more.

The known ones: `path: a piece of the line: why no test executes it`, one a line; `#` begins a comment.
"""
import argparse
import json
import os
import re
import subprocess
import sys
from collections import defaultdict

FOLDERS = ("runtime/src", "runtime/include")


def without_comments(text):
    """The same lines, with comments and the text inside strings blanked."""
    kept = []
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)
    at = 0
    for match in pattern.finditer(text):
        kept.append(text[at:match.start()])
        kept.append(re.sub(r"[^\n]", " ", match.group()))
        at = match.end()
    kept.append(text[at:])
    return "".join(kept).split("\n")


def makes_error(line):
    line = re.sub(r"case (?:shmidl::)?Errc::\w+\s*:", "", line)
    line = re.sub(r"[!=]=\s*(?:shmidl::)?Errc::\w+", "", line)
    line = re.sub(r"(?:shmidl::)?Errc::\w+\s*[!=]=", "", line)
    return re.search(r"\bErrc::\w+", line) is not None


def statements(root):
    """{path: {line number: (first line of its statement, text)}} of all lines that make an error."""
    found = defaultdict(dict)
    for folder in FOLDERS:
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if not name.endswith((".cpp", ".hpp")):
                    continue
                path = os.path.relpath(os.path.join(where, name), root)
                with open(os.path.join(root, path), encoding="utf-8") as file:
                    text = file.read()
                raw = text.split("\n")
                for number, line in enumerate(lines := without_comments(text), 1):
                    if not makes_error(line):
                        continue
                    first = number
                    while first > 1 and not re.search(r"[;{}:]\s*$", lines[first - 2]) and lines[first - 2].strip():
                        first -= 1
                    found[path][number] = (first, raw[number - 1].strip())
    return found


def counts(build):
    """{path from `runtime/` on: {line number: executions}}, over all objects of the build."""
    executed = defaultdict(lambda: defaultdict(int))
    data = []
    for where, _, names in os.walk(build):
        data += [os.path.join(where, name) for name in names if name.endswith(".gcda")]
    for begin in range(0, len(data), 16):
        out = subprocess.run(["gcov", "--json-format", "--stdout"] + [os.path.abspath(name) for name in data[begin:begin + 16]], cwd=build, capture_output=True, check=False).stdout
        for document in out.decode(errors="replace").splitlines():
            if not document.startswith("{"):
                continue
            for file in json.loads(document)["files"]:
                at = file["file"].find("runtime/src/")
                at = at if at >= 0 else file["file"].find("runtime/include/")
                if at < 0:
                    continue
                for line in file["lines"]:
                    executed[file["file"][at:]][line["line_number"]] += line["count"]
    return executed


def known_lines(path):
    known = []
    if path is None:
        return known
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            parts = [part.strip() for part in line.split(": ", 2)]
            if len(parts) != 3:
                sys.exit(f"{path}:{number}: not `path: piece: reason`")
            known.append(tuple(parts))
    return known


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--build", required=True)
    parser.add_argument("--source", default=os.path.join(here, "..", ".."))
    parser.add_argument("--known", default=os.path.join(here, "errors_not_executed.txt"))
    parser.add_argument("--goal", type=float, default=95.0)
    parser.add_argument("--all", action="store_true", help="print executed lines too")
    options = parser.parse_args()

    executed = counts(options.build)
    if not executed:
        sys.exit(f"{options.build}: no counts: is it a build with SHMIDL_COVERAGE, and have tests run?")
    known = known_lines(options.known)
    used = set()
    total = done = 0
    unnamed = []
    for path, lines in sorted(statements(options.source).items()):
        for number, (first, text) in sorted(lines.items()):
            on = [executed[path][n] for n in range(first, number + 1) if n in executed[path]]
            own = executed[path].get(number)
            if not on:
                continue  # no code
            total += 1
            count = own if own is not None else max(on)
            if count > 0:
                done += 1
                if options.all:
                    print(f"executed     {path}:{number}: {text}")
                continue
            reason = next((entry for entry in known if entry[0] == path and entry[1] in text), None)
            if reason is None:
                unnamed.append(f"{path}:{number}: {text}")
            else:
                used.add(reason)
                print(f"not executed {path}:{number}: {text}\n             {reason[2]}")
    stale = [entry for entry in known if entry not in used]
    for line in unnamed:
        print(f"NOT EXECUTED {line}")
    for path, piece, _ in stale:
        print(f"STALE        {path}: {piece}")
    percent = 100.0 * done / max(total, 1)
    print(f"{done} of {total} lines that make an error were executed: {percent:.1f} %; {len(unnamed)} of the others have no reason")
    return 1 if unnamed or stale or percent < options.goal else 0


if __name__ == "__main__":
    sys.exit(main())
