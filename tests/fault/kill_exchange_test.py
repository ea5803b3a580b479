"""An exchange of databases that is killed at any step leaves the old one or the new one, whole, and
can be done again; so does the way back.

A shim ends the program before its N-th call that changes a file, for every N.
"""

import os
import shutil
import unittest

from harness.app import AppCase, NONNEG
from harness.environment import build_folder, program
from harness.migrate import run

SHIM = build_folder() / "tests/fault/libkill_shim.so"
ENDLESS = 1_000_000


class KilledExchange(AppCase):

    def setUp(self):
        super().setUp()
        self.made = self.folder / "made"
        self.made.mkdir()
        self.migration("0001_nonneg.textproto", NONNEG + "strategy: BLUE_GREEN")

    def make(self, journal_mode):
        self.take_away()
        self.accounts(1, 2, 3)
        self.sql(f"PRAGMA journal_mode = {journal_mode}")

    def take_away(self):
        for path in self.folder.iterdir():
            if path.is_file():
                path.unlink()

    def put_away(self):
        shutil.rmtree(self.made)
        self.made.mkdir()
        for path in self.folder.glob("app*"):
            shutil.copyfile(path, self.made / path.name)

    def take_out(self):
        self.take_away()
        for path in self.made.iterdir():
            shutil.copyfile(path, self.folder / path.name)

    def contents(self):
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        return self.rows("SELECT sql FROM sqlite_schema WHERE name = 'accounts'"
                         " UNION ALL SELECT balance FROM accounts ORDER BY 1")

    def kill(self, step, command):
        """Whether it came to its end before."""
        self.take_out()
        ended = run([program("daybook-migrate"), *command, "--database",
                     f"sqlite:{self.database}", "--migrations", self.migrations],
                    env={**os.environ, "LD_PRELOAD": str(SHIM), "KILL_AT": str(step)})
        self.assertIn(ended.code, (0, -9), ended)
        return ended.code == 0

    def kill_at_each_step(self, *command):
        before = self.contents()
        self.put_away()
        self.assertTrue(self.kill(ENDLESS, command))
        after = self.contents()
        self.assertNotEqual(before, after)
        seen, step, ended = [], 0, False
        while not ended:
            step += 1
            with self.subTest(step=step):
                ended = self.kill(step, command)
                there = self.contents()
                self.assertIn(there, (before, after))
                seen.append(there == after)
                if there == before:
                    finished = self.migrate(*command)
                    self.assertEqual(finished.code, 0, finished)
                self.assertEqual(self.contents(), after)
        self.assertEqual(sorted(seen), seen, "what was done was undone again")
        print(f"{self.id()}: {step} steps, {seen.count(True)} after the exchange", flush=True)
        self.assertGreater(seen.count(True), 5)
        self.assertGreater(seen.count(False), 30)

    def test_there(self):
        for journal_mode in ("DELETE", "WAL"):
            self.make(journal_mode)
            self.kill_at_each_step("apply")

    def test_and_back(self):
        for journal_mode in ("DELETE", "WAL"):
            self.make(journal_mode)
            self.assertEqual(self.migrate("apply").code, 0)
            self.kill_at_each_step("rollback", "--via", "blue")


if __name__ == "__main__":
    unittest.main()
