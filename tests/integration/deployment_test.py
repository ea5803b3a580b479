"""The manifests of deploy/kubernetes hold together, and what they start works.

There is no cluster here: kubectl renders them, and the containers run as
processes (harness/pod.py says how they differ).
"""

import contextlib
import json
import pathlib
import re
import shutil
import sqlite3
import tempfile
import unittest

from harness.app import DEPOSITS
from harness.client import Client
from harness.environment import PROJECT, project_version
from harness.health import NOT_SERVING, SERVING, health_of, wait_for_health
from harness.pod import Manifests, Pod, containers_of, paths_in, secret_values

BASE = PROJECT / "deploy/kubernetes/base"
APP_MIGRATION = PROJECT / "deploy/kubernetes/examples/app-migration"
MOST_LAST_WORDS = 4096  # what Kubernetes keeps of them

# What the Pod Security Standard "restricted" asks for, and a bit more.
POD_SECURITY = {"runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
                "seccompProfile": {"type": "RuntimeDefault"}}
CONTAINER_SECURITY = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                      "capabilities": {"drop": ["ALL"]}}


class Rendered(unittest.TestCase):
    """What can be told from the manifests alone."""

    @classmethod
    def setUpClass(cls):
        cls.base = Manifests(BASE)
        cls.both = {"base": cls.base, "app-migration": Manifests(APP_MIGRATION)}

    def each(self, judge):
        """Calls judge(manifests, spec, container) for every container there is."""
        for name, manifests in self.both.items():
            spec = manifests.pod_spec()
            for container in containers_of(spec):
                with self.subTest(f"{name}: {container['name']}"):
                    judge(manifests, spec, container)

    def test_all_programs_come_from_one_image_of_this_version(self):
        images = {container["command"][0]: container["image"]
                  for manifests in self.both.values()
                  for container in containers_of(manifests.pod_spec()) if "command" in container}

        self.assertEqual(images, {"daybook-migrate": f"daybook:{project_version()}",
                                  "daybookd": f"daybook:{project_version()}"})

    def test_the_image_has_the_user_of_the_pods_and_the_version_of_the_project(self):
        dockerfile = (PROJECT / "deploy/Dockerfile").read_text()

        user, group = POD_SECURITY["runAsUser"], POD_SECURITY["runAsGroup"]
        self.assertEqual(re.findall(r"^USER (.*)$", dockerfile, re.M), [f"{user}:{group}"])
        self.assertEqual(re.findall(r"^ARG VERSION=(.*)$", dockerfile, re.M), [project_version()])

    def test_nothing_has_privileges(self):
        def judge(_, spec, container):
            self.assertEqual({**spec["securityContext"], **POD_SECURITY}, spec["securityContext"])
            self.assertIs(spec["automountServiceAccountToken"], False)
            self.assertEqual(container["securityContext"], CONTAINER_SECURITY)

        self.each(judge)

    def test_everything_requests_what_it_needs_and_has_a_limit_of_memory(self):
        def judge(_, __, container):
            self.assertEqual(container["resources"]["requests"].keys(), {"cpu", "memory"})
            self.assertIn("memory", container["resources"]["limits"])

        self.each(judge)

    def test_the_migrator_leaves_its_last_words_where_kubernetes_reads_them(self):
        for manifests in self.both.values():
            [migrate] = manifests.pod_spec()["initContainers"]
            flag = migrate["args"].index("--termination-log")
            self.assertEqual(migrate["args"][flag + 1], migrate["terminationMessagePath"])
            self.assertEqual(migrate["terminationMessagePolicy"], "FallbackToLogsOnError")

    def test_every_path_a_container_is_told_lies_in_a_volume(self):
        def judge(manifests, _, container):
            told = container.get("args", []) + [entry["value"] for entry in container.get("env", ())]
            for secret in manifests.all("Secret"):
                told += secret_values(secret).values()
            places = [mount["mountPath"] for mount in container["volumeMounts"]]
            places.append(container.get("terminationMessagePath", "/dev/termination-log"))
            for path in [path for word in told for path in paths_in(word)]:
                self.assertTrue(any(path == place or path.startswith(place + "/")
                                    for place in places), path)

        self.each(judge)

    def test_every_mount_has_its_volume_and_every_volume_its_object(self):
        def judge(manifests, spec, container):
            volumes = {volume["name"] for volume in spec["volumes"]} | set(manifests.claims())
            self.assertLessEqual({mount["name"] for mount in container["volumeMounts"]}, volumes)
            for volume in spec["volumes"]:
                for source, kind, key in (("configMap", "ConfigMap", "name"),
                                          ("secret", "Secret", "secretName"),
                                          ("persistentVolumeClaim", "PersistentVolumeClaim",
                                           "claimName")):
                    if source in volume:
                        manifests.named(kind, volume[source][key])

        self.each(judge)

    def test_selectors_find_the_pods(self):
        for manifests in self.both.values():
            workload = manifests.workload()["spec"]
            labels = workload["template"]["metadata"]["labels"]
            selectors = [workload["selector"]["matchLabels"]]
            selectors += [service["spec"]["selector"] for service in manifests.all("Service")]
            selectors += [policy["spec"]["podSelector"]["matchLabels"]
                          for policy in manifests.all("NetworkPolicy")]
            for selector in selectors:
                self.assertLessEqual(selector.items(), labels.items())

    def test_services_lead_to_ports_that_the_daemon_listens_on(self):
        [daybookd] = self.base.pod_spec()["containers"]
        ports = {port["name"]: port["containerPort"] for port in daybookd["ports"]}

        self.assertEqual(self.base.workload()["spec"]["serviceName"], "daybook-pods")
        self.assertEqual(self.base.named("Service", "daybook-pods")["spec"]["clusterIP"], "None")
        for service in self.base.all("Service"):
            for port in service["spec"]["ports"]:
                self.assertEqual(ports[port["targetPort"]], port["port"])
        self.assertIn(f"--listen=0.0.0.0:{ports['grpc']}", daybookd["args"])
        self.assertIn(f"--metrics-listen=0.0.0.0:{ports['metrics']}", daybookd["args"])
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            self.assertEqual(daybookd[probe]["grpc"]["port"], ports["grpc"])

    def test_without_authentication_only_labelled_pods_are_let_in(self):
        [daybookd] = self.base.pod_spec()["containers"]
        self.assertIn("--allow-unauthenticated", daybookd["args"])

        policy = self.base.only("NetworkPolicy")["spec"]

        self.assertEqual(set(policy["policyTypes"]), {"Ingress", "Egress"})
        self.assertEqual(policy["egress"], [])
        for rule in policy["ingress"]:
            self.assertEqual(len(rule["ports"]), 1)
            for peer in rule["from"]:
                self.assertTrue(peer["podSelector"]["matchLabels"])
        [grpc_rule] = [rule for rule in policy["ingress"] if rule["ports"][0]["port"] == 7443]
        self.assertEqual(grpc_rule["from"],
                         [{"podSelector": {"matchLabels": {"daybook-client": "true"}}}])

    def test_one_process_serves_a_store_and_has_time_to_stop(self):
        self.assertEqual(self.base.workload()["spec"]["replicas"], 1)
        self.assertGreaterEqual(self.base.pod_spec()["terminationGracePeriodSeconds"], 30)
        app = self.both["app-migration"].workload()["spec"]
        self.assertEqual((app["replicas"], app["strategy"]), (1, {"type": "Recreate"}))

    def test_the_example_migrates_with_the_migrations_of_the_repository(self):
        data = self.both["app-migration"].only("ConfigMap")["data"]

        self.assertEqual(data, {file.name: file.read_text()
                                for file in DEPOSITS.glob("*.textproto")})


