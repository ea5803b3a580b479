"""The service verifies its own store in the background, and says what it finds."""

import contextlib
import datetime
import os
import shutil
import sqlite3
import threading
import time
import unittest

from harness.case import StoreCase
from harness.client import Client, Event
from harness.daemon import Daemon
from harness.environment import A_SECOND, PATIENCE, program
from harness.erasing import CLIENT, DETAILS, SUBJECT, erase
from harness.metrics import metrics_of
from harness.migrate import make_store, run
from harness.waiting import wait_until

VERIFIED, NOT_VERIFIED = 0, 5
# As fast as it goes, and again at once.
FAST = ("--scrub-rate", "1000000000", "--scrub-pause", "0.1")
# A rest of ten seconds after each 1,024 events.
SLOW = ("--scrub-rate", "100")
PERSONS = 40
ERASED_PERSONS = 6


def event_of(number):
    return Event(action="login", telegram_id=f"tg-{number % PERSONS}", user_id=number % PERSONS,
                 ip_address="203.0.113.9", details='{"note":"words"}')


def fill(client, count, batch=500):
    for first in range(0, count, batch):
        client.batch([("", event_of(each)) for each in range(first, min(first + batch, count))])


def verify(folder):
    return run([program("daybook"), "verify", str(folder), "--json"])


class ScrubCase(StoreCase):

    def setUp(self):
        super().setUp()
        self.daemon = None

    def serve(self, *options):
        self.daemon = self.start(*options)
        self.client = self.client_of(self.daemon)

    def value(self, name):
        return metrics_of(self.daemon)[f"daybook_scrub_{name}", frozenset()]

    def wait_for(self, holds):
        wait_until(holds, lambda: f"not met; stderr: {''.join(self.daemon.stderr_lines())}")

    def wait_for_passes(self, more):
        """Waits until so many passes that begin from now on are complete."""
        passes = self.value("passes_total") + 1 + more
        self.wait_for(lambda: self.value("passes_total") >= passes)

    def assert_nothing_found(self):
        self.assertEqual(self.daemon.log("scrub_finding"), [])
        self.assertEqual(self.daemon.log("scrub_stalled"), [])
        self.assertEqual((self.value("findings"), self.value("findings_total")), (0, 0))


