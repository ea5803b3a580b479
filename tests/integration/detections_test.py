"""Standing rules: they fire once, also across restarts, and are told of."""

import json
import os
import signal
import subprocess
import unittest

from grpc import StatusCode

from harness.case import StoreCase
from harness.client import Event
from harness.environment import PATIENCE, program
from harness.erasing import DETAILS, SUBJECT, erase
from harness.metrics import metrics_of
from harness.migrate import make_store
from harness.tails import ReadStream, open_stream
from harness.waiting import wait_until

# Generated; found once the harness is imported.
from daybook.audit.v1 import audit_service_pb2 as audit

THREE = """
rule { name: "three" filter: "action = login_failed" group_by: GROUP_BY_ACTOR window: "10m"
       threshold: 3 severity: SEVERITY_CRITICAL }
"""
# Tells that all before it was looked at.
MARKER = """
rule { name: "marker" filter: "action = marker" group_by: GROUP_BY_ACTOR window: "1s"
       threshold: 1 }
"""
WITHDRAWAL = """
rule { name: "withdrawal" filter: "action = withdrawal" window: "1m" threshold: 1 }
"""


class Watch(ReadStream):
    """A stream of detections."""

    def __init__(self, client, heartbeat=10, **fields):
        super().__init__(open_stream(client.stub.WatchDetections, audit.WatchDetectionsRequest,
                                     heartbeat=heartbeat, **fields))

    def detection(self):
        """The next one; what comes before are heartbeats."""
        while True:
            message = self.next()
            if message.HasField("detection"):
                return message.detection


class DetectionCase(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder)
        self.rules = self.folder.parent / "rules.textproto"
        self.markers = 0

    def serve(self, rules=THREE + MARKER):
        self.rules.write_text(rules)
        self.daemon = self.start("--rules", str(self.rules))
        self.client = self.client_of(self.daemon)

    def restart(self, by="stop", **options):
        getattr(self.daemon, by)()
        self.serve(**options)

    def fail(self, actor, times=1):
        for _ in range(times):
            self.client.record(action="login_failed", actor=actor)

    def list(self, **fields):
        return self.client.call("ListDetections", audit.ListDetectionsRequest(**fields))

    def fired(self, rule="three"):
        """What fired of all that is recorded so far, the oldest first."""
        self.markers += 1
        actor = f"marker-{self.markers}"
        self.client.record(action="marker", actor=actor)
        wait_until(lambda: any(list(found.keys) == [actor]
                               for found in self.list(rule="marker").detections))
        return list(reversed(self.list(rule=rule).detections))

    def counted(self, name, **labels):
        return metrics_of(self.daemon).get((name, frozenset(labels.items())))


