"""wait, test, rehearse, plan --explain and report, over the worked sets."""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import unittest

from harness.app import AppCase, NONNEG
from harness.environment import PATIENCE, program
from harness.migrate import migrate, run

SETS = pathlib.Path(__file__).resolve().parents[2] / "migrator/migrations"

# A migration whose way back does not lead back.
LOSSY = """
version: 1 name: "lossy"
step { sql {
  up { sql: "UPDATE accounts SET balance = 0 WHERE id = 1" }
  down { sql: "UPDATE accounts SET balance = 1 WHERE id = 1" }
  changes_table: "accounts"
  rationale: "a test" } }
"""

ONE_WAY = """
version: 1 name: "one_way"
step { sql {
  up { sql: "DELETE FROM accounts WHERE id = 1" }
  irreversible: "the account is gone"
  changes_table: "accounts"
  rationale: "a test" } }
"""


class Worked(AppCase):

    def use(self, name):
        self.migrations = SETS / name
        self.sql((SETS / name / "fixture/before.sqlite.sql").read_text())

    def ends(self, code, command, *arguments):
        """Runs it once, for programs."""
        ended = self.migrate(command, *arguments, "--format", "json")
        self.assertEqual(ended.code, code, ended)
        return ended

    def events(self, ended, name):
        return [line for line in ended.json_lines() if line["event"] == name]

    def left(self):
        """What lies in the folder, less the files of locks."""
        return sorted(path.name for path in self.folder.iterdir()
                      if not path.name.endswith(".lock"))

    def reports(self):
        return sorted(self.folder.glob("app-rehearsal-*.json"))


class Wait(Worked):

    def test_a_database_that_takes_writes_is_ready_and_stays_as_it_is(self):
        self.accounts(0)
        before = self.database.read_bytes()

        self.ends(0, "wait")

        self.assertEqual(self.database.read_bytes(), before)
        self.assertEqual(self.left(), ["app.db", "m"])

    def test_a_writer_is_waited_for(self):
        self.accounts(0)
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with subprocess.Popen(
                    [program("daybook-migrate"), "wait", "--database", f"sqlite:{self.database}",
                     "--lock-timeout", "60"], stdout=subprocess.PIPE, text=True) as waiting:
                self.assertIn("waiting", waiting.stdout.readline())
                other.execute("COMMIT")
                out, _ = waiting.communicate(timeout=PATIENCE)
        self.assertEqual(waiting.returncode, 0, out)

    def test_a_writer_that_does_not_end_is_23(self):
        self.accounts(0)
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            result = self.ends(23, "wait", "--lock-timeout", "0.3").result()
        self.assertEqual(result["result"], "service_live")
        self.assertGreater(int(result["tries"]), 1)

    def test_a_database_that_does_not_come_is_20(self):
        self.ends(20, "wait", "--lock-timeout", "0.2")
        self.assertEqual(self.left(), ["m"])

    def test_one_that_may_only_be_read_is_11(self):
        self.accounts(0)
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        self.database.chmod(0o444)
        nobody = 65534
        as_nobody = {"user": nobody, "group": nobody} if os.geteuid() == 0 else {}
        ended = run([program("daybook-migrate"), "wait", "--database", f"sqlite:{self.database}",
                     "--format", "json"], **as_nobody)
        self.assertEqual((ended.code, ended.result()["tries"]), (11, "1"), ended)

    def test_a_file_that_is_no_database_is_4_at_once(self):
        self.database.write_text("this is not a database, but text of some length" * 100)
        self.ends(4, "wait", "--lock-timeout", "60")


class Test(Worked):

    def test_each_worked_set_holds_on_its_fixture(self):
        for name, *more in (("deposits",), ("channels",), ("trades",),
                            ("portfolio", "--baseline", "1")):
            ended = migrate("test", "--migrations", SETS / name, "--fixture",
                            SETS / name / "fixture/before.sqlite.sql", "--work-dir", self.folder,
                            *more, "--format", "json")
            self.assertEqual((ended.code, ended.result()["result"]), (0, "tested"), ended)
        self.assertEqual(self.left(), ["m"])

    def test_a_database_is_only_read(self):
        self.use("deposits")
        before = self.database.read_bytes()

        result = self.ends(0, "test").result()

        self.assertEqual((result["from"], result["to"]), ("0", "1"))
        self.assertEqual(self.database.read_bytes(), before)
        self.assertEqual(self.left(), ["app.db", "m"])

    def test_one_in_wal_mode_with_a_live_writer_is_copied_as_committed(self):
        self.use("deposits")
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            other.execute("PRAGMA journal_mode = WAL")
            other.execute("INSERT INTO users (id, telegram_id) SELECT max(id) + 1, 'new' FROM users")
            other.execute("BEGIN IMMEDIATE")
            self.ends(0, "test")
            other.execute("COMMIT")

    def test_what_is_applied_already_is_tested_too(self):
        self.use("channels")
        self.assertEqual(self.migrate("apply").code, 0)
        self.assertEqual([self.ends(0, "test", *more).result()["from"]
                          for more in ((), ("--last", "1"))], ["0", "1"])

    def test_a_way_back_that_does_not_lead_back_is_31(self):
        self.accounts(7)
        self.migration("0001_lossy.textproto", LOSSY)

        ended = self.ends(31, "test")

        self.assertIn("version 0, on the way back, is not what it was before: table accounts has"
                      " other values", ended.result()["message"])
        self.assertEqual(self.rows("SELECT balance FROM accounts"), [(7,)])
        self.assertEqual(self.left(), ["app.db", "m"])

    def test_rows_in_the_way_end_it_as_they_end_apply(self):
        self.accounts(-1)
        self.migration("0001_nonneg.textproto", NONNEG)
        self.ends(10, "test")
        self.assertEqual(self.left(), ["app.db", "m"])

    def test_what_has_no_way_back_is_not_taken_back(self):
        self.accounts(1, 2)
        self.migration("0001_one_way.textproto", ONE_WAY)
        ended = self.ends(0, "test")
        self.assertEqual(ended.result()["from"], "1")
        self.assertEqual(len(self.events(ended, "floor")), 1)

    def test_a_fixture_that_is_not_sql_is_2(self):
        self.migration("0001_nonneg.textproto", NONNEG)
        fixture = self.folder / "fixture.sql"
        fixture.write_text("CREATE TABLE")
        for path in (fixture, self.folder / "missing.sql"):
            ended = migrate("test", "--migrations", self.migrations, "--fixture", path,
                            "--work-dir", self.folder)
            self.assertEqual(ended.code, 2, ended)


if __name__ == "__main__":
    unittest.main()
