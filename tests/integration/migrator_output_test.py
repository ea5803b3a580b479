"""What daybook-migrate tells while and after it runs: people, programs, Prometheus,
hooks, and daybookd."""

import contextlib
import datetime
import json
import os
import pty
import signal
import subprocess
import time
import unittest

from harness.app import AppCase, NONNEG
from harness.daemon import Daemon
from harness.environment import PATIENCE, program
from harness.exposition import parse
from harness.migrate import make_store, migrate, run
from harness.waiting import wait_until

REBUILD = NONNEG.replace('name: "nonneg"', 'name: "nonneg" strategy: SINGLE_TX', 1)

# Told of by verification alone.
WARNS_AFTERWARDS = REBUILD + """
assertion { name: "few accounts" sql: "SELECT id FROM accounts" severity: WARNING moment: AFTER }
"""

QUARANTINE = NONNEG.replace('rationale', 'on_violation { quarantine {} } rationale')

BUDGET = NONNEG.replace(
    'name: "nonneg"', 'name: "nonneg" budget { migrate_seconds: 600 total_seconds: 900 }', 1)

SECOND = """
version: 2 name: "owner"
step { add_column { table: "accounts" column { name: "owner" type: TEXT } rationale: "r" } }
"""


class OutputCase(AppCase):

    def setUp(self):
        super().setUp()
        self.told = self.folder / "told"

    def hook(self, text=""):
        """A command that keeps what it is told, then does `text`."""
        path = self.folder / "hook"
        path.write_text(f'#!/bin/sh\nprintf "%s %s\\n" "$DAYBOOK_MIGRATE_EVENT" "$(cat)"'
                        f' >> {self.told}\n{text}\n')
        path.chmod(0o755)
        return path

    def events(self):
        """(name in the environment, JSON), of each."""
        if not self.told.exists():
            return []
        lines = [line.split(" ", 1) for line in self.told.read_text().splitlines()]
        return [(name, json.loads(text)) for name, text in lines]

    def names(self):
        return [name for name, _ in self.events() if name != "progress"]

    def many(self, rows):
        self.sql("CREATE TABLE accounts (id INTEGER PRIMARY KEY, note TEXT,"
                 " balance INTEGER NOT NULL);"
                 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                 f" WHERE i < {rows}) INSERT INTO accounts (note, balance)"
                 " SELECT 'note ' || i, i FROM n;")


class Result(OutputCase):

    def test_has_the_times_of_each_phase_and_what_was_allowed(self):
        self.accounts(1)
        self.migration("0001_nonneg.textproto", BUDGET)

        applied = self.migrate("apply", "--format", "json").result()
        back = self.migrate("rollback", "--format", "json").result()

        for result in (applied, back):
            for phase in ("backup", "migrate", "verify", "lock_held", "total"):
                self.assertGreaterEqual(int(result[phase + "_ms"]), 0)
            self.assertEqual(result["migrate_allowed_ms"], "600000")
            self.assertNotIn("verify_allowed_ms", result)
            self.assertTrue(result["backup_id"])
            parts = sum(int(result[phase + "_ms"]) for phase in ("backup", "migrate", "verify"))
            self.assertLessEqual(parts, int(result["total_ms"]))
        self.assertIn("remember_ms", self.migrate_anew(REBUILD))

    def migrate_anew(self, migration):
        self.migration("0001_nonneg.textproto", migration)
        return self.migrate("apply", "--format", "json").result()

    def test_counts_warnings(self):
        self.accounts(1, -1)
        self.migration("0001_nonneg.textproto", QUARANTINE)

        ended = self.migrate("apply", "--format", "json")

        warned = [line for line in ended.json_lines() if line.get("verdict") == "warned"
                  or line.get("severity") == "warning" or line["event"] == "warning"]
        self.assertGreaterEqual(len(warned), 1)
        self.assertEqual(int(ended.result()["warnings"]), len(warned))

    def test_a_warning_can_be_an_error_before_anything_is_changed(self):
        self.accounts(1, -1)
        self.migration("0001_nonneg.textproto", QUARANTINE)
        before = self.database.read_bytes()

        self.assert_ends(12, "apply", "--warnings-as-errors", result="refused")
        self.assert_ends(12, "preflight", "--warnings-as-errors", result="refused")

        self.assertEqual(self.database.read_bytes(), before)
        self.assertEqual(list(self.folder.glob("app-*")), [], "no backup was made")
        self.assert_ends(0, "preflight")

    def test_a_warning_of_verification_can_be_an_error(self):
        self.accounts(1)
        self.migration("0001_nonneg.textproto", WARNS_AFTERWARDS)

        self.assert_ends(31, "apply", "--warnings-as-errors", result="verification")
        self.assertEqual(self.rows("SELECT count(*) FROM sqlite_schema"), [(1,)])
        result = self.migrate("apply", "--format", "json").result()
        self.assertEqual((result["exit_code"], result["warnings"]), ("0", "1"))

    def test_the_termination_log_says_which_backup_and_migration(self):
        self.accounts(1)
        self.migration("0001_nonneg.textproto", WARNS_AFTERWARDS)
        log = self.folder / "log"

        ended = self.migrate("apply", "--warnings-as-errors", "--termination-log", log,
                             "--format", "json")

        written = json.loads(log.read_text())
        self.assertEqual(
            (written["code"], written["version"], written["backup_id"]),
            (31, 1, ended.result()["backup_id"]))
        self.assertRegex(written["run_id"], "^[0-9a-f]{16}$")
        self.assertLessEqual(log.stat().st_size, 4096)


