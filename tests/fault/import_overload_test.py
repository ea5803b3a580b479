"""An import that meets a full queue waits and goes on.

strace holds up each sync, so that the queue is full while others record.
"""

import threading
import unittest
import urllib.request

from harness.audit_logs import AppDatabase, Importer
from harness.case import StoreCase
from harness.environment import PATIENCE, require_injection
from harness.migrate import make_store

import grpc

SYNCS = "fdatasync,fsync"
TURNED_AWAY = ('daybook_rpc_requests_total{code="RESOURCE_EXHAUSTED",'
               'method="AuditService/BatchRecordEvents"}')


class ImportOverload(StoreCase):

    def turned_away(self, daemon):
        with urllib.request.urlopen(f"http://{daemon.metrics_address}/metrics",
                                    timeout=PATIENCE) as page:
            return TURNED_AWAY in page.read().decode()

    def test_a_full_queue_is_waited_for(self):
        make_store(self.folder)
        slowly = [STRACE, "-D", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={SYNCS}",
                  "-e", f"inject={SYNCS}:delay_enter=200ms"]
        daemon = self.start("--max-waiting-events", "1", wrapper=slowly)
        app = AppDatabase(self.folder.parent / "app.db")
        app.fill(100)
        importer = Importer(app, daemon.address)
        stop = threading.Event()

        def record():
            client = self.client_of(daemon)
            while not stop.is_set():
                try:
                    client.record(action="login")
                except grpc.RpcError as error:
                    self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)

        others = [threading.Thread(target=record) for _ in range(4)]
        for other in others:
            other.start()
        process = importer.launch("--batch", 10)
        try:
            while not self.turned_away(daemon) and process.poll() is None:
                pass
            self.assertTrue(self.turned_away(daemon))
        finally:
            stop.set()
            _, err = process.communicate(timeout=PATIENCE)
            for other in others:
                other.join(PATIENCE)

        self.assertEqual(process.returncode, 0, err)
        ids = [event.request_id for event in
               self.client_of(daemon).all(filter="producer = shop", order_by="seq")]
        self.assertEqual(ids, [f"import:audit_logs:{row}" for row in app.ids()])


if __name__ == "__main__":
    STRACE = require_injection()
    unittest.main()
