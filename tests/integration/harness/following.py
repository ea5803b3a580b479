"""Runs `daybook` where it does not end by itself."""

import json
import os
import select
import signal
import subprocess

from harness.environment import PATIENCE, program


class Following:
    """A `daybook` that runs until it is told to end; a context manager that leaves nothing behind.

    Nothing is waited for longer than PATIENCE.
    """

    def __init__(self, *arguments, **options):
        self._process = subprocess.Popen(
            [program("daybook"), *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, **options)
        self._read = {self._process.stdout: b"", self._process.stderr: b""}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait(PATIENCE)
        for pipe in self._read:
            pipe.close()

    def line(self):
        """The next line of stdout, without its end."""
        return self._line(self._process.stdout)

    def told(self):
        """The next line of stderr."""
        return self._line(self._process.stderr)

    def rest_told(self):
        """What else is on stderr, up to its end."""
        lines = []
        while line := self._line(self._process.stderr):
            lines.append(line)
        return lines

    def seqs(self, count):
        """Of the next so many events, which are shown with --json."""
        return [int(json.loads(self.line())["seq"]) for _ in range(count)]

    def stop_reading(self):
        self._process.stdout.close()
        del self._read[self._process.stdout]

    def interrupt(self, by=signal.SIGINT):
        """Tells it to end; its exit code."""
        self._process.send_signal(by)
        return self.wait()

    def wait(self):
        return self._process.wait(PATIENCE)

    def _line(self, pipe):
        """Nothing where it is at its end."""
        while b"\n" not in self._read[pipe]:
            if not select.select([pipe], [], [], PATIENCE)[0]:
                raise AssertionError(f"no line came; so far: {self._read}")
            part = os.read(pipe.fileno(), 65536)
            if not part:
                break
            self._read[pipe] += part
        line, _, self._read[pipe] = self._read[pipe].partition(b"\n")
        return line.decode().rstrip("\r")
