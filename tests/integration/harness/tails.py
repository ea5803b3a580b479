"""Follows the log."""

import queue
import threading

from harness.environment import PATIENCE

# Generated; found once the client is imported.
import harness.stubs  # noqa: F401
from daybook.audit.v1.audit_service_pb2 import TailEventsRequest
from google.protobuf.duration_pb2 import Duration


def open_stream(method, request, heartbeat=None, **fields):
    """A stream of `method`, whose messages are taken by iterating; `heartbeat` is in seconds."""
    interval = heartbeat and Duration(seconds=int(heartbeat), nanos=round(heartbeat % 1 * 1e9))
    return method(request(heartbeat_interval=interval, **fields), wait_for_ready=True,
                  timeout=4 * PATIENCE)


def open_tail(client, **fields):
    return open_stream(client.stub.TailEvents, TailEventsRequest, **fields)


class ReadStream:
    """A stream that is always read; `next_seq` is where to go on."""

    def __init__(self, call):
        self.next_seq = None
        self.head_size = None
        self._call = call
        self._messages = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._call.cancel()
        self._reader.join(timeout=PATIENCE)

    def _read(self):
        try:
            for message in self._call:
                self._messages.put(message)
        except Exception as error:  # whoever waits raises it
            self._messages.put(error)

    def next(self):
        """The next message; raises what the stream ended with."""
        message = self._messages.get(timeout=PATIENCE)
        if isinstance(message, Exception):
            raise message
        self.next_seq, self.head_size = message.next_seq, message.head_size
        return message


class Tail(ReadStream):

    def __init__(self, client, **fields):
        super().__init__(open_tail(client, **fields))

    def events(self, count):
        """The next so many events."""
        events = []
        while len(events) < count:
            events.extend(self.next().events)
        return events

    def up_to(self, seq):
        """The events up to where `next_seq` is `seq`, or behind."""
        events = []
        while self.next_seq is None or self.next_seq < seq:
            events.extend(self.next().events)
        return events
