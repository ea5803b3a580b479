"""A service that answers as a test tells it to."""

from concurrent import futures

import harness.stubs  # noqa: F401  makes the next imports possible

import grpc
from daybook.audit.v1 import audit_service_pb2_grpc


class FakeService(audit_service_pb2_grpc.AuditServiceServicer):
    """A context manager. `answers` has, by the name of a call, a function of the request and
    the context; `requests` what came, by the same name."""

    def __init__(self, address="127.0.0.1:0", **answers):
        self.requests = {name: [] for name in answers}
        for name, answer in answers.items():
            setattr(self, name, self._noting(name, answer))
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=8),
                                   options=[("grpc.so_reuseport", 0)])
        audit_service_pb2_grpc.add_AuditServiceServicer_to_server(self, self._server)
        port = self._server.add_insecure_port(address)
        self.address = f"127.0.0.1:{port}"

    def _noting(self, name, answer):
        def call(request, context):
            self.requests[name].append(request)
            return answer(request, context)
        return call

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(None).wait()
