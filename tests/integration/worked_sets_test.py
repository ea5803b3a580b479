"""The four worked sets of migrations, each on its fixture: up, proved, down, up."""

import pathlib
import re
import sqlite3
import time
import unittest

from harness.app import AppCase
from harness.environment import A_SECOND
from harness.migrate import migrate

SETS = pathlib.Path(__file__).resolve().parents[2] / "migrator/migrations"


class WorkedSet(AppCase):

    def use(self, name):
        self.migrations = SETS / name
        self.sql((SETS / name / "fixture/before.sqlite.sql").read_text())

    def contents(self):
        """All that is the application's: schema and rows."""
        tables = [row[0] for row in self.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'mig_%' ORDER BY 1")]
        schema = self.rows("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'mig_%'"
                           " AND tbl_name NOT LIKE 'mig_%' ORDER BY 1, 2")
        return schema, {table: self.rows(f'SELECT * FROM "{table}" ORDER BY 1') for table in tables}

    def apply(self, *arguments):
        ended = self.migrate("apply", *arguments, "--format", "json")
        self.assertEqual((ended.code, ended.result()["result"]), (0, "applied"), ended)

    def up_down_up(self, *arguments):
        before = self.contents()
        self.apply(*arguments)
        after = self.contents()
        self.assert_ends(0, "verify", result="verified")
        self.roll_back("--to", "0")
        self.assertEqual(self.without_empty_sequences(self.contents()),
                         self.without_empty_sequences(before))
        self.apply(*arguments)
        self.assertEqual(self.contents(), after)

    def assert_repairable(self):
        """An emptied history is written anew, proved by the schema."""
        before = self.rows("SELECT version, checksum, schema_after FROM mig_history")
        self.sql("DELETE FROM mig_history; DELETE FROM mig_meta")
        ended = self.migrate("repair", "--format", "json")
        self.assertEqual((ended.code, ended.result()["result"]), (0, "repaired"), ended)
        self.assertEqual(self.rows("SELECT version, checksum, schema_after FROM mig_history"), before)
        self.assert_ends(0, "verify", result="verified")

    @staticmethod
    def without_empty_sequences(contents):
        """SQLite makes sqlite_sequence with the first table that needs it, for ever."""
        schema, tables = contents
        kept = {name: rows for name, rows in tables.items() if name != "sqlite_sequence"}
        return [row for row in schema if row[1] != "sqlite_sequence"], kept


class Deposits(WorkedSet):

    def setUp(self):
        super().setUp()
        self.use("deposits")

    def count(self, table):
        return self.rows(f"SELECT count(*) FROM {table}")[0][0]

    def test_the_counts_are_those_that_were_asked_for(self):
        self.assertEqual([self.count(table) for table in
                          ("users", "user_deposits", "deposit_transactions")], [3, 2, 1])
        self.apply()
        self.assertEqual([self.count(table) for table in
                          ("users", "user_deposits", "deposit_transactions", "audit_logs")],
                         [3, 1, 1, 0])
        self.assertEqual(self.count("mig_quarantine"), 2)
        self.assertEqual(self.rows("SELECT length(depositor_name) FROM deposit_transactions"),
                         [(50,)])
        kept = self.rows("SELECT original FROM mig_quarantine WHERE policy = 'truncate'")[0][0]
        self.assertTrue(re.search(r'"text":"[^"]{64}"', kept), kept)

    def test_the_audit_table_has_its_ten_columns(self):
        self.apply()
        columns = [(row[1], row[2], row[3]) for row in self.rows("PRAGMA table_info(audit_logs)")]
        self.assertEqual(columns, [
            ("id", "INTEGER", 0), ("user_id", "INTEGER", 0), ("telegram_id", "TEXT", 0),
            ("action", "TEXT", 1), ("resource_type", "TEXT", 0), ("resource_id", "INTEGER", 0),
            ("details", "TEXT", 0), ("ip_address", "TEXT", 0), ("user_agent", "TEXT", 0),
            ("created_at", "DATETIME", 0)])

    def test_what_the_constraints_refuse(self):
        self.apply()
        for balance in ("-1", "'abc'", "x'00'", "1.5", "NULL", "-9223372036854775808"):
            with self.assertRaises(sqlite3.IntegrityError):
                self.sql(f"INSERT INTO user_deposits (user_id, balance) VALUES (2, {balance})")
        for name in ("'" + "한" * 51 + "'", "CAST(x'6100" + "62" * 100 + "' AS TEXT)"):
            with self.assertRaisesRegex(sqlite3.IntegrityError, "depositor_name_len"):
                self.sql(f"UPDATE deposit_transactions SET depositor_name = {name}")
        self.sql("UPDATE deposit_transactions SET depositor_name = '" + "한" * 50 + "'")
        self.sql("UPDATE deposit_transactions SET depositor_name = NULL")
        self.sql("INSERT INTO user_deposits (user_id, balance) VALUES (2, 0)")

    def test_up_down_up(self):
        self.up_down_up()

    def test_each_way_takes_less_than_a_second(self):
        for command in ("apply", "rollback"):
            begin = time.monotonic()
            self.assertEqual(self.migrate(command).code, 0)
            self.assertLess(time.monotonic() - begin, A_SECOND)

    def test_audit_rows_are_archived_before_the_table_goes(self):
        self.apply()
        self.sql("INSERT INTO audit_logs (action, details) VALUES ('deposit_confirmed', '{\"a\": 1}')")
        self.roll_back()
        self.assertEqual(self.rows("SELECT table_name, row_count FROM mig_archive"),
                         [("audit_logs", 1)])
        archive = self.rows("SELECT archive_table FROM mig_archive")[0][0]
        self.assertEqual(self.rows(f"SELECT action, details FROM {archive}"),
                         [("deposit_confirmed", '{"a": 1}')])

    def test_a_row_that_was_edited_since_is_a_conflict_and_stays(self):
        self.apply()
        self.sql("UPDATE deposit_transactions SET depositor_name = 'mended by hand'")
        ended = self.migrate("rollback", "--format", "json")
        self.assertEqual(ended.code, 0, ended)
        self.assertIn("conflict", [line["event"] for line in ended.json_lines()])
        self.assertEqual(self.rows("SELECT depositor_name FROM deposit_transactions"),
                         [("mended by hand",)])
        self.assertEqual(self.rows("SELECT state FROM mig_quarantine WHERE policy = 'truncate'"),
                         [("conflict",)])


    def test_an_emptied_history_is_repaired(self):
        self.apply()
        self.assert_repairable()
        self.roll_back()


class Channels(WorkedSet):

    def test_an_emptied_history_is_repaired(self):
        self.use("channels")
        self.apply()
        self.assert_repairable()

    def test_up_down_up(self):
        self.use("channels")
        self.up_down_up()

    def test_a_user_with_channels_cannot_be_deleted(self):
        self.use("channels")
        self.apply()
        owner = self.rows("SELECT user_id FROM channels LIMIT 1")[0][0]
        with self.assertRaises(sqlite3.IntegrityError):
            self.sql(f"PRAGMA foreign_keys = ON; DELETE FROM users WHERE id = {owner}")


class Trades(WorkedSet):

    def test_an_emptied_history_is_repaired(self):
        self.use("trades")
        self.apply("--to", "5")
        self.assert_repairable()

    def test_up_down_up(self):
        self.use("trades")
        self.up_down_up("--to", "5")

    def test_the_second_half_of_the_rename_waits_for_the_first_to_settle(self):
        self.use("trades")
        ended = self.migrate("apply", "--format", "json")
        self.assertEqual((ended.code, ended.result()["result"]), (12, "refused"), ended)
        self.assertIn("must have been in place for 168 hours", ended.result()["message"])
        self.assertEqual(self.rows("SELECT max(version) FROM mig_history"), [(5,)])


class Portfolio(WorkedSet):

    def test_an_emptied_history_with_a_baseline_is_repaired(self):
        self.use("portfolio")
        self.migrate("baseline", "--to", "1")
        self.apply()
        self.assert_repairable()

    def test_what_was_there_is_a_baseline_once_it_is_proved(self):
        self.use("portfolio")
        ended = self.migrate("baseline", "--to", "1", "--format", "json")
        self.assertEqual((ended.code, ended.result()["result"]), (0, "baselined"), ended)
        self.apply()
        self.assert_ends(0, "verify", result="verified")
        self.roll_back("--to", "1")
        self.assert_ends(12, "rollback", "--to", "0", result="refused")

    def test_another_schema_is_no_baseline(self):
        self.use("portfolio")
        self.sql('ALTER TABLE "Alert" ADD COLUMN extra TEXT')
        last = self.assert_ends(4, "baseline", "--to", "1", result="history_mismatch")
        self.assertIn("table alert: column extra", last["message"])
        self.assertEqual(self.rows("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'mig%'"),
                         [(0,)])


class Lint(WorkedSet):

    def test_none_of_the_sets_has_an_error(self):
        for name in ("deposits", "channels", "trades", "portfolio"):
            ended = migrate("lint", "--migrations", SETS / name)
            self.assertEqual(ended.code, 0, ended)


if __name__ == "__main__":
    unittest.main()
