"""What the migrator has spooled becomes events of the service itself, each once."""

import json
import unittest
import urllib.request

from grpc import StatusCode

from harness.case import StoreCase
from harness.client import Client
from harness.environment import PATIENCE
from harness.migrate import make_store

SERVICE = 1  # SOURCE_SERVICE


def line(action="migration.applied", **fields):
    return json.dumps({"action": action, "event_time": "2026-01-31T09:30:00.000001Z", **fields})


class Spool(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder)
        self.spool = self.folder / "spool"

    def put(self, run, *lines, folder=None):
        """As the migrator does: written beside its place, then renamed."""
        folder = folder or self.spool
        folder.mkdir(exist_ok=True)
        unfinished = folder / f"{run}.jsonl.new"
        unfinished.write_text("".join(text + "\n" for text in lines))
        unfinished.rename(folder / f"{run}.jsonl")

    def recorded(self, daemon):
        with Client(daemon.address) as client:
            return client.all(filter="producer = daybook", order_by="seq")

    def request_ids(self, daemon):
        return [event.request_id for event in self.recorded(daemon)]

    def metric(self, daemon, series):
        with urllib.request.urlopen(f"http://{daemon.metrics_address}/metrics",
                                    timeout=PATIENCE) as page:
            for text in page.read().decode().splitlines():
                if text.startswith(series + " "):
                    return float(text.split()[-1])
        return None

    def test_a_start_imports_what_waits(self):
        details = json.dumps({"version": 1, "name": "schema_enhancements", "database": "app.db"})
        self.put("b", line("migration.rolled_back"))
        self.put("a", line(details=details), line("migration.failed", outcome="OUTCOME_FAILURE"))

        daemon = self.start()
        daemon.wait_for_line("spool_imported", run="b")

        events = self.recorded(daemon)
        self.assertEqual([event.request_id for event in events],
                         ["migration:a:1", "migration:a:2", "migration:b:1"])
        self.assertEqual([event.action for event in events],
                         ["migration.applied", "migration.failed", "migration.rolled_back"])
        self.assertEqual({event.source for event in events}, {SERVICE})
        self.assertEqual(events[0].details, details)
        self.assertEqual(events[0].event_time.ToJsonString(), "2026-01-31T09:30:00.000001Z")
        self.assertEqual(list(self.spool.iterdir()), [])
        self.assertEqual(
            self.metric(daemon, 'daybook_journal_spool_files_total{outcome="imported"}'), 2)

    def test_what_comes_later_is_imported_too(self):
        daemon = self.start()

        self.put("late", line())

        daemon.wait_for_line("spool_imported", run="late")
        self.assertEqual(self.request_ids(daemon), ["migration:late:1"])

    def test_the_spool_may_lie_elsewhere(self):
        elsewhere = self.folder.parent / "elsewhere"
        self.put("a", line(), folder=elsewhere)

        daemon = self.start(f"--spool-dir={elsewhere}")
        daemon.wait_for_line("spool_imported", run="a")

        self.assertEqual(self.request_ids(daemon), ["migration:a:1"])

    def test_what_is_malformed_is_kept_aside_and_blocks_nothing(self):
        self.put("a", "no json")
        self.put("b", line("login"))
        self.put("c", line())

        daemon = self.start()
        daemon.wait_for_line("spool_imported", run="c")

        self.assertEqual([bad["run"] for bad in daemon.log("spool_bad")], ["a", "b"])
        self.assertEqual({path.name for path in self.spool.iterdir()},
                         {"a.jsonl.bad", "b.jsonl.bad"})
        self.assertEqual(self.request_ids(daemon), ["migration:c:1"])
        self.assertEqual(self.metric(daemon, 'daybook_journal_spool_files_total{outcome="bad"}'), 2)

    def test_a_run_that_comes_again_is_recorded_once(self):
        self.put("a", line(), line())
        with_first = self.start()
        with_first.wait_for_line("spool_imported", run="a")
        with_first.stop()
        self.put("a", line(), line())

        daemon = self.start()
        daemon.wait_for_line("spool_imported", run="a")

        self.assertEqual(self.request_ids(daemon), ["migration:a:1", "migration:a:2"])

    def test_kills_in_between_repeat_and_lose_nothing(self):
        runs = [f"{number:03}" for number in range(300)]
        for run in runs:
            self.put(run, line(), line())
        for imported in (1, 40, 80):
            killed = self.launch()
            killed.wait_until(
                lambda daemon=killed, count=imported: len(daemon.log("spool_imported")) >= count)
            killed.kill()

        daemon = self.start()
        daemon.wait_for_line("spool_imported", run=runs[-1])

        self.assertEqual(self.request_ids(daemon),
                         [f"migration:{run}:{number}" for run in runs for number in (1, 2)])
        self.assertEqual(list(self.spool.iterdir()), [])

    def test_clients_may_still_not_record_migrations(self):
        daemon = self.start()

        with self.assert_fails(StatusCode.INVALID_ARGUMENT, "ACTION_RESERVED"):
            self.client_of(daemon).record(action="migration.applied")
        with self.assert_fails(StatusCode.INVALID_ARGUMENT, "PRODUCER_RESERVED"):
            self.client_of(daemon, "daybook").record(action="migration.applied")
        self.assertEqual(self.recorded(daemon), [])


if __name__ == "__main__":
    unittest.main()
