"""An event that breaks a rule is refused with its field's name, and not written."""

import datetime
import unittest

from grpc import StatusCode

from harness.case import ServiceCase
from harness.client import Event, RecordEventRequest


def in_days(days):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)


class BadEvent(ServiceCase):

    def assert_event_refused(self, field, why="FIELD_INVALID", event=None, **fields):
        request = RecordEventRequest(event=event or Event(**({"action": "login"} | fields)))
        with self.assert_refused(StatusCode.INVALID_ARGUMENT, why, f"event.{field}"):
            self.client.call("RecordEvent", request)

    def test_empty_action_is_required(self):
        self.assert_event_refused("action", "ACTION_REQUIRED", action="")

    def test_missing_event_needs_an_action(self):
        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "ACTION_REQUIRED", "event.action"):
            self.client.call("RecordEvent", RecordEventRequest())

    def test_action_of_128_is_taken_and_of_129_refused(self):
        self.client.record(action="a" * 128)

        self.assert_event_refused("action", action="a" * 129)

    def test_uppercase_action_is_refused(self):
        self.assert_event_refused("action", action="Login")

    def test_reserved_actions_are_refused(self):
        for room in ("audit", "ledger", "segment", "detection", "access", "migration"):
            with self.subTest(room):
                self.assert_event_refused("action", "ACTION_RESERVED", action=f"{room}.done")

    def test_details_must_be_one_json_object(self):
        for details in ("amount: 3", '["an", "array"]', "3", '"text"', "null", "{", "{} {}",
                        '{"a": 1,}', '{"a": NaN}'):
            with self.subTest(details):
                self.assert_event_refused("details", details=details)

    def test_details_with_a_duplicate_name_are_refused(self):
        for details in ('{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"b":{"a":1,"a":2}}'):
            with self.subTest(details):
                self.assert_event_refused("details", details=details)

    def test_details_with_a_lone_surrogate_are_refused(self):
        for details in ('{"a":"\\ud800"}', '{"a":"\\udc00 \\ud800"}', '{"\\ud83d":1}'):
            with self.subTest(details):
                self.assert_event_refused("details", details=details)

    def test_details_of_16_kib_are_taken_and_more_is_too_large(self):
        fits = '{"a":"' + "x" * (16 * 1024 - 8) + '"}'
        self.client.record(action="login", details=fits)

        self.assert_event_refused("details", "EVENT_TOO_LARGE", details=fits[:-2] + 'x"}')
        self.assert_event_refused(
            "details", "EVENT_TOO_LARGE", details='{"a":"' + "x" * 17 * 1024 + '"}')

    def test_details_nested_too_deep_are_refused(self):
        self.assert_event_refused("details", details='{"a":' + "[" * 5000 + "]" * 5000 + "}")

    def test_text_with_a_nul_is_refused(self):
        self.assert_event_refused("actor", actor="user:\0")

    def test_reason_must_be_a_code(self):
        self.assert_event_refused("reason", reason="not enough money")

    def test_trace_id_must_be_32_hex_digits(self):
        for trace_id in ("abc", "0" * 31, "0" * 33, "G" * 32, "A" * 32):
            with self.subTest(trace_id):
                self.assert_event_refused("trace_id", trace_id=trace_id)

    def test_invalid_ip_address_is_refused(self):
        for address in ("256.1.1.1", "1.2.3", "localhost", "::g", "10.0.0.1:80", "fe80::1%eth0",
                        "10.0.0.0/8", " 10.0.0.1"):
            with self.subTest(address):
                self.assert_event_refused("ip_address", ip_address=address)

    def test_event_time_two_days_ahead_is_out_of_range(self):
        event = Event(action="login")
        event.event_time.FromDatetime(in_days(2))

        self.assert_event_refused("event_time", "EVENT_TIME_OUT_OF_RANGE", event=event)

    def test_event_time_within_a_day_ahead_is_taken(self):
        event = Event(action="login")
        event.event_time.FromDatetime(in_days(0.9))

        self.client.call("RecordEvent", RecordEventRequest(event=event))

    def test_event_time_outside_the_years_1_to_9999_is_out_of_range(self):
        for seconds in (-62_135_596_801, 253_402_300_800, -(2**63), 2**63 - 1):
            with self.subTest(seconds):
                event = Event(action="login")
                event.event_time.seconds = seconds
                self.assert_event_refused("event_time", "EVENT_TIME_OUT_OF_RANGE", event=event)

    def test_event_time_with_impossible_nanos_is_out_of_range(self):
        for nanos in (-1, 1_000_000_000, -(2**31), 2**31 - 1):
            with self.subTest(nanos):
                event = Event(action="login")
                event.event_time.seconds = 1_700_000_000
                event.event_time.nanos = nanos
                self.assert_event_refused("event_time", "EVENT_TIME_OUT_OF_RANGE", event=event)

    def test_unknown_outcome_is_refused(self):
        for number in (4, 99, -1):
            with self.subTest(number):
                self.assert_event_refused("outcome", outcome=number)

    def test_producer_sequence_above_int64_is_refused(self):
        self.assert_event_refused("producer_sequence", producer_sequence=2**63)

    def test_texts_one_longer_than_allowed_are_refused(self):
        limits = {"reason": 128, "telegram_id": 256, "actor": 256, "resource_type": 128,
                  "resource_id": 512, "user_agent": 1024, "tenant": 63, "correlation_id": 128}
        for field, limit in limits.items():
            with self.subTest(field):
                letter = "A" if field == "reason" else "a"
                self.client.record(action="login", **{field: letter * limit})
                self.assert_event_refused(field, **{field: letter * (limit + 1)})

    def test_every_broken_field_is_named_at_once(self):
        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "FIELD_INVALID") as failure:
            self.client.record(action="LOGIN", ip_address="nowhere", details="[]", outcome=9)

        self.assertEqual(set(failure.fields),
                         {"event.action", "event.ip_address", "event.details", "event.outcome"})

    def test_errors_never_repeat_the_value(self):
        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "FIELD_INVALID") as failure:
            self.client.record(action="login", details='{"password":"hunter2"')

        self.assertNotIn("hunter2", failure.message)
        self.assertFalse([line for line in self.daemon.stderr_lines() if "hunter2" in line])

    def test_request_id_of_65_characters_is_refused(self):
        self.client.record("가" * 64, action="login")

        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", "request_id"):
            self.client.record("a" * 65, action="login")

    def test_request_id_reused_with_another_body_is_refused(self):
        self.client.record("reused", action="login", user_id=1)

        with self.assert_refused(StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED"):
            self.client.record("reused", action="login", user_id=2)

    def test_unknown_wait_for_is_refused(self):
        request = RecordEventRequest(event=Event(action="login"), wait_for=77)

        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", "wait_for"):
            self.client.call("RecordEvent", request)

    def test_validate_only_writes_nothing(self):
        before = self.client.size()

        answer = self.client.call(
            "RecordEvent", RecordEventRequest(event=Event(action="login"), validate_only=True))

        self.assertFalse(answer.receipt.HasField("seq"))
        self.assertEqual(self.client.size(), before)


class BadProducer(ServiceCase):

    def assert_producer_refused(self, producer, reason):
        with self.assert_refused(StatusCode.INVALID_ARGUMENT, reason, "daybook-producer"):
            self.client.call("RecordEvent", RecordEventRequest(event=Event(action="login")),
                             metadata=[("daybook-producer", producer)])

    def test_the_services_own_name_is_reserved(self):
        self.assert_producer_refused("daybook", "PRODUCER_RESERVED")

    def test_names_outside_the_rule_are_refused(self):
        for producer in ("two words", "a" * 256, "semi;colon"):
            with self.subTest(producer):
                self.assert_producer_refused(producer, "FIELD_INVALID")


if __name__ == "__main__":
    unittest.main()
