"""Pages in order of event time, of events that arrive late and early."""

import random
import unittest

from google.protobuf import timestamp_pb2
from grpc import StatusCode

from harness.case import ServiceCase
from harness.client import Event


class EventOrder(ServiceCase):

    def record(self, count):
        """Events of few event times, some as they happen."""
        moments = random.Random(count)
        requests = []
        for _ in range(count):
            event = Event(action="ordered", tenant="shop", user_id=moments.randrange(3))
            if moments.randrange(3):
                event.event_time.CopyFrom(
                    timestamp_pb2.Timestamp(seconds=1_700_000_000 + moments.randrange(5)))
            requests.append(("", event))
        self.client.batch(requests)

    def test_pages_show_every_event_once_while_others_arrive(self):
        self.record(300)
        size = self.client.size()
        for text in ("", "tenant = shop", "user_id = 1", 'event_time < "2023-11-14T22:13:23Z"'):
            events = self.client.all(filter=text, order_by="seq", as_of_size=size)
            events.sort(key=lambda event: (event.event_time.ToNanoseconds(), event.seq))
            for order_by in ("event_time", "event_time desc"):
                with self.subTest(text, order_by=order_by):
                    found = []
                    for page in self.client.pages(filter=text, order_by=order_by, page_size=17,
                                                  as_of_size=size):
                        found += [event.seq for event in page.events]
                        self.record(2)
                    self.assertEqual(found, [event.seq for event in (
                        events if order_by == "event_time" else reversed(events))])
                    self.assertGreater(len(found), 60)

    def test_a_token_does_not_go_with_another_order(self):
        self.record(20)
        page = self.client.query(order_by="event_time", page_size=3)

        for order_by in ("event_time desc", "seq"):
            with self.subTest(order_by), self.assert_refused(
                    StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH", "page_token"):
                self.client.query(order_by=order_by, page_size=3,
                                  page_token=page.next_page_token)


if __name__ == "__main__":
    unittest.main()
