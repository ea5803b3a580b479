"""The audit_logs of an application come into the log: each row once, as it was, in order."""

import hashlib
import json
import os
import pathlib
import pty
import shutil
import stat
import subprocess
import tempfile
import threading
import unittest

from harness.audit_logs import SCHEMA, AppDatabase, Importer
from harness.case import StoreCase
from harness.client import Client
from harness.daemon import Daemon
from harness.environment import PATIENCE, program
from harness.migrate import make_store, run

DONE, REFUSED, USAGE, NOT_FOUND, UNAVAILABLE = range(5)
NOBODY = 65534


class ImportCase(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder)
        self.parent = self.folder.parent
        self.daemon = self.start()
        self.client = self.client_of(self.daemon)
        self.app = AppDatabase(self.parent / "app.db")
        self.importer = Importer(self.app, self.daemon.address)

    def imported(self, client=None):
        """All events of the log, in order."""
        return (client or self.client).all(order_by="seq", page_size=1000)

    def ids(self, client=None):
        return [int(event.request_id.removeprefix("import:audit_logs:"))
                for event in self.imported(client)]

    def assert_imported(self, *arguments, **counts):
        """Runs it, and expects it to end well with these counts."""
        ended, lines = self.importer.results(*arguments)
        self.assertEqual(ended.code, DONE, ended)
        result = lines["result"][0]
        self.assertEqual({name: result[name] for name in counts}, counts, ended)
        return lines

    def assert_fails(self, code, *arguments, says=""):
        """Runs it, and expects it to say why it ended so, and to record nothing."""
        before = self.client.size()
        ended = self.importer.run(*arguments)
        self.assertEqual(ended.code, code, ended)
        self.assertIn(says, ended.err)
        self.assertEqual(self.client.size(), before)
        return ended


