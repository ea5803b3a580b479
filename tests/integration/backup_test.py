"""Backups as daybook-migrate makes, finds and restores them."""

import contextlib
import json
import os
import sqlite3
import stat
import time
import unittest

from harness.app import AppCase, NONNEG
from harness.environment import A_SECOND

# Nothing in the data is in its way, and it can never stand.
NEVER_STANDS = NONNEG + """
assertion { name: "never" sql: "SELECT 1" moment: AFTER }
"""
RESTARTS = 20
DAY = 86_400


class BackupCase(AppCase):

    def setUp(self):
        super().setUp()
        self.backups = self.folder / "backups"
        self.backups.mkdir()
        self.accounts(0, 5)
        self.migration("0001_nonneg.textproto", NONNEG)

    def apply(self, *arguments):
        return self.migrate("apply", "--backup-dir", self.backups, "--format", "json", *arguments)

    def backup(self, command, *arguments):
        """Runs `backup COMMAND`; how it ended, and its result line."""
        ended = self.migrate(f"backup {command}", "--backup-dir", self.backups, "--format", "json",
                             *arguments)
        return ended, ended.result()

    def manifests(self):
        return [json.loads(file.read_text()) for file in sorted(self.backups.glob("*.json"))]

    def the_manifest(self):
        [manifest] = self.manifests()
        return manifest


class Apply(BackupCase):

    def test_makes_a_verified_backup_of_what_was_there_before(self):
        self.assertEqual(self.apply().code, 0)

        manifest = self.the_manifest()
        self.assertTrue(manifest["verified_at"])
        self.assertEqual(manifest["why"], "migration")
        self.assertEqual([one["name"] for one in manifest["migration"]], ["nonneg"])
        with contextlib.closing(sqlite3.connect(self.backups / manifest["file"])) as backup:
            [[schema]] = backup.execute("SELECT sql FROM sqlite_schema WHERE name = 'accounts'")
        self.assertNotIn("CHECK", schema)
        self.assertEqual(self.rows("SELECT backup_id FROM mig_history"), [(manifest["id"],)])

    def test_with_nothing_pending_makes_none(self):
        self.apply()

        self.assertEqual(self.apply().result()["result"], "nothing_pending")

        self.assertEqual(len(self.manifests()), 1)

    def test_of_several_migrations_makes_one(self):
        self.migration("0002_more.textproto", NONNEG.replace("version: 1", "version: 2")
                       .replace('"nonneg"', '"more"').replace("balance_nonneg", "balance_more"))

        self.assertEqual(self.apply().code, 0)

        manifest = self.the_manifest()
        self.assertEqual(self.rows("SELECT backup_id FROM mig_history"),
                         [(manifest["id"],), (manifest["id"],)])

    def test_without_a_backup_only_with_open_eyes(self):
        self.assertEqual(self.apply("--no-backup").code, 2)
        self.assertEqual(self.apply("--no-backup", "--i-accept-data-loss").code, 0)

        self.assertEqual(self.manifests(), [])
        [[details]] = self.rows("SELECT details FROM mig_event WHERE action = 'migration.applied'")
        self.assertEqual(json.loads(details)["backup"], "none")

    def test_where_no_backup_can_be_made_changes_nothing(self):
        before = self.database.read_bytes()

        missing = self.migrate("apply", "--backup-dir", self.folder / "missing", "--format", "json")

        self.assertEqual((missing.code, missing.result()["result"]), (11, "resources"), missing)
        self.assertIn("--backup-dir", missing.result()["message"])
        self.assertEqual(self.database.read_bytes(), before)

    def test_a_failure_that_stays_makes_one_backup_however_often_it_is_tried(self):
        self.migration("0001_nonneg.textproto", NEVER_STANDS)
        before = self.rows("SELECT * FROM accounts")
        durations = []

        for _ in range(RESTARTS):
            begin = time.monotonic()
            ended = self.apply()
            durations.append(time.monotonic() - begin)
            self.assertEqual((ended.code, ended.result()["result"]), (31, "verification"), ended)

        self.assertEqual(self.the_manifest()["attempts"], RESTARTS)
        self.assertLess(max(durations[1:]), A_SECOND)
        self.assertEqual(self.rows("SELECT * FROM accounts"), before)
        self.assertEqual(len(list(self.backups.iterdir())), 2, "a backup and its manifest")

    def test_removes_backups_that_are_old_and_not_needed(self):
        self.backup("create")
        self.age(self.the_manifest()["id"], days=40)
        self.sql("INSERT INTO accounts (balance) VALUES (7)")

        self.assertEqual(self.apply().code, 0)

        self.assertEqual([one["why"] for one in self.manifests()], ["migration"])

    def age(self, backup, days):
        """Makes a backup look as if it had been made days ago."""
        file = self.backups / f"{backup}.json"
        manifest = json.loads(file.read_text())
        then = time.gmtime(time.time() - days * DAY)
        manifest["created_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", then)
        file.write_text(json.dumps(manifest))

    def test_going_back_makes_a_backup_first(self):
        self.apply()
        self.sql("INSERT INTO accounts (balance) VALUES (7)")

        back = self.migrate("rollback", "--backup-dir", self.backups, "--format", "json")

        self.assertEqual(back.code, 0, back)
        self.assertEqual([one["why"] for one in self.manifests()], ["migration", "pre-rollback"])


