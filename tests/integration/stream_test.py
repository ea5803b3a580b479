"""StreamRecordEvents: pipelined, in order, each event for itself, and never in a hurry."""

import queue
import threading
import time
import unittest

import grpc
from grpc import StatusCode

from harness.case import ServiceCase, StoreCase
from harness.client import Client, Event, Failure, RecordEventRequest
from harness.environment import PATIENCE
from harness.migrate import make_store

# Generated; found once the harness is imported.
from daybook.audit.v1 import audit_service_pb2 as audit
from google.rpc import error_details_pb2

Request = audit.StreamRecordEventsRequest
METHOD = "/daybook.audit.v1.AuditService/StreamRecordEvents"


def streamed(request_id="", **fields):
    return Request(request=RecordEventRequest(event=Event(**fields), request_id=request_id))


def reason_of(answer):
    for detail in answer.status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return ""


def fields_of(answer):
    for detail in answer.status.details:
        request = error_details_pb2.BadRequest()
        if detail.Unpack(request):
            return [violation.field for violation in request.field_violations]
    return []


class Stream:
    """One stream, written to message by message, from which nothing is read but on demand."""

    def __init__(self, client):
        self._requests = queue.SimpleQueue()
        self.sent = 0
        self.call = client.stub.StreamRecordEvents(self._generate(), timeout=2 * PATIENCE)

    def _generate(self):
        while (request := self._requests.get()) is not None:
            self.sent += 1
            yield request

    def send(self, *requests):
        for request in requests:
            self._requests.put(request)

    def half_close(self):
        self._requests.put(None)

    def answers(self, count):
        return [next(self.call) for _ in range(count)]


