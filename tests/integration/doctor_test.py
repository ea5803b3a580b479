"""Drift, doctor and repair; and that what only reads leaves no trace."""

import os
import shutil
import sqlite3
import subprocess
import sys
import unittest

from app_migrator_test import as_nobody, share
from harness.app import AppCase, NONNEG
from harness.environment import program
from harness.migrate import migrate, run

INDEX = ('version: 2 name: "more" step { create_index { table: "accounts" name: "i"'
         ' columns: "balance" rationale: "r" } }')


class Case(AppCase):

    def setUp(self):
        super().setUp()
        self.accounts(0, 5)
        self.migration("0001_nonneg.textproto", NONNEG)

    def apply(self):
        ended = self.migrate("apply")
        self.assertEqual(ended.code, 0, ended)

    def doctor(self, code, *arguments):
        """Ends with this code; the symptoms by their ids."""
        ended = self.migrate("doctor", *arguments, "--format", "json")
        self.assertEqual(ended.code, code, ended)
        return {line["id"]: line for line in ended.json_lines() if line["event"] == "symptom"}

    def mend(self, edit):
        """What doctor says after an edit of the history, and that repair mends it."""
        self.sql(edit)
        symptoms = self.doctor(4)
        last = self.migrate("repair", "--format", "json")
        self.assertEqual((last.code, last.result()["result"]), (0, "repaired"), last)
        self.assertEqual(set(self.doctor(0)) - {"pending"}, set())
        self.assert_ends(0, "verify", result="verified")
        self.assert_ends(0, "repair", result="nothing_to_repair")
        return symptoms

    def history(self):
        """What a repair can know: the times are those of the events."""
        return self.rows("SELECT version, name, checksum, suits_from, suits_to, run_id, strategy,"
                         " schema_after, backup_id, content FROM mig_history")


class Drift(Case):

    def test_nothing_applied_and_nothing_changed_are_no_drift(self):
        self.assert_ends(0, "drift", result="nothing_applied")
        self.apply()
        self.assert_ends(0, "drift", result="no_drift")

    def test_each_object_is_told_with_both_texts(self):
        self.migration("0002_more.textproto", INDEX)
        self.apply()
        self.sql("DROP INDEX i; CREATE INDEX i ON accounts (balance DESC);"
                 "CREATE VIEW v AS SELECT 1; ALTER TABLE accounts ADD COLUMN extra TEXT;")

        ended = migrate("drift", "--database", f"sqlite:{self.database}", "--format", "json")

        self.assertEqual(ended.code, 4, ended)
        told = {line["object"]: line for line in ended.json_lines() if line["event"] == "drift"}
        self.assertEqual({name: line["change"] for name, line in told.items()}, {
            "table accounts": "was changed", "index i": "was changed", "view v": "was added"})
        self.assertNotIn("extra", told["table accounts"]["before"])
        self.assertIn("extra TEXT", told["table accounts"]["after"])
        self.assertEqual(told["view v"]["before"], "")

    def test_what_is_gone_is_told(self):
        self.apply()
        self.sql("DROP TABLE accounts")
        ended = self.migrate("drift")
        self.assertEqual(ended.code, 4, ended)
        self.assertIn("table accounts is gone", ended.out)

    def test_an_edited_record_is_told(self):
        self.apply()
        self.sql("UPDATE mig_meta SET value = '{}' WHERE name = 'schema'")
        self.assert_ends(4, "drift", result="history_mismatch")