class Progress(OutputCase):

    def test_programs_hear_at_most_once_a_second(self):
        self.many(600_000)
        self.migration("0001_nonneg.textproto", REBUILD)

        ended = self.migrate("apply", "--format", "json")

        self.assertEqual(ended.code, 0, ended)
        told = [line for line in ended.json_lines() if line["event"] == "progress"]
        self.assertLessEqual(len(told), int(ended.result()["total_ms"]) / 1000)
        for line in told:
            self.assertLessEqual(line["done"], line["total"])

    def test_readers_of_a_wal_database_go_on_meanwhile(self):
        self.many(200_000)
        self.sql("PRAGMA journal_mode = WAL")
        self.migration("0001_nonneg.textproto", REBUILD)

        with subprocess.Popen(
                [program("daybook-migrate"), "apply", "--database", f"sqlite:{self.database}",
                 "--migrations", self.migrations, "--format", "json"],
                stdout=subprocess.PIPE, text=True) as migrator:
            phases = []
            for text in migrator.stdout:
                line = json.loads(text)
                self.assertEqual(self.rows("SELECT count(*) FROM accounts"), [(200_000,)])
                phases.append(line.get("phase"))
            self.assertEqual(migrator.wait(PATIENCE), 0)
        self.assertLessEqual({"backup", "remember", "migrate", "verify"}, set(phases))

    def test_people_without_a_terminal_hear_nothing_of_it(self):
        self.many(100_000)
        self.migration("0001_nonneg.textproto", REBUILD)

        ended = self.migrate("apply")

        self.assertEqual(ended.code, 0, ended)
        self.assertNotIn("%", ended.out)
        self.assertNotIn("\x1b", ended.out + ended.err)

    def test_a_terminal_shows_a_bar_that_garbles_no_line(self):
        self.many(600_000)
        self.migration("0001_nonneg.textproto", REBUILD)

        shown = self.on_a_terminal("apply")

        self.assertRegex(shown, r"(reading|verifying|writing|copying)[a-z ]* \[#*\.*\] +\d+ %")
        # What stays on the screen: all after the last return to the line's beginning.
        stays = [line.split("\r\x1b[K")[-1] for line in shown.replace("\r\n", "\n").split("\n")]
        self.assertEqual([line for line in stays if "%" in line or "[#" in line], [])
        self.assertIn("applied: the database is at version 1", stays)

    def on_a_terminal(self, command):
        """What a terminal is given."""
        ours, its = pty.openpty()
        with subprocess.Popen(
                [program("daybook-migrate"), command, "--database", f"sqlite:{self.database}",
                 "--migrations", self.migrations], stdout=its, stdin=its) as migrator:
            os.close(its)
            shown = b""
            with contextlib.suppress(OSError):  # the other end is closed
                while more := os.read(ours, 4096):
                    shown += more
            os.close(ours)
            self.assertEqual(migrator.wait(PATIENCE), 0)
        return shown.decode()


