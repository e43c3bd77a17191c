#!/usr/bin/env python3
"""Measures `shmidl gen`: time, CPU and memory on schemas of known size, beside protoc and capnp where they are installed.

usage: gen.py SHMIDL [ROUNDS]

The schema is 100 interfaces of 10 methods and 50 structs in one file; the same in the languages of protoc and capnp; ten times as much; and
100,000 lines. Prints a table in Markdown: the middle and the least of ROUNDS runs (15; of the large ones a fifth), all rows in turns, wall
and user + system time, and the largest resident set.
"""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

FIELDS = [("int32_t", "int32", "Int32"), ("int64_t", "int64", "Int64"), ("double", "double", "Float64"), ("bool", "bool", "Bool"), ("string", "string", "Text")]


def idl(interfaces, structs):
    lines = ["package bench;", ""]
    for s in range(structs):
        lines += [f"/** Value {s}. */", f"struct Value{s} {{"] + [f"    {t[0]} field{i};" for i, t in enumerate(FIELDS * 2)] + ["};", ""]
    for n in range(interfaces):
        lines += [f"/** Service {n}. */", f"interface Service{n} {{"]
        lines += [f"    /** Method {m}. */\n    Value{(n + m) % structs} method{m}(int32_t a, string b, Value{(n * 3 + m) % structs} c);" for m in range(10)]
        lines += ["};", ""]
    return "\n".join(lines)


def proto(interfaces, structs):
    lines = ['syntax = "proto3";', "package bench;"]
    for s in range(structs):
        lines += [f"// Value {s}.", f"message Value{s} {{"] + [f"  {t[1]} field{i} = {i + 1};" for i, t in enumerate(FIELDS * 2)] + ["}"]
    for n in range(interfaces):
        for m in range(10):
            lines.append(f"message Request{n}x{m} {{ int32 a = 1; string b = 2; Value{(n * 3 + m) % structs} c = 3; }}")
        lines += [f"// Service {n}.", f"service Service{n} {{"]
        lines += [f"  // Method {m}.\n  rpc Method{m}(Request{n}x{m}) returns (Value{(n + m) % structs});" for m in range(10)] + ["}"]
    return "\n".join(lines)


def capnp(interfaces, structs):
    lines = ["@0xbf5147cbbecf40c1;"]
    for s in range(structs):
        lines += [f"struct Value{s} {{"] + [f"  field{i} @{i} :{t[2]};" for i, t in enumerate(FIELDS * 2)] + ["}"]
    for n in range(interfaces):
        lines += [f"interface Service{n} {{"]
        lines += [f"  method{m} @{m} (a :Int32, b :Text, c :Value{(n * 3 + m) % structs}) -> (r :Value{(n + m) % structs});" for m in range(10)] + ["}"]
    return "\n".join(lines)


def once(command, folder):
    """Wall seconds, CPU seconds and MiB of one run."""
    begin = time.monotonic()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command}: {told.decode()[:400]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class Table:
    """Rows are measured in turns, so that what else the machine does is spread over all of them."""

    def __init__(self, folder):
        self.folder = folder
        self.rows = []

    def add(self, name, command, lines, rounds):
        self.rows.append({"name": name, "command": command, "lines": lines, "rounds": rounds, "runs": []})
        return self.rows[-1]

    def measure(self):
        for turn in range(max(row["rounds"] for row in self.rows)):
            for row in self.rows:
                if turn < row["rounds"]:
                    row["runs"].append(once(row["command"], self.folder))

    def print(self):
        print("| run | lines | wall s, middle | wall s, least | CPU s, middle | CPU s, least | peak MiB |\n|---|---|---|---|---|---|---|")
        for row in self.rows:
            wall, cpu, memory = zip(*row["runs"])
            row["cpu"], row["mib"] = min(cpu), max(memory)
            print(f"| {row['name']} | {row['lines']:,} | {statistics.median(wall):.3f} | {min(wall):.3f} "
                  f"| {statistics.median(cpu):.3f} | {min(cpu):.3f} | {max(memory):.0f} |")


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    shmidl = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    few = max(1, rounds // 5)
    with tempfile.TemporaryDirectory() as folder:
        def write(name, text):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
            return text.count("\n") + 1

        table = Table(folder)
        gen = [shmidl, "gen", "-o", "out"]
        table.add("gen, one method", gen + ["smallest.idl"], write("smallest.idl", "interface {\n    void ping();\n};\n"), rounds)
        lines = write("schema.idl", idl(100, 50))
        one = table.add("gen, 100 interfaces, 50 structs", gen + ["schema.idl"], lines, rounds)
        for verb in ("check", "lint", "fmt", "ir"):
            table.add(f"{verb} of the same", [shmidl, verb, "schema.idl"], lines, rounds)
        if shutil.which("protoc"):
            lines = write("schema.proto", proto(100, 50))
            table.add("protoc --cpp_out of an equal schema", ["protoc", "--cpp_out=.", "schema.proto"], lines, rounds)
            plugin = shutil.which("grpc_cpp_plugin")
            if plugin:
                command = ["protoc", "--cpp_out=.", "--grpc_out=.", f"--plugin=protoc-gen-grpc={plugin}", "schema.proto"]
                table.add("protoc with gRPC", command, lines, rounds)
        if shutil.which("capnp"):
            lines = write("schema.capnp", capnp(100, 50))
            table.add("capnp compile -oc++ of an equal schema", ["capnp", "compile", "-oc++", "schema.capnp"], lines, rounds)
        ten = table.add("gen, ten times the size", gen + ["ten.idl"], write("ten.idl", idl(1000, 500)), few)
        lines = write("long.idl", idl(3890, 500))
        for verb in ("check", "lint", "fmt", "ir"):
            table.add(f"{verb}, 100,000 lines", [shmidl, verb, "long.idl"], lines, few)
        table.add("gen, 100,000 lines", gen + ["long.idl"], lines, few)
        table.measure()
        table.print()
        print(f"\nTen times the size takes {ten['cpu'] / one['cpu']:.1f} times the CPU time and {ten['mib'] / one['mib']:.1f} times the memory.")


main()
