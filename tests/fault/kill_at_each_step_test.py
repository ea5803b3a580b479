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

    def make(self, events):
        """A store with so many events."""
        made = drive("make", self.folder / "made", events)
        self.assertEqual(made.returncode, 0, made.stderr)
        return self.folder / "made"

    def append_and_kill(self, store, step, appends, **environment):
        """The ended process, and the size of the log that it told last."""
        run = drive("append", store, *appends, LD_PRELOAD=str(SHIM), KILL_AT=str(step),
                    **environment)
        self.assertIn(run.returncode, (0, -9), run.stderr)
        return run, int((run.stdout.split() or [0])[-1])

    def kill_at_each_step_on(self, made, sizes, acknowledged, appends, **environment):
        """How many steps there were to kill at, of opening a store and appending to it.

        The log ends up with one of `sizes`, and never below what was acknowledged.
        """
        step = 0
        while True:
            step += 1
            store = self.folder / f"store_{made.name}_{step}"
            shutil.copytree(made, store)
            run, told = self.append_and_kill(store, step, appends, **environment)
            with self.subTest(step=step, told=told):
                # The log goes on, across the next roll-over too.
                checked = drive("check", store, 1, 32)
                self.assertEqual(checked.returncode, 0, checked.stderr)
                size = int(checked.stdout.split()[0])
                self.assertGreaterEqual(size, max(told, acknowledged))
                self.assertIn(size, sizes, "part of an append is there")
            shutil.rmtree(store, ignore_errors=True)
            if run.returncode == 0:
                return step - 1

    def kill_at_each_step(self, events, *appends, **environment):
        """The same for a new store of so many events."""
        sizes = list(itertools.accumulate(appends, initial=events))
        return self.kill_at_each_step_on(self.make(events), sizes, events, appends, **environment)

    def test_of_an_append(self):
        self.assertGreater(self.kill_at_each_step(3, 5), 3)

    def test_of_an_append_that_completes_a_tile(self):
        self.assertGreater(self.kill_at_each_step(250, 5, 2), 5)

    def test_of_a_roll_over_and_of_sealing(self):
        self.assertGreater(self.kill_at_each_step(30, 1, 5), 50)

    def test_of_an_append_across_several_segments(self):
        self.assertGreater(self.kill_at_each_step(30, 70), 100)

    def test_of_the_recovery_after_a_kill(self):
        made = self.make(30)
        for killed_at in (20, 50, 80, 110):
            with self.subTest(killed_at=killed_at):
                wreck = self.folder / f"wreck_{killed_at}"
                shutil.copytree(made, wreck)
                run, told = self.append_and_kill(wreck, killed_at, [70])
                self.assertEqual(run.returncode, -9)
                self.assertGreater(self.kill_at_each_step_on(wreck, (30, 100), told, []), 5)

    def test_in_the_middle_of_a_write(self):
        self.assertGreater(self.kill_at_each_step(30, 5, KILL_TEAR="1"), 50)


if __name__ == "__main__":
    unittest.main()
