"""What comes again after its request ids were forgotten is still recorded once.

The library of faketime lets the second daemon live four days later.
"""

import json
import subprocess
import unittest

from harness.audit_logs import AppDatabase, Importer
from harness.case import StoreCase
from harness.environment import PATIENCE, require_tool
from harness.migrate import make_store

# Longer than the 72 hours that the service remembers ids for.
LATER = "+100h"


def in_the_future():
    """What a command begins with that lives then. The program faketime would fork, and
    outlive a kill."""
    told = subprocess.run([require_tool("faketime", "faketime"), "-m", "-f", "+0", "printenv",
                           "LD_PRELOAD"],
                          capture_output=True, text=True, timeout=PATIENCE, check=True)
    return ["env", f"LD_PRELOAD={told.stdout.strip()}", f"FAKETIME={LATER}"]


class ForgottenIds(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder)

    def start_later(self):
        self.daemon.stop()
        daemon = self.start(wrapper=WRAPPER)
        client = self.client_of(daemon)
        # To show that they are forgotten.
        self.assertFalse(client.record(action="login", request_id="told-before").duplicate)
        return daemon, client

    def start_now(self):
        self.daemon = self.start()
        client = self.client_of(self.daemon)
        client.record(action="login", request_id="told-before")
        self.assertTrue(client.record(action="login", request_id="told-before").duplicate)

    def test_rows_of_an_import(self):
        self.start_now()
        app = AppDatabase(self.folder.parent / "app.db")
        app.fill(1_500)
        Importer(app, self.daemon.address).results()
        app.fill(10)
        daemon, client = self.start_later()

        ended, lines = Importer(app, daemon.address).results()

        self.assertEqual(ended.code, 0, ended)
        result = lines["result"][0]
        self.assertEqual((result["recorded"], result["repeated"]), (10, 1_500))
        ids = [event.request_id for event in client.all(filter="producer = shop", page_size=1000)]
        self.assertEqual(len(set(ids)), 1_510)
        self.assertEqual(len(ids), 1_510)

    def test_runs_of_the_migrator(self):
        self.start_now()
        spool = self.folder / "spool"
        spool.mkdir()
        text = json.dumps({"action": "migration.applied"}) + "\n"
        (spool / "run-1.jsonl").write_text(text)
        self.daemon.wait_for_line("spool_imported", run="run-1")
        (spool / "run-1.jsonl").write_text(text)
        daemon, client = self.start_later()

        daemon.wait_for_line("spool_imported", run="run-1")

        self.assertEqual(len(client.all(filter="producer = daybook")), 1)


if __name__ == "__main__":
    WRAPPER = in_the_future()
    unittest.main()
