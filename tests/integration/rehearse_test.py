"""wait, test, rehearse, plan --explain and report, over the worked sets."""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import unittest

from harness.app import AppCase, NONNEG
from harness.environment import PATIENCE, PROJECT, program
from harness.migrate import migrate, run

SETS = PROJECT / "migrator/migrations"

# A migration whose way back does not lead back.
LOSSY = """
version: 1 name: "lossy"
step { sql {
  up { sql: "UPDATE accounts SET balance = 0 WHERE id = 1" }
  down { sql: "UPDATE accounts SET balance = 1 WHERE id = 1" }
  changes_table: "accounts"
  rationale: "a test" } }
"""

ONE_WAY = """
version: 1 name: "one_way"
step { sql {
  up { sql: "DELETE FROM accounts WHERE id = 1" }
  irreversible: "the account is gone"
  changes_table: "accounts"
  rationale: "a test" } }
"""


class Worked(AppCase):

    def use(self, name):
        self.migrations = SETS / name
        self.sql((SETS / name / "fixture/before.sqlite.sql").read_text())

    def ends(self, code, command, *arguments):
        """Runs it once, for programs."""
        ended = self.migrate(command, *arguments, "--format", "json")
        self.assertEqual(ended.code, code, ended)
        return ended

    def events(self, ended, name):
        return [line for line in ended.json_lines() if line["event"] == name]

    def left(self):
        """What lies in the folder, less the files of locks."""
        return sorted(path.name for path in self.folder.iterdir()
                      if not path.name.endswith(".lock"))

    def reports(self):
        return sorted(self.folder.glob("app-rehearsal-*.json"))


class Wait(Worked):

    def test_a_database_that_takes_writes_is_ready_and_stays_as_it_is(self):
        self.accounts(0)
        before = self.database.read_bytes()

        self.ends(0, "wait")

        self.assertEqual(self.database.read_bytes(), before)
        self.assertEqual(self.left(), ["app.db", "m"])

    def test_a_writer_is_waited_for(self):
        self.accounts(0)
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with subprocess.Popen(
                    [program("daybook-migrate"), "wait", "--database", f"sqlite:{self.database}",
                     "--lock-timeout", "60"], stdout=subprocess.PIPE, text=True) as waiting:
                self.assertIn("waiting", waiting.stdout.readline())
                other.execute("COMMIT")
                out, _ = waiting.communicate(timeout=PATIENCE)
        self.assertEqual(waiting.returncode, 0, out)

    def test_a_writer_that_does_not_end_is_23(self):
        self.accounts(0)
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            result = self.ends(23, "wait", "--lock-timeout", "0.3").result()
        self.assertEqual(result["result"], "service_live")
        self.assertGreater(int(result["tries"]), 1)

    def test_a_database_that_does_not_come_is_20(self):
        self.ends(20, "wait", "--lock-timeout", "0.2")
        self.assertEqual(self.left(), ["m"])

    def test_one_that_may_only_be_read_is_11(self):
        self.accounts(0)
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        self.database.chmod(0o444)
        nobody = 65534
        as_nobody = {"user": nobody, "group": nobody} if os.geteuid() == 0 else {}
        ended = run([program("daybook-migrate"), "wait", "--database", f"sqlite:{self.database}",
                     "--format", "json"], **as_nobody)
        self.assertEqual((ended.code, ended.result()["tries"]), (11, "1"), ended)

    def test_a_folder_is_2_at_once(self):
        self.database.mkdir()
        self.ends(2, "wait", "--lock-timeout", "60")

    def test_a_file_that_is_no_database_is_4_at_once(self):
        self.database.write_text("this is not a database, but text of some length" * 100)
        self.ends(4, "wait", "--lock-timeout", "60")


