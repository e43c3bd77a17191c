#!/usr/bin/env python3
"""Measures `shmidl gen`: time, CPU and memory on schemas of known size, beside protoc and capnp where they are installed.

usage: gen.py SHMIDL [ROUNDS]

The schema is 100 interfaces of 10 methods and 50 structs in one file; the same in the languages of protoc and capnp. Prints a table in
Markdown: the middle of ROUNDS runs (15), user + system time, and the largest resident set.
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
    lines = ['syntax = "proto3";', "package bench;", "option cc_generic_services = true;"]
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


def row(name, command, folder, lines, rounds):
    runs = [once(command, folder) for _ in range(rounds)]
    wall, cpu = (statistics.median(run[i] for run in runs) for i in (0, 1))
    print(f"| {name} | {lines:,} | {wall:.3f} | {min(run[0] for run in runs):.3f} | {cpu:.3f} | {max(run[2] for run in runs):.0f} |", flush=True)
    return wall


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    shmidl = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    with tempfile.TemporaryDirectory() as folder:
        def write(name, text):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
            return text.count("\n") + 1

        print("| run | lines | wall s, middle | wall s, least | CPU s | peak MiB |\n|---|---|---|---|---|---|")
        lines = write("smallest.idl", "interface {\n    void ping();\n};\n")
        row("gen, one method", [shmidl, "gen", "smallest.idl", "-o", "out"], folder, lines, rounds)
        lines = write("schema.idl", idl(100, 50))
        shutil.rmtree(os.path.join(folder, "out"))
        one = row("gen, 100 interfaces, 50 structs", [shmidl, "gen", "schema.idl", "-o", "out"], folder, lines, rounds)
        row("check of the same", [shmidl, "check", "schema.idl"], folder, lines, rounds)
        row("fmt of the same", [shmidl, "fmt", "schema.idl"], folder, lines, rounds)
        lines = write("ten.idl", idl(1000, 500))
        ten = row("gen, ten times the size", [shmidl, "gen", "ten.idl", "-o", "out"], folder, lines, max(3, rounds // 5))
        lines = write("long.idl", idl(4130, 500))
        row("check, 100,000 lines", [shmidl, "check", "long.idl"], folder, lines, max(1, rounds // 5))
        row("gen, 100,000 lines", [shmidl, "gen", "long.idl", "-o", "out"], folder, lines, max(1, rounds // 5))
        if shutil.which("protoc"):
            lines = write("schema.proto", proto(100, 50))
            row("protoc --cpp_out", ["protoc", "--cpp_out=.", "schema.proto"], folder, lines, rounds)
            plugin = shutil.which("grpc_cpp_plugin")
            if plugin:
                row("protoc, with gRPC", ["protoc", "--cpp_out=.", "--grpc_out=.", f"--plugin=protoc-gen-grpc={plugin}", "schema.proto"], folder, lines, rounds)
        if shutil.which("capnp"):
            lines = write("schema.capnp", capnp(100, 50))
            row("capnp compile -oc++", ["capnp", "compile", "-oc++", "schema.capnp"], folder, lines, rounds)
        print(f"\nTen times the size takes {ten / one:.1f} times as long.")


main()
