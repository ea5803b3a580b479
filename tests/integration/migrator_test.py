"""daybook-migrate makes stores, tells about them, and ends with stable codes."""

import concurrent.futures
import contextlib
import pathlib
import sqlite3
import tempfile
import unittest

from harness.case import StoreCase
from harness.migrate import database, make_store, migrate


class Migrator(StoreCase):

    def sql(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.folder / "ledger.db")) as ledger, ledger:
            return ledger.execute(statement, values).fetchall()

    def assert_ends(self, code, *arguments, result=None):
        """Runs it twice: for people, and for programs, whose result is returned."""
        told = migrate(*arguments)
        self.assertEqual(told.code, code, told)
        self.assertTrue(told.out + told.err)
        ended = migrate(*arguments, "--format", "json")
        self.assertEqual(ended.code, code, ended)
        last = ended.result()
        self.assertEqual((last["event"], int(last["exit_code"])), ("result", code))
        if result is not None:
            self.assertEqual(last["result"], result)
        return told, last

    def test_status_of_an_empty_folder_tells_what_is_pending(self):
        told, result = self.assert_ends(0, "status", *database(self.folder), result="pending")

        self.assertIn("daybook-migrate apply", told.out)
        self.assertEqual((result["version"], result["pending"]), ("0", result["newest"]))
        self.assertFalse(self.folder.exists(), "status writes nothing")

    def test_status_with_exit_code_ends_with_3_while_something_is_pending(self):
        self.assert_ends(3, "status", *database(self.folder), "--exit-code", result="pending")
        make_store(self.folder)
        self.assert_ends(
            0, "status", *database(self.folder), "--exit-code", result="nothing_pending")

    def test_apply_makes_a_store_and_then_has_nothing_to_do(self):
        ended = migrate("apply", *database(self.folder), "--format", "json")
        self.assertEqual((ended.code, ended.result()["result"]), (0, "applied"))
        self.assertEqual([line["event"] for line in ended.json_lines()], ["applying", "applying", "result"])

        self.assert_ends(0, "apply", *database(self.folder), result="nothing_pending")
        self.assertEqual(self.sql("SELECT version FROM mig_history"), [(1,), (2,)])

    def test_wrong_arguments_end_with_2(self):
        for arguments in ((), ("apply",), ("explode",), ("apply", "--database", "postgres://x/y"),
                          ("apply", "--database", str(self.folder)),
                          ("status", *database(self.folder), "--format", "xml"),
                          ("apply", *database(self.folder), "--segment-events", "0")):
            with self.subTest(arguments):
                ended = migrate(*arguments)
                self.assertEqual(ended.code, 2, ended)
                self.assertTrue(ended.out + ended.err)

    def test_a_password_in_the_database_is_not_repeated(self):
        ended = migrate("apply", "--database", "postgres://daybook:hunter2@host/db")

        self.assertEqual(ended.code, 2)
        self.assertNotIn("hunter2", ended.out + ended.err)

    def test_another_content_than_this_builds_ends_with_4(self):
        make_store(self.folder)
        self.sql("UPDATE mig_history SET checksum = 'other'")

        for command in ("status", "apply"):
            self.assert_ends(4, command, *database(self.folder), result="history_mismatch")

    def test_a_store_newer_than_the_build_ends_with_5(self):
        make_store(self.folder)
        self.sql("INSERT INTO mig_history VALUES (99, 'future', 'x', 99, 0, 0, 'test')")

        for command in ("status", "apply"):
            self.assert_ends(5, command, *database(self.folder), result="newer_than_build")

    def test_eight_at_once_apply_once(self):
        def apply(_):
            return migrate("apply", *database(self.folder), "--format", "json")

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            ended = list(pool.map(apply, range(8)))

        results = [one.result()["result"] for one in ended]
        self.assertEqual(results.count("applied"), 1, results)
        self.assertLessEqual({(one.code, one.result()["result"]) for one in ended},
                             {(0, "applied"), (0, "nothing_pending"), (21, "lock_held")})
        self.assertEqual(self.sql("SELECT version FROM mig_history"), [(1,), (2,)])
        self.assert_ends(0, "apply", *database(self.folder), result="nothing_pending")

    def test_a_live_service_does_not_disturb_one_with_nothing_to_do(self):
        make_store(self.folder)
        self.start()

        self.assert_ends(0, "apply", *database(self.folder), result="nothing_pending")
        self.assert_ends(0, "status", *database(self.folder), result="nothing_pending")

    def test_a_live_service_keeps_one_with_work_away(self):
        make_store(self.folder)
        self.start()
        # Without its history the store looks as if it were still to be made.
        self.sql("DELETE FROM mig_history")

        self.assert_ends(23, "apply", *database(self.folder), result="service_live")

    def test_a_folder_with_events_but_no_ledger_is_not_made_anew(self):
        make_store(self.folder)
        daemon = self.start()
        self.client_of(daemon).record(action="login")
        daemon.kill()
        (self.folder / "ledger.db").unlink()

        ended = migrate("apply", *database(self.folder))

        self.assertNotEqual(ended.code, 0, ended)
        self.assertIn("backup", ended.out)
        self.assertFalse((self.folder / "ledger.db").exists())

    def test_a_file_in_place_of_the_folder_is_an_error(self):
        self.folder.write_text("not a folder")

        ended = migrate("apply", *database(self.folder))

        self.assertNotEqual(ended.code, 0, ended)
        self.assertEqual(self.folder.read_text(), "not a folder")

    def test_what_a_cut_off_apply_left_is_made_again(self):
        make_store(self.folder)
        (self.folder / "ledger.db").unlink()

        ended = migrate("apply", *database(self.folder), "--format", "json")

        self.assertEqual((ended.code, ended.result()["result"]), (0, "applied"), ended)
        self.client_of(self.start()).record(action="login")

    def test_a_relative_folder_is_taken(self):
        with tempfile.TemporaryDirectory(prefix="daybook-test-") as here, contextlib.chdir(here):
            make_store("store")
            self.assertTrue((pathlib.Path(here) / "store" / "ledger.db").exists())


if __name__ == "__main__":
    unittest.main()