class Test(Worked):

    def test_each_worked_set_holds_on_its_fixture(self):
        for name, *more in (("deposits",), ("channels",), ("trades",),
                            ("portfolio", "--baseline", "1")):
            ended = migrate("test", "--migrations", SETS / name, "--fixture",
                            SETS / name / "fixture/before.sqlite.sql", "--work-dir", self.folder,
                            *more, "--format", "json")
            self.assertEqual((ended.code, ended.result()["result"]), (0, "tested"), ended)
        self.assertEqual(self.left(), ["m"])

    def test_a_database_is_only_read(self):
        self.use("deposits")
        before = self.database.read_bytes()

        result = self.ends(0, "test").result()

        self.assertEqual((result["from"], result["to"]), ("0", "1"))
        self.assertEqual(self.database.read_bytes(), before)
        self.assertEqual(self.left(), ["app.db", "m"])

    def test_one_in_wal_mode_with_a_live_writer_is_copied_as_committed(self):
        self.use("deposits")
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            other.execute("PRAGMA journal_mode = WAL")
            other.execute("INSERT INTO users (id, telegram_id) SELECT max(id) + 1, 'new' FROM users")
            other.execute("BEGIN IMMEDIATE")
            self.ends(0, "test")
            other.execute("COMMIT")

    def test_what_is_applied_already_is_tested_too(self):
        self.use("channels")
        self.assertEqual(self.migrate("apply").code, 0)
        self.assertEqual([self.ends(0, "test", *more).result()["from"]
                          for more in ((), ("--last", "1"))], ["0", "1"])

    def test_a_way_back_that_does_not_lead_back_is_31(self):
        self.accounts(7)
        self.migration("0001_lossy.textproto", LOSSY)

        ended = self.ends(31, "test")

        self.assertIn("version 0, on the way back, is not what it was before: table accounts has"
                      " other values", ended.result()["message"])
        self.assertEqual(self.rows("SELECT balance FROM accounts"), [(7,)])
        self.assertEqual(self.left(), ["app.db", "m"])

    def test_rows_in_the_way_end_it_as_they_end_apply(self):
        self.accounts(-1)
        self.migration("0001_nonneg.textproto", NONNEG)
        self.ends(10, "test")
        self.assertEqual(self.left(), ["app.db", "m"])

    def test_what_has_no_way_back_is_not_taken_back(self):
        self.accounts(1, 2)
        self.migration("0001_one_way.textproto", ONE_WAY)
        ended = self.ends(0, "test")
        self.assertEqual(ended.result()["from"], "1")
        self.assertEqual(len(self.events(ended, "floor")), 1)

    def test_a_fixture_that_is_not_sql_is_2(self):
        self.migration("0001_nonneg.textproto", NONNEG)
        fixture = self.folder / "fixture.sql"
        fixture.write_text("CREATE TABLE")
        for path in (fixture, self.folder / "missing.sql", self.folder):
            ended = migrate("test", "--migrations", self.migrations, "--fixture", path,
                            "--work-dir", self.folder)
            self.assertEqual(ended.code, 2, ended)


