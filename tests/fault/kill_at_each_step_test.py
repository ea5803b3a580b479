"""A store that is killed at any step of its work loses nothing, and repeats nothing.

A shim ends the process before its N-th call that changes a file, for every N, or
in the middle of it where it writes.
"""

import itertools
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness.environment import PATIENCE, build_folder

DRIVER = build_folder() / "tests/fault/store_driver"
SHIM = build_folder() / "tests/fault/libkill_shim.so"


def drive(*arguments, **environment):
    """Runs the driver; its process, ended."""
    return subprocess.run([DRIVER, *map(str, arguments)], capture_output=True, text=True,
                          timeout=PATIENCE, env={**os.environ, **environment}, check=False)


class KillAtEachStep(unittest.TestCase):

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="daybook_kill_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def kill_at_each_step(self, events, *appends, **environment):
        """How many steps there were to kill at."""
        made = drive("make", self.folder / "made", events)
        self.assertEqual(made.returncode, 0, made.stderr)
        sizes = list(itertools.accumulate(appends, initial=events))
        step = 0
        while True:
            step += 1
            store = self.folder / "store"
            shutil.copytree(self.folder / "made", store)
            run = drive("append", store, *appends, LD_PRELOAD=str(SHIM), KILL_AT=str(step),
                        **environment)
            acknowledged = int((run.stdout.split() or [events])[-1])
            with self.subTest(step=step, acknowledged=acknowledged):
                self.assertIn(run.returncode, (0, -9), run.stderr)
                # The log goes on, across the next roll-over too.
                checked = drive("check", store, 1, 32)
                self.assertEqual(checked.returncode, 0, checked.stderr)
                size = int(checked.stdout.split()[0])
                self.assertGreaterEqual(size, acknowledged)
                self.assertIn(size, sizes, "part of an append is there")
            shutil.rmtree(store)
            if run.returncode == 0:
                return step - 1

    def test_of_an_append(self):
        self.assertGreater(self.kill_at_each_step(3, 5), 3)

    def test_of_an_append_that_completes_a_tile(self):
        self.assertGreater(self.kill_at_each_step(250, 5, 2), 5)

    def test_of_a_roll_over_and_of_sealing(self):
        self.assertGreater(self.kill_at_each_step(30, 1, 5), 50)

    def test_of_an_append_across_several_segments(self):
        self.assertGreater(self.kill_at_each_step(30, 70), 100)

    def test_in_the_middle_of_a_write(self):
        self.assertGreater(self.kill_at_each_step(30, 5, KILL_TEAR="1"), 50)


if __name__ == "__main__":
    unittest.main()
