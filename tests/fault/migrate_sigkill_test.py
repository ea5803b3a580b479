"""A migration that is killed has happened whole or not at all, and is finished
by the next one.

DAYBOOK_SEED repeats a run's choices; they are printed when a test begins.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

from harness.app import AppCase
from harness.environment import PATIENCE, program

# For each strategy, half of them in each journal mode. Under sanitizers fewer: what
# they look for is met in each.
KILLS = int(os.environ.get("DAYBOOK_KILLS", "200"))

# One statement that makes ROWS accounts with two entries each; a few accounts
# are in debt, so that rows are set aside.
ROWS = 3_000
# Of a signal that is to meet the program at work, which it may have ended before.
MOST_TRIES = 200
# Of a table that takes some tenths of a second or more in each phase.
LARGE = 400_000
SCHEMA = f"""
CREATE TABLE accounts (id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL,
  balance INTEGER NOT NULL);
CREATE INDEX accounts_owner ON accounts (owner);
CREATE TABLE entries (id INTEGER PRIMARY KEY, account INTEGER NOT NULL
  REFERENCES accounts (id) ON DELETE CASCADE, note TEXT);
CREATE TABLE log (line TEXT);
CREATE TRIGGER accounts_deleted AFTER DELETE ON accounts BEGIN
  INSERT INTO log VALUES ('deleted ' || OLD.id);
END;
CREATE VIEW owners AS SELECT owner, sum(balance) AS balance FROM accounts GROUP BY owner;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
  INSERT INTO accounts (owner, balance) SELECT 'owner ' || (i % 97), i FROM n;
INSERT INTO entries (account, note) SELECT id, printf('%.40c', 'x') FROM accounts;
INSERT INTO entries (account, note) SELECT id, NULL FROM accounts;
"""

REBUILD = """
version: 1 name: "rebuild" strategy: SINGLE_TX
step { add_check { table: "accounts" column: "balance" name: "accounts_balance_positive"
  rule { int64 { gt: 0 } } rationale: "r"
  on_violation { quarantine { with_referencing_rows: true } } } }
step { alter_foreign_key { table: "entries" columns: "account" on_delete: RESTRICT rationale: "r" } }
step { create_table { name: "audit" column { name: "id" type: INTEGER generated_key: true } rationale: "r" } }
step { create_index { table: "entries" name: "entries_account" columns: "account" rationale: "r" } }
"""

EDIT = """
version: 1 name: "edit" strategy: SCHEMA_EDIT
step { add_check { table: "accounts" column: "balance" name: "accounts_balance_any"
  rule { int64 { gte: -1000000 } } rationale: "r" } }