class Metrics(OutputCase):

    def setUp(self):
        super().setUp()
        self.page = self.folder / "migrate.prom"

    def apply(self, *arguments):
        return self.migrate("apply", "--metrics-textfile", self.page, *arguments)

    def metrics(self):
        """name and labels but the database to value"""
        found = {}
        for sample in parse(self.page.read_text()):
            self.assertEqual(sample.labels.pop("database"), str(self.database))
            name = sample.name.removeprefix("daybook_migrate_")
            found[(name, *sorted(sample.labels.items()))] = sample.value
        return found

    def test_tell_of_a_run_and_of_the_database(self):
        self.accounts(1, 2, -3)
        self.migration("0001_nonneg.textproto", QUARANTINE)
        begin = time.time()

        self.assertEqual(self.apply().code, 0)

        there = self.metrics()
        self.assertGreaterEqual(there[("last_run_timestamp_seconds",)], begin)
        self.assertEqual(there[("last_success_timestamp_seconds",)],
                         there[("last_run_timestamp_seconds",)])
        self.assertEqual(there[("exit_code",)], 0)
        self.assertEqual(there[("version",)], 1)
        self.assertEqual(there[("rollback_ready",)], 1)
        self.assertGreater(there[("lock_held_seconds",)], 0)
        self.assertGreater(there[("disk_free_bytes",)], 1 << 20)
        self.assertEqual(there[("quarantined_rows", ("state", "held"))], 1)
        self.assertEqual(there[("table_rows", ("phase", "before"), ("table", "accounts"))], 3)
        self.assertEqual(there[("table_rows", ("phase", "after"), ("table", "accounts"))], 2)
        self.assertEqual(there[("checks", ("verdict", "failed"))], 0)
        passed, warned = (there[("checks", ("verdict", verdict))]
                          for verdict in ("passed", "warned"))
        self.assertGreater(passed, 5)
        self.assertEqual(warned, 1)
        self.assertAlmostEqual(there[("integrity_score",)], passed / (passed + warned))
        for phase in ("backup", "remember", "migrate", "verify", "total"):
            self.assertGreater(there[("duration_seconds", ("phase", phase))], 0)

    def test_a_failed_run_keeps_when_one_last_succeeded(self):
        self.accounts(1)
        self.migration("0001_nonneg.textproto", NONNEG)
        self.apply()
        success = self.metrics()[("last_success_timestamp_seconds",)]
        self.migration("0002_owner.textproto", SECOND.replace("accounts", "nowhere"))

        self.assertNotEqual(failed := self.apply().code, 0)

        there = self.metrics()
        self.assertEqual(there[("exit_code",)], failed)
        self.assertEqual(there[("last_success_timestamp_seconds",)], success)
        self.assertGreater(there[("last_run_timestamp_seconds",)], success)
        self.assertEqual(there[("version",)], 1)

    def test_without_its_backup_a_rollback_is_not_ready(self):
        self.accounts(1)
        self.migration("0001_nonneg.textproto", NONNEG)
        self.apply()
        for backup in self.folder.glob("app-0-*"):
            backup.unlink()

        self.assertEqual(self.apply().code, 0)

        self.assertEqual(self.metrics()[("rollback_ready",)], 0)

    def test_a_database_that_is_missing_is_told_of_too(self):
        self.migration("0001_nonneg.textproto", NONNEG)

        self.assertEqual(self.apply().code, 20)

        self.assertEqual(self.metrics()[("exit_code",)], 20)

    def test_any_name_of_a_table_is_valid(self):
        name = 'a "quoted"\\\nname'
        self.accounts(1)
        self.sql('CREATE TABLE "a ""quoted""\\\nname" (x)')
        self.migration("0001_nonneg.textproto", REBUILD)

        self.assertEqual(self.apply().code, 0)

        self.assertIn(("table_rows", ("phase", "before"), ("table", name)), self.metrics())

    def test_a_file_that_cannot_be_written_is_a_warning(self):
        self.accounts(1)
        self.migration("0001_nonneg.textproto", NONNEG)

        result = self.migrate("apply", "--metrics-textfile", self.folder / "no" / "m.prom",
                              "--format", "json").result()

        self.assertEqual((result["exit_code"], result["warnings"]), ("0", "1"))


