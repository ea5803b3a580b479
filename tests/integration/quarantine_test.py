"""Rows that migrations took out or changed: seen, put back, written out, purged."""

import hashlib
import json
import stat
import unittest

from app_migrator_test import share
from harness.app import AppCase, NONNEG
from harness.migrate import migrate

QUARANTINED = NONNEG.replace('rationale:', 'on_violation { quarantine {} }\n  rationale:')
WITHOUT = """
version: 2 name: "without"
step { drop_check { table: "accounts" name: "accounts_balance_nonneg" rationale: "credit is given" } }
"""


class Quarantine(AppCase):

    def setUp(self):
        super().setUp()
        self.sql("CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, owner TEXT);"
                 "INSERT INTO accounts VALUES (1, 5, 'Ann'), (2, -5001002, 'Kim'), (3, -7, NULL);")
        self.migration("0001_nonneg.textproto", QUARANTINED)
        ended = self.migrate("apply")
        self.assertEqual(ended.code, 0, ended)

    def quarantine(self, command, *arguments):
        """Needs no migrations."""
        return migrate("quarantine", command, "--database", f"sqlite:{self.database}", *arguments,
                       "--format", "json")

    def assert_quarantine(self, code, command, *arguments):
        ended = self.quarantine(command, *arguments)
        self.assertEqual(ended.code, code, ended)
        return ended

    def drop_the_rule(self):
        self.migration("0002_without.textproto", WITHOUT)
        ended = self.migrate("apply")
        self.assertEqual(ended.code, 0, ended)

    def states(self):
        return [row[0] for row in self.rows("SELECT state FROM mig_quarantine ORDER BY id")]

    def accounts_now(self):
        return self.rows("SELECT * FROM accounts ORDER BY id")

    def actions(self):
        return [row[0] for row in self.rows("SELECT action FROM mig_event ORDER BY id")]

    def test_list_counts_rows_by_what_they_were_kept_for(self):
        lines = self.assert_quarantine(0, "list").json_lines()

        self.assertEqual(len(lines), 2, lines)
        group = {name: lines[0][name] for name in
                 ("version", "step", "table", "constraint", "policy", "state", "rows")}
        self.assertEqual(group, {
            "version": "1", "step": "1", "table": "accounts", "policy": "quarantine",
            "constraint": "accounts_balance_nonneg", "state": "held", "rows": "2"})
        self.assertEqual((lines[1]["rows"], lines[1]["left_out"]), ("2", "0"))

    def test_list_tells_how_many_lines_it_leaves_out(self):
        self.assert_quarantine(0, "purge", "--id", "1", "--yes-purge")

        lines = self.assert_quarantine(0, "list", "--limit", "1").json_lines()

        self.assertEqual((len(lines), lines[-1]["left_out"]), (2, "1"))

    def test_of_a_database_without_history_there_is_nothing_to_list(self):
        self.database.unlink()
        self.accounts(1)
        self.assertEqual(self.assert_quarantine(0, "list").result()["rows"], "0")
        self.assert_quarantine(2, "show", "--id", "1")
        self.assertEqual(self.assert_quarantine(0, "replay", "--all").result()["rows_back"], "0")

    def test_values_are_shown_only_where_that_is_asked(self):
        hidden = self.assert_quarantine(0, "show", "--id", "1")
        self.assertNotIn("Kim", hidden.out)
        # Long enough not to be found by chance in a hash or the id of a run.
        self.assertNotIn("5001002", hidden.out)
        self.assertIn("text", hidden.out)
        self.assertEqual(len(hidden.result()["original_sha256"]), 64)

        shown = self.assert_quarantine(0, "show", "--id", "1", "--show-values")
        values = {line["column"]: line["value"] for line in shown.json_lines()[:-1]}
        self.assertEqual(values, {"id": "2", "balance": "-5001002", "owner": "Kim"})

    def test_rows_that_still_break_the_rule_stay(self):
        before = self.accounts_now()

        ended = self.assert_quarantine(10, "replay", "--all")

        self.assertIn("accounts_balance_nonneg", ended.json_lines()[0]["obstacle"])
        self.assertEqual((ended.result()["rows_back"], ended.result()["rows_left"]), ("0", "2"))
        self.assertEqual(self.accounts_now(), before)
        self.assertEqual(self.states(), ["held", "held"])
        self.assertEqual(self.actions(), ["migration.applied"])

    def test_once_the_rule_is_gone_they_come_back_once(self):
        self.drop_the_rule()

        self.assertEqual(self.assert_quarantine(0, "replay", "--all").result()["rows_back"], "2")
        self.assertEqual(self.assert_quarantine(0, "replay", "--all").result()["rows_back"], "0")

        self.assertEqual(self.accounts_now(), [(1, 5, "Ann"), (2, -5001002, "Kim"), (3, -7, None)])
        self.assertEqual(self.states(), ["replayed", "replayed"])
        self.assertEqual(self.actions().count("migration.rows_replayed"), 1)
        self.assert_ends(0, "verify", result="verified")

    def test_a_conflict_is_told_and_left(self):
        self.drop_the_rule()
        self.sql("INSERT INTO accounts VALUES (2, 1, 'Lee')")

        ended = self.assert_quarantine(10, "replay", "--constraint", "accounts_balance_nonneg")

        self.assertIn("another row has its key", ended.out)
        self.assertEqual(self.accounts_now(), [(1, 5, "Ann"), (2, 1, "Lee"), (3, -7, None)])
        self.assertEqual(self.states(), ["held", "replayed"])

    def test_a_conflict_of_a_rollback_is_put_back_once_there_is_room(self):
        self.sql("INSERT INTO accounts VALUES (2, 1, 'Lee')")
        self.assertEqual(self.migrate("rollback").code, 0)
        self.assertEqual(self.states(), ["conflict", "replayed"])
        self.assert_quarantine(10, "replay", "--id", "1")

        self.sql("DELETE FROM accounts WHERE id = 2")

        self.assertEqual(self.assert_quarantine(0, "replay", "--id", "1").result()["rows_back"], "1")
        self.assertEqual(self.accounts_now(), [(1, 5, "Ann"), (2, -5001002, "Kim"), (3, -7, None)])

    def test_another_migrator_at_work_is_waited_for(self):
        with share(f"{self.database}.migrate.lock"):
            for command in (("replay", "--all"), ("purge", "--id", "1", "--yes-purge")):
                self.assert_quarantine(21, *command, "--lock-timeout", "0.1")
        self.assertEqual(self.states(), ["held", "held"])

    def test_one_of_id_constraint_and_all_has_to_be_said(self):
        self.assertEqual(self.quarantine("replay").code, 2)
        self.assertEqual(self.quarantine("replay", "--all", "--id", "1").code, 2)
        self.assert_quarantine(2, "replay", "--id", "99")

    def test_an_export_holds_every_row_and_its_own_checksum(self):
        path = self.folder / "kept.jsonl"

        result = self.assert_quarantine(0, "export", "--to", path).result()

        lines = path.read_bytes().splitlines(keepends=True)
        rows = [json.loads(line) for line in lines[:-1]]
        self.assertEqual([row["id"] for row in rows], [2, 1])
        cells = {cell["column"]: cell for cell in rows[1]["original"]["cell"]}
        self.assertEqual((cells["balance"]["integer"], cells["owner"]["text"]), ("-5001002", "Kim"))
        hashes = [row[0] for row in self.rows(
            "SELECT original_hash FROM mig_quarantine ORDER BY id DESC")]
        self.assertEqual([row["original_sha256"] for row in rows], hashes)
        checksum = hashlib.sha256(b"".join(lines[:-1])).hexdigest()
        self.assertEqual(json.loads(lines[-1]), {"rows": 2, "sha256": checksum})
        self.assertEqual(result["sha256"], checksum)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_an_export_writes_over_nothing(self):
        path = self.folder / "kept.jsonl"
        path.write_text("mine")

        self.assert_quarantine(2, "export", "--to", path)

        self.assertEqual(path.read_text(), "mine")
        self.assert_quarantine(11, "export", "--to", self.folder / "nowhere/kept.jsonl")

    def test_a_purge_has_to_be_confirmed(self):
        before = self.database.read_bytes()

        ended = self.assert_quarantine(12, "purge", "--subject", "accounts.owner=Kim")

        self.assertIn("1 row", ended.result()["message"])
        self.assertEqual(self.database.read_bytes(), before)

    def test_purged_values_are_nowhere_in_the_files(self):
        for journal in ("DELETE", "WAL"):
            with self.subTest(journal):
                self.database.unlink()
                self.sql(f"PRAGMA journal_mode = {journal};"
                         "CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL,"
                         " owner TEXT); INSERT INTO accounts VALUES (2, -5001002, 'Kimsecret');"
                         "PRAGMA secure_delete = ON;")
                self.migrate("apply", "--no-backup", "--i-accept-data-loss")
                self.sql("PRAGMA secure_delete = ON; VACUUM;")
                self.assertIn(b"Kimsecret", self.database.read_bytes())

                ended = self.assert_quarantine(
                    0, "purge", "--subject", "Accounts.OWNER=Kimsecret", "--yes-purge")

                self.assertEqual(ended.result()["rows"], "1")
                for path in self.folder.glob("app.db*"):
                    self.assertNotIn(b"Kimsecret", path.read_bytes(), path)

    def test_a_purge_leaves_hash_rule_and_counts_and_is_recorded(self):
        hashes = self.rows("SELECT original_hash FROM mig_quarantine ORDER BY id")

        self.assert_quarantine(0, "purge", "--id", "1", "--yes-purge")

        self.assertEqual(self.states(), ["purged", "held"])
        self.assertEqual(self.rows("SELECT original_hash FROM mig_quarantine ORDER BY id"), hashes)
        self.assertEqual(self.actions(), ["migration.applied", "migration.rows_purged"])
        details = self.rows("SELECT details FROM mig_event ORDER BY id DESC LIMIT 1")[0][0]
        self.assertEqual(json.loads(details), {"chosen": "id 1", "rows": "1"})
        self.assertEqual(self.assert_quarantine(0, "purge", "--id", "1", "--yes-purge")
                         .result()["rows"], "0")
        self.assert_ends(0, "history", result="history")

    def test_what_a_purge_was_for_is_recorded_without_the_value(self):
        self.assert_quarantine(0, "purge", "--subject", "accounts.owner=Kim", "--yes-purge")

        self.assertEqual(self.states(), ["purged", "held"])
        details = self.rows("SELECT details FROM mig_event ORDER BY id DESC LIMIT 1")[0][0]
        self.assertEqual(json.loads(details)["chosen"], "subject accounts.owner")

    def test_rows_are_purged_by_their_age(self):
        self.assert_quarantine(2, "purge", "--before", "yesterday", "--yes-purge")
        self.assertEqual(self.assert_quarantine(
            0, "purge", "--before", "2020-01-01T00:00:00Z", "--yes-purge").result()["rows"], "0")
        self.assertEqual(self.assert_quarantine(
            0, "purge", "--before", "9000-01-01T00:00:00Z", "--yes-purge").result()["rows"], "2")

    def test_a_subject_without_table_or_value_is_refused(self):
        for subject in ("owner=Kim", "accounts.owner", "=", ".x=1", "accounts.=1"):
            with self.subTest(subject):
                self.assert_quarantine(2, "purge", "--subject", subject, "--yes-purge")

    def test_a_rollback_says_what_was_purged(self):
        self.assert_quarantine(0, "purge", "--id", "1", "--yes-purge")

        ended = self.migrate("rollback", "--format", "json", "--reason", "the app fails")

        self.assertEqual(ended.code, 0, ended)
        told = [line for line in ended.json_lines() if line["event"] == "purged"]
        self.assertEqual(told[0]["rows"], "1")
        self.assertEqual(self.accounts_now(), [(1, 5, "Ann"), (3, -7, None)])
        details = self.rows("SELECT details FROM mig_event ORDER BY id DESC LIMIT 1")[0][0]
        self.assertEqual(json.loads(details)["reason"], "the app fails")

        self.assertEqual(self.migrate("apply").code, 0)
        again = self.migrate("rollback", "--format", "json")
        self.assertNotIn("purged", [line["event"] for line in again.json_lines()],
                         "of what this run took out, nothing was")

    def test_a_failing_policy_counts_the_rows_and_tells_no_value(self):
        self.database.unlink()
        self.accounts(3, -47110047)
        self.migration("0001_nonneg.textproto", NONNEG)
        before = self.database.read_bytes()

        result = self.assert_ends(10, "apply", result="data")

        self.assertIn("1 row of accounts breaks accounts_balance_nonneg", result["message"])
        self.assertNotIn("47110047", json.dumps(result))
        self.assertEqual(self.database.read_bytes(), before)


