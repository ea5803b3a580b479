"""A client of the audit service, and what its errors say."""

import dataclasses

import harness.stubs  # noqa: F401  makes the next imports possible

import grpc
from daybook.audit.v1 import audit_service_pb2, audit_service_pb2_grpc, event_pb2
from google.rpc import error_details_pb2, status_pb2

from harness.environment import PATIENCE

Event = event_pb2.Event
RecordEventRequest = audit_service_pb2.RecordEventRequest
BatchRecordEventsRequest = audit_service_pb2.BatchRecordEventsRequest
GetEventRequest = audit_service_pb2.GetEventRequest
QueryEventsRequest = audit_service_pb2.QueryEventsRequest

_DETAILS = (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest,
            error_details_pb2.RequestInfo, error_details_pb2.RetryInfo)
_CHANNEL_OPTIONS = [
    ("grpc.enable_retries", 0),  # the tests want to see every error
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_receive_message_length", -1),
]


@dataclasses.dataclass
class Failure:
    """An error, with its google.rpc details taken apart."""

    code: grpc.StatusCode
    message: str
    reason: str = ""
    domain: str = ""
    fields: tuple = ()
    request_id: str = ""
    retry_seconds: float = 0
    metadata: dict = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, error):
        failure = cls(code=error.code(), message=error.details())
        for name, value in error.trailing_metadata() or ():
            if name == "grpc-status-details-bin":
                for detail in status_pb2.Status.FromString(value).details:
                    failure._take(detail)
        return failure

    def _take(self, detail):
        for kind in _DETAILS:
            if not detail.Is(kind.DESCRIPTOR):
                continue
            value = kind.FromString(detail.value)
            if kind is error_details_pb2.ErrorInfo:
                self.reason, self.domain = value.reason, value.domain
                self.metadata = dict(value.metadata)
            elif kind is error_details_pb2.BadRequest:
                self.fields = tuple(violation.field for violation in value.field_violations)
            elif kind is error_details_pb2.RequestInfo:
                self.request_id = value.request_id
            else:
                self.retry_seconds = value.retry_delay.ToTimedelta().total_seconds()


class Client:
    """Calls the service at `address` in the name of `producer`."""

    def __init__(self, address, producer=None, options=()):
        self.channel = grpc.insecure_channel(address, options=[*_CHANNEL_OPTIONS, *options])
        self.stub = audit_service_pb2_grpc.AuditServiceStub(self.channel)
        self._metadata = [("daybook-producer", producer)] if producer else []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.channel.close()

    def call(self, method, request, metadata=(), timeout=PATIENCE, wait_for_ready=True):
        """One unary call of the audit service, by its name."""
        return getattr(self.stub, method)(
            request, timeout=timeout, metadata=[*self._metadata, *metadata],
            wait_for_ready=wait_for_ready)

    def record(self, request_id="", **fields):
        """Records one event; its receipt."""
        request = RecordEventRequest(event=Event(**fields), request_id=request_id)
        return self.call("RecordEvent", request).receipt

    def batch(self, requests):
        """Records (request_id, event) pairs; their receipts."""
        batch = BatchRecordEventsRequest(requests=[
            RecordEventRequest(event=event, request_id=request_id)
            for request_id, event in requests])
        return self.call("BatchRecordEvents", batch).receipts

    def get(self, seq):
        return self.call("GetEvent", GetEventRequest(seq=seq))

    def query(self, **fields):
        return self.call("QueryEvents", QueryEventsRequest(**fields))

    def pages(self, **fields):
        """The pages of one query, up to the last."""
        page = self.query(**fields)
        yield page
        while page.next_page_token:
            page = self.query(**fields, page_token=page.next_page_token)
            yield page

    def all(self, **fields):
        """The events of all pages of one query."""
        return [event for page in self.pages(**fields) for event in page.events]

    def since(self, first_seq):
        """The events from `first_seq` on, newest first."""
        for page in self.pages(page_size=1000):
            for event in page.events:
                if event.seq < first_seq:
                    return
                yield event

    def size(self):
        """How many events the log holds."""
        return self.query(page_size=1).as_of_size

    def send_bytes(self, method, request, metadata=()):
        """Sends bytes in place of a request of the audit service."""
        call = self.channel.unary_unary(
            f"/daybook.audit.v1.AuditService/{method}", request_serializer=None,
            response_deserializer=None)
        return call(request, timeout=PATIENCE, metadata=[*self._metadata, *metadata],
                    wait_for_ready=True)