class Hooks(OutputCase):

    def setUp(self):
        super().setUp()
        self.accounts(1)
        self.migration("0001_nonneg.textproto", NONNEG)

    def test_hear_what_happens(self):
        hook = self.hook()

        self.assertEqual(self.migrate("apply", "--hook", hook).code, 0)
        self.assertEqual(self.names(), ["planned", "starting", "done"])
        self.assertEqual(self.migrate("apply", "--hook", hook).code, 0)
        self.assertEqual(self.names(), ["planned", "starting", "done"], "nothing was done")
        self.assertEqual(self.migrate("rollback", "--hook", hook).code, 0)
        self.assertEqual(self.names()[-1], "rolled_back")

        for name, event in self.events():
            self.assertEqual(event["event"], name)
            self.assertEqual(event["database"], str(self.database))
            self.assertEqual(event["version"], "1")
            self.assertRegex(event["run_id"], "^[0-9a-f]{16}$")
        done = dict(self.events())["done"]
        self.assertEqual((done["exit_code"], done["result"]), ("0", "applied"))
        self.assertTrue(done["backup_id"])

    def test_hear_of_a_failure_without_values_of_rows(self):
        self.sql("INSERT INTO accounts (balance) VALUES (-987654321987)")

        self.assertEqual(self.migrate("apply", "--hook", self.hook()).code, 10)

        self.assertEqual(self.names(), ["failed"])
        self.assertEqual(self.events()[0][1]["exit_code"], "10")
        self.assertNotIn("987654321987", self.told.read_text())

    def test_there_may_be_several_with_words_of_their_own(self):
        self.assertEqual(
            self.migrate("apply", "--hook", f"{self.hook()}  first", "--hook", "sh -c true",
                         "--to", "1").code, 0)

        self.assertEqual(self.names(), ["planned", "starting", "done"])

    def test_one_that_fails_is_a_warning(self):
        ended = self.migrate("apply", "--hook", "false secret-token", "--format", "json")

        self.assertEqual((ended.code, ended.result()["warnings"]), (0, "3"), ended)
        self.assertNotIn("secret-token", ended.out + ended.err)

    def test_one_that_is_required_stops_it_before_anything_is_changed(self):
        before = self.database.read_bytes()

        for hook in ("false", "/no/such/program"):
            ended = self.migrate("apply", "--hook", hook, "--hook-policy", "required")
            self.assertEqual(ended.code, 12, ended)
        hook = self.hook('[ "$DAYBOOK_MIGRATE_EVENT" != starting ]')
        self.assertEqual(
            self.migrate("apply", "--hook", hook, "--hook-policy", "required").code, 12)

        self.assertEqual(self.names(), ["planned", "starting", "failed"])
        self.assertEqual(self.database.read_bytes(), before)

    def test_one_that_hangs_holds_no_change_and_no_way_back_up(self):
        self.migrate("apply")
        hook = self.hook('[ "$DAYBOOK_MIGRATE_EVENT" = rolled_back ] || sleep 600')
        begin = time.monotonic()

        self.assertEqual(self.migrate("rollback", "--hook", hook).code, 0)

        self.assertLess(time.monotonic() - begin, 20)
        self.assertIn("rolled_back", self.names())


class Stopped(OutputCase):

    def stop_with(self, hook, when):
        """Ends with SIGTERM once `when()` is true; returns its code and result."""
        with subprocess.Popen(
                [program("daybook-migrate"), "apply", "--database", f"sqlite:{self.database}",
                 "--migrations", self.migrations, "--hook", hook, "--format", "json"],
                stdout=subprocess.PIPE, text=True) as migrator:
            while not when():
                self.assertIsNone(migrator.poll())
            begin = time.monotonic()
            migrator.send_signal(signal.SIGTERM)
            lines = [json.loads(text) for text in migrator.stdout]
            code = migrator.wait(PATIENCE)
        self.assertLess(time.monotonic() - begin, 5)
        return code, lines[-1]

    def test_no_hook_holds_it_up(self):
        self.accounts(1)
        self.migration("0001_nonneg.textproto", NONNEG)
        before = self.database.read_bytes()
        hook = self.hook('[ "$DAYBOOK_MIGRATE_EVENT" != planned ] || exec sleep 600')

        code, result = self.stop_with(hook, lambda: self.names() == ["planned"])

        self.assertEqual((code, result["result"]), (143, "terminated"))
        self.assertEqual(self.database.read_bytes(), before)

    def test_hooks_are_told_and_not_waited_for(self):
        self.accounts(1)
        self.migration("0001_nonneg.textproto", NONNEG)
        hook = self.hook('[ "$DAYBOOK_MIGRATE_EVENT" != starting ] || exec sleep 600')

        self.stop_with(hook, lambda: self.names() == ["planned", "starting"])

        wait_until(lambda: "failed" in self.names(), "nobody was told")
        self.assertEqual(dict(self.events())["failed"]["exit_code"], "143")