CRITICAL = 'criticality { table: "accounts" level: CRITICAL }\n'


class CriticalTables(AppCase):
    """Rows of a CRITICAL table are changed by an approved plan alone."""

    def plan_hash(self):
        return [line["hash"] for line in self.migrate("plan", "--format", "json").json_lines()
                if line["event"] == "plan"][0]

    def test_rows_in_the_way_need_an_approval_of_this_very_plan(self):
        self.accounts(1, -1)
        self.migration("0001_nonneg.textproto", CRITICAL + QUARANTINED)
        before = self.database.read_bytes()

        plan = self.migrate("plan")
        self.assertIn("failed  approval:accounts", plan.out)
        last = self.assert_ends(12, "apply", result="refused")
        self.assert_ends(12, "preflight", result="refused")
        self.assert_ends(12, "apply", "--approve", "0" * 64, result="refused")

        self.assertIn("CRITICAL", last["message"])
        self.assertIn(self.plan_hash(), last["message"])
        self.assertEqual(self.database.read_bytes(), before)
        self.assert_ends(0, "preflight", "--approve", self.plan_hash())
        ended = self.migrate("apply", "--approve", self.plan_hash())
        self.assertEqual(ended.code, 0, ended)

    def test_with_no_row_in_the_way_there_is_nothing_to_approve(self):
        self.accounts(1)
        self.migration("0001_nonneg.textproto", CRITICAL + QUARANTINED)
        self.assertEqual(self.migrate("apply").code, 0)

    def test_what_an_earlier_migration_said_is_remembered(self):
        self.accounts(1)
        self.migration("0001_nonneg.textproto", CRITICAL + NONNEG)
        self.assertEqual(self.migrate("apply").code, 0)
        self.migration("0002_more.textproto", 'version: 2 name: "more" step { backfill {'
                       ' table: "accounts" column: "balance" overwrite: true'
                       ' fill { value { sql: "0" } } rationale: "r" } }')

        last = self.assert_ends(12, "apply", result="refused")

        self.assertIn("fills a column of accounts, a CRITICAL table", last["message"])
        self.assertEqual(self.rows("SELECT balance FROM accounts"), [(1,)])
        self.assertEqual(self.migrate("apply", "--approve", self.plan_hash()).code, 0)

    def test_a_later_migration_may_say_otherwise(self):
        self.accounts(1, -1)
        self.migration("0001_nonneg.textproto", 'version: 1 name: "nonneg" '
                       'criticality { table: "accounts" level: CRITICAL } step { create_index {'
                       ' table: "accounts" name: "i" columns: "balance" rationale: "r" } }')
        self.assertEqual(self.migrate("apply").code, 0)
        self.migration("0002_low.textproto", QUARANTINED.replace("version: 1", "version: 2")
                       .replace('"nonneg"', '"low"')
                       + 'criticality { table: "accounts" level: LOW }')
        self.assertEqual(self.migrate("apply").code, 0)

    def test_rows_of_a_critical_child_that_go_along_need_an_approval(self):
        self.sql("CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);"
                 "CREATE TABLE payments (id INTEGER PRIMARY KEY,"
                 " account INTEGER REFERENCES accounts (id));"
                 "INSERT INTO accounts VALUES (1, -1); INSERT INTO payments VALUES (1, 1);")
        self.migration("0001_nonneg.textproto",
                       QUARANTINED.replace("quarantine {}", "quarantine { with_referencing_rows: true }")
                       + 'criticality { table: "payments" level: CRITICAL }')

        last = self.assert_ends(12, "apply", result="refused")

        self.assertIn("payments, a CRITICAL table", last["message"])

    def test_dropping_a_critical_table_needs_an_approval(self):
        self.accounts(1)
        self.migration("0001_gone.textproto", 'version: 1 name: "gone" phase: CONTRACT'
                       ' contract { expanded_by: 1 } step { drop_table { table: "accounts"'
                       ' name: "accounts" rationale: "r" } }'.replace('table: "accounts"', "")
                       + CRITICAL)
        ended = self.migrate("plan")
        self.assertIn("approval:accounts", ended.out)