class Rehearse(Worked):

    def rehearse(self, code=0, *arguments):
        """Rehearses, and returns the report."""
        result = self.ends(code, "rehearse", *arguments).result()
        return json.loads(pathlib.Path(result["report"]).read_text())

    def test_the_report_says_what_apply_would_do(self):
        self.use("deposits")
        before = self.database.read_bytes()
        plan = self.events(self.ends(0, "plan"), "plan")[0]

        report = self.rehearse()

        self.assertEqual(report["verdict"], "PASSED")
        self.assertEqual([(one["version"], one["plan_hash"]) for one in report["migration"]],
                         [(1, plan["hash"])])
        rows = {table["name"]: (table.get("rows_before"), table.get("rows_after"))
                for table in report["table"]}
        self.assertEqual((rows["user_deposits"], rows["audit_logs"], rows["users"]),
                         (("2", "1"), (None, "0"), ("3", "3")))
        up = [phase["name"] for phase in report["phase"] if not phase.get("is_down")]
        self.assertEqual([name for name in ("copy", "preflight", "migrate", "verify", "look")
                          if name not in up], [])
        self.assertIn("migrate", [one["name"] for one in report["phase"] if one.get("is_down")])
        self.assertEqual(report["back_to_version"], 0)
        self.assertEqual(self.database.read_bytes(), before)
        self.assertEqual(self.left(), sorted(["app.db", "m", self.reports()[0].name]))

    def test_the_hash_in_the_report_is_that_of_the_file(self):
        self.use("deposits")
        self.rehearse()
        text = self.reports()[0].read_text()
        said = json.loads(text)["sha256"]
        self.assertEqual(hashlib.sha256(text.replace(said, "0" * 64, 1).encode()).hexdigest(), said)

    def test_values_of_rows_are_not_in_the_report(self):
        self.use("deposits")
        self.sql("UPDATE deposit_transactions SET depositor_name = 'Secretson' || depositor_name;")
        self.rehearse()
        self.assertNotIn("Secretson", self.reports()[0].read_text())
        self.assertNotRegex(self.reports()[0].read_text(), r"-500\b")

    def test_a_command_sees_the_migrated_copy_and_may_write_to_it(self):
        self.use("deposits")
        seen = self.folder / "seen"
        script = self.folder / "smoke.py"
        script.write_text(
            "import os, sqlite3\n"
            "copy = sqlite3.connect(os.environ['DAYBOOK_REHEARSAL_DATABASE'])\n"
            "copy.execute('DELETE FROM users'); copy.commit()\n"
            f"open({str(seen)!r}, 'w').write(str(copy.execute("
            "'SELECT count(*) FROM audit_logs').fetchone()))\n")

        report = self.rehearse(0, "--exec", f"/usr/bin/python3 {script}")

        self.assertEqual(seen.read_text(), "(0,)")
        self.assertEqual(report["command"]["command"], f"/usr/bin/python3 {script}")
        self.assertEqual(report["back_to_version"], 0)
        self.assertEqual(self.rows("SELECT count(*) FROM users"), [(3,)])

    def test_a_command_that_fails_fails_it(self):
        self.use("deposits")
        report = self.rehearse(31, "--exec", "exit 3")
        self.assertEqual((report["verdict"], report["command"]["exit_code"], report["exit_code"]),
                         ("FAILED", 3, 31))
        self.assertEqual(self.left(), sorted(["app.db", "m", self.reports()[0].name]))

    def test_rows_in_the_way_are_a_failed_rehearsal(self):
        self.accounts(-1)
        self.migration("0001_nonneg.textproto", NONNEG)
        report = self.rehearse(10)
        self.assertEqual((report["verdict"], report["exit_code"]), ("FAILED", 10))

    def test_a_way_back_that_does_not_lead_back_is_31_unless_it_is_left_out(self):
        self.accounts(7)
        self.migration("0001_lossy.textproto", LOSSY)
        self.assertEqual(self.rehearse(31)["verdict"], "FAILED")
        self.assertNotIn("back_to_version", self.rehearse(0, "--no-down"))

    def test_nothing_pending_is_nothing_to_rehearse(self):
        self.use("deposits")
        self.migrate("apply", "--no-backup", "--i-accept-data-loss")
        self.assertEqual(self.ends(0, "rehearse").result()["result"], "nothing_pending")
        self.assertEqual(self.reports(), [])

    def test_the_report_goes_where_it_is_wanted_and_the_copy_too(self):
        self.use("deposits")
        report = self.folder / "out.json"
        work = self.folder / "work"
        work.mkdir()
        self.rehearse(0, "--report", report, "--work-dir", work,
                      "--exec", f'case "$DAYBOOK_REHEARSAL_DATABASE" in {work}/*) ;; *) exit 1;; esac')
        self.assertEqual(list(work.iterdir()), [])
        self.assertEqual(self.reports(), [])
        self.ends(0, "apply", "--require-rehearsal", "1h", "--report", report)

    def test_a_folder_that_is_not_there_is_11(self):
        self.use("deposits")
        for command in ("rehearse", "test"):
            self.ends(11, command, "--work-dir", self.folder / "none")

    def test_the_report_is_no_backup_and_disturbs_none(self):
        self.use("deposits")
        self.rehearse()
        for command in ("create", "list"):
            ended = migrate("backup", command, "--database", f"sqlite:{self.database}",
                            "--format", "json")
            self.assertEqual((ended.code, self.events(ended, "warning")), (0, []), ended)
        self.assertEqual(len(self.events(ended, "backup")), 1)

    def start(self, command):
        """A rehearsal, once its command has begun."""
        begun = self.folder / "begun"
        os.mkfifo(begun)
        rehearsal = subprocess.Popen(  # pylint: disable=consider-using-with
            [program("daybook-migrate"), "rehearse", "--database", f"sqlite:{self.database}",
             "--migrations", self.migrations, "--exec", f"echo > {begun}; {command}"],
            stdout=subprocess.PIPE, text=True)
        begun.read_text()
        begun.unlink()
        return rehearsal

    def test_stopped_it_leaves_nothing(self):
        self.use("deposits")
        with self.start("exec sleep 600") as rehearsal:
            rehearsal.send_signal(signal.SIGTERM)
            out, _ = rehearsal.communicate(timeout=PATIENCE)
        self.assertEqual(rehearsal.returncode, 143, out)
        self.assertEqual(self.left(), ["app.db", "m"])

    def test_what_a_killed_one_left_goes_with_the_next(self):
        self.use("deposits")
        gate = self.folder / "gate"
        os.mkfifo(gate)
        with self.start(f"cat {gate} > /dev/null") as rehearsal:
            # One that is at work is no leftover.
            self.ends(0, "test")
            self.assertEqual(len([name for name in self.left() if name.endswith(".partial")]), 2)
            rehearsal.kill()
        gate.write_text("go on")
        gate.unlink()

        self.ends(0, "test")

        self.assertEqual(self.left(), ["app.db", "m"])