class Doctor(Case):

    def test_a_healthy_database(self):
        self.apply()
        self.assertEqual(self.doctor(0), {})

    def test_a_database_that_was_never_migrated(self):
        self.assertEqual(set(self.doctor(0)), {"pending"})

    def test_rows_that_break_a_rule_are_no_damage(self):
        self.sql("CREATE TABLE t (a INTEGER CHECK (a > 0)); PRAGMA ignore_check_constraints = ON;"
                 " INSERT INTO t VALUES (-1)")
        self.assertEqual(set(self.doctor(0)), {"pending"})

    def test_kept_rows_that_were_changed_or_are_gone(self):
        self.sql("INSERT INTO accounts (balance) VALUES (-5), (-6)")
        self.migration("0001_nonneg.textproto", NONNEG.replace(
            'rationale', 'on_violation { quarantine {} } rationale'))
        self.apply()
        self.sql("UPDATE mig_quarantine SET original = replace(original, '-5', '-7')")
        self.assertIn("1 were changed and 0 are gone", self.doctor(4)["kept_rows"]["message"])
        self.sql("DELETE FROM mig_quarantine")
        self.assertIn("0 were changed and 2 are gone", self.doctor(4)["kept_rows"]["message"])

    def test_without_migrations_it_says_what_it_did_not_look_at(self):
        self.apply()
        ended = migrate("doctor", "--database", f"sqlite:{self.database}")
        self.assertEqual(ended.code, 0, ended)
        self.assertIn("the migrations were not looked at", ended.out)

    def test_no_database_and_no_migrations(self):
        shutil.rmtree(self.migrations)
        self.assertIn("migrations", self.doctor(2))
        self.database.unlink()
        self.assertIn("database", self.doctor(20))

    def test_a_file_that_is_no_database(self):
        self.database.write_bytes(b"not a database " * 500)
        self.assertIn("database", self.doctor(4))

    def test_a_damaged_file(self):
        self.sql("CREATE TABLE big (x); INSERT INTO big VALUES (zeroblob(100000));"
                 "INSERT INTO big VALUES (zeroblob(100000)); DELETE FROM big WHERE rowid = 1;")
        self.apply()
        content = bytearray(self.database.read_bytes())
        page = 4096
        content[2 * page:3 * page] = b"\xff" * page
        self.database.write_bytes(content)

        self.doctor(4)

    def test_every_symptom_comes_with_what_helps(self):
        self.apply()
        self.sql("CREATE TABLE mig_new_accounts (id INTEGER); INSERT INTO mig_new_accounts VALUES (1);"
                 "CREATE TABLE _alembic_tmp_x (id INTEGER);")

        symptoms = self.doctor(4)

        self.assertEqual(set(symptoms), {"drift", "leftover"})
        self.assertTrue(all(line["helps"] for line in symptoms.values()), symptoms)
        self.assertEqual(self.rows("SELECT count(*) FROM mig_new_accounts"), [(1,)])

    def test_a_leftover_that_was_there_before_is_a_note(self):
        self.sql("CREATE TABLE mig_new_accounts (id INTEGER); INSERT INTO mig_new_accounts VALUES (1);")
        self.apply()
        symptoms = self.doctor(0)
        self.assertIn("1 row", symptoms["leftover"]["message"])

    def test_rows_in_quarantine_are_a_note(self):
        self.sql("INSERT INTO accounts (balance) VALUES (-1)")
        self.migration("0001_nonneg.textproto",
                       NONNEG.replace('rationale:', 'on_violation { quarantine {} }\n  rationale:'))
        self.apply()
        self.assertIn("1 rows wait in quarantine", self.doctor(0)["quarantine"]["message"])

    def test_held_locks_are_told_with_their_holders(self):
        self.apply()
        with share(f"{self.database}.service.lock"):
            symptoms = self.doctor(0)
        self.assertIn(f"process {os.getpid()}", symptoms["service_lock"]["message"])

        with share(f"{self.database}.migrate.lock"):
            symptoms = self.doctor(21)
        self.assertIn(f"process {os.getpid()}", symptoms["migrate_lock"]["message"])
        self.assertEqual(self.doctor(0), {})

    def test_no_backup_of_an_applied_migration(self):
        self.apply()
        folder = self.folder / "elsewhere"
        folder.mkdir()
        self.assertIn("backups", self.doctor(40, "--backup-dir", folder))

    def test_a_newer_database(self):
        self.migration("0002_more.textproto", INDEX)
        self.apply()
        (self.migrations / "0002_more.textproto").unlink()
        self.assertIn("newer", self.doctor(5))

    def test_a_migration_that_may_not_run_here(self):
        self.migration("0001_nonneg.textproto", NONNEG + 'environment: "staging"')
        self.assertIn("environment", self.doctor(0))

    def test_a_wal_that_a_crashed_application_left(self):
        self.apply()
        crashing = ("import os, sqlite3, sys\n"
                    "d = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
                    "d.execute('PRAGMA journal_mode = WAL')\n"
                    "d.execute('INSERT INTO accounts (balance) VALUES (77)')\n"
                    "os._exit(0)\n")
        subprocess.run([sys.executable, "-c", crashing, self.database], check=True)

        symptoms = self.doctor(0)

        self.assertIn("nothing is lost", symptoms["wal"]["message"])
        self.assertEqual(self.rows("SELECT count(*) FROM accounts WHERE balance = 77"), [(1,)])

    def test_a_broken_chain_of_events(self):
        self.apply()
        self.sql("UPDATE mig_event SET details = '{}'")
        symptoms = self.doctor(4)
        self.assertIn("mig_event", symptoms["unreadable"]["message"])
        self.assertIn("restore", symptoms["unreadable"]["helps"])
        self.assert_ends(4, "repair", result="history_mismatch")

    def test_the_newest_row_of_the_history_taken_out(self):
        self.migration("0002_more.textproto", INDEX)
        self.apply()
        for edit in ("DELETE FROM mig_history WHERE version = 2", "DELETE FROM mig_history"):
            with self.subTest(edit):
                before = self.history()
                self.assertIn("history_version", self.mend(edit))
                self.assertEqual(self.history(), before)