class Commands(BackupCase):

    def test_create_list_verify_and_drill(self):
        made, result = self.backup("create")
        self.assertEqual((made.code, result["result"]), (0, "backed_up"), made)

        listed, _ = self.backup("list")
        self.assertIn(result["backup"], listed.out)
        self.assertEqual(listed.json_lines()[0]["state"], "verified")
        self.assertEqual(self.backup("verify")[0].code, 0)
        self.assertEqual(self.backup("drill")[0].code, 0)
        self.assertTrue(self.the_manifest()["drill"]["at"])

    def test_the_same_content_needs_no_second_backup(self):
        self.backup("create")
        self.backup("create")

        self.assertEqual(self.the_manifest()["attempts"], 2)

    def test_a_restore_brings_everything_back_and_keeps_what_was_there(self):
        self.backup("create")
        self.sql("DELETE FROM accounts; CREATE TABLE later (x)")

        restored, result = self.backup("restore")

        self.assertEqual((restored.code, result["result"]), (0, "restored"), restored)
        self.assertEqual(self.rows("SELECT balance FROM accounts"), [(0,), (5,)])
        self.assertEqual(self.rows("SELECT name FROM sqlite_schema WHERE name = 'later'"), [])
        self.assertEqual(self.backup("restore", "--backup", result["previous_backup"])[0].code, 0)
        self.assertEqual(self.rows("SELECT count(*) FROM accounts"), [(0,)])

    def test_one_table_is_restored_and_the_others_stay(self):
        self.sql("CREATE TABLE other (x); INSERT INTO other VALUES (1)")
        self.backup("create")
        self.sql("DELETE FROM accounts; INSERT INTO other VALUES (2)")

        restored, result = self.backup("restore", "--table", "accounts")

        self.assertEqual((restored.code, result["result"]), (0, "restored_table"), restored)
        self.assertEqual(self.rows("SELECT balance FROM accounts"), [(0,), (5,)])
        self.assertEqual(self.rows("SELECT x FROM other"), [(1,), (2,)])

    def test_a_damaged_backup_is_not_restored(self):
        self.backup("create")
        file = self.backups / self.the_manifest()["file"]
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        before = self.database.read_bytes()

        self.assertEqual(self.backup("verify")[0].code, 40)
        ended, result = self.backup("restore")

        self.assertEqual((ended.code, result["result"]), (41, "restore"), ended)
        self.assertEqual(self.database.read_bytes(), before)

    def test_without_any_backup_it_is_said(self):
        ended, result = self.backup("restore")

        self.assertEqual(ended.code, 40, ended)
        self.assertTrue(result["next"])

    def test_an_encrypted_backup_needs_its_key(self):
        key = self.folder / "key"
        key.write_bytes(os.urandom(32))
        key.chmod(stat.S_IRUSR | stat.S_IWUSR)
        other = self.folder / "other"
        other.write_bytes(os.urandom(32))
        other.chmod(stat.S_IRUSR | stat.S_IWUSR)
        self.assertEqual(self.backup("create", "--backup-key-file", key)[0].code, 0)
        before = self.database.read_bytes()

        self.assertEqual(self.backup("restore", "--backup-key-file", other)[0].code, 41)
        self.assertEqual(self.backup("restore")[0].code, 41)
        self.assertEqual(self.database.read_bytes(), before)
        self.assertEqual(self.backup("restore", "--backup-key-file", key)[0].code, 0)
        self.assertNotIn(b"SQLite format 3",
                         (self.backups / self.the_encrypted_file()).read_bytes())

    def the_encrypted_file(self):
        return next(one["file"] for one in self.manifests() if one.get("encrypted"))

    def test_an_upload_that_must_succeed_stops_the_migration(self):
        refuses = self.folder / "refuses"
        refuses.write_text("#!/bin/sh\nexit 7\n")
        refuses.chmod(0o700)
        before = self.rows("SELECT sql FROM sqlite_schema")

        ended = self.apply("--backup-upload", refuses)

        self.assertEqual((ended.code, ended.result()["result"]), (40, "backup"), ended)
        self.assertEqual(self.rows("SELECT sql FROM sqlite_schema"), before)
        self.assertEqual(self.apply("--backup-upload", refuses, "--backup-upload-policy",
                                    "best-effort").code, 0)

    def test_prune_keeps_what_the_history_needs(self):
        self.apply()
        self.sql("INSERT INTO accounts (balance) VALUES (7)")
        self.backup("create")

        pruned, result = self.backup("prune", "--backup-retention", "0")

        self.assertEqual((pruned.code, result["removed"]), (0, "0"), pruned)
        self.assertEqual(len(self.manifests()), 2, "the way back, and the newest")


if __name__ == "__main__":
    unittest.main()
