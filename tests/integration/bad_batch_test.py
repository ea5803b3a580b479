"""A batch with one bad member is refused whole, and the member is named."""

import unittest

from grpc import StatusCode

from harness.case import ServiceCase
from harness.client import BatchRecordEventsRequest, Event, RecordEventRequest


def good(count):
    return [("", Event(action="login", user_id=i)) for i in range(count)]


class BadBatch(ServiceCase):

    def assert_batch_refused(self, batch, field, code=StatusCode.INVALID_ARGUMENT,
                             reason="FIELD_INVALID"):
        with self.assert_refused(code, reason, field):
            self.client.batch(batch)

    def test_of_1000_is_taken_and_of_1001_refused(self):
        self.assertEqual(len(self.client.batch(good(1000))), 1000)

        self.assert_batch_refused(good(1001), "requests")

    def test_without_members_is_refused(self):
        self.assert_batch_refused([], "requests")

    def test_whose_17th_event_is_bad_names_it_and_writes_none(self):
        batch = good(40)
        batch[16] = ("", Event(action="Not A Code"))

        self.assert_batch_refused(batch, "requests[16].event.action")

    def test_whose_17th_event_has_no_action_names_it(self):
        batch = good(40)
        batch[16] = ("", Event(user_id=1))

        self.assert_batch_refused(batch, "requests[16].event.action", reason="ACTION_REQUIRED")

    def test_with_a_bad_request_id_names_the_member(self):
        batch = good(3)
        batch[2] = ("x" * 65, batch[2][1])

        self.assert_batch_refused(batch, "requests[2].request_id")

    def test_with_validate_only_on_a_member_is_refused(self):
        batch = BatchRecordEventsRequest(requests=[
            RecordEventRequest(event=Event(action="login"), validate_only=True)])

        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "FIELD_INVALID",
                                 "requests[0].validate_only"):
            self.client.call("BatchRecordEvents", batch)

    def test_with_wait_for_on_a_member_is_refused(self):
        batch = BatchRecordEventsRequest(requests=[
            RecordEventRequest(event=Event(action="login"), wait_for=1)])

        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "FIELD_INVALID",
                                 "requests[0].wait_for"):
            self.client.call("BatchRecordEvents", batch)

    def test_with_a_reused_request_id_writes_none(self):
        self.client.record("taken", action="login", user_id=1)
        batch = good(5)
        batch[3] = ("taken", Event(action="login", user_id=2))

        with self.assert_refused(StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED") as failure:
            self.client.batch(batch)

        self.assertIn("requests[3]", failure.message)

    def test_with_one_request_id_for_two_bodies_writes_none(self):
        batch = good(5)
        batch[1] = ("twice", Event(action="login", user_id=1))
        batch[4] = ("twice", Event(action="login", user_id=2))

        with self.assert_refused(StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED") as failure:
            self.client.batch(batch)

        self.assertIn("requests[4]", failure.message)

    def test_refused_once_leaves_its_request_ids_free(self):
        bad = [("free", Event(action="login", user_id=1)), ("", Event(action="BAD"))]
        self.assert_batch_refused(bad, "requests[1].event.action")

        receipt = self.client.record("free", action="logout")

        self.assertFalse(receipt.duplicate)

    def test_validate_only_writes_nothing(self):
        before = self.client.size()
        batch = BatchRecordEventsRequest(validate_only=True, requests=[
            RecordEventRequest(event=Event(action="login")) for _ in range(3)])

        answer = self.client.call("BatchRecordEvents", batch)

        self.assertEqual([r.HasField("seq") for r in answer.receipts], [False] * 3)
        self.assertEqual(self.client.size(), before)


if __name__ == "__main__":
    unittest.main()
