"""A daemon that dies between recording what was spooled and removing it repeats nothing."""

import json
import unittest

from harness.case import StoreCase
from harness.environment import require_injection
from harness.migrate import make_store


class SpoolKill(StoreCase):

    def test_killed_before_the_file_is_removed(self):
        make_store(self.folder)
        spool = self.folder / "spool"
        spool.mkdir()
        file = spool / "run-1.jsonl"
        file.write_text(2 * (json.dumps({"action": "migration.applied"}) + "\n"))

        # Instead of removing the file it dies.
        killed = self.launch(wrapper=[
            STRACE, "-D", "-f", "-qq", "-o", "/dev/null", "-P", str(file),
            "-e", "trace=unlink,unlinkat", "-e", "inject=unlink,unlinkat:error=EIO:signal=KILL"])
        self.assertNotEqual(killed.wait(), 0)
        self.assertTrue(file.exists())
        self.assertEqual(killed.log("spool_imported"), [])

        daemon = self.start()
        daemon.wait_for_line("spool_imported", run="run-1")
        events = self.client_of(daemon).all(order_by="seq")
        self.assertEqual([event.request_id for event in events],
                         ["migration:run-1:1", "migration:run-1:2"])
        self.assertFalse(file.exists())


if __name__ == "__main__":
    STRACE = require_injection()
    unittest.main()