class Import(ImportCase):

    def test_every_column_is_kept_as_it_was(self):
        details = ' {"b" : 1,\n\t"a": "값\\u0041", "n": 1e2 } '
        row = self.app.insert(
            user_id=7, telegram_id="tg-7", action="withdrawal_failed", resource_type="withdrawal",
            resource_id=42, details=details, ip_address="2001:DB8::7", user_agent="bot/1.0",
            created_at="2024-02-29 23:59:59")

        self.assert_imported(rows=1, recorded=1, repeated=0, skipped=0)

        event = self.imported()[0]
        self.assertEqual((event.user_id, event.telegram_id, event.action, event.resource_type),
                         (7, "tg-7", "withdrawal_failed", "withdrawal"))
        self.assertEqual((event.resource_id, event.ip_address, event.user_agent),
                         ("42", "2001:db8::7", "bot/1.0"))
        self.assertEqual(event.details, details)
        self.assertEqual(event.event_time.ToJsonString(), "2024-02-29T23:59:59Z")
        self.assertEqual((event.producer, event.request_id, event.outcome),
                         ("shop", f"import:audit_logs:{row}", 2))

    def test_rows_come_in_order_whatever_the_size_of_batches(self):
        self.app.fill(2_345)

        self.assert_imported("--batch", 1000, rows=2_345, recorded=2_345)

        self.assertEqual(self.ids(), self.app.ids())
        times = [event.event_time.ToJsonString() for event in self.imported()]
        self.assertEqual(times, [f"2026-01-{1 + n % 28:02}T{n % 24:02}:30:{n % 60:02}Z"
                                 for n in range(2_345)])

    def test_rows_with_large_details_fit_into_batches(self):
        large = json.dumps({"text": "x" * 16_000})
        for _ in range(600):
            self.app.insert(action="login", details=large)

        self.assert_imported("--batch", 1000, recorded=600)

        self.assertEqual({event.details for event in self.imported()}, {large})

    def test_run_again_it_records_what_is_new_and_nothing_else(self):
        self.app.fill(1_000)
        self.assert_imported(recorded=1_000, repeated=0)
        self.assert_imported(recorded=0, repeated=1_000)
        self.app.fill(10)
        self.assert_imported("--batch", 7, rows=1_010, recorded=10, repeated=1_000)

        self.assertEqual(self.ids(), self.app.ids())

    def test_a_copy_elsewhere_is_the_same_database(self):
        self.app.fill(100)
        self.assert_imported(recorded=100)
        with self.app.connect() as database:
            database.execute("DELETE FROM audit_logs WHERE id <= 10")
            database.commit()
            database.execute("VACUUM")
        copy = shutil.copy(self.app.path, self.parent / "copy.db")
        self.app.path = pathlib.Path(copy)
        self.importer = Importer(self.app, self.daemon.address)

        self.assert_imported(rows=90, recorded=0, repeated=90)

    def test_the_database_is_not_written(self):
        self.app.fill(10)
        before = hashlib.sha256(self.app.path.read_bytes()).digest()
        os.chmod(self.app.path, stat.S_IRUSR)

        self.assert_imported(recorded=10)

        self.assertEqual(hashlib.sha256(self.app.path.read_bytes()).digest(), before)
        self.assertEqual(sorted(path.name for path in self.parent.iterdir()),
                         ["app.db", "store", "store.signer"])

    def test_the_application_may_go_on_writing(self):
        self.app.sql("PRAGMA journal_mode = WAL")
        self.app.fill(5_000)
        stop = threading.Event()

        def write():
            while not stop.is_set():
                self.app.fill(5)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            lines = self.assert_imported("--batch", 50)
        finally:
            stop.set()
            writer.join(PATIENCE)
        first = lines["result"][0]["recorded"]
        self.assertGreaterEqual(first, 5_000)
        self.assert_imported(repeated=first)
        self.assertEqual(self.ids(), self.app.ids())

    def test_tables_and_views_of_other_names_are_imported(self):
        self.app.sql("""
            CREATE TABLE history (n INTEGER PRIMARY KEY, what TEXT, at INTEGER, note TEXT);
            INSERT INTO history VALUES (3, 'LOGIN', 1769851800, 'x'), (9, 'LOGOUT', 1769851800123, 'y');
            CREATE VIEW for_daybook AS
              SELECT n AS id, lower(what) AS action, at AS created_at, note FROM history""")

        lines = self.assert_imported("--table", "FOR_DAYBOOK", recorded=2)

        self.assertEqual(lines["source"][0]["columns_left_out"], ["note"])
        self.assertEqual([(event.request_id, event.action, event.event_time.ToJsonString())
                          for event in self.imported()],
                         [("import:for_daybook:3", "login", "2026-01-31T09:30:00Z"),
                          ("import:for_daybook:9", "logout", "2026-01-31T09:30:00.123Z")])

    def test_a_table_without_times_is_told_so(self):
        app = AppDatabase(self.parent / "small.db", "CREATE TABLE audit_logs (action TEXT)")
        app.insert(action="login")
        self.importer = Importer(app, self.daemon.address)

        ended = self.importer.run()

        self.assertEqual(ended.code, DONE, ended)
        self.assertIn("no column created_at", ended.out)
        event = self.imported()[0]
        self.assertEqual(event.event_time, event.created_at)
        self.assert_imported(recorded=0, repeated=1)

    def test_times_of_a_time_zone(self):
        self.app.insert(action="login", created_at="2026-01-31T18:30:00")
        self.assert_fails(REFUSED, says="--time-zone")

        self.assert_imported("--time-zone", "Fixed/UTC+09:00:00", recorded=1)

        self.assertEqual(self.imported()[0].event_time.ToJsonString(), "2026-01-31T09:30:00Z")

    def test_a_dry_run_asks_nobody(self):
        self.app.fill(30)
        bad = self.app.insert(action="Not A Code")
        importer = Importer(self.app, "127.0.0.1:1")

        ended, lines = importer.results("--dry-run")

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertEqual(lines["problem"][0]["first_ids"], [bad])
        self.app.sql(f"DELETE FROM audit_logs WHERE id = {bad}")
        ended = importer.run("--dry-run")
        self.assertEqual(ended.code, DONE, ended)
        self.assertIn("30 rows can be recorded", ended.out)


