"""SIGTERM under load ends cleanly, and what was acknowledged is there."""

import signal
import time
import unittest

from grpc import StatusCode

from harness.book import Book
from harness.case import StoreCase
from harness.client import Client, GetEventRequest
from harness.daemon import Daemon
from harness.environment import A_SECOND, PATIENCE
from harness.load import Load
from harness.migrate import make_store


class Drain(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder, "--segment-events", 64)
        self.book = Book()

    def stop_under_load(self, name):
        daemon = self.start()
        with Load(self.book, daemon.address, name, name, threads=8) as load:
            goal = self.book.acknowledged + 300
            self.assertTrue(self.book.wait_for_acknowledged(goal, PATIENCE))
            self.assertEqual(daemon.stop(), 0)
        self.assertEqual(load.surprises, [])
        self.assertEqual(len(load.endings), 8, "every client is told")
        return daemon

    def test_keeps_every_acknowledged_event(self):
        for run in range(3):
            self.stop_under_load(f"run-{run}")

            with Daemon(self.folder) as daemon, Client(daemon.address) as client:
                self.book.check(client, self)
                self.book.send_again(client, self)
                self.assertEqual(self.book.check(client, self), self.book.acknowledged)

    def test_says_so_in_the_log(self):
        daemon = self.stop_under_load("once")

        events = [line["event"] for line in daemon.log() if line["event"] != "call_failed"]
        self.assertEqual(events, ["listening", "serving", "stopping", "stopped"])

    def test_later_calls_are_unavailable(self):
        daemon = self.start()
        client = self.client_of(daemon)
        client.record(action="login")

        self.assertEqual(daemon.stop(), 0)

        with self.assert_fails(StatusCode.UNAVAILABLE):
            client.call("GetEvent", GetEventRequest(seq=0), wait_for_ready=False)

    def test_a_service_with_nothing_to_do_ends_at_once(self):
        daemon = self.start()
        client = self.client_of(daemon)
        client.record(action="login")
        begin = time.monotonic()

        self.assertEqual(daemon.stop(), 0)

        self.assertLess(time.monotonic() - begin, A_SECOND)

    def test_sigint_ends_likewise(self):
        daemon = self.start()

        self.assertEqual(daemon.stop(signal.SIGINT), 0)


if __name__ == "__main__":
    unittest.main()
