"""What the clients of a log were told, to be held against what the log holds."""

import threading

from harness.client import BatchRecordEventsRequest, RecordEventRequest


class Book:
    """Keeps each request until it is acknowledged, and each receipt.

    Thread-safe.
    """

    def __init__(self):
        self._changed = threading.Condition()
        self._receipts = {}  # request_id -> (seq, leaf_hash)
        self._in_doubt = {}  # tuple of request_ids -> their requests
        self._settled = 0  # what is in doubt lies above so many events, if anywhere

    def send(self, client, requests, **options):
        """Records (request_id, event) pairs, several as one batch; their receipts."""
        key = tuple(request_id for request_id, _ in requests)
        with self._changed:
            self._in_doubt[key] = requests
        receipts = _send(client, requests, **options)
        with self._changed:
            del self._in_doubt[key]
            for request_id, receipt in zip(key, receipts, strict=True):
                self._receipts[request_id] = (receipt.seq, receipt.leaf_hash)
            self._changed.notify_all()
        return receipts

    def forget(self, requests):
        """Takes a request for refused: it must not be in the log."""
        with self._changed:
            del self._in_doubt[tuple(request_id for request_id, _ in requests)]

    @property
    def acknowledged(self):
        with self._changed:
            return len(self._receipts)

    def wait_for_acknowledged(self, count, timeout):
        with self._changed:
            return self._changed.wait_for(lambda: len(self._receipts) >= count, timeout)

    def send_again(self, client, case):
        """Retries what is in doubt; expects the place of what is stored already.

        How many events were retried, and how many of them were stored already.
        """
        stored = {event.request_id: (event.seq, event.leaf_hash)
                  for event in client.since(self._settled)}
        with self._changed:
            in_doubt = list(self._in_doubt.values())
        retried = sum(len(requests) for requests in in_doubt)
        retried_stored = 0
        for requests in in_doubt:
            are_stored = [request_id in stored for request_id, _ in requests]
            case.assertIn(sum(are_stored), (0, len(requests)), "half a batch was stored")
            retried_stored += sum(are_stored)
            receipts = self.send(client, requests)
            for (request_id, _), receipt in zip(requests, receipts, strict=True):
                case.assertEqual(receipt.duplicate, request_id in stored)
                if request_id in stored:
                    case.assertEqual((receipt.seq, receipt.leaf_hash), stored[request_id])
        self._settled = client.size()
        return retried, retried_stored

    def check(self, client, case):
        """Expects in the log all that was acknowledged, at its place, and nothing twice."""
        events = client.all(page_size=1000, order_by="seq")
        case.assertEqual([event.seq for event in events], list(range(len(events))))
        times = [event.created_at.ToMicroseconds() for event in events]
        case.assertEqual(times, sorted(times))
        places = {event.request_id: (event.seq, event.leaf_hash) for event in events}
        case.assertEqual(len(places), len(events), "a request_id was recorded twice")
        with self._changed:
            known = {request_id for key in self._in_doubt for request_id in key}
            for request_id, place in self._receipts.items():
                case.assertEqual(places.get(request_id), place, request_id)
            case.assertLessEqual(places.keys() - self._receipts.keys(), known,
                                 "what nobody sent, or what was refused, is in the log")
        return len(events)


def _send(client, requests, **options):
    members = [RecordEventRequest(event=event, request_id=request_id)
               for request_id, event in requests]
    if len(members) == 1:
        return [client.call("RecordEvent", members[0], **options).receipt]
    batch = BatchRecordEventsRequest(requests=members)
    return client.call("BatchRecordEvents", batch, **options).receipts
