"""Bytes that are no message, and messages that are too big, get a clear answer."""

import unittest

from grpc import StatusCode

from harness.case import ServiceCase
from harness.client import BatchRecordEventsRequest, Event, RecordEventRequest

MIB = 1 << 20
NOT_UTF8 = b"\xff\xfe\xfd"
# Stands in a message where NOT_UTF8 will be: the same length, so that no
# length before it changes.
PLACEHOLDER = "@@@"


def peak_memory(pid):
    """The most memory that the process has had, in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def with_bad_text(message):
    return message.SerializeToString().replace(PLACEHOLDER.encode(), NOT_UTF8)


class TextThatIsNotUtf8(ServiceCase):

    def assert_malformed(self, method, message, field):
        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "REQUEST_MALFORMED", field):
            self.client.send_bytes(method, with_bad_text(message))

    def test_in_an_event_is_named(self):
        for field in ("action", "actor", "details", "user_agent", "tenant"):
            with self.subTest(field):
                event = Event(**({"action": "login"} | {field: PLACEHOLDER}))
                self.assert_malformed("RecordEvent", RecordEventRequest(event=event),
                                      f"event.{field}")

    def test_in_the_request_id_is_named(self):
        request = RecordEventRequest(event=Event(action="login"), request_id=PLACEHOLDER)

        self.assert_malformed("RecordEvent", request, "request_id")

    def test_in_a_batch_is_named_with_its_place(self):
        batch = BatchRecordEventsRequest(requests=[
            RecordEventRequest(event=Event(action="login")) for _ in range(20)])
        batch.requests[16].event.actor = PLACEHOLDER

        self.assert_malformed("BatchRecordEvents", batch, "requests[16].event.actor")

    def test_of_several_in_a_batch_the_first_is_named(self):
        batch = BatchRecordEventsRequest(requests=[
            RecordEventRequest(event=Event(action="login", actor=PLACEHOLDER)) for _ in range(3)])

        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "REQUEST_MALFORMED") as failure:
            self.client.send_bytes("BatchRecordEvents", with_bad_text(batch))

        self.assertEqual(failure.fields[0], "requests[0].event.actor")

    def test_in_a_filter_is_named(self):
        # Field 1 of QueryEventsRequest.
        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "REQUEST_MALFORMED", "filter"):
            self.client.send_bytes("QueryEvents", b"\x0a\x03" + NOT_UTF8)


class BytesThatAreNoMessage(ServiceCase):

    def test_are_malformed_for_every_method(self):
        for method in ("RecordEvent", "BatchRecordEvents", "GetEvent", "QueryEvents"):
            for garbage in (b"\xff" * 11, b"\x0a\x7f", b"\x0b\x0b", b"GET / HTTP/1.1\r\n"):
                with self.subTest(method=method, garbage=garbage):
                    with self.assert_refused(StatusCode.INVALID_ARGUMENT, "REQUEST_MALFORMED"):
                        self.client.send_bytes(method, garbage)

    def test_cut_off_in_the_middle_are_malformed(self):
        whole = RecordEventRequest(event=Event(action="login", actor="x" * 50)).SerializeToString()

        for length in (1, 5, len(whole) - 1):
            with self.subTest(length):
                with self.assert_refused(StatusCode.INVALID_ARGUMENT, "REQUEST_MALFORMED"):
                    self.client.send_bytes("RecordEvent", whole[:length])

    def test_that_are_empty_need_an_action(self):
        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "ACTION_REQUIRED", "event.action"):
            self.client.send_bytes("RecordEvent", b"")

    def test_an_unknown_field_is_ignored(self):
        message = RecordEventRequest(event=Event(action="login")).SerializeToString()

        self.client.send_bytes("RecordEvent", message + b"\xfa\x7f\x02hi")


class BigMessages(ServiceCase):

    def test_a_batch_just_below_4_mib_is_taken(self):
        details = '{"a":"' + "x" * (16 * 1024 - 8) + '"}'
        batch = [("", Event(action="login", details=details)) for _ in range(250)]

        self.assertEqual(len(self.client.batch(batch)), 250)

    def test_a_batch_of_5_mib_is_too_large(self):
        details = '{"a":"' + "x" * 16_000 + '"}'
        batch = [("", Event(action="login", details=details)) for _ in range(330)]

        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "EVENT_TOO_LARGE", "requests"):
            self.client.batch(batch)

    def test_an_event_of_5_mib_is_too_large(self):
        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "EVENT_TOO_LARGE", "event.details"):
            self.client.record(action="login", details='{"a":"' + "x" * 5 * MIB + '"}')

    # In memory each of these would take some fifty times what it takes here.
    def test_8_mib_of_empty_members_are_refused_before_they_take_memory(self):
        before = peak_memory(self.daemon.pid)

        many = 4 * MIB - 100
        for method, message in (
                ("BatchRecordEvents", b"\x0a\x00" * many), ("QueryEvents", b"\x7a\x00" * many),
                ("RecordEvent", b"\x7a\x00" * many),
                ("RecordEvent", b"\xfb\x01" + b"\x7a\x00" * many + b"\xfc\x01"),
                ("BatchRecordEvents", b"\x0a\x01\x0c" + b"\x0a\x00" * many),
                ("AggregateEvents", b"\x2a\x00" * many)):
            with self.subTest(method=method, begin=message[:4]):
                with self.assert_refused(StatusCode.INVALID_ARGUMENT, "REQUEST_MALFORMED"):
                    self.client.send_bytes(method, message)

        # One of them alone took a gigabyte. AddressSanitizer keeps for a while what was freed.
        self.assertLess(peak_memory(self.daemon.pid) - before, 256 * MIB)

    def test_9_mib_is_refused_and_the_service_goes_on(self):
        with self.assert_refused(StatusCode.RESOURCE_EXHAUSTED, reason=None):
            self.client.record(action="login", details='{"a":"' + "x" * 9 * MIB + '"}')

        self.client.record(action="login")


if __name__ == "__main__":
    unittest.main()
