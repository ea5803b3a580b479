"""Calls that this version does not answer yet say so."""

import unittest

from grpc import StatusCode

from harness.case import ServiceCase

# Generated; found once the harness is imported.
from daybook.audit.v1 import audit_service_pb2 as audit


class NotYet(ServiceCase):

    def assert_not_yet(self, call):
        with self.assert_fails(StatusCode.UNIMPLEMENTED, "NOT_YET_AVAILABLE"):
            call()

    def test_unary_calls(self):
        for method in ("ListProducers",):
            with self.subTest(method):
                request = getattr(audit, f"{method}Request")()
                self.assert_not_yet(lambda: self.client.call(method, request))


if __name__ == "__main__":
    unittest.main()