class Scrub(ScrubCase):

    def test_goes_over_the_whole_log_again_and_again(self):
        make_store(self.folder, "--segment-events", 2048)
        self.serve("--scrub-rate", "4000", "--scrub-pause", "0.2")
        fill(self.client, 5000)
        self.wait_for_passes(0)

        positions = []
        passes = self.value("passes_total")
        while self.value("passes_total") < passes + 2:
            positions.append(self.value("last_seq"))

        self.assertEqual(self.value("verified_size"), 5000)
        self.assertGreaterEqual(self.value("events_total"), 10_000)
        self.assertLess(abs(time.time() - self.value("pass_timestamp_seconds")), PATIENCE)
        self.assertLessEqual(
            {1023, 2047, 3071, 4095}, set(positions), "it did not rise step by step")
        self.assert_nothing_found()

    def test_keeps_to_its_rate(self):
        make_store(self.folder)
        self.serve("--scrub-rate", "0")
        fill(self.client, 8000)
        self.daemon.stop()

        begin = time.monotonic()
        self.serve("--scrub-rate", "4000")
        self.wait_for(lambda: self.value("passes_total") == 1)

        self.assertGreaterEqual(time.monotonic() - begin, 1.8)
        self.assert_nothing_found()

    def test_with_rate_0_is_off(self):
        make_store(self.folder)
        self.serve("--scrub-rate", "0")
        self.client.record(action="login")

        self.assertEqual([name for name, _ in metrics_of(self.daemon) if "scrub" in name], [])

    def test_tells_which_event_was_changed_and_when_it_is_mended(self):
        make_store(self.folder, "--segment-events", 1024)
        self.serve(*FAST)
        fill(self.client, 3000)
        self.wait_for_passes(1)
        self.assert_nothing_found()

        self.edit(1, "UPDATE audit_logs SET user_id = user_id + 1 WHERE id = 1500")
        line = self.daemon.wait_for_line("scrub_finding", reason="LEAF_MISMATCH")
        self.wait_for(lambda: self.value("findings") > 0)

        self.assertEqual((line["severity"], line["seq"], line["last_seq"]), ("ERROR", 1500, 1500))
        self.assertGreater(self.value("findings_total"), 0)
        told = len(self.daemon.log("scrub_finding"))
        self.wait_for_passes(2)
        self.assertEqual(len(self.daemon.log("scrub_finding")), told, "said again")
        self.client.record(action="login")  # the service goes on

        self.edit(1, "UPDATE audit_logs SET user_id = user_id - 1 WHERE id = 1500")
        self.daemon.wait_for_line("scrub_clean_again")
        self.wait_for(lambda: self.value("findings") == 0)

    def edit(self, segment, sql):
        path = self.folder / "segments" / f"{segment:06d}.db"
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("BEGIN")
            triggers = database.execute(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                database.execute(f"DROP TRIGGER {name}")
            database.execute(sql)
            for _, text in triggers:
                database.execute(text)
            database.execute("COMMIT")

    def test_settings_are_printed(self):
        ended = run([program("daybookd"), "--print-config", "--scrub-rate=7"],
                    env={"DAYBOOK_SCRUB_PAUSE": "60"})

        self.assertLessEqual({"--scrub-rate=7", "--scrub-pause=60"}, set(ended.out.splitlines()))


class SlowScrub(ScrubCase):
    """It rests in the middle of the active segment."""

    def setUp(self):
        super().setUp()
        make_store(self.folder, "--segment-events", 4096)
        self.serve("--scrub-rate", "0")
        fill(self.client, 3000)
        self.daemon.stop()
        self.serve(*SLOW)
        self.wait_for(lambda: self.value("last_seq") == 1023)

    def test_ends_at_once_when_the_service_stops(self):
        self.assertEqual(self.daemon.stop(), 0)

        stopping, stopped = (
            datetime.datetime.fromisoformat(self.daemon.log(event)[0]["time"])
            for event in ("stopping", "stopped"))
        self.assertLess((stopped - stopping).total_seconds(), A_SECOND)

    def test_keeps_nobody_from_erasing_and_sealing(self):
        erase(self.client, 'telegram_id = "tg-7"')
        fill(self.client, 2000)
        self.wait_for(lambda: metrics_of(self.daemon)[
            "daybook_storage_segments", frozenset({("state", "sealed")})] == 1)

        self.assertEqual(self.value("last_seq"), 1023, "it did not rest all the time")
        self.assertEqual(self.daemon.log("segment_not_sealed"), [])
        self.assertEqual(self.daemon.log("erasure_waits"), [])


class VerifyLoop:
    """`daybook verify` over and over, beside whatever happens."""

    def __init__(self, folder):
        self._folder = folder
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.runs = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join(PATIENCE)

    def _run(self):
        while not self._ends.is_set():
            self.runs.append(verify(self._folder))


class WhileErasing(ScrubCase):

    def erase_all(self):
        """Takes one person after the other out, while others are recorded."""
        for person in range(ERASED_PERSONS):
            for groups in ((CLIENT, DETAILS), (SUBJECT,)):
                erase(self.client, f'telegram_id = "tg-{person}"', groups=groups)
            fill(self.client, 40, batch=20)

    def test_neither_the_service_nor_anybody_beside_it_finds_anything(self):
        make_store(self.folder, "--segment-events", 64)
        self.serve(*FAST)
        fill(self.client, 2500)

        with VerifyLoop(self.folder) as beside:
            self.erase_all()

        self.assertGreater(len(beside.runs), 5)
        self.assertEqual([each for each in beside.runs if each.code != VERIFIED], [])
        self.assertGreater(sum(each.result()["erased_events"] > 0 for each in beside.runs), 3)
        self.wait_for_passes(1)
        self.assertGreater(self.value("passes_total"), 5)
        self.assert_nothing_found()

    def test_nothing_is_found_after_a_kill_either(self):
        make_store(self.folder, "--segment-events", 64)
        self.serve(*FAST)
        fill(self.client, 4000)
        for person in range(6):
            eraser = threading.Thread(target=self.erase_until_it_dies, args=(person,), daemon=True)
            eraser.start()
            self.daemon.wait_for_line("erasure_declared")
            self.daemon.kill()
            eraser.join(PATIENCE)

            self.serve(*FAST)

            self.wait_for_passes(1)
            self.assert_nothing_found()
        self.assertEqual(verify(self.folder).code, VERIFIED)

    def erase_until_it_dies(self, person):
        with Client(self.daemon.address) as client, contextlib.suppress(Exception):
            erase(client, f'telegram_id = "tg-{person}"')

    def test_an_erasure_that_nobody_declared_is_found_although_ledger_db_lists_it(self):
        make_store(self.folder, "--segment-events", 64)
        self.serve(*FAST)
        fill(self.client, 200)
        self.assertEqual(self.daemon.stop(), 0)
        other = self.folder.with_name("other")
        for suffix in ("", ".signer"):
            shutil.copytree(f"{self.folder}{suffix}", f"{other}{suffix}")
        with Daemon(other) as daemon, Client(daemon.address) as client:
            erase(client, 'telegram_id = "tg-7"')
        self.serve(*FAST)
        self.wait_for_passes(0)

        with contextlib.closing(sqlite3.connect(self.folder / "ledger.db")) as ledger:
            ledger.execute("INSERT INTO erasures (name, field_groups, ranges, planned_at)"
                           " VALUES ('x', 'subject', '[[0,199]]', 0)")
            ledger.commit()
        os.replace(other / "segments/000000.db", self.folder / "segments/000000.db")

        line = self.daemon.wait_for_line("scrub_finding")
        self.assertEqual((line["reason"], line["seq"]), ("UNDECLARED_ERASURE", 7))
        beside = verify(self.folder)
        self.assertEqual((beside.code, beside.result()["reason"]),
                         (NOT_VERIFIED, "UNDECLARED_ERASURE"))


if __name__ == "__main__":
    unittest.main()
