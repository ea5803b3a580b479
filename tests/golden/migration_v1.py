#!/usr/bin/env python3
"""migration_v1.py PROTOC PROTO_DIR: checksums of migrations, made by other means.

What migration_v1.txt says of each declaration in migration_v1 must be the
SHA-256 of what protoc makes of it.
"""
import hashlib
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def checksum(protoc, protos, text):
    done = subprocess.run(
        [protoc, f"--proto_path={protos}", "--deterministic_output",
         "--encode=daybook.migration.v1.Migration", "daybook/migration/v1/migration.proto"],
        input=text, stdout=subprocess.PIPE, check=True)
    return "sha256:" + hashlib.sha256(done.stdout).hexdigest()


def main(protoc, protos):
    wrong = compared = 0
    for line in (HERE / "migration_v1.txt").read_text().splitlines():
        expected, name = line.split("  ")
        if not name.endswith(".textproto"):
            continue
        found = checksum(protoc, protos, (HERE / "migration_v1" / name).read_bytes())
        print(found, name)
        wrong += found != expected
        compared += 1
    return 1 if wrong or not compared else 0


sys.exit(main(*sys.argv[1:]))
