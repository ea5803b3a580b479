"""daybook-migrate verify: what applied migrations promised, proved once more."""

import sqlite3
import unittest

from harness.app import AppCase, NONNEG

POSITIVE = """
version: 2 name: "positive"
step { drop_check { table: "accounts" name: "accounts_balance_nonneg" rationale: "a stricter one comes" } }
step { add_check {
  table: "accounts" column: "balance" name: "accounts_balance_nonneg"
  rule { int64 { gte: 1 } }
  rationale: "an account has something in it" } }
"""

PAYMENTS = """
version: 1 name: "payments"
step { add_foreign_key {
  table: "payments" name: "payments_account_fkey" columns: "account_id"
  references_table: "accounts" references_columns: "id" on_delete: RESTRICT
  rationale: "a payment is of an account" index_name: "payments_account_id" } }
step { add_column {
  table: "payments" column { name: "note" type: TEXT not_null: true default_value: "''" }
  rationale: "people ask what it was for" } }
"""


class Verify(AppCase):

    def payments(self):
        self.accounts(1, 2)
        self.sql("CREATE TABLE payments (id INTEGER PRIMARY KEY, account_id INTEGER);"
                 "INSERT INTO payments (account_id) VALUES (1), (2);")
        self.migration("0001_payments.textproto", PAYMENTS)
        applied = self.migrate("apply")
        self.assertEqual(applied.code, 0, applied)

    def edit_schema(self, wanted, found):
        """As somebody would who knows that no history is kept of it."""
        with sqlite3.connect(self.database) as database:
            database.execute("PRAGMA writable_schema = ON")
            edited = database.execute(
                "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = 'payments'"
                " AND instr(sql, ?)", (found, wanted, found))
            self.assertEqual(edited.rowcount, 1)

    def faults(self, *arguments):
        ended = self.migrate("verify", *arguments, "--format", "json")
        return ended.code, [line["message"] for line in ended.json_lines() if line["event"] == "fault"]

    def test_a_constraint_that_a_later_migration_replaced_is_not_missed(self):
        self.accounts(1)
        self.migration("0001_nonneg.textproto", NONNEG)
        self.migration("0002_positive.textproto", POSITIVE)
        self.assertEqual(self.migrate("apply").code, 0)

        self.assert_ends(0, "verify", result="verified")

    def test_a_foreign_key_is_tried_again(self):
        self.payments()
        self.assert_ends(0, "verify", result="verified")
        self.edit_schema("ON DELETE CASCADE", "ON DELETE RESTRICT")

        code, faults = self.faults()

        self.assertEqual(code, 31)
        self.assertRegex("\n".join(faults), "foreign key of payments to accounts")

    def test_values_that_are_missing_are_found_whatever_is_declared(self):
        self.payments()
        self.edit_schema("TEXT", "TEXT NOT NULL")
        self.sql("UPDATE payments SET note = NULL WHERE id = 2")
        self.edit_schema("TEXT NOT NULL", "TEXT")

        for arguments in ((), ("--read-only",)):
            code, faults = self.faults(*arguments)
            self.assertEqual(code, 31)
            self.assertIn("1 rows of payments have no note", faults)

    def test_rows_that_break_foreign_keys_are_warned_of(self):
        self.payments()
        self.sql("DELETE FROM accounts WHERE id = 1")

        ended = self.migrate("verify", "--format", "json")

        self.assertEqual((ended.code, ended.result()["warnings"]), (0, "1"), ended)

    def test_read_only_it_works_beside_a_writer_and_leaves_the_file_alone(self):
        self.payments()
        before = self.database.stat().st_mtime_ns
        writer = sqlite3.connect(self.database, isolation_level=None)
        self.addCleanup(writer.close)
        writer.execute("BEGIN IMMEDIATE")

        self.assert_ends(0, "verify", "--read-only", result="verified")

        self.assertEqual(self.database.stat().st_mtime_ns, before)
        ended = self.migrate("verify", "--lock-timeout", "0")
        self.assertEqual(ended.code, 23, ended)


if __name__ == "__main__":
    unittest.main()