class InvalidRows(ImportCase):

    def setUp(self):
        super().setUp()
        self.app.fill(5)
        self.text = self.app.insert(action="login", details="paid late")
        self.app.fill(5)
        self.bad = [self.app.insert(action="x" * 129),
                    self.app.insert(action="login"),
                    self.app.insert(action="login", created_at="yesterday"),
                    self.app.insert(action="login", user_agent="a\0b", ip_address="nowhere")]
        self.app.sql("UPDATE audit_logs SET user_agent = CAST(x'ff' AS TEXT) "
                     f"WHERE id = {self.bad[1]}")
        self.app.fill(5)
        self.file = self.parent / "bad.jsonl"

    def test_stop_the_import_before_anything_is_sent(self):
        ended = self.assert_fails(REFUSED, says="5 of 20 rows cannot be recorded")

        for column, row in (("details", self.text), ("action", self.bad[0]),
                            ("created_at", self.bad[2]), ("ip_address", self.bad[3])):
            self.assertRegex(ended.err, f"(?m)^  {column} .*: 1 row, id {row}$")
        self.assertRegex(ended.err, rf"user_agent .* id {self.bad[1]}")
        self.assertNotIn("yesterday", ended.err)
        ended, lines = self.importer.results()
        self.assertEqual((ended.code, lines["result"][0]["recorded"]), (REFUSED, 0))
        self.assertEqual(sum(line["rows"] for line in lines["problem"]), 6)

    def test_can_be_set_aside(self):
        self.assert_imported("--skip-invalid", self.file, rows=20, recorded=15, skipped=5)

        lines = [json.loads(text) for text in self.file.read_text().splitlines()]
        self.assertEqual([line["id"] for line in lines], [self.text, *self.bad])
        self.assertEqual(lines[0]["problems"][0]["column"], "details")
        self.assertEqual(lines[0]["row"]["details"], "paid late")
        self.assertEqual(lines[2]["row"]["user_agent"], {"base64": "/w=="})
        self.assertEqual(lines[4]["row"]["user_agent"], "a\0b")
        self.assertEqual(self.ids(), [row for row in self.app.ids()
                                      if row not in (self.text, *self.bad)])

    def test_are_set_aside_again_by_the_next_run(self):
        self.assert_imported("--skip-invalid", self.file, recorded=15, skipped=5)
        self.app.fill(2)
        self.app.insert(action="")

        self.assert_imported("--skip-invalid", self.file, recorded=2, repeated=15, skipped=6)

        self.assertEqual(len(self.file.read_text().splitlines()), 6)

    def test_are_recorded_once_they_were_mended(self):
        self.assert_imported("--skip-invalid", self.file, recorded=15, skipped=5)
        rows = ", ".join(map(str, self.bad))
        self.app.sql(f"""UPDATE audit_logs SET action = 'login', user_agent = NULL,
                         ip_address = NULL, created_at = '2026-01-31 09:30:00'
                         WHERE id IN ({rows})""")

        self.assert_imported("--wrap-details", recorded=5, repeated=15, skipped=0)

        self.assertEqual(sorted(self.ids()), self.app.ids())
        details = {event.request_id: event.details for event in self.imported()}
        self.assertEqual(json.loads(details[f"import:audit_logs:{self.text}"]),
                         {"text": "paid late"})

    def test_are_never_written_over_another_file(self):
        self.file.write_text("dear to somebody")

        self.assert_fails(REFUSED, "--skip-invalid", self.file, says="is there already")

        self.assertEqual(self.file.read_text(), "dear to somebody")


class ChangedRows(ImportCase):

    def test_a_row_that_changed_after_its_import_is_named(self):
        self.app.fill(20)
        self.assert_imported(recorded=20)
        self.app.sql("UPDATE audit_logs SET user_id = 999 WHERE id = 7")

        self.assert_fails(REFUSED, says="in the log already, with other values in its row: "
                                        "1 row, id 7")

    def test_another_database_needs_another_producer(self):
        self.app.fill(3)
        self.assert_imported(recorded=3)
        other = AppDatabase(self.parent / "other.db")
        for _ in range(4):
            other.insert(action="logout")
        self.importer = Importer(other, self.daemon.address)

        self.assert_fails(REFUSED, says="with other values")

        self.importer = Importer(other, self.daemon.address, producer="other-shop")
        self.assert_imported(recorded=4)

    def test_other_events_of_the_producer_are_no_rows(self):
        client = self.client_of(self.daemon, "shop")
        for number in range(5):
            client.record(action="live", request_id=f"live-{number}")
        self.app.fill(3)

        self.assert_imported(recorded=3, repeated=0)