class Detections(DetectionCase):

    def test_a_rule_fires_once_and_says_what_it_saw(self):
        self.serve()
        self.fail("mina", 5)
        self.fail("sora", 2)

        (found,) = self.fired()

        event = self.client.get(found.seq)
        self.assertEqual((event.action, event.source, event.actor),
                         ("detection.fired", audit.daybook_dot_audit_dot_v1_dot_event__pb2
                          .SOURCE_SERVICE, "mina"))
        self.assertEqual(json.loads(event.public_details), {
            "rule": "three", "severity": "CRITICAL", "window_seconds": 600, "threshold": 3,
            "count": 3, "group_by": ["actor"], "keys": {}})
        third = self.client.get(2)
        self.assertEqual(list(found.keys), ["mina"])
        self.assertEqual(list(found.sample_seqs), [0, 1, 2])
        self.assertEqual(found.fire_time, third.created_at)
        self.assertEqual(found.record_time, event.created_at)
        self.assertEqual((found.count, found.threshold, found.window.seconds), (3, 3, 600))
        self.assertEqual(found.severity, audit.SEVERITY_CRITICAL)
        self.assertEqual(self.counted("daybook_detection_fired_total", rule="three"), 1)
        self.assertNotIn("mina", "".join(self.daemon.stderr_lines()))

    def test_it_fires_again_behind_its_cooldown(self):
        self.serve(MARKER + THREE.replace('"10m"', '"1s"').replace("threshold: 3", "threshold: 1"))
        self.fail("mina", 2)
        self.assertEqual(len(self.fired()), 1)
        first = self.fired()[0].fire_time.ToMicroseconds()
        while len(self.fired()) == 1:
            self.fail("mina")

        self.assertGreaterEqual(self.fired()[1].fire_time.ToMicroseconds() - first, 1_000_000)

    def test_a_restart_repeats_nothing_and_forgets_nothing(self):
        self.serve()
        self.fail("mina", 3)
        self.fail("sora", 2)
        self.assertEqual(len(self.fired()), 1)

        self.restart(by="kill")
        self.fail("mina", 3)
        self.assertEqual([list(found.keys) for found in self.fired()], [["mina"]])
        self.fail("sora")

        self.assertEqual([list(found.keys) for found in self.fired()], [["mina"], ["sora"]])
        self.assertEqual(list(self.fired()[1].sample_seqs)[:2], [3, 4])

    def test_killed_again_and_again_it_tells_of_each_once(self):
        self.serve()
        actors = [f"actor-{i}" for i in range(60)]
        for first in range(0, len(actors), 10):
            # All at once, so that the kill falls among the firings.
            self.client.batch([("", Event(action="login_failed", actor=actor))
                               for actor in actors[first:first + 10] for _ in range(3)])
            self.restart(by="kill")

        self.assertEqual(sorted(found.keys[0] for found in self.fired()), sorted(actors))

    def test_what_happened_while_nobody_looked_is_told_of_at_the_start(self):
        daemon = self.start()
        client = self.client_of(daemon)
        for _ in range(3):
            client.record(action="login_failed", actor="mina")
        daemon.stop()
        self.serve()

        self.assertEqual(len(self.fired()), 1)

    def test_other_rules_are_read_on_sighup(self):
        self.serve()
        self.fail("mina", 2)
        self.assertEqual(self.fired(), [])
        self.rules.write_text(THREE + MARKER + WITHDRAWAL)
        os.kill(self.daemon.pid, signal.SIGHUP)
        self.daemon.wait_for_line("rules_read", rules=3)
        self.client.record(action="withdrawal")
        self.fail("mina")

        self.assertEqual(len(self.fired("withdrawal")), 1)
        self.assertEqual(len(self.fired("three")), 1, "it went on counting")

    def test_a_bad_file_changes_nothing(self):
        self.serve()
        self.fail("mina", 2)
        self.rules.write_text(THREE.replace("threshold: 3", "threshold: 0"))
        os.kill(self.daemon.pid, signal.SIGHUP)

        line = self.daemon.wait_for_line("rules_refused")

        self.assertIn("rules.textproto:3:8: rule three: threshold must be", line["message"])
        self.assertEqual(self.counted("daybook_detection_reload_failures_total"), 1)
        self.fail("mina")
        self.assertEqual(len(self.fired()), 1)

    def test_a_pipe_in_place_of_the_file_keeps_nobody_waiting(self):
        self.serve()
        self.rules.unlink()
        os.mkfifo(self.rules)
        os.kill(self.daemon.pid, signal.SIGHUP)

        line = self.daemon.wait_for_line("rules_refused")

        self.assertIn("is no file that holds text", line["message"])
        self.fail("mina", 3)
        self.assertEqual(len(self.fired()), 1)

    def test_a_file_without_rules_is_warned_of(self):
        self.serve()
        self.rules.write_text("")
        os.kill(self.daemon.pid, signal.SIGHUP)

        line = self.daemon.wait_for_line("rules_read", rules=0)

        self.assertEqual(line["severity"], "WARNING")

    def test_sighup_stops_nobody_who_has_no_rules(self):
        daemon = self.start()
        client = self.client_of(daemon)
        client.record(action="login")
        os.kill(daemon.pid, signal.SIGHUP)

        client.record(action="login")
        self.assertEqual(daemon.stop(), 0)

    def test_erasing_a_person_erases_them_from_detections(self):
        self.serve()
        self.fail("mina", 3)
        self.assertEqual(list(self.fired()[0].keys), ["mina"])
        erase(self.client, 'actor = "mina"', groups=(SUBJECT, DETAILS))

        (found,) = self.fired()

        self.assertEqual((found.rule, list(found.keys), list(found.sample_seqs)),
                         ("three", [""], []))

    def test_a_silence_is_told_of(self):
        self.serve("""rule { name: "silent" filter: "source != SERVICE" silent_for: "10s"
                             group_by: GROUP_BY_PRODUCER }""")
        shop = self.client_of(self.daemon, "shop")
        seq = shop.record(action="login").seq
        with Watch(self.client, start_seq=0) as watch:
            found = watch.detection()

        self.assertEqual((found.rule, list(found.keys), list(found.sample_seqs), found.count),
                         ("silent", ["shop"], [seq], 0))
        self.assertGreaterEqual(found.fire_time.ToSeconds() - self.client.get(seq).created_at
                                .ToSeconds(), 10)