class Repair(Case):

    def test_nothing_applied_and_nothing_wrong(self):
        self.assert_ends(0, "repair", result="nothing_to_repair")
        self.apply()
        self.assert_ends(0, "repair", result="nothing_to_repair")

    def test_an_edited_history_is_written_as_it_was(self):
        self.migration("0002_more.textproto", INDEX)
        self.apply()
        before = self.history()
        for edit in ("UPDATE mig_history SET checksum = 'x' WHERE version = 1",
                     "UPDATE mig_history SET content = x'' WHERE version = 2",
                     "UPDATE mig_history SET content = x'ff' WHERE version = 2",
                     "UPDATE mig_history SET version = 7 WHERE version = 2",
                     "DELETE FROM mig_history WHERE version = 1",
                     "UPDATE mig_history SET schema_after = 'x' WHERE version = 2",
                     "UPDATE mig_meta SET value = '{}' WHERE name = 'schema'",
                     "UPDATE mig_meta SET value = 'x' WHERE name = 'schema'",
                     "DROP TABLE mig_meta"):
            with self.subTest(edit):
                self.mend(edit)
                self.assertEqual(self.history(), before)

    def test_a_backup_is_made_first_and_the_repair_recorded(self):
        self.apply()
        backups = len(list(self.folder.glob("*.json")))
        self.sql("UPDATE mig_history SET checksum = 'x'")

        self.assertEqual(self.migrate("repair").code, 0)

        self.assertGreater(len(list(self.folder.glob("*.json"))), backups)
        self.assertEqual(self.rows("SELECT action FROM mig_event ORDER BY id DESC LIMIT 1"),
                         [("migration.repaired",)])
        self.assert_ends(0, "history", result="history")

    def test_a_file_whose_words_changed_and_whose_schema_did_not(self):
        self.apply()
        self.migration("0001_nonneg.textproto", NONNEG.replace("no credit is given", "not now"))
        self.assertIn("history_mismatch", self.doctor(4))

        self.assertEqual(self.migrate("repair").code, 0)

        self.assertEqual(self.doctor(0), {})
        self.roll_back()

    def test_a_file_that_makes_another_schema_is_refused(self):
        self.apply()
        self.migration("0001_nonneg.textproto", NONNEG.replace("gte: 0", "gte: 1"))
        before = self.database.read_bytes()

        self.assert_ends(4, "repair", result="history_mismatch")

        self.assertEqual(self.database.read_bytes(), before)

    def test_a_schema_that_was_changed_is_refused(self):
        self.apply()
        self.sql("UPDATE mig_history SET checksum = 'x'; CREATE TABLE intruder (id INTEGER);")
        before = self.database.read_bytes()

        self.assert_ends(4, "repair", result="history_mismatch")

        self.assertEqual(self.database.read_bytes(), before)

    def test_a_record_that_agrees_with_an_intruder_is_refused(self):
        self.apply()
        self.sql("CREATE TABLE intruder (id INTEGER);")
        self.sql("UPDATE mig_meta SET value = json_insert(value, '$.object[#]', json_object("
                 "'kind', 'TABLE', 'name', 'intruder', 'table', 'intruder', 'sql',"
                 " 'CREATE TABLE intruder (id INTEGER)')) WHERE name = 'schema'")

        last = self.assert_ends(4, "repair", result="history_mismatch")

        self.assertIn("cannot be proved", last["message"])

    def test_steps_that_were_taken_out_are_no_way_round_the_proof(self):
        self.apply()
        self.migration("0001_nonneg.textproto", 'version: 1 name: "nonneg" step { sql { up { sql:'
                       ' "SELECT 1" } irreversible: "r" rationale: "r" } }')
        self.sql("DELETE FROM mig_step")
        self.assert_ends(4, "repair", result="history_mismatch")

    def test_after_a_rollback_the_version_is_the_one_before(self):
        self.migration("0002_more.textproto", INDEX)
        self.apply()
        self.assertEqual(self.migrate("rollback").code, 0)
        self.mend("UPDATE mig_history SET checksum = 'x'")
        self.assertEqual(self.rows("SELECT version FROM mig_history"), [(1,)])


