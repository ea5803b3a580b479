"""The log sums up each span of its events, for the time when they are gone."""

import contextlib
import hashlib
import json
import pathlib
import shutil
import sqlite3
import tempfile
import unittest

from harness import merkle
from harness.case import StoreCase
from harness.client import Client, Event
from harness.daemon import Daemon
from harness.erasing import OBJECT, erase
from harness.ledger import DONE, NOT_VERIFIED, daybook
from harness.migrate import make_store
from harness.waiting import wait_until

# A span is at least 2^16 events, also where segments are smaller.
SEGMENT, SPAN = 16_384, 65_536
BATCH = 1_000
SUMMARIES = "action = segment.sealed"


def event_of(number):
    # FAILURE and SUCCESS
    return Event(action="login", outcome=2) if number % 3 == 0 else Event(action="deposit")


def wait_for_summary(client):
    return wait_until(lambda: client.all(filter=SUMMARIES), "the span was not summed up")


class Summaries(StoreCase):
    """The tests share one store, of which each has its own copy."""

    @classmethod
    def setUpClass(cls):
        cls.store = pathlib.Path(
            cls.enterClassContext(tempfile.TemporaryDirectory(prefix="daybook-test-"))) / "store"
        make_store(cls.store, "--segment-events", SEGMENT)
        cls.receipts = []
        with Daemon(cls.store) as daemon, Client(daemon.address, "shop") as client:
            while len(cls.receipts) < SPAN:
                numbers = range(len(cls.receipts), min(len(cls.receipts) + BATCH, SPAN))
                cls.receipts += client.batch([("", event_of(number)) for number in numbers])
            cls.summary, = wait_for_summary(client)
            assert daemon.stop() == 0

    def setUp(self):
        super().setUp()
        shutil.copytree(self.store, self.folder)
        shutil.copytree(f"{self.store}.signer", f"{self.folder}.signer")

    def ledger(self, sql):
        with contextlib.closing(sqlite3.connect(self.folder / "ledger.db")) as ledger:
            rows = ledger.execute(sql).fetchall()
            ledger.commit()
            return rows

    def assert_not_verified(self, first_bad):
        ended = daybook("verify", self.folder, "--json")
        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        findings = [line for line in ended.json_lines() if line["event"] == "finding"]
        self.assertEqual([line["reason"] for line in findings], ["MANIFEST_MISMATCH"], ended)
        self.assertEqual(ended.result()["first_bad_seq"], first_bad, ended)

    def test_a_summary_is_what_anybody_computes_from_the_events(self):
        failures = len(range(0, SPAN, 3))
        counts = f"deposit,SUCCESS,{SPAN - failures}\nlogin,FAILURE,{failures}\n"
        root = merkle.base64.b64encode(
            merkle.root([receipt.leaf_hash for receipt in self.receipts])).decode()
        times = [receipt.created_at.ToMicroseconds() for receipt in self.receipts]
        expected = {
            "first": 0, "last": SPAN - 1, "root": root, "first_time": times[0],
            "last_time": times[-1],
            "outcomes": {"SUCCESS": SPAN - failures, "FAILURE": failures, "DENIED": 0},
            "counts_sha256": hashlib.sha256(counts.encode()).hexdigest()}

        self.assertEqual(self.summary.public_details, json.dumps(expected, separators=(",", ":")))
        self.assertEqual((self.summary.seq, self.summary.source, self.summary.producer),
                         (SPAN, 1, "daybook"))
        self.assertEqual(self.ledger("SELECT span, seq, counts FROM manifests"),
                         [(0, SPAN, counts)])

    def test_the_store_verifies(self):
        ended = daybook("verify", self.folder)

        self.assertEqual(ended.code, DONE, ended)

    def test_a_span_is_summed_up_once_although_nothing_is_known_of_it(self):
        kept = self.ledger("SELECT span, seq, counts FROM manifests")
        self.ledger("DELETE FROM manifests")

        daemon = self.start()
        wait_until(lambda: self.ledger("SELECT span, seq, counts FROM manifests") == kept,
                   "it was not found again")
        client = self.client_of(daemon)
        client.record(action="login")

        self.assertEqual(client.size(), SPAN + 2)
        self.assertEqual([event.seq for event in client.all(filter=SUMMARIES)], [SPAN])

    def test_a_table_that_was_edited_does_not_verify(self):
        self.ledger("UPDATE manifests SET counts = replace(counts, 'FAILURE', 'SUCCESS')")

        self.assert_not_verified(None)

    def test_a_table_of_another_event_does_not_verify(self):
        self.ledger(f"UPDATE manifests SET seq = {SPAN - 1}")

        self.assert_not_verified(None)

    def test_nothing_can_be_erased_from_a_summary(self):
        client = self.client_of(self.start())

        answer = erase(client, SUMMARIES, groups=(OBJECT,))

        self.assertEqual((answer.event_count, list(answer.declaration_seqs)), (0, []))


if __name__ == "__main__":
    unittest.main()
