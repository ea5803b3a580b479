"""BLUE_GREEN and the ways back, by the real program: what a platform team meets."""

import contextlib
import json
import os
import sqlite3
import subprocess
import unittest

from harness.app import AppCase, NONNEG
from harness.environment import PATIENCE, program
from harness.migrate import run

from app_migrator_test import as_nobody, share

GREEN = NONNEG + "strategy: BLUE_GREEN"
PHASES = ["preflight", "prepare", "sync", "migrate", "validate", "switch", "verify", "clean_up"]


class BlueGreenCase(AppCase):

    journal_mode = "DELETE"

    def setUp(self):
        super().setUp()
        self.blue = self.folder / "app.db.blue-0"
        self.accounts(*range(50))
        self.sql(f"PRAGMA journal_mode = {self.journal_mode}")
        self.migration("0001_nonneg.textproto", GREEN)

    def ends(self, code, command, *arguments):
        """The lines of one run, which must end so."""
        ended = self.migrate(command, *arguments, "--format", "json")
        self.assertEqual(ended.code, code, ended)
        return ended.json_lines()

    def phases(self, lines):
        return [line["phase"] for line in lines if line["event"] == "phase"]

    def beside(self):
        """The files that are neither locks nor backups. Who only reads a database in WAL
        mode leaves its WAL."""
        own = ("app.db-wal", "app.db-shm") if self.journal_mode == "WAL" else ()
        return sorted(path.name for path in self.folder.iterdir()
                      if path.is_file() and path.name not in own
                      and not path.name.endswith((".lock", ".json", ".sqlite")))

    def mode(self):
        return self.rows("PRAGMA journal_mode")[0][0].upper()

    def version(self):
        if not self.rows("SELECT 1 FROM sqlite_schema WHERE name = 'mig_history'"):
            return 0
        return self.rows("SELECT coalesce(max(version), 0) FROM mig_history")[0][0]

    def last_event(self):
        action, details = self.rows(
            "SELECT action, details FROM mig_event ORDER BY id DESC LIMIT 1")[0]
        return action, json.loads(details)

    @contextlib.contextmanager
    def other_process(self):
        """Another program that has the database open, and reads now and then."""
        # A process of its own: POSIX locks do not keep a process from itself.
        code = ("import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
                "c.execute('SELECT count(*) FROM accounts').fetchall(); print('ready', flush=True);"
                "sys.stdin.read()")
        with subprocess.Popen([os.sys.executable, "-c", code, self.database],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            self.assertEqual(other.stdout.readline(), "ready\n")
            yield other
            other.stdin.close()
            other.wait(PATIENCE)

    def assert_untouched(self):
        self.assertEqual(self.version(), 0)
        self.assertEqual(self.rows("SELECT count(*) FROM accounts"), [(50,)])
        self.assertEqual(self.mode(), self.journal_mode)
        self.assertEqual(self.beside(), ["app.db"])


class BlueGreen(BlueGreenCase):

    def test_there_with_all_its_phases(self):
        lines = self.ends(0, "apply")

        self.assertEqual(self.phases(lines), PHASES)
        self.assertEqual(self.beside(), ["app.db", "app.db.blue-0"])
        self.assertEqual(self.rows("SELECT strategy FROM mig_history"), [("blue_green",)])
        self.assertEqual(self.mode(), self.journal_mode)
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        self.assert_ends(0, "verify", result="verified")
        with self.assertRaisesRegex(sqlite3.IntegrityError, "accounts_balance_nonneg"):
            self.sql("UPDATE accounts SET balance = -1")

    def test_preflight_counts_the_room_of_the_copy(self):
        self.assertGreater(self.room_needed(GREEN), self.room_needed(NONNEG + "strategy: SINGLE_TX"))

    def room_needed(self, migration):
        self.migration("0001_nonneg.textproto", migration)
        [check] = [line for line in self.ends(0, "preflight")
                   if line.get("id") == "space:database"]
        return int(check["detail"].split()[2])

    def test_and_back_via_blue_with_a_reason(self):
        before = self.rows("SELECT * FROM accounts")
        schema = self.rows("SELECT sql FROM sqlite_schema WHERE name = 'accounts'")
        self.ends(0, "apply")

        lines = self.ends(0, "rollback", "--via", "blue", "--reason", "the app fails")

        self.assertEqual(self.phases(lines), ["prepare", "validate", "switch", "verify", "clean_up"])
        self.assertEqual(self.version(), 0)
        self.assertEqual(self.rows("SELECT * FROM accounts"), before)
        self.assertEqual(self.rows("SELECT sql FROM sqlite_schema WHERE name = 'accounts'"), schema)
        self.assertEqual(self.mode(), self.journal_mode)
        self.assertEqual(self.beside(), ["app.db"])
        action, details = self.last_event()
        self.assertEqual((action, details["via"], details["reason"]),
                         ("migration.rolled_back", "blue", "the app fails"))
        self.assert_ends(0, "history", result="history")
        self.ends(0, "apply")
        self.assertEqual(self.version(), 1)

    def test_auto_takes_blue_where_nobody_has_written(self):
        self.ends(0, "apply")
        self.ends(0, "rollback", "--reason", "r")
        self.assertEqual(self.last_event()[1]["via"], "blue")

    def test_auto_takes_down_where_somebody_has_written(self):
        self.ends(0, "apply")
        self.sql("INSERT INTO accounts (balance) VALUES (1000)")

        self.ends(0, "rollback", "--reason", "r")

        details = self.last_event()[1]
        self.assertEqual((details["via"], details["reason"]), ("down", "r"))
        self.assertEqual(self.rows("SELECT count(*) FROM accounts WHERE balance = 1000"), [(1,)])
        self.assertEqual(self.beside(), ["app.db"], "the old one leads back no longer")

    def test_via_blue_is_refused_once_somebody_has_written(self):
        self.ends(0, "apply")
        self.sql("INSERT INTO accounts (balance) VALUES (1000)")

        result = self.assert_ends(12, "rollback", "--via", "blue", result="refused")

        self.assertIn("--via down", result["next"])
        self.assertEqual(self.version(), 1)
        self.assertTrue(self.blue.exists())

    def test_via_blue_where_there_is_none(self):
        self.migration("0001_nonneg.textproto", NONNEG)
        self.ends(0, "apply")
        result = self.assert_ends(12, "rollback", "--via", "blue", result="refused")
        self.assertIn("app.db.blue-0", result["message"])

    def test_via_restore_where_nobody_has_written(self):
        before = self.rows("SELECT * FROM accounts")
        self.ends(0, "apply")

        self.ends(0, "rollback", "--via", "restore", "--reason", "r")

        self.assertEqual(self.rows("SELECT * FROM accounts"), before)
        details = self.last_event()[1]
        self.assertEqual((details["via"], details["reason"]), ("restore", "r"))
        self.assertEqual(self.mode(), self.journal_mode)
        self.assert_ends(0, "history", result="history")

    def test_via_restore_is_refused_once_somebody_has_written(self):
        self.ends(0, "apply")
        self.sql("UPDATE accounts SET balance = 7 WHERE id = 1")

        result = self.assert_ends(12, "rollback", "--via", "restore", result="refused")

        self.assertIn("--via down", result["next"])
        self.assertEqual(self.version(), 1)

    def test_auto_takes_the_backup_where_there_is_no_other_way(self):
        before = self.rows("SELECT * FROM accounts")
        self.migration("0001_nonneg.textproto", 'version: 1 name: "nonneg" step { sql {'
                       ' up { sql: "UPDATE accounts SET balance = 0" } irreversible: "r"'
                       ' changes_table: "accounts" rationale: "r" } }')
        self.ends(0, "apply")
        self.ends(0, "rollback")
        self.assertEqual(self.rows("SELECT * FROM accounts"), before)
        self.assertEqual(self.last_event()[1]["via"], "restore")

        self.ends(0, "apply")
        self.sql("INSERT INTO accounts (balance) VALUES (1)")
        last = self.assert_ends(4, "rollback", result="history_mismatch")
        self.assertIn("written to since", last["message"])
        self.assertEqual(self.version(), 1)

    def test_a_second_migration_takes_the_first_ones_blue_away(self):
        self.migration("0002_more.textproto", 'version: 2 name: "more" step { create_index {'
                       ' table: "accounts" name: "i" columns: "balance" rationale: "r" } }')
        self.ends(0, "apply")
        self.assertEqual(self.beside(), ["app.db"])

    def test_two_after_each_other_leave_the_last_ones_blue(self):
        self.migration("0002_more.textproto", 'version: 2 name: "more" strategy: BLUE_GREEN step {'
                       ' create_index { table: "accounts" name: "i" columns: "balance"'
                       ' rationale: "r" } }')
        self.ends(0, "apply")
        self.assertEqual(self.beside(), ["app.db", "app.db.blue-1"])
        self.assertEqual(self.rows("SELECT count(DISTINCT backup_id) FROM mig_history"), [(2,)])
        self.assert_ends(12, "rollback", "--to", "0", "--via", "blue", result="refused")
        self.ends(0, "rollback", "--to", "0")
        self.assertEqual((self.version(), self.beside()), (0, ["app.db"]))

    def test_without_a_backup(self):
        self.ends(0, "apply", "--no-backup", "--i-accept-data-loss")
        self.assertEqual(self.rows("SELECT backup_id FROM mig_history"), [("",)])
        self.ends(0, "rollback", "--via", "blue")
        self.assertEqual(self.version(), 0)


class BlueGreenInWalMode(BlueGreen):
    journal_mode = "WAL"


class OthersAtWork(BlueGreenCase):
    """The file is never taken away from under anybody."""

    def test_a_live_application(self):
        with self.other_process():
            self.assert_ends(23, "apply", "--lock-timeout", "0.2", result="service_live")
        self.assert_untouched()
        self.ends(0, "apply")

    def test_a_live_application_on_the_way_back(self):
        self.ends(0, "apply")
        with self.other_process():
            self.assert_ends(23, "rollback", "--via", "blue", "--lock-timeout", "0.2",
                             result="service_live")
            self.assertEqual(self.version(), 1)
        self.ends(0, "rollback", "--via", "blue")

    def test_it_is_waited_for(self):
        with self.other_process() as other:
            with subprocess.Popen(
                    [program("daybook-migrate"), "apply", "--database", f"sqlite:{self.database}",
                     "--migrations", self.migrations, "--format", "json"],
                    stdout=subprocess.PIPE, text=True) as migrator:
                for line in migrator.stdout:
                    if json.loads(line).get("phase") == "prepare":
                        other.stdin.close()
                        break
                migrator.stdout.read()
                self.assertEqual(migrator.wait(PATIENCE), 0)
        self.assertEqual(self.version(), 1)

    def test_a_writer(self):
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            self.assert_ends(23, "apply", "--lock-timeout", "0.2", result="service_live")
        self.assert_untouched()

    def test_a_service(self):
        with share(f"{self.database}.service.lock"):
            self.assert_ends(23, "apply", "--lock-timeout", "0.2", result="service_live")
        self.assert_untouched()

    def test_a_service_on_the_way_back(self):
        self.ends(0, "apply")
        with share(f"{self.database}.service.lock"):
            self.assert_ends(23, "rollback", "--via", "blue", "--lock-timeout", "0.2",
                             result="service_live")
        self.assertEqual(self.version(), 1)


class OthersAtWorkInWalMode(OthersAtWork):
    journal_mode = "WAL"


class NotPossible(BlueGreenCase):
    """What was asked for and cannot be had is a failure that says so."""

    def test_a_second_name(self):
        os.link(self.database, self.folder / "second")
        for command in ("preflight", "apply"):
            result = self.assert_ends(12, command, result="refused")
            self.assertIn("second name", result["message"])
        os.unlink(self.folder / "second")
        self.assert_untouched()

    def test_a_read_only_folder(self):
        backups = self.folder / "backups"
        backups.mkdir()
        backups.chmod(0o777)
        for lock in ("migrate", "service"):
            (self.folder / f"app.db.{lock}.lock").touch()
            (self.folder / f"app.db.{lock}.lock").chmod(0o666)
        self.database.chmod(0o666)
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)

        ended = run([program("daybook-migrate"), "apply", "--database", f"sqlite:{self.database}",
                     "--migrations", self.migrations, "--backup-dir", backups, "--format", "json"],
                    **as_nobody())

        self.assertEqual((ended.code, ended.result()["result"]), (11, "resources"), ended)
        self.folder.chmod(0o755)
        self.assert_untouched()

    def test_a_link_to_the_file_stays_a_link(self):
        link = self.folder / "link.db"
        link.symlink_to(self.database)
        ended = run([program("daybook-migrate"), "apply", "--database", f"sqlite:{link}",
                     "--migrations", self.migrations])
        self.assertEqual(ended.code, 0, ended)
        self.assertTrue(link.is_symlink())
        self.assertTrue(self.blue.exists())
        self.assertEqual(self.version(), 1)


if __name__ == "__main__":
    unittest.main()