class LeavesNoTrace(Case):
    """Commands that read leave file and folder as they are."""

    COMMANDS = (("status", "--exit-code"), ("plan",), ("preflight",), ("history",), ("drift",),
                ("doctor",), ("environment",), ("quarantine", "list"),
                ("quarantine", "show", "--id", "1"), ("backup", "list"))

    def setUp(self):
        super().setUp()
        self.sql("INSERT INTO accounts (balance) VALUES (-1)")
        self.migration("0001_nonneg.textproto",
                       NONNEG.replace('rationale:', 'on_violation { quarantine {} }\n  rationale:'))
        self.apply()
        self.migration("0002_more.textproto", INDEX)

    def look(self):
        """All that there is, with the times of the last change."""
        return {path.name: (path.stat().st_mtime_ns, path.read_bytes())
                for path in self.folder.iterdir() if path.is_file()}

    def read(self, command, **options):
        return run([program("daybook-migrate"), *command, "--database", f"sqlite:{self.database}",
                    "--migrations", str(self.migrations)], **options)

    def assert_no_trace(self, preflight=0, **options):
        codes = {("status", "--exit-code"): 3, ("preflight",): preflight}
        for command in self.COMMANDS:
            with self.subTest(command):
                before = self.look()
                ended = self.read(command, **options)
                self.assertEqual(ended.code, codes.get(command, 0), ended)
                self.assertEqual(self.look(), before)

    def test_of_a_plain_database(self):
        self.assert_no_trace()

    def test_of_a_wal_database(self):
        self.sql("PRAGMA journal_mode = WAL")
        self.assert_no_trace()

    def test_of_a_wal_database_that_is_in_use(self):
        self.sql("PRAGMA journal_mode = WAL")
        other = sqlite3.connect(self.database, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("INSERT INTO accounts (balance) VALUES (78)")
        for command in self.COMMANDS:
            with self.subTest(command):
                names = sorted(self.look())
                content = self.database.read_bytes()
                ended = self.read(command)
                self.assertEqual(ended.code, 3 if "--exit-code" in command else 0, ended)
                self.assertEqual(sorted(self.look()), names)
                self.assertEqual(self.database.read_bytes(), content)

    def test_of_what_may_not_be_written(self):
        self.folder.chmod(0o755)
        for path in self.folder.glob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        for journal in ("DELETE", "WAL"):
            for folder in (0o755, 0o555):
                with self.subTest(journal=journal, folder=oct(folder)):
                    self.sql(f"PRAGMA journal_mode = {journal}")
                    self.database.chmod(0o444)
                    self.folder.chmod(folder)
                    try:
                        # It says that no backup could be written there.
                        self.assert_no_trace(preflight=11, **as_nobody())
                    finally:
                        self.folder.chmod(0o755)
                        self.database.chmod(0o644)


if __name__ == "__main__":
    unittest.main()