class WatchDetections(DetectionCase):

    def watch(self, **fields):
        return self.enterContext(Watch(self.client, **fields))

    def test_tells_of_what_fires_from_now_on(self):
        self.serve()
        self.fail("before", 3)
        self.fired()
        watch = self.watch(rule="three")
        self.assertFalse(watch.next().HasField("detection"))
        self.fail("mina", 3)

        found = watch.detection()

        self.assertEqual(list(found.keys), ["mina"])
        self.assertEqual(found, self.fired()[-1])

    def test_resumes_where_it_ended(self):
        self.serve()
        for actor in ("a", "b", "c"):
            self.fail(actor, 3)
        self.fired()
        seen = []
        next_seq = 0
        for _ in range(3):
            with Watch(self.client, rule="three", start_seq=next_seq) as watch:
                seen.append(watch.detection().keys[0])
                next_seq = watch.next_seq
        self.restart()
        self.fail("d", 3)
        with Watch(self.client, rule="three", start_seq=next_seq) as watch:
            seen.append(watch.detection().keys[0])

        self.assertEqual(seen, ["a", "b", "c", "d"])

    def test_heartbeats_say_how_far_the_log_is(self):
        self.serve()
        self.client.record(action="login")
        watch = self.watch(heartbeat=0.1)
        for _ in range(3):
            message = watch.next()
            self.assertFalse(message.HasField("detection"))
        self.assertEqual((message.next_seq, message.head_size), (1, 1))

    def test_refuses_what_is_not_right(self):
        self.serve()
        for fields, field in ((dict(rule="a b"), "rule"), (dict(heartbeat=0.01),
                                                           "heartbeat_interval")):
            with self.subTest(field), self.assert_fails(StatusCode.INVALID_ARGUMENT,
                                                        "FIELD_INVALID", field):
                self.watch(**fields).next()


class RulesFile(DetectionCase):

    def check(self, text):
        self.rules.write_text(text)
        return subprocess.run([program("daybookd"), "--check-rules", str(self.rules)],
                              capture_output=True, text=True, timeout=PATIENCE)

    def test_is_checked_without_a_service(self):
        right = self.check(THREE + MARKER)
        self.assertEqual((right.returncode, right.stdout), (0, f"{self.rules}: 2 rules\n"))
        wrong = self.check(THREE + "rule { nome: 'a' }")
        self.assertEqual(wrong.returncode, 78)
        self.assertIn(f"{self.rules}:4:12: ", wrong.stderr)

    def test_that_is_not_there_is_refused(self):
        missing = subprocess.run([program("daybookd"), "--check-rules", "/nowhere/rules"],
                                 capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((missing.returncode, missing.stdout), (78, ""))
        self.assertIn("/nowhere/rules", missing.stderr)

    def test_that_is_wrong_lets_nobody_start(self):
        self.rules.write_text(THREE.replace("login_failed", "("))
        daemon = self.launch("--rules", str(self.rules))

        self.assertEqual(daemon.wait(), 78)
        self.assertIn("rule three: filter column", daemon.log("rules_refused")[0]["message"])


if __name__ == "__main__":
    unittest.main()
