"""daybook-migrate on databases of applications: what a platform team meets."""

import concurrent.futures
import contextlib
import fcntl
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import time
import unittest

from harness.app import AppCase, NONNEG
from harness.environment import A_SECOND, PATIENCE, program
from harness.migrate import migrate, run

F_OFD_SETLK = 37


def share(path):
    """Holds a lock as a service does; returns the file, which keeps it."""
    file = open(path, "w+b")  # pylint: disable=consider-using-with
    fcntl.fcntl(file, F_OFD_SETLK,
                struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0))
    return file


def as_nobody():
    """Options of a process that may not write everywhere, as root may."""
    nobody = 65534
    return {"user": nobody, "group": nobody} if os.geteuid() == 0 else {}


class AppMigrator(AppCase):

    def test_what_is_pending_is_applied_once_and_proved(self):
        self.accounts(0, 5)
        self.migration("0001_nonneg.textproto", NONNEG)

        self.assert_ends(3, "status", "--exit-code", result="pending")
        ended = self.migrate("apply", "--format", "json")
        self.assertEqual((ended.code, ended.result()["result"]), (0, "applied"), ended)
        self.assertIn("verified", [line["event"] for line in ended.json_lines()])
        self.assert_ends(0, "apply", result="nothing_pending")
        self.assert_ends(0, "verify", result="verified")
        with self.assertRaisesRegex(sqlite3.IntegrityError, "accounts_balance_nonneg"):
            self.sql("UPDATE accounts SET balance = -1")

    def test_nothing_pending_is_quick_and_leaves_the_file_as_it_is(self):
        self.accounts(0)
        self.migration("0001_nonneg.textproto", NONNEG)
        self.migrate("apply")
        before = self.database.stat().st_mtime_ns
        begin = time.monotonic()

        self.assert_ends(0, "apply", result="nothing_pending")

        self.assertLess(time.monotonic() - begin, A_SECOND)
        self.assertEqual(self.database.stat().st_mtime_ns, before)

    def test_rows_in_the_way_end_it_with_10_and_an_untouched_file(self):
        self.accounts(0, -5)
        self.migration("0001_nonneg.textproto", NONNEG)
        before = self.database.read_bytes()

        result = self.assert_ends(10, "apply", result="data")
        self.assert_ends(10, "preflight", result="data")

        self.assertIn("1 row of accounts breaks accounts_balance_nonneg (rowid 2)",
                      result["message"])
        self.assertTrue(result["next"])
        self.assertNotIn("-5", json.dumps(result), "values of rows are not told")
        self.assertEqual(self.database.read_bytes(), before)

    def test_rollback_leads_back(self):
        self.accounts(0)
        before = self.rows("SELECT sql FROM sqlite_schema WHERE name = 'accounts'")
        self.migration("0001_nonneg.textproto", NONNEG)
        self.migrate("apply")

        self.roll_back()

        self.assertEqual(self.rows("SELECT sql FROM sqlite_schema WHERE name = 'accounts'"), before)
        self.assert_ends(0, "rollback", result="nothing_applied")
        self.assert_ends(0, "history", result="history")
        actions = [row[0] for row in self.rows("SELECT action FROM mig_event ORDER BY id")]
        self.assertEqual(actions, ["migration.applied", "migration.rolled_back"])

    def test_a_reader_who_goes_away_ends_nothing(self):
        self.accounts(0)
        self.migration("0001_nonneg.textproto", NONNEG)
        ours, theirs = os.pipe()
        os.close(ours)
        with open(theirs, "wb") as nobody:
            ended = subprocess.run(
                [program("daybook-migrate"), "apply", "--database", f"sqlite:{self.database}",
                 "--migrations", self.migrations], stdout=nobody, timeout=PATIENCE, check=False)

        self.assertEqual(ended.returncode, 0)
        self.assert_ends(0, "apply", result="nothing_pending")

    def test_eight_at_once_apply_once(self):
        self.accounts(*range(50))
        self.migration("0001_nonneg.textproto", NONNEG + "strategy: SINGLE_TX")

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            ended = list(pool.map(lambda _: self.migrate("apply", "--format", "json"), range(8)))

        self.assertEqual([one.code for one in ended], [0] * 8, ended)
        results = sorted(one.result()["result"] for one in ended)
        self.assertEqual(results, ["applied"] + ["nothing_pending"] * 7)
        self.assertEqual(self.rows("SELECT count(*) FROM mig_history"), [(1,)])
        self.assertEqual(self.rows("SELECT count(*) FROM mig_event"), [(1,)])

    def test_a_plan_that_was_not_approved_is_not_applied(self):
        self.accounts(0)
        self.migration("0001_nonneg.textproto", NONNEG)
        plan = [line for line in self.migrate("plan", "--format", "json").json_lines()
                if line["event"] == "plan"][0]

        self.assert_ends(12, "apply", "--approve", "0" * 64, result="refused")
        ended = self.migrate("apply", "--approve", plan["hash"])

        self.assertEqual(ended.code, 0, ended)

    def test_the_result_is_left_for_kubernetes(self):
        self.accounts(-1)
        self.migration("0001_nonneg.textproto", NONNEG)
        path = self.folder / "termination"

        self.migrate("apply", "--termination-log", path)

        said = json.loads(path.read_text())
        self.assertEqual((said["code"], said["retryable"]), (10, False))
        self.assertTrue(said["cause"] and said["next"])
        self.assertLessEqual(path.stat().st_size, 4096)

    def test_the_database_may_be_named_by_a_file_or_the_environment(self):
        self.accounts(0)
        self.migration("0001_nonneg.textproto", NONNEG)
        secret = self.folder / "url"
        secret.write_text(f"sqlite:{self.database}\n")

        ended = migrate("status", "--database-file", secret, "--migrations", self.migrations)

        self.assertEqual(ended.code, 0, ended)


