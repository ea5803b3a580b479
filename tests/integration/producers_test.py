"""ListProducers: who records, what never came, and who has gone quiet."""

import contextlib
import json
import sqlite3
import unittest

import grpc
from grpc import StatusCode

from harness.case import ServiceCase, StoreCase
from harness.client import Event
from harness.environment import PATIENCE, program
from harness.migrate import make_store, run
from harness.waiting import wait_until

# Generated; found once the client is imported.
from daybook.audit.v1.audit_service_pb2 import ListProducersRequest


def page_of(client, **fields):
    """A page, once what was there before the start is counted."""
    def answered():
        try:
            # A message without fields would be false.
            return [client.call("ListProducers", ListProducersRequest(**fields))]
        except grpc.RpcError as error:
            if error.code() != StatusCode.UNAVAILABLE:
                raise
            return []
    page, = wait_until(answered, "the producers of before the start were not counted")
    return page


def producers_of(client):
    """All of them, by name."""
    producers, token = [], ""
    while True:
        page = page_of(client, page_token=token)
        producers.extend(page.producers)
        token = page.next_page_token
        if not token:
            return {producer.name: producer for producer in producers}


def gaps_of(producer):
    return [(gap.first, gap.last) for gap in producer.gaps]


class ListProducers(ServiceCase):

    def test_says_at_once_what_was_recorded(self):
        shop = self.client_of(self.daemon, "shop")
        receipts = shop.batch([("", Event(action="login", producer_sequence=number))
                               for number in (1, 2, 5, 9)])

        producer = producers_of(self.client)["shop"]

        self.assertEqual((producer.events, producer.sequenced_events, producer.last_sequence),
                         (4, 4, 9))
        self.assertEqual(gaps_of(producer), [(3, 4), (6, 8)])
        self.assertEqual(producer.last_seen_time, receipts[-1].created_at)
        self.assertEqual(producer.first_seen_time, receipts[0].created_at)
        self.assertLess(producer.silent_for.ToTimedelta().total_seconds(), PATIENCE)

    def test_pages_by_name(self):
        names = [f"paged-{number}" for number in range(7)]
        for name in reversed(names):
            self.client_of(self.daemon, name).record(action="login")

        listed, token = [], ""
        while True:
            page = page_of(self.client, page_size=2, page_token=token)
            self.assertLessEqual(len(page.producers), 2)
            listed.extend(producer.name for producer in page.producers)
            token = page.next_page_token
            if not token:
                break

        self.assertEqual(listed, sorted(listed))
        self.assertLessEqual(set(names), set(listed))

    def test_refuses_what_cannot_be(self):
        page_of(self.client)
        with self.assert_fails(StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", "page_size"):
            page_of(self.client, page_size=-1)
        with self.assert_fails(StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID", "page_token"):
            page_of(self.client, page_token="forged")
        self.client.record(action="login")
        token = self.client.query(page_size=1).next_page_token
        if token:
            with self.assert_fails(StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH"):
                page_of(self.client, page_token=token)


class TheCommandLine(ServiceCase):

    def daybook(self, *arguments):
        page_of(self.client)
        return run([program("daybook"), "producers", *arguments, "--address",
                    self.daemon.address])

    def test_shows_who_has_a_gap_and_who_is_silent(self):
        quiet = self.client_of(self.daemon, "quiet").record(action="login")
        shop = self.client_of(self.daemon, "cli-shop").batch(
            [("", Event(action="login", producer_sequence=number)) for number in (1, 2, 6, 4)])[-1]

        ended = self.daybook("--json")

        self.assertEqual((ended.code, ended.err), (0, ""))
        producers = {line["name"]: line for line in map(json.loads, ended.out.splitlines())}
        self.assertEqual([(gap["first"], gap["last"]) for gap in producers["cli-shop"]["gaps"]],
                         [("3", "3"), ("5", "5")])
        self.assertEqual(producers["cli-shop"]["last_sequence"], "6")
        self.assertIn("mean_interval", producers["cli-shop"])
        self.assertNotIn("mean_interval", producers["quiet"])
        # Of one moment: who was heard earlier is silent for so much longer.
        silences = [float(producers[name]["silent_for"].rstrip("s"))
                    for name in ("quiet", "cli-shop")]
        self.assertAlmostEqual(silences[0] - silences[1],
                               (shop.created_at.ToMicroseconds()
                                - quiet.created_at.ToMicroseconds()) / 1e6, places=5)

        table = self.daybook().out
        self.assertRegex(table, r"(?m)^cli-shop .* 4 +6 +3, 5$")
        self.assertRegex(table, r"(?m)^quiet .* 1 +- *$")


class AfterAStart(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder)

    def record(self, *sequences):
        self.client_of(self.daemon, "shop").batch(
            [("", Event(action="login", producer_sequence=number)) for number in sequences])

    def restart(self, end):
        end()
        self.daemon = self.start()

    def test_nothing_is_forgotten_and_nothing_counted_twice(self):
        self.daemon = self.start()
        self.record(1, 2, 7)
        for end in (lambda: self.daemon.stop(), lambda: self.daemon.kill(),
                    lambda: self.daemon.stop()):
            self.restart(end)
            producer = producers_of(self.client_of(self.daemon))["shop"]
            self.assertEqual((producer.events, gaps_of(producer)), (3, [(3, 6)]))

        self.assertGreaterEqual(self.kept_size(), 3)

    def test_what_came_after_it_was_kept_outlives_a_crash(self):
        self.daemon = self.start()
        self.record(1, 2, 7)
        self.restart(self.daemon.stop)
        producers_of(self.client_of(self.daemon))
        kept = self.kept_size()
        self.record(4)
        self.assertLess(kept, self.client_of(self.daemon).size())
        self.restart(self.daemon.kill)
        self.record(5)

        producer = producers_of(self.client_of(self.daemon))["shop"]
        self.assertEqual((producer.events, gaps_of(producer)), (5, [(3, 3), (6, 6)]))
        self.assertEqual(producer.last_sequence, 7)

    def test_a_crash_before_anything_was_kept_forgets_nothing(self):
        self.daemon = self.start()
        self.record(1, 2, 7)
        self.restart(self.daemon.kill)

        producer = producers_of(self.client_of(self.daemon))["shop"]

        self.assertEqual((producer.events, gaps_of(producer)), (3, [(3, 6)]))

    def kept_size(self):
        """As of how many events they are kept."""
        with contextlib.closing(sqlite3.connect(self.folder / "ledger.db")) as ledger:
            ((size,),) = ledger.execute("SELECT size FROM snapshots WHERE name = 'producers'")
        return size


if __name__ == "__main__":
    unittest.main()
