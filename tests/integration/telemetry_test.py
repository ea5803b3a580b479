"""Operators see what the service does: metrics, log lines, health, reflection."""

import json
import pathlib
import unittest

from grpc import StatusCode

from harness.case import ServiceCase, StoreCase
from harness.client import Event, RecordEventRequest
from harness.environment import PATIENCE
from harness.health import NOT_SERVING, SERVING, health_of
from harness.metrics import metrics_of
from harness.migrate import make_store

# Generated; found once the harness is imported.
from google.protobuf import descriptor_pb2
from grpc_standard import reflection_pb2, reflection_pb2_grpc

AUDIT = "daybook.audit.v1.AuditService"
LEDGER = "daybook.ledger.v1.LedgerService"


class Metrics(ServiceCase):

    def value(self, name, **labels):
        return metrics_of(self.daemon).get((name, frozenset(labels.items())))

    def requests(self, method, code):
        labels = {"method": f"AuditService/{method}", "code": code}
        count = self.value("daybook_rpc_requests_total", **labels) or 0
        timed = self.value("daybook_rpc_seconds_count", **labels) or 0
        self.assertEqual(count, timed)
        return count

    def test_count_and_time_calls_by_method_and_code(self):
        good = self.requests("RecordEvent", "OK")
        bad = self.requests("RecordEvent", "INVALID_ARGUMENT")
        missing = self.requests("GetEvent", "NOT_FOUND")

        for _ in range(3):
            self.client.record(action="login")
        with self.assert_fails(StatusCode.INVALID_ARGUMENT):
            self.client.record(action="")
        with self.assert_fails(StatusCode.NOT_FOUND):
            self.client.get(2**40)

        self.assertEqual(self.requests("RecordEvent", "OK"), good + 3)
        self.assertEqual(self.requests("RecordEvent", "INVALID_ARGUMENT"), bad + 1)
        self.assertEqual(self.requests("GetEvent", "NOT_FOUND"), missing + 1)

    def test_observe_groups_and_commits(self):
        events = self.value("daybook_journal_group_events_sum") or 0
        commits = self.value("daybook_journal_commit_seconds_count") or 0

        self.client.batch([("", Event(action="login")) for _ in range(40)])

        self.assertEqual(self.value("daybook_journal_group_events_sum"), events + 40)
        self.assertEqual(self.value("daybook_journal_commit_seconds_count"), commits + 1)
        self.assertGreater(self.value("daybook_journal_commit_seconds_sum"), 0)

    def test_show_the_queue_the_store_and_that_it_serves(self):
        self.client.record(action="login")

        self.assertEqual(self.value("daybook_journal_queue_events"), 0)
        self.assertGreater(self.value("daybook_storage_bytes"), 10_000)
        self.assertEqual(self.value("daybook_rpc_serving"), 1)


class LogLines(ServiceCase):

    def record_badly(self, call_id):
        request = RecordEventRequest(event=Event(action="", actor="user:secret"))
        with self.assert_fails(StatusCode.INVALID_ARGUMENT, "ACTION_REQUIRED") as failure:
            self.client.call("RecordEvent", request, metadata=[("x-request-id", call_id)])
        return failure

    def test_are_json_with_time_severity_and_event(self):
        self.record_badly("any")
        self.daemon.wait_for_line("call_failed", request_id="any")

        for text in self.daemon.stderr_lines():
            line = json.loads(text)
            self.assertLessEqual({"time", "severity", "event"}, line.keys())

    def test_of_a_failed_call_carry_the_clients_request_id(self):
        failure = self.record_badly("trace-me-42")

        self.assertEqual(failure.request_id, "trace-me-42")
        line = self.daemon.wait_for_line("call_failed", request_id="trace-me-42")
        self.assertEqual((line["method"], line["code"], line["reason"]),
                         ("AuditService/RecordEvent", "INVALID_ARGUMENT", "ACTION_REQUIRED"))
        self.assertNotIn("user:secret", "".join(self.daemon.stderr_lines()))

    def test_of_a_call_without_an_id_carry_the_one_of_the_error(self):
        with self.assert_fails(StatusCode.NOT_FOUND) as failure:
            self.client.get(2**40)

        self.assertRegex(failure.request_id, "^[0-9a-f]{16}$")
        self.daemon.wait_for_line("call_failed", request_id=failure.request_id)

    def test_do_not_take_an_id_that_could_forge_a_line(self):
        for call_id in ("two words", "x" * 129, '{"event":"x"} y'):
            with self.subTest(call_id):
                self.assertNotEqual(self.record_badly(call_id).request_id, call_id)

    def test_stay_json_with_hostile_ids(self):
        failure = self.record_badly('"},{"event":"forged')

        line = self.daemon.wait_for_line("call_failed", request_id=failure.request_id)
        self.assertEqual(line["request_id"], '"},{"event":"forged')

    def test_begin_with_where_it_listens(self):
        first, second = self.daemon.log()[:2]

        self.assertEqual((first["event"], second["event"]), ("listening", "serving"))
        self.assertEqual(first["data_dir"], str(self.shared_folder))


class Discovery(ServiceCase):

    def ask(self, **question):
        stub = reflection_pb2_grpc.ServerReflectionStub(self.client.channel)
        request = reflection_pb2.ServerReflectionRequest(**question)
        return next(iter(stub.ServerReflectionInfo(iter([request]), timeout=PATIENCE)))

    def test_reflection_lists_the_services(self):
        answer = self.ask(list_services="*")

        names = {service.name for service in answer.list_services_response.service}
        self.assertLessEqual({AUDIT, LEDGER}, names)

    def test_reflection_describes_the_audit_service(self):
        answer = self.ask(file_containing_symbol=AUDIT)

        files = [descriptor_pb2.FileDescriptorProto.FromString(file)
                 for file in answer.file_descriptor_response.file_descriptor_proto]
        methods = {method.name for file in files for service in file.service
                   for method in service.method}
        self.assertLessEqual({"RecordEvent", "QueryEvents", "TailEvents"}, methods)

    def test_health_says_serving_for_the_server_and_its_services(self):
        for service in ("", AUDIT, LEDGER):
            self.assertEqual(health_of(self.client, service), SERVING)

    def test_health_does_not_know_other_services(self):
        with self.assert_fails(StatusCode.NOT_FOUND):
            health_of(self.client, "nonsense")


class WhileNotServing(StoreCase):

    def test_metrics_and_health_answer(self):
        make_store(self.folder)
        self.start()
        second = self.launch()
        second.wait_for_line("not_serving")

        self.assertEqual(metrics_of(second)["daybook_rpc_serving", frozenset()], 0)
        self.assertEqual(health_of(self.client_of(second)), NOT_SERVING)


class OpenFiles(StoreCase):

    def test_are_as_many_as_the_process_may_have(self):
        make_store(self.folder)
        daemon = self.start(wrapper=("prlimit", "--nofile=256:4096"))

        limits = pathlib.Path(f"/proc/{daemon.pid}/limits").read_text()

        self.assertRegex(limits, r"Max open files +4096 +4096")


if __name__ == "__main__":
    unittest.main()