class Version(unittest.TestCase):

    def test_tells_the_build_what_it_is_linked_with_and_which_stores_it_suits(self):
        for name, stores in (("daybook-migrate", "makes stores of version"),
                             ("daybookd", "serves stores of version")):
            told = run([program(name), "--version"])
            self.assertEqual(told.code, 0)
            build, engine, suits = told.out.splitlines()
            self.assertRegex(build, r"^\d+\.\d+\.\d+$")
            self.assertEqual(engine, f"SQLite {sqlite3.sqlite_version}")
            self.assertIn(stores, suits)


class OthersAtWork(AppCase):
    """Somebody else has the database open."""

    def setUp(self):
        super().setUp()
        self.accounts(0, 5)
        self.migration("0001_nonneg.textproto", NONNEG)

    def test_a_live_service_ends_it_with_23(self):
        with share(f"{self.database}.service.lock"):
            self.assert_ends(23, "apply", "--lock-timeout", "0.2", result="service_live")
        self.assert_ends(0, "apply")

    def test_another_migrator_ends_it_with_21(self):
        with share(f"{self.database}.migrate.lock"):
            self.assert_ends(21, "apply", "--lock-timeout", "0.2", result="lock_held")

    def test_with_nothing_pending_nobody_is_waited_for(self):
        self.migrate("apply")
        with share(f"{self.database}.service.lock"), share(f"{self.database}.migrate.lock"):
            self.assert_ends(0, "apply", result="nothing_pending")

    def test_a_writer_ends_it_with_23(self):
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            self.assert_ends(23, "apply", "--lock-timeout", "0.2", result="service_live")
        self.assert_ends(0, "apply")

    def test_a_reader_of_a_wal_database_does_not_disturb_it(self):
        self.sql("PRAGMA journal_mode = WAL")
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM accounts").fetchone()
            ended = self.migrate("apply", "--lock-timeout", "1")
            self.assertEqual(ended.code, 0, ended)

    def test_a_reader_in_delete_mode_is_waited_for_and_then_ends_it_with_23(self):
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            other.execute("BEGIN")
            cursor = other.execute("SELECT * FROM accounts")
            cursor.fetchone()
            self.assert_ends(23, "apply", "--lock-timeout", "0.2", result="service_live")
            cursor.close()
        self.assertEqual(self.rows("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'mig%'"),
                         [(0,)])