class Interrupted(ImportCase):

    def wait_for_events(self, client, count):
        while client.size() < count:
            pass

    def test_killed_in_the_middle_and_run_again(self):
        self.app.fill(20_000)
        for wanted in (500, 6_000, 12_000):
            process = self.importer.launch("--batch", 50)
            self.wait_for_events(self.client, wanted)
            process.kill()
            process.communicate(timeout=PATIENCE)
            self.assertLess(self.client.size(), 20_000, "was killed too late to tell")

        recorded = self.client.size()
        self.assert_imported(rows=20_000)

        self.assertEqual(self.ids(), self.app.ids())
        self.assertGreaterEqual(recorded, 12_000)
        self.assert_imported(recorded=0, repeated=20_000)

    def test_goes_on_when_the_service_comes_back(self):
        self.app.fill(20_000)
        process = self.importer.launch("--batch", 50)
        self.wait_for_events(self.client, 1_000)
        address = self.daemon.address
        self.daemon.kill()

        with Daemon(self.folder, listen=address) as again:
            out, err = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, DONE, err)
            self.assertEqual(self.ids(self.client_of(again)), self.app.ids())
        result = json.loads(out.splitlines()[-1])
        self.assertEqual(result["recorded"] + result["repeated"], 20_000)

    def test_gives_up_where_the_service_stays_away(self):
        self.app.fill(20_000)
        process = self.importer.launch("--batch", 50, "--patience", 0)
        self.wait_for_events(self.client, 1_000)
        self.daemon.kill()

        out, err = process.communicate(timeout=PATIENCE)

        self.assertEqual(process.returncode, UNAVAILABLE, err)
        result = json.loads(out.splitlines()[-1])
        self.assertEqual(result["exit_code"], UNAVAILABLE)
        self.assertGreater(result["recorded"], 0)


class Refused(ImportCase):

    def test_wrong_arguments(self):
        for arguments in (["--batch", "0"], ["--batch", "1001"], ["--time-zone", "Mars"],
                          ["--producer", ""], ["more"]):
            with self.subTest(arguments):
                self.assert_fails(USAGE, *arguments)
        for source in ("app.db", "sqlite:", "postgres://host/db"):
            ended = run([program("daybook"), "import", "--from", source])
            self.assertEqual(ended.code, USAGE, ended)

    def test_what_is_not_there(self):
        self.assert_fails(NOT_FOUND, says="has no rows")
        self.assert_fails(NOT_FOUND, "--table", "audit", says="it has: audit_logs")
        self.app.sql("CREATE TABLE audit (id INTEGER PRIMARY KEY)")
        self.assert_fails(NOT_FOUND, "--table", "audit", says="no column action")
        self.app.path.unlink()
        self.assert_fails(NOT_FOUND, says="there is no database")

    def test_what_is_no_database(self):
        self.app.path.write_text("x" * 5_000)

        self.assert_fails(REFUSED, says="not an SQLite database")

    def test_a_service_that_is_not_there(self):
        self.app.fill(1)
        ended = Importer(self.app, "127.0.0.1:1").run()

        self.assertEqual(ended.code, UNAVAILABLE, ended)
        self.assertIn("is daybookd running at 127.0.0.1:1?", ended.err)

    def test_a_producer_that_is_none(self):
        self.app.fill(1)
        for producer in ("daybook", "a b", 'a" OR producer = "b'):
            with self.subTest(producer):
                self.importer = Importer(self.app, self.daemon.address, producer)
                self.assert_fails(REFUSED)

    def test_a_database_in_wal_mode_where_nothing_may_be_written(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="daybook-test-")))
        app = AppDatabase(folder / "app.db", f"PRAGMA journal_mode = WAL; {SCHEMA}")
        app.insert(action="login")
        for path in folder.glob("app.db-*"):
            path.unlink()
        os.chmod(app.path, 0o444)
        os.chmod(folder, 0o555)
        # Root may write everywhere.
        as_nobody = ["setpriv", "--reuid", str(NOBODY), "--clear-groups"] if os.geteuid() == 0 else []

        ended = run([*as_nobody, program("daybook"), "--address", self.daemon.address, "import",
                     "--from", f"sqlite:{app.path}"])

        os.chmod(folder, 0o755)
        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("WAL mode", ended.err)
        self.assertEqual([path.name for path in folder.iterdir()], ["app.db"])


class Progress(ImportCase):

    def test_a_bar_is_drawn_on_a_terminal_only(self):
        self.app.fill(30_000)
        main, terminal = pty.openpty()
        process = subprocess.Popen(
            [program("daybook"), "--address", self.daemon.address, "import", "--from",
             f"sqlite:{self.app.path}"], stdout=subprocess.PIPE, stderr=terminal, text=True)
        os.close(terminal)
        drawn = b""
        try:
            while chunk := os.read(main, 4096):
                drawn += chunk
        except OSError:  # nobody has the terminal open any more
            pass
        out, _ = process.communicate(timeout=PATIENCE)
        os.close(main)

        self.assertEqual(process.returncode, DONE)
        self.assertIn(b"recording [", drawn)
        self.assertTrue(drawn.endswith(b"\r\x1b[K"), drawn[-80:])
        self.assertIn("30000 rows recorded", out)
        again = Importer(self.app, self.daemon.address, producer="again").run()
        self.assertEqual((again.code, again.err), (DONE, ""))


if __name__ == "__main__":
    unittest.main()