class Times(OutputCase):

    def setUp(self):
        super().setUp()
        self.accounts(1)
        self.migration("0001_nonneg.textproto", NONNEG)

    def window(self, begins_in, ends_in):
        """A window around or beside now, in hours, as one says it in UTC."""
        now = datetime.datetime.now(datetime.timezone.utc)
        ends = [now + datetime.timedelta(hours=hours) for hours in (begins_in, ends_in)]
        return ["--timezone", "UTC", "--window", "-".join(f"{end:%H:%M}" for end in ends)]

    def test_outside_the_window_nothing_is_changed(self):
        before = self.database.read_bytes()

        self.assert_ends(12, "apply", *self.window(2, 4), result="refused")
        self.assertEqual(self.database.read_bytes(), before)

        self.assert_ends(0, "apply", *self.window(-1, 2))
        self.assert_ends(0, "apply", *self.window(2, 4), result="nothing_pending")

    def test_the_deadline_ends_it_rolled_back(self):
        before = self.rows("SELECT sql FROM sqlite_schema")

        result = self.assert_ends(33, "apply", "--deadline", "1ms", result="budget")

        self.assertIn("--deadline 1ms", result["message"])
        self.assertEqual(self.rows("SELECT sql FROM sqlite_schema"), before)
        self.assert_ends(0, "apply", "--deadline", "5m")

    def test_what_is_no_time_is_a_mistake(self):
        for wrong in (["--window", "2-4"], ["--deadline", "soon"], ["--deadline", "-1m"],
                      ["--window", "02:00-04:00", "--timezone", "Nowhere/Land"]):
            self.assert_ends(2, "apply", *wrong)
        self.assertEqual(migrate("apply", "--database", f"sqlite:{self.folder / 'store'}",
                                 "--window", "02:00-04:00").code, 2)


class Spool(OutputCase):

    def setUp(self):
        super().setUp()
        self.store = self.folder / "store"
        self.spool = self.folder / "spool"
        make_store(self.store)
        self.accounts(1, -1)
        self.migration("0001_nonneg.textproto", QUARANTINE)

    def recorded(self, text):
        """What `daybook query` shows of a daybookd that has imported all."""
        waiting = [file.stem for file in self.spool.glob("*.jsonl")]
        with Daemon(self.store, f"--spool-dir={self.spool}") as daemon:
            for file in waiting:
                daemon.wait_for_line("spool_imported", run=file)
            asked = run([program("daybook"), "query", text, "--json", "--address", daemon.address])
            self.assertEqual(asked.code, 0, asked)
            daemon.stop()
            return asked.json_lines()

    def test_what_was_applied_is_in_the_log_once(self):
        applied = self.migrate("apply", "--spool-dir", self.spool, "--format", "json")
        self.assertEqual(applied.code, 0, applied)

        for _ in range(2):
            found = self.recorded('action = "migration.applied"')
            self.assertEqual(len(found), 1)
            details = json.loads(found[0]["details"])
            self.assertEqual((details["version"], details["name"], details["quarantined_rows"]),
                             (1, "nonneg", 1))
            self.assertEqual(found[0]["resource_id"], str(self.database))
            # Of the rows themselves nothing is told, and the one set aside had a balance of -1.
            del details["database"]
            self.assertNotIn("-1", json.dumps(details))

    def test_each_migration_rollback_and_failure_is_an_event(self):
        self.migration("0002_owner.textproto", SECOND)
        spool = ["--spool-dir", self.spool]
        self.assertEqual(self.migrate("apply", *spool).code, 0)
        self.assertEqual(self.migrate("rollback", "--to", 0, *spool).code, 0)
        self.assertEqual(self.migrate("apply", "--deadline", "1ms", *spool).code, 33)

        found = self.recorded('actor = "service:daybook-migrate"')

        found.sort(key=lambda event: int(event["seq"]))
        self.assertEqual(
            [(event["action"], json.loads(event["details"])["version"], event.get("reason", ""))
             for event in found],
            [("migration.applied", 1, ""), ("migration.applied", 2, ""),
             ("migration.rolled_back", 2, ""), ("migration.rolled_back", 1, ""),
             ("migration.failed", 1, "BUDGET")])

    def test_a_spool_that_cannot_be_written_undoes_nothing(self):
        self.spool.write_text("in the way")

        result = self.migrate("apply", "--spool-dir", self.spool, "--format", "json").result()

        self.assertEqual(result["exit_code"], "0")
        self.assertEqual(self.rows("SELECT count(*) FROM mig_history"), [(1,)])
        self.assertGreaterEqual(int(result["warnings"]), 2)


if __name__ == "__main__":
    unittest.main()