step { alter_foreign_key { table: "entries" columns: "account" on_delete: RESTRICT rationale: "r" } }
"""


GREEN = REBUILD.replace('"rebuild"', '"green"').replace("SINGLE_TX", "BLUE_GREEN")


class KilledMigration(AppCase):

    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("DAYBOOK_SEED") or random.SystemRandom().randrange(2**32))
        print(f"{self.id()}: DAYBOOK_SEED={seed}", flush=True)
        self.chance = random.Random(seed)
        self.original = self.folder / "original.db"

    def prepare(self, journal_mode, migration, debts):
        self.migration("0001_" + migration.split('"')[1] + ".textproto", migration)
        self.sql(f"PRAGMA journal_mode = {journal_mode};" + SCHEMA)
        self.sql(f"UPDATE accounts SET balance = -balance WHERE id <= {debts}")
        self.put_away()

    def put_away(self):
        shutil.copyfile(self.database, self.original)

    def take_out(self):
        for leftover in self.folder.glob("app.db*"):
            leftover.unlink()
        shutil.copyfile(self.original, self.database)

    def assert_blue_is(self, before):
        """Where the old database is kept, it is whole without any journal."""
        blue = self.folder / "app.db.blue-0"
        if not blue.exists():
            return
        self.assertEqual([path.name for path in self.folder.glob("app.db.blue-*")], [blue.name])
        live, self.database = self.database, blue
        self.assertEqual(self.contents(), before)
        self.database = live

    def contents(self):
        """Schema and rows of all that is the application's."""
        schema = self.rows("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'mig_%'"
                           " AND tbl_name NOT LIKE 'mig_%' ORDER BY 1, 2")
        tables = ("accounts", "entries", "log", "sqlite_sequence")
        return schema, [self.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]

    def start(self, *command):
        return subprocess.Popen(  # pylint: disable=consider-using-with
            [program("daybook-migrate"), *(command or ("apply",)),
             "--database", f"sqlite:{self.database}", "--migrations", self.migrations],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def end_at_a_random_moment(self, within, sign, *command):
        migrator = self.start(*command)
        try:
            migrator.communicate(timeout=self.chance.uniform(0, within))
        except subprocess.TimeoutExpired:
            migrator.send_signal(sign)
            migrator.communicate(timeout=PATIENCE)
        return migrator.returncode

    def kill_within(self, took, *command):
        """How long a run takes at most: a later one may find a backup, or a machine that
        others have left, and most kills would come too late."""
        begin = time.monotonic()
        if self.end_at_a_random_moment(took * 1.1, signal.SIGKILL, *command) != 0:
            return took
        return min(took, time.monotonic() - begin)

    def measure(self, *command):
        """How long an undisturbed run takes, and what it leaves."""
        before = self.contents()
        begin = time.monotonic()
        ended = self.start(*command)
        out, _ = ended.communicate(timeout=PATIENCE)
        took = time.monotonic() - begin
        self.assertEqual(ended.returncode, 0, out)
        return before, self.contents(), took

    def kill_again_and_again(self, journal_mode, migration, debts=0):
        self.prepare(journal_mode, migration, debts)
        before, after, took = self.measure()
        self.assertNotEqual(before, after)
        seen = {"old": 0, "new": 0}
        for _ in range(KILLS // 2):
            self.take_out()
            took = self.kill_within(took)
            if migration == GREEN:
                self.assert_blue_is(before)
            self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
            there = self.contents()
            self.assertIn(there, (before, after))
            seen["old" if there == before else "new"] += 1
            finished = self.migrate("apply")
            self.assertEqual(finished.code, 0, finished)
            self.assertEqual(self.contents(), after)
            self.assertEqual(self.rows("SELECT count(*) FROM mig_history"), [(1,)])
        print(f"{self.id()}: {seen}", flush=True)
        self.assertGreater(seen["old"], 0)

    def test_rebuild_in_delete_mode(self):
        self.kill_again_and_again("DELETE", REBUILD, debts=20)

    def test_rebuild_in_wal_mode(self):
        self.kill_again_and_again("WAL", REBUILD, debts=20)

    def test_schema_edit_in_delete_mode(self):
        self.kill_again_and_again("DELETE", EDIT)

    def test_schema_edit_in_wal_mode(self):
        self.kill_again_and_again("WAL", EDIT)

    def test_blue_green_in_delete_mode(self):
        self.kill_again_and_again("DELETE", GREEN, debts=20)

    def test_blue_green_in_wal_mode(self):
        self.kill_again_and_again("WAL", GREEN, debts=20)

    def test_the_way_back_via_blue(self):
        for journal_mode in ("DELETE", "WAL"):
            with self.subTest(journal_mode):
                self.kill_on_the_way_back(journal_mode)

    def kill_on_the_way_back(self, journal_mode):
        way_back = ("rollback", "--via", "blue")
        self.take_away()
        self.prepare(journal_mode, GREEN, debts=20)
        self.assertEqual(self.migrate("apply").code, 0)
        pair = [self.folder / name for name in ("app.db", "app.db.blue-0")]
        kept = [shutil.copyfile(path, f"{path.parent}/kept-{path.name}") for path in pair]
        before, after, took = self.measure(*way_back)
        self.assertNotEqual(before, after)
        seen = {"old": 0, "new": 0}
        for _ in range(KILLS // 4):
            self.take_away()
            for path, copy in zip(pair, kept):
                shutil.copyfile(copy, path)
            took = self.kill_within(took, *way_back)
            self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
            there = self.contents()
            self.assertIn(there, (before, after))
            seen["old" if there == before else "new"] += 1
            if there == before:
                finished = self.migrate(*way_back)
                self.assertEqual(finished.code, 0, finished)
            self.assertEqual(self.contents(), after)
            self.assertEqual(self.rows("SELECT action FROM mig_event ORDER BY id"),
                             [("migration.applied",), ("migration.switched",),
                              ("migration.rolled_back",)])
        print(f"{self.id()}: {journal_mode} {seen}", flush=True)
        self.assertGreater(seen["old"], 0)

    def take_away(self):
        for leftover in self.folder.glob("app.db*"):
            leftover.unlink()

    def test_a_polite_signal_leaves_no_green(self):
        self.prepare("WAL", GREEN, debts=20)
        before, after, took = self.measure()
        for sign in (signal.SIGTERM, signal.SIGINT) * 10:
            self.take_out()
            ended = self.end_at_a_random_moment(took, sign)
            self.assertEqual(self.contents(), after if ended == 0 else before)
            if ended in (130, 143):
                self.assertFalse(list(self.folder.glob(".app.*")))
                self.assertEqual(self.rows("PRAGMA journal_mode"), [("wal",)])

    def test_a_polite_signal_rolls_back(self):
        self.prepare("WAL", REBUILD, debts=20)
        before, after, took = self.measure()
        for sign, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with self.subTest(sign):
                met = 0
                for _ in range(MOST_TRIES):
                    self.take_out()
                    begin = time.monotonic()
                    ended = self.end_at_a_random_moment(took, sign)
                    if ended == 0:  # the backup is there by now, and it is quicker
                        took = min(took, time.monotonic() - begin)
                    # A signal before the program looks for it ends it as any other.
                    self.assertIn(ended, (0, code, -sign))
                    self.assertEqual(self.contents(), after if ended == 0 else before)
                    met += ended == code
                    if met == 5:
                        break
                self.assertEqual(met, 5, "the program was hardly ever met at work")


class StoppedMigration(AppCase):
    """SIGTERM in each phase of writing a large table anew."""

    def test_in_wal_mode(self):
        self.stop_in_each_phase("WAL")

    def test_in_delete_mode(self):
        self.stop_in_each_phase("DELETE")

    def stop_in_each_phase(self, journal_mode):
        self.sql(f"PRAGMA journal_mode = {journal_mode};" + SCHEMA.replace(str(ROWS), str(LARGE)))
        self.migration("0001_rebuild.textproto", REBUILD)
        before = self.digest()
        # "backup" is first, as a backup that was made is found again.
        for event, phase in (("phase", "backup"), ("phase", "remember"), ("rebuild", "migrate"),
                             ("phase", "verify")):
            with self.subTest(phase=phase):
                self.stop_once(event, phase)
                self.assertEqual(self.digest(), before)
                self.assertEqual(list(self.folder.glob(".app*")), [], "nothing half done is left")
        self.assertEqual(self.migrate("apply").code, 0)
        self.assertNotEqual(self.digest(), before)

    def digest(self):
        """Schema and rows, in short."""
        return (self.rows("SELECT name, sql FROM sqlite_schema ORDER BY 1"),
                self.rows("SELECT count(*), sum(id), sum(balance) FROM accounts"),
                self.rows("SELECT count(*), sum(id), sum(account) FROM entries"),
                self.rows("PRAGMA quick_check"))

    def stop_once(self, event, phase):
        log = self.folder / "termination-log"
        log.unlink(missing_ok=True)
        with subprocess.Popen(
                [program("daybook-migrate"), "apply", "--database", f"sqlite:{self.database}",
                 "--migrations", self.migrations, "--format", "json", "--termination-log", log],
                stdout=subprocess.PIPE, text=True) as migrator:
            reached = ""
            for text in migrator.stdout:
                line = json.loads(text)
                if line["event"] == "phase":
                    reached = line["phase"]
                if line["event"] == event and reached == phase:
                    break
            begin = time.monotonic()
            migrator.send_signal(signal.SIGTERM)
            after = [json.loads(text) for text in migrator.stdout]
            code = migrator.wait(PATIENCE)
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(code, 143, after)
        self.assertEqual([line for line in after if line["event"] == "phase"], [],
                         "it was stopped where it was to be")
        written = json.loads(log.read_text())
        self.assertEqual((written["code"], written["retryable"], written["version"]),
                         (143, True, 1))


if __name__ == "__main__":
    unittest.main()