class PodCase(unittest.TestCase):
    """Each test has a pod of `folder`, whose containers it runs."""

    folder = None

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="daybook-test-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.pod = Pod(Manifests(self.folder), self.root)

    def assert_migrates(self, code, result):
        """Runs the init container; its last words, which say the same as its log."""
        ended, last_words = self.pod.run("migrate")
        self.assertEqual((ended.code, ended.result()["result"]), (code, result), ended)
        self.assertLessEqual(len(last_words), MOST_LAST_WORDS)
        summary = json.loads(last_words)
        self.assertEqual((summary["code"], summary["result"]), (code, result))
        return summary


class FirstDeployment(PodCase):

    folder = BASE

    def setUp(self):
        super().setUp()
        [self.daybookd] = Manifests(BASE).pod_spec()["containers"]

    def launch(self):
        """The daemon, and a client of it; it need not serve."""
        daemon = self.pod.process("daybookd")
        self.addCleanup(daemon.__exit__)
        daemon.launch()
        port = daemon.address.rpartition(":")[2]
        return daemon, self.enterContext(Client(f"127.0.0.1:{port}"))

    def probe(self, name, client):
        """What health answers to a probe as it is written in the manifest."""
        return health_of(client, self.daybookd[name]["grpc"]["service"])

    def set_version(self, version):
        """Makes the store look as if a later build had migrated it."""
        with contextlib.closing(sqlite3.connect(self.pod.volume("data") / "ledger.db")) as ledger:
            with ledger:
                ledger.execute("INSERT INTO mig_history VALUES (?, 'future', 'x', ?, 0, 0, 'test')",
                               (version, version))

    def test_a_pod_migrates_serves_stops_and_starts_again_over_its_events(self):
        self.assert_migrates(0, "applied")
        daemon, client = self.launch()
        daemon.wait_for_line("serving")
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            self.assertEqual(self.probe(probe, client), SERVING, probe)
        recorded = client.record(action="login")
        self.assertEqual(daemon.stop(), 0)

        self.assert_migrates(0, "nothing_pending")
        daemon, client = self.launch()
        daemon.wait_for_line("serving")
        self.assertEqual(client.get(recorded.seq).action, "login")

    def test_a_store_that_does_not_suit_leaves_the_pod_alive_and_not_ready(self):
        self.assert_migrates(0, "applied")
        self.set_version(99)
        daemon, client = self.launch()
        daemon.wait_for_line("not_serving", reason="SCHEMA_OUTDATED")

        self.assertEqual(self.probe("startupProbe", client), SERVING)
        self.assertEqual(self.probe("livenessProbe", client), SERVING)
        self.assertEqual(self.probe("readinessProbe", client), NOT_SERVING)

    def test_a_store_of_a_newer_build_ends_the_migrator_with_what_to_do(self):
        self.assert_migrates(0, "applied")
        self.set_version(99)

        last_words = self.assert_migrates(5, "newer_than_build")

        self.assertFalse(last_words["retryable"])
        self.assertEqual(last_words["next"], "use the newer build")

    def test_a_pod_that_overlaps_with_the_next_is_waited_for(self):
        self.assert_migrates(0, "applied")
        first, _ = self.launch()
        first.wait_for_line("serving")
        self.assert_migrates(0, "nothing_pending")
        _, client = self.launch()
        self.assertEqual(self.probe("readinessProbe", client), NOT_SERVING)
        self.assertEqual(self.probe("livenessProbe", client), SERVING)

        first.stop()

        wait_for_health(client, SERVING, self.daybookd["readinessProbe"]["grpc"]["service"])