class Environments(AppCase):
    """A migration runs where it may, and nowhere else."""

    def setUp(self):
        super().setUp()
        self.accounts(1)
        self.migration("0001_nonneg.textproto",
                       NONNEG + 'environment: "staging" environment: "test"')

    def test_a_database_without_a_mark_is_refused(self):
        before = self.database.read_bytes()

        last = self.assert_ends(12, "apply", result="refused")

        self.assertIn("environment --set", last["message"])
        self.assertEqual(self.database.read_bytes(), before)
        self.assert_ends(0, "environment", result="environment")

    def test_the_mark_decides(self):
        self.assert_ends(0, "environment", "--set", "production")
        last = self.assert_ends(12, "apply", result="refused")
        self.assertIn("production", last["message"])
        self.assertEqual(self.rows("SELECT count(*) FROM mig_history"), [(0,)])

        self.assert_ends(0, "environment", "--set", "staging")
        self.assertEqual(self.migrate("apply").code, 0)
        self.assertIn("marked   staging", self.migrate("status").out)

    def test_a_later_migration_stops_the_ones_before_it_too(self):
        self.migration("0001_nonneg.textproto", NONNEG)
        self.migration("0002_more.textproto", 'version: 2 name: "more" environment: "test" step {'
                       ' create_index { table: "accounts" name: "i" columns: "balance"'
                       ' rationale: "r" } }')
        before = self.database.read_bytes()

        self.assert_ends(12, "apply", result="refused")

        self.assertEqual(self.database.read_bytes(), before)
        self.assertEqual(self.migrate("apply", "--to", "1").code, 0)

    def test_each_mark_is_recorded(self):
        self.assert_ends(0, "environment", "--set", "staging")
        self.assertEqual({row[0] for row in self.rows("SELECT action FROM mig_event")},
                         {"migration.environment_set"})
        self.assert_ends(0, "history", result="history")

    def test_a_name_that_is_none_is_refused(self):
        for name in ("Prod", "a b", "x" * 41):
            with self.subTest(name):
                self.assert_ends(2, "environment", "--set", name, result="usage")


if __name__ == "__main__":
    unittest.main()
