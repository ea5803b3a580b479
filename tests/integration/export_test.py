"""An export holds every event once, whenever it is killed, and has its name only when it is whole."""

import csv
import json
import pathlib
import subprocess
import threading
import unittest

from harness.case import ServiceCase
from harness.client import Client, Event
from harness.environment import PATIENCE, program
from harness.migrate import run
from harness.proxy import Proxy
from harness.terminal import on_terminal

import harness.stubs  # noqa: F401  makes the next import possible
from daybook.audit.v1 import audit_service_pb2

DONE, REFUSED, USAGE, NOT_FOUND, UNAVAILABLE = range(5)
EVENTS = 4_500


class StopsAfter:
    """Lets so many pages through; the next one waits until the test ends."""

    def __init__(self, pages):
        self._left = pages
        self.is_stuck = threading.Event()
        self.goes_on = threading.Event()

    def __call__(self, answer):
        self._left -= 1
        if self._left < 0:
            self.is_stuck.set()
            self.goes_on.wait(PATIENCE)
        return answer


def without_token(answer):
    page = audit_service_pb2.QueryEventsResponse.FromString(answer)
    page.next_page_token = "AAAA" if page.next_page_token else ""
    return page.SerializeToString()


class Export(ServiceCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with_client = cls.enterClassContext(Client(cls.daemon.address))
        for begin in range(0, EVENTS, 500):
            with_client.batch([("", Event(action="even" if i % 2 == 0 else "odd_failed",
                                          actor=f"=홍,\"{i}\"\n", user_id=i))
                               for i in range(begin, begin + 500)])

    def setUp(self):
        super().setUp()
        self.out = self.folder.parent / "out"

    def export(self, *arguments, address=None):
        return run(self.command(*arguments, address=address))

    def command(self, *arguments, address=None):
        return [program("daybook"), "export", "-o", str(self.out), *map(str, arguments),
                "--address", address or self.daemon.address]

    def killed(self, pages, *arguments):
        """Kills an export with SIGKILL while it waits for another page."""
        stops = StopsAfter(pages)
        with Proxy(self.daemon.address, QueryEvents=stops) as proxy:
            process = subprocess.Popen(self.command(*arguments, address=proxy.address),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertTrue(stops.is_stuck.wait(PATIENCE))
            process.kill()
            process.wait(PATIENCE)
            stops.goes_on.set()
        self.assertFalse(self.out.exists())

    def assert_done(self, *arguments):
        ended = self.export(*arguments)
        self.assertEqual(ended.code, DONE, ended)
        return ended

    def seqs(self):
        return [int(json.loads(line)["seq"]) for line in self.out.read_text().splitlines()]

    def left_beside(self):
        return sorted(path.name for path in self.out.parent.iterdir() if path.name != "store")

    def test_holds_every_event_in_order(self):
        ended = self.assert_done()

        self.assertEqual(self.seqs(), list(range(self.size())))
        self.assertIn(f"complete as of size {self.size()}", ended.out)
        self.assertEqual(self.left_beside(), ["out"])

    def test_holds_what_the_filter_asks_for(self):
        self.assert_done("user_id < 1500", "--outcome", "failure", "--as-of-size", 1000)

        self.assertEqual(self.seqs(), list(range(1, 1000, 2)))

    def test_values_are_read_back(self):
        self.assert_done("--format", "csv")

        with self.out.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([int(row["seq"]) for row in rows], list(range(self.size())))
        self.assertEqual(rows[7]["actor"], "'=홍,\"7\"\n")

    def test_goes_on_where_it_was_killed(self):
        for form in ("jsonl", "csv"):
            with self.subTest(form):
                self.assert_done("--format", form, "--force")
                at_once = self.out.read_bytes()
                self.out.unlink()

                self.killed(1, "--format", form)
                self.killed(2, "--format", form)
                ended = self.assert_done("--format", form)

                self.assertIn("goes on behind", ended.err)
                self.assertEqual(self.out.read_bytes(), at_once)
                self.assertEqual(self.left_beside(), ["out"])

    def test_a_line_that_was_torn_is_written_again(self):
        self.killed(2)
        with pathlib.Path(f"{self.out}.partial").open("ab") as file:
            file.write(b'{"seq":"10')

        self.assert_done()

        self.assertEqual(self.seqs(), list(range(self.size())))

    def test_stays_with_the_log_of_its_beginning(self):
        size = self.size()
        self.killed(2)
        with Client(self.daemon.address) as client:
            client.record(action="later")

        ended = self.assert_done()

        self.assertIn(f"complete as of size {size}", ended.out)
        self.assertEqual(self.seqs(), list(range(size)))

    def test_goes_on_when_its_token_is_too_old(self):
        with Proxy(self.daemon.address, QueryEvents=without_token) as proxy:
            ended = self.export("--as-of-size", EVENTS, address=proxy.address)
        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("the same command goes on", ended.err)

        self.assert_done("--as-of-size", EVENTS)

        self.assertEqual(self.seqs(), list(range(EVENTS)))

    def test_a_filter_that_means_something_else_by_now_is_not_gone_on_with(self):
        question = 'created_at > ago("1h")'
        with Proxy(self.daemon.address, QueryEvents=without_token) as proxy:
            self.export(question, address=proxy.address)

        ended = self.export(question)

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertFalse(self.out.exists())

    def test_overwrites_nothing(self):
        self.out.write_text("mine")

        ended = self.export()

        self.assertEqual((ended.code, self.out.read_text()), (REFUSED, "mine"), ended)
        self.assertIn("--force", ended.err)
        self.assert_done("--force", "seq = 0")
        self.assertEqual(self.seqs(), [0])

    def test_another_question_does_not_go_on_with_it(self):
        self.killed(1)

        ended = self.export("action = even")

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("another export", ended.err)
        self.assert_done("user_id < 10", "--force")
        self.assertEqual(self.seqs(), list(range(10)))

    def test_two_do_not_write_to_one_file(self):
        stops = StopsAfter(1)
        with Proxy(self.daemon.address, QueryEvents=stops) as proxy:
            process = subprocess.Popen(self.command(address=proxy.address),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertTrue(stops.is_stuck.wait(PATIENCE))
            ended = self.export()
            stops.goes_on.set()
            self.assertEqual(process.wait(PATIENCE), DONE)

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("writes to it now", ended.err)
        self.assertEqual(self.seqs(), list(range(self.size())))

    def test_a_mistake_leaves_nothing(self):
        ended = self.export("nonsense = 1")

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertEqual(self.left_beside(), [])

    def test_a_file_of_somebody_else_is_not_touched(self):
        foreign = pathlib.Path(f"{self.out}.partial")
        foreign.write_text("mine")

        self.assertEqual(self.export().code, REFUSED)

        self.assertEqual(foreign.read_text(), "mine")

    def test_without_a_service_it_ends_with_4(self):
        self.assertEqual(self.export(address="127.0.0.1:1").code, UNAVAILABLE)
        self.assertEqual(self.left_beside(), [])

    def test_a_terminal_is_left_clean(self):
        shown = on_terminal(self.command("seq < 3"), columns=80)

        self.assertTrue(shown.replace("\r\x1b[K", "").endswith(
            f"{self.out}: 3 events, complete as of size {self.size()}\n"), shown)

    def size(self):
        with Client(self.daemon.address) as client:
            return client.size()


if __name__ == "__main__":
    unittest.main()