class BadInput(AppCase):
    """Whatever is wrong: a code, a sentence, a next step, an untouched file."""

    def setUp(self):
        super().setUp()
        self.accounts(0, 5)
        self.migration("0001_nonneg.textproto", NONNEG)

    def assert_untouched(self, code, command, *arguments, result=None):
        before = self.database.read_bytes() if self.database.is_file() else None
        last = self.assert_ends(code, command, *arguments, result=result)
        self.assertTrue(last["message"])
        if before is not None:
            self.assertEqual(self.database.read_bytes(), before)
        return last

    def test_a_file_that_is_no_database(self):
        self.database.write_bytes(b"not a database " * 500)
        last = self.assert_untouched(4, "apply", result="history_mismatch")
        self.assertIn("not an SQLite database", last["message"])

    def test_an_encrypted_database(self):
        self.database.write_bytes(os.urandom(8192))
        self.assert_untouched(4, "apply")

    def test_no_database(self):
        self.database.unlink()
        last = self.assert_untouched(20, "apply", result="unreachable")
        self.assertIn("--create", last["next"])
        self.assertFalse(self.database.exists())

    def test_a_folder_in_place_of_the_database(self):
        self.database.unlink()
        self.database.mkdir()
        self.assert_untouched(2, "apply", result="usage")

    def test_no_migrations(self):
        shutil.rmtree(self.migrations)
        last = self.assert_untouched(2, "apply", result="usage")
        self.assertIn(str(self.migrations), last["message"])

    def test_a_mistake_in_a_file_is_told_with_line_and_column(self):
        self.migration("0001_nonneg.textproto", 'version: 1\nname: "nonneg"\nstep { add_chek { } }')
        last = self.assert_untouched(2, "apply", result="usage")
        self.assertRegex(last["message"], r"0001_nonneg\.textproto:3:\d+: ")

    def test_two_files_of_one_version(self):
        self.migration("0001_other.textproto", NONNEG.replace('"nonneg"', '"other"'))
        self.assert_untouched(2, "apply", result="usage")

    def test_a_version_that_is_not_there(self):
        for command in ("plan", "preflight", "apply", "rollback", "rehearse"):
            last = self.assert_untouched(2, command, "--to", "7", result="usage")
            self.assertIn("there is no version 7", last["message"])

    def test_a_database_in_memory(self):
        ended = migrate("apply", "--database", "sqlite::memory:", "--migrations", self.migrations)
        self.assertEqual(ended.code, 2, ended)

    def test_a_gap_between_versions(self):
        self.migration("0003_c.textproto", 'version: 3 name: "c" step { drop_check { table: "accounts"'
                       ' name: "x" rationale: "r" } }')
        self.assert_untouched(2, "apply", result="usage")

    def test_a_table_that_is_not_there(self):
        self.migration("0001_nonneg.textproto", NONNEG.replace("accounts", "acounts"))
        last = self.assert_untouched(12, "apply", result="refused")
        self.assertIn("acounts", last["message"])

    def test_a_later_migration_that_can_never_be_applied_lets_none_be(self):
        self.migration("0002_other.textproto", 'version: 2 name: "other" step { create_index {'
                       ' table: "acounts" name: "i" columns: "balance" rationale: "r" } }')
        last = self.assert_untouched(12, "apply", result="refused")
        self.assertIn("0002_other.textproto: step 1: there is no table acounts", last["message"])
        self.assertEqual(self.migrate("apply", "--to", "1").code, 0)

    def test_rows_that_nothing_tells_apart(self):
        self.database.unlink()
        self.sql("CREATE TABLE accounts (rowid, oid, _rowid_, balance INTEGER NOT NULL);"
                 " INSERT INTO accounts VALUES (1, 1, 1, -1);")
        self.migration("0001_nonneg.textproto", NONNEG.replace(
            "rationale", "on_violation { quarantine {} } rationale"))
        for command in ("preflight", "apply"):
            last = self.assert_untouched(12, command, result="refused")
            self.assertIn("nothing tells the rows of accounts apart", last["message"])

    def test_a_migration_changed_after_it_was_applied(self):
        self.migrate("apply")
        self.migration("0001_nonneg.textproto", NONNEG.replace("gte: 0", "gte: 1"))
        for command in ("apply", "status", "verify", "rollback"):
            self.assert_untouched(4, command, result="history_mismatch")

    def test_layout_and_comments_are_no_change(self):
        self.migrate("apply")
        self.migration("0001_nonneg.textproto", "# why\r\n" + NONNEG.replace("\n", "\r\n") + "\n\n")
        self.assert_untouched(0, "apply", result="nothing_pending")

    def test_a_history_that_was_edited(self):
        self.migrate("apply")
        for edit in ("UPDATE mig_event SET details = '{}'",
                     "UPDATE mig_history SET version = 2",
                     "DELETE FROM mig_history",
                     "DELETE FROM mig_event",
                     "UPDATE mig_history SET checksum = 'x'"):
            with self.subTest(edit):
                saved = self.database.read_bytes()
                self.sql(edit)
                self.assert_untouched(4, "apply", result="history_mismatch")
                self.database.write_bytes(saved)

    def test_a_schema_changed_behind_its_back(self):
        self.migrate("apply")
        self.migration("0002_more.textproto", 'version: 2 name: "more" step { create_index {'
                       ' table: "accounts" name: "i" columns: "balance" rationale: "r" } }')
        self.sql("CREATE TABLE intruder (id INTEGER)")
        last = self.assert_untouched(4, "apply", result="history_mismatch")
        self.assertIn("table intruder was added", last["message"])

    def test_a_newer_database(self):
        self.migration("0002_more.textproto", 'version: 2 name: "more" step { create_index {'
                       ' table: "accounts" name: "i" columns: "balance" rationale: "r" } }')
        self.migrate("apply")
        (self.migrations / "0002_more.textproto").unlink()
        self.assert_untouched(5, "apply", result="newer_than_build")

    def test_a_newer_database_that_suits_older_migrations(self):
        self.migration("0002_more.textproto", 'version: 2 name: "more" suits { from: 1 } step {'
                       ' create_index { table: "accounts" name: "i" columns: "balance"'
                       ' rationale: "r" } }')
        self.migrate("apply")
        (self.migrations / "0002_more.textproto").unlink()
        self.assert_untouched(0, "apply", result="nothing_pending")

    def test_utf_16(self):
        self.database.unlink()
        self.sql("PRAGMA encoding = 'UTF-16'; CREATE TABLE accounts (id INTEGER PRIMARY KEY,"
                 " balance INTEGER NOT NULL);")
        for command in ("apply", "preflight"):
            last = self.assert_untouched(12, command, result="refused")
            self.assertIn("UTF-16", last["message"])

    def test_a_read_only_file(self):
        self.folder.chmod(0o755)
        self.database.chmod(0o444)
        before = self.database.read_bytes()

        ended = run([program("daybook-migrate"), "apply", "--database", f"sqlite:{self.database}",
                     "--migrations", self.migrations, "--format", "json"], **as_nobody())

        self.assertEqual((ended.code, ended.result()["result"]), (11, "resources"), ended)
        self.assertEqual(self.database.read_bytes(), before)

    def test_of_what_cannot_be_written_all_is_told_and_preflight_says_so(self):
        self.sql("PRAGMA journal_mode = WAL")
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        self.database.chmod(0o444)

        for command, code in (("status", 0), ("plan", 0), ("preflight", 11)):
            ended = run([program("daybook-migrate"), command, "--database",
                         f"sqlite:{self.database}", "--migrations", self.migrations],
                        **as_nobody())
            self.assertEqual(ended.code, code, ended)


if __name__ == "__main__":
    unittest.main()
