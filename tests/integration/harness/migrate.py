"""Runs daybook-migrate."""

import dataclasses
import json
import subprocess

from harness.environment import PATIENCE, program


@dataclasses.dataclass
class Ended:
    """How a run of a program ended."""

    code: int
    out: str
    err: str

    def json_lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def result(self):
        """The result line, which is the last."""
        return self.json_lines()[-1]


def migrate(*arguments):
    return run([program("daybook-migrate"), *map(str, arguments)])


def run(command, **options):
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=False, **options)
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr)


def database(folder):
    return ["--database", f"sqlite:{folder}"]


def make_store(folder, *arguments):
    ended = migrate("apply", *database(folder), *arguments)
    if ended.code != 0:
        raise AssertionError(f"daybook-migrate apply ended with {ended}")
