"""A database of an application, and the migrations a test runs on it."""

import contextlib
import pathlib
import shutil
import sqlite3
import tempfile
import unittest

from harness.migrate import migrate

DEPOSITS = pathlib.Path(__file__).resolve().parents[3] / "migrator/migrations/deposits"

NONNEG = """
version: 1 name: "nonneg"
step { add_check {
  table: "accounts" column: "balance" name: "accounts_balance_nonneg"
  rule { int64 { gte: 0 } }
  rationale: "no credit is given" } }
"""


class AppCase(unittest.TestCase):
    """Each test has a folder with app.db and, in m/, its migrations."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="daybook-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.database = self.folder / "app.db"
        self.migrations = self.folder / "m"
        self.migrations.mkdir()

    def sql(self, script):
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.executescript(script)

    def rows(self, statement):
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return database.execute(statement).fetchall()

    def accounts(self, *balances):
        """Makes the database, with one account for each balance."""
        self.sql("CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);")
        for balance in balances:
            self.sql(f"INSERT INTO accounts (balance) VALUES ({balance});")

    def migration(self, name, text):
        (self.migrations / name).write_text(text)

    def migrate(self, command, *arguments):
        return migrate(*command.split(), "--database", f"sqlite:{self.database}",
                       "--migrations", self.migrations, *arguments)

    def assert_ends(self, code, command, *arguments, result=None):
        """Runs it for people, then for programs, whose result is returned."""
        told = self.migrate(command, *arguments)
        self.assertEqual(told.code, code, told)
        self.assertTrue(told.out)
        ended = self.migrate(command, *arguments, "--format", "json")
        self.assertEqual(ended.code, code, ended)
        last = ended.result()
        self.assertEqual((last["event"], int(last["exit_code"])), ("result", code))
        if result is not None:
            self.assertEqual(last["result"], result)
        return last

    def roll_back(self, *arguments):
        ended = self.migrate("rollback", *arguments, "--format", "json")
        self.assertEqual((ended.code, ended.result()["result"]), (0, "rolled_back"), ended)