class RequiredRehearsal(Worked):

    def setUp(self):
        super().setUp()
        self.use("deposits")

    def refused(self, *arguments):
        result = self.ends(12, "apply", "--require-rehearsal", "48h", *arguments).result()
        self.assertIn("daybook-migrate rehearse", result["next"])
        self.assertEqual(self.rows("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'mig%'"),
                         [(0,)])
        return result["message"]

    def test_without_one_nothing_is_applied(self):
        self.assertIn("never rehearsed", self.refused())

    def test_with_one_it_is(self):
        self.ends(0, "rehearse")
        self.ends(0, "apply", "--require-rehearsal", "48h")

    def test_with_an_old_one_it_is_not(self):
        self.ends(0, "rehearse")
        result = self.ends(12, "apply", "--require-rehearsal", "1ms").result()
        self.assertIn("is older than", result["message"])

    def test_with_a_failed_one_it_is_not_even_after_one_that_passed(self):
        self.ends(0, "rehearse")
        self.ends(31, "rehearse", "--exec", "false")
        self.assertIn("failed: `false` ended with 1", self.refused())

    def test_with_one_that_was_changed_it_is_not(self):
        self.ends(31, "rehearse", "--exec", "false")
        report = self.reports()[0]
        report.write_text(report.read_text().replace('"FAILED"', '"PASSED"'))
        self.assertIn("was changed since it was written", self.refused())

    def test_with_one_of_another_database_it_is_not(self):
        self.ends(0, "rehearse")
        report = self.reports()[0]
        moved = self.folder / "copy"
        moved.mkdir()
        (moved / "app.db").write_bytes(self.database.read_bytes())
        (moved / report.name).write_text(report.read_text())
        self.database = moved / "app.db"
        self.assertIn("never rehearsed", self.refused())

    def test_with_one_of_another_plan_it_is_not(self):
        self.ends(0, "rehearse")
        self.sql("CREATE INDEX since ON users (id)")
        self.assertIn("is not the one that was rehearsed", self.refused())

    def test_a_duration_that_is_none_is_2(self):
        ended = self.migrate("apply", "--require-rehearsal", "soon")
        self.assertEqual(ended.code, 2, ended)


