"""Where two files cannot change places, BLUE_GREEN says so and leaves the database as it is.

strace makes renameat2 fail as a file system does that knows no exchange, a file that is
mounted, and a disk.
"""

import os
import subprocess
import unittest

from harness.app import AppCase, NONNEG
from harness.environment import PATIENCE, program, require_injection

GREEN = NONNEG + "strategy: BLUE_GREEN"


class NoExchange(AppCase):

    def setUp(self):
        super().setUp()
        self.accounts(*range(50))
        self.sql("PRAGMA journal_mode = WAL")
        self.migration("0001_nonneg.textproto", GREEN)

    def run_failing(self, error, when, *command):
        return subprocess.run(
            [STRACE, "-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat2",
             "-e", f"inject=renameat2:error={error}:when={when}",
             program("daybook-migrate"), *command, "--database", f"sqlite:{self.database}",
             "--migrations", self.migrations],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
            # Where leaks are looked for, not under a tracer: the two want the same of the kernel.
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})

    def assert_ended(self, ended, code, version):
        self.assertEqual(ended.returncode, code, ended)
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.rows("PRAGMA journal_mode"), [("wal",)])
        self.assertFalse(list(self.folder.glob(".app.*")), "something half-made is left")
        there = self.rows("SELECT count(*) FROM sqlite_schema WHERE name = 'mig_history'")
        self.assertEqual(there, [(version,)])

    # The first call only tries it on two empty files; the second is the exchange.
    def test_apply(self):
        for error, when, code in (("EINVAL", "1", 12), ("EBUSY", "2", 12), ("EIO", "2", 30)):
            with self.subTest(error=error, when=when):
                ended = self.run_failing(error, when, "apply")
                self.assert_ended(ended, code, version=0)
                self.assertFalse((self.folder / "app.db.blue-0").exists())
        self.assertEqual(self.migrate("apply").code, 0)

    def test_rollback(self):
        self.assertEqual(self.migrate("apply").code, 0)
        for error, when, code in (("EINVAL", "1", 12), ("EIO", "2", 30)):
            with self.subTest(error=error, when=when):
                ended = self.run_failing(error, when, "rollback", "--via", "blue")
                self.assert_ended(ended, code, version=1)
                self.assertEqual(self.rows("SELECT version FROM mig_history"), [(1,)])
        self.assertEqual(self.migrate("rollback", "--via", "blue").code, 0)
        self.assertEqual(self.rows("SELECT count(*) FROM mig_history"), [(0,)])


if __name__ == "__main__":
    STRACE = require_injection()
    unittest.main()