class Streams(ServiceCase):

    def stream(self, requests, metadata=()):
        """The answers to all requests, of a stream that ends with OK."""
        call = self.client.stub.StreamRecordEvents(iter(requests), timeout=PATIENCE,
                                                   metadata=metadata)
        answers = list(call)
        self.assertEqual(call.code(), StatusCode.OK)
        self.assertEqual(len(answers), len(requests))
        return answers

    def test_a_thousand_pipelined_events_are_answered_in_order(self):
        before = self.client.size()

        answers = self.stream([streamed(action="step", user_id=i) for i in range(1000)])

        self.assertEqual([answer.receipt.seq for answer in answers],
                         list(range(before, before + 1000)))
        stored = list(self.client.since(before))[::-1]
        self.assertEqual([event.user_id for event in stored], list(range(1000)))
        self.assertEqual([event.leaf_hash for event in stored],
                         [answer.receipt.leaf_hash for answer in answers])

    def test_one_bad_event_in_the_middle_is_answered_with_its_status(self):
        before = self.client.size()
        requests = [streamed(action="step" if i != 500 else "Not an action") for i in range(1000)]

        answers = self.stream(requests, [("x-request-id", "stream-7")])

        bad = answers.pop(500)
        self.assertEqual(bad.status.code, StatusCode.INVALID_ARGUMENT.value[0])
        self.assertEqual(reason_of(bad), "FIELD_INVALID")
        self.assertEqual(fields_of(bad), ["request.event.action"])
        self.assertEqual([answer.receipt.seq for answer in answers],
                         list(range(before, before + 999)))
        line = self.daemon.wait_for_line("event_failed", request_id="stream-7")
        self.assertEqual((line["method"], line["code"], line["reason"]),
                         ("AuditService/StreamRecordEvents", "INVALID_ARGUMENT", "FIELD_INVALID"))

    def test_duplicates_get_their_first_receipt(self):
        first = self.client.record("stream-1", action="paid")
        answers = self.stream([streamed("stream-1", action="paid"),
                               streamed("stream-2", action="paid"),
                               streamed("stream-2", action="paid"),
                               streamed("stream-2", action="refunded")])

        self.assertEqual((answers[0].receipt.seq, answers[0].receipt.duplicate), (first.seq, True))
        self.assertFalse(answers[1].receipt.duplicate)
        self.assertEqual((answers[2].receipt.seq, answers[2].receipt.duplicate),
                         (answers[1].receipt.seq, True))
        self.assertEqual(reason_of(answers[3]), "REQUEST_ID_REUSED")

    def test_the_rules_of_record_event_hold(self):
        before = self.client.size()
        validating = streamed(action="login")
        validating.request.validate_only = True
        waiting = streamed(action="login")
        waiting.request.wait_for = audit.WAIT_FOR_WITNESSED

        validated, waited, empty = self.stream([validating, waiting, Request()])

        self.assertEqual(validated.WhichOneof("result"), "receipt")
        self.assertFalse(validated.receipt.HasField("seq"))
        self.assertEqual(reason_of(waited), "WITNESS_NOT_CONFIGURED")
        self.assertEqual(reason_of(empty), "ACTION_REQUIRED")
        self.assertEqual(self.client.size(), before)

    def test_bytes_that_are_no_message_are_answered_in_their_place(self):
        good = streamed(action="login").SerializeToString()
        not_utf8 = streamed(action="login", actor="@@@").SerializeToString().replace(
            b"@@@", b"\xff\xfe\xfd")
        call = self.client.channel.stream_stream(METHOD)(
            iter([good, b"\xff" * 11, not_utf8, good]), timeout=PATIENCE)

        answers = [audit.StreamRecordEventsResponse.FromString(bytes_) for bytes_ in call]

        self.assertEqual([reason_of(answer) for answer in answers],
                         ["", "REQUEST_MALFORMED", "REQUEST_MALFORMED", ""])
        self.assertEqual(fields_of(answers[2]), ["request.event.actor"])

    def test_a_stream_without_events_ends_well(self):
        self.assertEqual(self.stream([]), [])

    def test_a_bad_producer_ends_the_stream(self):
        with self.assert_fails(StatusCode.INVALID_ARGUMENT, "PRODUCER_RESERVED"):
            self.stream([streamed(action="login")], [("daybook-producer", "daybook")])

    def test_an_event_is_answered_while_the_stream_stays_open(self):
        stream = Stream(self.client)
        for _ in range(3):
            stream.send(streamed(action="login"))
            self.assertTrue(stream.answers(1)[0].HasField("receipt"))

        stream.half_close()

        self.assertEqual(list(stream.call), [])
        self.assertEqual(stream.call.code(), StatusCode.OK)

    def test_a_message_above_8_mib_ends_the_stream(self):
        stream = Stream(self.client)
        stream.send(streamed(action="login", details='{"a":"' + "x" * (9 << 20) + '"}'))

        with self.assert_fails(StatusCode.RESOURCE_EXHAUSTED):
            stream.answers(1)

    def test_several_streams_share_the_log(self):
        names = [f"producer-{i}" for i in range(4)]
        before = self.client.size()
        answers = {}

        def run(name):
            answers[name] = self.stream([streamed(action="step", user_id=i) for i in range(300)],
                                        [("daybook-producer", name)])

        threads = [threading.Thread(target=run, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        for name in names:
            seqs = [answer.receipt.seq for answer in answers[name]]
            self.assertEqual(seqs, sorted(seqs))
        stored = list(self.client.since(before))[::-1]
        for name in names:
            self.assertEqual([event.user_id for event in stored if event.producer == name],
                             list(range(300)))


class StreamsInNeed(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder)

    def test_a_full_queue_is_waited_for(self):
        client = self.client_of(self.start("--max-waiting-events=4"))
        requests = [streamed(action="step", user_id=i) for i in range(2000)]

        answers = list(client.stub.StreamRecordEvents(iter(requests), timeout=2 * PATIENCE))

        self.assertEqual([answer.receipt.seq for answer in answers], list(range(2000)))

    def test_a_client_that_does_not_read_is_not_read_from_for_ever(self):
        # A window that grows with the speed of the line would hold all answers.
        client = self.enterContext(Client(self.start().address,
                                          options=[("grpc.http2.bdp_probe", 0)]))
        count = 20_000
        stream = Stream(client)
        stream.send(*(streamed(action="step", user_id=i) for i in range(count)))
        stream.half_close()

        # Nothing says that a stream has come to a halt; its size tells.
        size = -1
        while size != (size := client.size()) or size == 0:
            time.sleep(0.5)
        self.assertLess(size, count)
        self.assertLess(stream.sent, count)
        answers = list(stream.call)

        self.assertEqual([answer.receipt.seq for answer in answers], list(range(count)))

    def test_a_cancelled_stream_leaves_its_events_and_nothing_else(self):
        daemon = self.start()
        client = self.client_of(daemon)
        for _ in range(20):
            stream = Stream(client)
            stream.send(*(streamed(action="step") for _ in range(100)))
            stream.answers(1)
            stream.call.cancel()
        broken = self.client_of(daemon)
        stream = Stream(broken)
        stream.send(*(streamed(action="step") for _ in range(100)))
        stream.answers(1)
        broken.close()

        self.assertGreaterEqual(client.size(), 21)
        begin = time.monotonic()
        self.assertEqual(daemon.stop(), 0)
        self.assertLess(time.monotonic() - begin, 9, "the drain waits up to 10 s for somebody")


class Drain(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder)

    def answers_until_the_end(self, stream, seqs):
        """Adds the seqs of all answers that still come; how the stream ended."""
        try:
            for answer in stream.call:
                seqs.append(answer.receipt.seq)
        except grpc.RpcError as error:
            return Failure.of(error)
        return None

    def test_idle_streams_are_ended_at_once(self):
        daemon = self.start()
        client = self.client_of(daemon)
        streams = [Stream(client) for _ in range(10)]
        for stream in streams:
            stream.send(streamed(action="login"))
            stream.answers(1)

        begin = time.monotonic()
        self.assertEqual(daemon.stop(), 0)

        self.assertLess(time.monotonic() - begin, 9, "the drain waits up to 10 s for somebody")
        for stream in streams:
            failure = self.answers_until_the_end(stream, [])
            self.assertEqual((failure.code, failure.reason),
                             (StatusCode.UNAVAILABLE, "SHUTTING_DOWN"))
            self.assertTrue(failure.request_id)

    def test_what_was_read_is_answered_before_the_end(self):
        daemon = self.start()
        stream = Stream(self.client_of(daemon))
        stream.send(*(streamed(f"drain-{i}", action="step") for i in range(30_000)))
        seqs = [answer.receipt.seq for answer in stream.answers(500)]
        stopping = threading.Thread(target=daemon.stop)
        stopping.start()

        failure = self.answers_until_the_end(stream, seqs)
        stopping.join()

        self.assertEqual((failure.code, failure.reason), (StatusCode.UNAVAILABLE, "SHUTTING_DOWN"))
        self.assertEqual(seqs, list(range(len(seqs))))
        client = self.client_of(self.start())
        self.assertEqual(client.size(), len(seqs), "all that was recorded was answered")

    def test_a_client_goes_on_where_the_stream_ended(self):
        requests = [streamed(f"again-{i}", action="step", user_id=i) for i in range(5_000)]
        first = self.start()
        stream = Stream(self.client_of(first))
        stream.send(*requests)
        seqs = [answer.receipt.seq for answer in stream.answers(100)]
        first.kill()
        self.answers_until_the_end(stream, seqs)

        client = self.client_of(self.start())
        answers = list(client.stub.StreamRecordEvents(iter(requests), timeout=PATIENCE))

        self.assertEqual([answer.receipt.seq for answer in answers], list(range(5_000)))
        self.assertTrue(all(answer.receipt.duplicate for answer in answers[:len(seqs)]))


if __name__ == "__main__":
    unittest.main()