class Explain(Worked):

    def test_the_runbook_says_what_why_and_how(self):
        self.use("deposits")

        text = self.migrate("plan", "--explain").out

        plan = self.events(self.ends(0, "plan"), "plan")[0]
        for part in ("# Runbook: app.db, from version 0 to 1", plan["hash"],
                     "Negative balances", "1 row of user_deposits breaks", "bytes are needed in",
                     "daybook-migrate rehearse", "daybook-migrate rollback --to 0"):
            self.assertIn(part, text)
        commands = re.findall(r"^daybook-migrate (\w+)", text, re.M)
        self.assertEqual(commands[:5], ["preflight", "test", "rehearse", "apply", "verify"])
        self.assertNotRegex(text, r"-500\b")

    def test_it_tells_the_times_of_the_rehearsal(self):
        self.use("deposits")
        self.assertIn("not measured", self.migrate("plan", "--explain").out)
        self.ends(0, "rehearse")
        self.assertIn("in the rehearsal of", self.migrate("plan", "--explain").out)

    def test_every_worked_set_has_one(self):
        for name in ("channels", "trades", "portfolio"):
            self.database.unlink(missing_ok=True)
            self.use(name)
            if name == "portfolio":
                self.ends(0, "baseline", "--to", "1")
            ended = self.migrate("plan", "--explain")
            self.assertEqual(ended.code, 0, ended)
            self.assertTrue(ended.out.startswith("# Runbook"), ended.out)


class Report(Worked):

    def test_it_collects_what_a_review_asks_for(self):
        self.use("deposits")
        self.ends(0, "rehearse")
        self.ends(0, "apply")
        self.sql("CREATE TABLE drifted (x)")

        text = self.migrate("report").out

        for part in ("# Migration report: app.db", "SQLite 3", "schema_enhancements",
                     "its chain of hashes holds", "migration.applied", "table drifted was added",
                     "user_deposits_balance_nonneg", "app-0-", "PASSED"):
            self.assertIn(part, text)
        self.assertNotRegex(text, r"-500\b")

    def test_programs_get_an_object_a_line(self):
        self.use("deposits")
        self.ends(0, "apply")
        ended = self.ends(0, "report")
        self.assertEqual(self.events(ended, "applied")[0]["name"], "schema_enhancements")
        kept = {(one["constraint"], one["rows"]) for one in self.events(ended, "quarantined")}
        self.assertIn(("user_deposits_balance_nonneg", "1"), kept)
        self.assertEqual(ended.result()["result"], "reported")

    def test_a_history_that_was_changed_is_told_and_the_rest_too(self):
        self.use("deposits")
        self.ends(0, "apply")
        self.sql("UPDATE mig_event SET details = '{}' WHERE id = 1")

        text = self.migrate("report").out

        self.assertIn("its chain of hashes is broken", text)
        self.assertIn("user_deposits_balance_nonneg", text)

    def test_a_database_that_the_migrator_never_saw_has_one(self):
        self.accounts(0)
        self.assertIn("nothing was ever applied", self.migrate("report").out)

    def test_there_is_none_of_a_database_that_is_not_there(self):
        self.ends(20, "report")


class Deployment(Worked):
    """The steps that docs/rehearsal.md makes of these commands."""

    def test_each_step_ends_with_0_in_the_order_of_the_page(self):
        self.use("deposits")
        plan = self.events(self.ends(0, "plan"), "plan")[0]
        database = ["--database", f"sqlite:{self.database}"]
        migrations = ["--migrations", self.migrations]
        fixture = self.migrations / "fixture/before.sqlite.sql"
        steps = [
            ("lint", *migrations),
            ("test", *migrations, "--fixture", fixture, "--work-dir", self.folder),
            ("plan", *database, *migrations, "--explain"),
            ("wait", *database),
            ("rehearse", *database, *migrations, "--exec", "test -s $DAYBOOK_REHEARSAL_DATABASE"),
            ("preflight", *database, *migrations),
            ("backup", "create", *database),
            ("backup", "drill", *database),
            ("apply", *database, *migrations, "--require-rehearsal", "48h",
             "--approve", plan["hash"]),
            ("verify", *database, *migrations),
            ("rollback", *database, *migrations, "--to", "0"),
            ("backup", "restore", *database),
            ("report", *database),
        ]
        for step in steps:
            ended = migrate(*step)
            self.assertEqual(ended.code, 0, (step, ended))

        page = (PROJECT / "docs/rehearsal.md").read_text().partition("step by step")[2]
        told = re.findall(r"`([a-z]+(?: create| drill| restore)?)", page)
        run_here = [" ".join(step[:2 if step[0] == "backup" else 1]) for step in steps]
        self.assertEqual(told, run_here)


if __name__ == "__main__":
    unittest.main()
