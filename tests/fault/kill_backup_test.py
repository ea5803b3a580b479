"""A backup or a restore that is killed at any step leaves the old state or the new, and can be
done again.

A shim ends the process before its N-th call that changes a file, for every N.
"""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness.environment import PATIENCE, build_folder

DRIVER = build_folder() / "tests/fault/backup_driver"
SHIM = build_folder() / "tests/fault/libkill_shim.so"


def drive(*arguments, **environment):
    """Runs the driver; its process, ended."""
    return subprocess.run([DRIVER, *map(str, arguments)], capture_output=True, text=True,
                          timeout=PATIENCE, env={**os.environ, **environment}, check=False)


class KillBackup(unittest.TestCase):

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="daybook_kill_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def run_driver(self, *arguments):
        run = drive(*arguments)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def make(self, journal_mode):
        made = self.folder / "made"
        self.run_driver("make", made, journal_mode)
        return made

    def files(self, place):
        return sorted(path.name for path in [*place.iterdir(), *(place / "backups").iterdir()])

    def kill_at_each_step(self, made, command, *key):
        """The places where the command was killed, each with whether it came to its end."""
        step, ended = 0, False
        while not ended:
            step += 1
            # A database belongs to its path, so each is made at the same one.
            place = self.folder / "place"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(made, place)
            if command == "restore":
                self.run_driver("create", place, "first", *key)
                self.run_driver("change", place)
            run = drive(command, place, "killed", *key, LD_PRELOAD=str(SHIM), KILL_AT=str(step))
            self.assertIn(run.returncode, (0, -9), run.stderr)
            ended = run.returncode == 0
            with self.subTest(step=step, ended=ended):
                yield place
        self.assertGreater(step, 15)

    def test_of_a_backup(self):
        for journal_mode, *key in (("DELETE",), ("WAL",), ("DELETE", "key")):
            made = self.make(journal_mode)
            held = self.run_driver("check", made)
            for place in self.kill_at_each_step(made, "create", *key):
                # No backup claims what it is not, and the database is as it was.
                self.assertEqual(self.run_driver("check", place, *key), held)
                self.run_driver("create", place, "again", *key)
                self.assertEqual(self.run_driver("check", place, *key), held)
                self.assertEqual(len(list((place / "backups").iterdir())), 2, self.files(place))
            shutil.rmtree(made)

    def test_of_a_restore(self):
        for journal_mode, *key in (("DELETE",), ("WAL",), ("WAL", "key")):
            made = self.make(journal_mode)
            wanted = self.run_driver("check", made)
            seen = set()
            for place in self.kill_at_each_step(made, "restore", *key):
                held = self.run_driver("check", place, *key)
                self.assertTrue(held == wanted or "later" in held, held)
                self.assertLessEqual(len(held.splitlines()), 3, "half of each")
                seen.add(held == wanted)
                # The one to go back to is the older of the two: the newer holds what
                # was there before.
                self.restore_first(place, *key)
                self.assertEqual(self.run_driver("check", place, *key), wanted)
                self.assertFalse([name for name in self.files(place) if "partial" in name],
                                 self.files(place))
            self.assertEqual(seen, {False, True})
            shutil.rmtree(made)

    def restore_first(self, place, *key):
        for file in (place / "backups").glob("*-killed*"):
            file.unlink()
        self.run_driver("restore", place, "again", *key)


if __name__ == "__main__":
    unittest.main()