class AppMigration(PodCase):

    folder = APP_MIGRATION

    def setUp(self):
        super().setUp()
        self.database = self.pod.volume("data") / "deposits.db"
        self.sql((DEPOSITS / "fixture/before.sqlite.sql").read_text())
        self.pod.own(self.database, 0o660)

    def sql(self, script):
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.executescript(script)

    def test_the_first_start_migrates_and_the_second_finds_nothing_pending(self):
        self.sql("UPDATE user_deposits SET balance = -1")  # nothing is in the way yet

        self.assert_migrates(0, "applied")
        self.assert_migrates(0, "nothing_pending")

        with self.assertRaisesRegex(sqlite3.IntegrityError, "user_deposits_balance_nonneg"):
            self.sql("INSERT INTO user_deposits (user_id, balance) VALUES (3, -1)")

    def test_a_database_that_does_not_fit_stays_as_it_is_and_the_cause_is_told(self):
        self.sql("DROP TABLE user_deposits")
        before = self.database.read_bytes()

        last_words = self.assert_migrates(12, "refused")

        self.assertFalse(last_words["retryable"])
        self.assertIn("user_deposits", last_words["cause"])
        self.assertTrue(last_words["next"])
        self.assertEqual(self.database.read_bytes(), before)

    def test_a_database_that_is_not_there_yet_may_come(self):
        self.database.unlink()

        last_words = self.assert_migrates(20, "unreachable")

        self.assertTrue(last_words["retryable"])
        self.assertFalse(self.database.exists())

    def test_last_words_fit_however_long_the_cause(self):
        self.pod.write_secret("database", "url", "sqlite:" + "/\x01" * (2 * MOST_LAST_WORDS))

        ended, last_words = self.pod.run("migrate")

        self.assertNotEqual(ended.code, 0)
        self.assertLessEqual(len(last_words), MOST_LAST_WORDS)
        self.assertEqual(json.loads(last_words)["code"], ended.code)


if __name__ == "__main__":
    unittest.main()
