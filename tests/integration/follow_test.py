"""The command line follows the log without gap or repeat, and ends when it is told to."""

import csv
import io
import itertools
import json
import signal
import socket
import threading
import time
import unittest

import harness.stubs  # noqa: F401  makes the next imports possible
import grpc
from daybook.audit.v1 import audit_service_pb2 as audit
from daybook.audit.v1 import event_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from harness.environment import PATIENCE, program
from harness.fake_service import FakeService
from harness.following import Following
from harness.migrate import run
from harness.terminal import on_terminal

DONE, REFUSED, USAGE, NOT_FOUND, UNAVAILABLE = range(5)
TIME = Timestamp(seconds=1_800_000_000)


def events(*seqs, head=None):
    """A message of a tail."""
    return audit.TailEventsResponse(
        events=[event_pb2.Event(seq=seq, action="login", actor=f"user:{seq}", created_at=TIME)
                for seq in seqs],
        next_seq=seqs[-1] + 1, head_size=head or seqs[-1] + 1)


def times_of_connections(address, count):
    """When so many connections came to `address`, where each is closed at once."""
    host, port = address.split(":")
    times = []
    with socket.create_server((host, int(port))) as server:
        server.settimeout(PATIENCE)
        while len(times) < count:
            connection, _ = server.accept()
            connection.close()
            times.append(time.monotonic())
    return times


