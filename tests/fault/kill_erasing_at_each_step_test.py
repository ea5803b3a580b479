"""An erasure that is killed at any step is completed at the next start, or was
never begun.

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
from harness.erasing import files_holding

DRIVER = build_folder() / "tests/fault/store_driver"
SHIM = build_folder() / "tests/fault/libkill_shim.so"
PERSON = "the-person-1"


def drive(*arguments, **environment):
    """Runs the driver; its process, ended."""
    return subprocess.run([DRIVER, *map(str, arguments)], capture_output=True, text=True,
                          timeout=PATIENCE, env={**os.environ, **environment}, check=False)


class KillErasingAtEachStep(unittest.TestCase):

    def setUp(self):
        # In memory where that can be had: a kill loses nothing of the page cache, and
        # nothing waits for a disk.
        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="daybook_kill_",
                                            dir=memory if memory.is_dir() else None))
        self.addCleanup(shutil.rmtree, self.folder)

    def checked(self, store):
        """How many declarations there are, and what stands for all leaves."""
        ended = drive("check-erased", store)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        declared, leaves = ended.stdout.split()
        return int(declared), leaves

    def kill_at_each_step(self, events, **environment):
        """Kills erasing from a store of so many events; how it came out, step by step."""
        made = self.folder / "made"
        self.assertEqual(drive("make", made, events).returncode, 0)
        self.assertNotEqual(files_holding(made, PERSON), [])
        _, leaves = self.checked(made)
        outcomes = []
        for step in itertools.count(1):
            store = self.folder / "store"
            shutil.copytree(made, store)
            run = drive("erase", store, LD_PRELOAD=str(SHIM), KILL_AT=str(step), **environment)
            self.assertIn(run.returncode, (0, -9), run.stderr)
            with self.subTest(step=step):
                declared, left = self.checked(store)
                self.assertEqual(left, leaves, "a leaf has changed")
                self.assertLessEqual(declared, 1)
                if declared:
                    self.assertEqual(files_holding(store, PERSON), [])
                    self.assertEqual(list(store.rglob("*.new*")), [])
                outcomes.append(declared)
            shutil.rmtree(store)
            if run.returncode == 0:
                return outcomes

    def assert_decided_once(self, outcomes):
        """Nothing is begun before some step, and all is completed from there on."""
        self.assertEqual(outcomes, sorted(outcomes))
        self.assertEqual(set(outcomes), {0, 1})

    def test_in_sealed_segments_and_the_active_one(self):
        outcomes = self.kill_at_each_step(70)

        self.assertGreater(len(outcomes), 60)
        self.assert_decided_once(outcomes)

    def test_in_the_middle_of_a_write(self):
        outcomes = self.kill_at_each_step(36, KILL_TEAR="1")

        self.assert_decided_once(outcomes)


if __name__ == "__main__":
    unittest.main()