class Follow(unittest.TestCase):

    def setUp(self):
        self.over = threading.Event()
        self.addCleanup(self.over.set)

    def serve(self, name, *streams):
        """Streams: messages, and a status to end with or None to wait for the test's end."""
        left = list(streams)

        def answer(_, context):
            messages, status = left.pop(0)
            yield from messages
            if status is None:
                context.add_callback(self.over.set)
                self.over.wait(PATIENCE)
            else:
                context.abort(status, "told to")
        return self.enterContext(FakeService(**{name: answer}))

    def once_more(self, message):
        """An answer with this message, which then waits for the test's end."""
        self.over.clear()

        def answer(_, context):
            yield message
            context.add_callback(self.over.set)
            self.over.wait(PATIENCE)
        return answer

    def start(self, service, *arguments):
        return self.enterContext(Following(*arguments, "--address", service.address))

    def interrupt(self, followed, by=signal.SIGINT):
        self.assertEqual(followed.interrupt(by), DONE)

    def test_goes_on_where_the_stream_ended(self):
        service = self.serve("TailEvents", ([events(0, 1), events(3)], grpc.StatusCode.UNAVAILABLE),
                             ([], grpc.StatusCode.UNAVAILABLE), ([events(3, 4), events(9)], None))

        followed = self.start(service, "tail", "--since-seq", 0, "--json", "--outcome", "success")

        self.assertEqual(followed.seqs(5), [0, 1, 3, 4, 9])
        self.interrupt(followed)
        requests = service.requests["TailEvents"]
        self.assertEqual([request.start_seq for request in requests], [0, 4, 4])
        self.assertEqual({request.filter for request in requests}, {"outcome = SUCCESS"})
        told = followed.rest_told()
        self.assertEqual(len(told), 2, told)
        self.assertIn("trying again, from event 4 on", told[0])
        self.assertIn("goes on with event 4", told[1])

    def test_begins_with_what_comes_next(self):
        service = self.serve("TailEvents", ([events(7)], None))

        followed = self.start(service, "tail", "--json")

        self.assertEqual(followed.seqs(1), [7])
        self.interrupt(followed, by=signal.SIGTERM)
        self.assertFalse(service.requests["TailEvents"][0].HasField("start_seq"))

    def test_goes_on_when_the_service_is_back(self):
        service = self.serve("TailEvents", ([events(0)], None))
        followed = self.start(service, "tail", "--json")
        self.assertEqual(followed.seqs(1), [0])
        self.over.set()
        service.__exit__()
        self.assertIn("trying again", followed.told())

        self.enterContext(FakeService(service.address, TailEvents=self.once_more(events(1))))

        self.assertEqual(followed.seqs(1), [1])
        self.interrupt(followed)

    def test_does_not_wait_longer_the_longer_the_service_is_away(self):
        service = self.serve("TailEvents", ([events(0)], None))
        followed = self.start(service, "tail", "--json")
        self.assertEqual(followed.seqs(1), [0])
        self.over.set()
        service.__exit__()
        self.assertIn("trying again", followed.told())

        knocks = times_of_connections(service.address, 10)

        pauses = [late - early for early, late in itertools.pairwise(knocks)]
        self.assertLess(max(pauses), 3, pauses)
        self.enterContext(FakeService(service.address, TailEvents=self.once_more(events(1))))
        begin = time.monotonic()
        self.assertEqual(followed.seqs(1), [1])
        self.assertLess(time.monotonic() - begin, 3)
        self.assertIn("goes on with event 1", followed.told())
        self.interrupt(followed)

    def test_ends_when_nobody_reads_it_any_more(self):
        service = self.serve("TailEvents", ([events(0), events(1)], None))
        followed = self.start(service, "tail", "--json")

        self.assertEqual(followed.seqs(2), [0, 1])
        followed.stop_reading()

        self.assertEqual(followed.wait(), DONE)
        self.assertEqual(followed.rest_told(), [])

    def test_ends_while_it_waits_to_try_again(self):
        service = self.serve("TailEvents", ([events(0)], None))
        followed = self.start(service, "tail", "--json")
        self.assertEqual(followed.seqs(1), [0])
        self.over.set()
        service.__exit__()
        self.assertIn("trying again", followed.told())

        self.interrupt(followed)

    def test_what_is_refused_is_not_asked_again(self):
        service = self.serve("TailEvents", ([], grpc.StatusCode.INVALID_ARGUMENT))

        ended = run([program("daybook"), "tail", "a b c", "--address", service.address])

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertEqual(len(service.requests["TailEvents"]), 1)

    def test_without_a_service_it_ends_with_4(self):
        ended = run([program("daybook"), "tail", "--address", "127.0.0.1:1"])

        self.assertEqual(ended.code, UNAVAILABLE, ended)

    def test_a_table_has_its_header_once(self):
        service = self.serve("TailEvents", ([events(0), events(1)], None))
        followed = self.start(service, "tail")

        lines = [followed.line() for _ in range(3)]

        self.interrupt(followed)
        self.assertTrue(lines[0].startswith("SEQ"))
        self.assertIn("user:0", lines[1])
        self.assertIn("user:1", lines[2])

    def test_a_terminal_is_told_how_far_it_is_behind(self):
        service = self.serve("TailEvents", ([events(0, head=40)], grpc.StatusCode.NOT_FOUND))

        shown = on_terminal([program("daybook"), "tail", "--address", service.address], columns=80)

        self.assertIn("39 events behind", shown)

    def detection(self, seq, rule="many_failures"):
        return audit.Detection(seq=seq, rule=rule, keys=["user:a", "=1"], count=6, fire_time=TIME,
                               sample_seqs=[1, 2], severity=audit.SEVERITY_CRITICAL,
                               group_by=[audit.GROUP_BY_ACTOR, audit.GROUP_BY_TENANT])

    def test_detections_are_listed_page_by_page(self):
        def answer(request, _):
            if not request.page_token:
                return audit.ListDetectionsResponse(detections=[self.detection(9)],
                                                    next_page_token="2")
            return audit.ListDetectionsResponse(detections=[self.detection(3, "\x1b[2J")])
        service = self.enterContext(FakeService(ListDetections=answer))

        def daybook(*arguments):
            ended = run([program("daybook"), "detections", *arguments, "--address",
                         service.address])
            self.assertEqual(ended.code, DONE, ended)
            return ended

        shown = daybook("--rule", "x").out
        rows = list(csv.DictReader(io.StringIO(daybook("--csv").out, newline="")))
        cut = daybook("--limit", "1", "--json")

        self.assertEqual(service.requests["ListDetections"][0].rule, "x")
        self.assertIn("actor user:a, tenant =1", shown)
        self.assertIn("CRITICAL", shown)
        self.assertNotIn("\x1b", shown)
        self.assertEqual([row["seq"] for row in rows], ["9", "3"])
        self.assertEqual(rows[0]["severity"], "CRITICAL")
        self.assertEqual(json.loads(cut.out)["seq"], "9")
        self.assertIn("--limit 0", cut.err)

    def test_detections_are_watched(self):
        def fired(seq):
            return audit.WatchDetectionsResponse(detection=self.detection(seq), next_seq=seq + 1)
        service = self.serve("WatchDetections",
                             ([fired(3), audit.WatchDetectionsResponse(next_seq=8)],
                              grpc.StatusCode.UNAVAILABLE), ([fired(9)], None))

        followed = self.start(service, "detections", "--watch", "--json")

        self.assertEqual(followed.seqs(2), [3, 9])
        self.interrupt(followed)
        self.assertEqual(service.requests["WatchDetections"][1].start_seq, 8)

    def test_producers_and_what_of_theirs_is_missing(self):
        def answer(request, _):
            if not request.page_token:
                return audit.ListProducersResponse(next_page_token="2", producers=[audit.Producer(
                    name="billing", events=5, sequenced_events=5, last_sequence=9,
                    first_seen_time=TIME, last_seen_time=TIME, more_gaps=12,
                    silent_for=Duration(seconds=3 * 3600 + 61), mean_interval=Duration(seconds=90),
                    gaps=[audit.SequenceGap(first=3, last=5), audit.SequenceGap(first=7, last=7)])])
            return audit.ListProducersResponse(forgotten_producers=7, producers=[
                audit.Producer(name="홍", events=1, silent_for=Duration(seconds=40),
                               mean_interval=Duration(nanos=1_000_000)),
                audit.Producer(name="many", more_gaps=1, mean_interval=Duration(seconds=1),
                               silent_for=Duration(seconds=4 * 86_400 + 7_200))])
        service = self.enterContext(FakeService(ListProducers=answer))

        def daybook(*arguments):
            return run([program("daybook"), "producers", *arguments, "--address",
                        service.address]).out

        header, billing, hong, many, end = daybook("--utc").splitlines()
        self.assertEqual(header.split(), ["PRODUCER", "LAST", "SEEN", "SILENT", "EVERY", "EVENTS",
                                          "LAST", "SEQUENCE", "MISSING"])
        self.assertRegex(billing, r"^billing +2027-01-15 08:00:00.000 \+00:00 +3h1m +1m30s +5 +9"
                                  r" +3-5, 7, and 12 more$")
        self.assertRegex(hong, r"^홍 +- +40s +1ms +1 +- *$")
        self.assertRegex(many, r"^many +- +4d2h +1s +0 +- +1 gap$")
        self.assertEqual(end, "3 producers; 7 were too many, and are forgotten")

        # Colour is for those who are silent far longer than usual, and not for a moment.
        _, billing, hong, many, _ = daybook("--color", "always").splitlines()
        self.assertRegex(billing, "\x1b\\[1;33m *3h1m")
        self.assertRegex(many, "\x1b\\[1;33m *4d2h")
        self.assertNotIn("\x1b", hong)

        first, *_ = map(json.loads, daybook("--json").splitlines())
        self.assertEqual((first["name"], first["silent_for"], first["mean_interval"],
                          first["more_gaps"], first["gaps"][0]["last"]),
                         ("billing", "10861s", "90s", "12", "5"))
        row, *_ = csv.DictReader(io.StringIO(daybook("--csv"), newline=""))
        self.assertEqual((row["name"], row["silent_for_seconds"], row["mean_interval_seconds"],
                          row["gaps"]), ("billing", "10861", "90", "3-5, 7, and 12 more"))


if __name__ == "__main__":
    unittest.main()
