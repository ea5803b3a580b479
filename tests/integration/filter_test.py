"""A filter finds the events whose fields equal its values, and no others."""

import unittest

from harness.case import ServiceCase
from harness.client import Event

SAMPLES = {
    "action": ("filter.alpha", "filter.beta"),
    "outcome": (1, 3),
    "reason": ("LIMIT_REACHED", "LIMIT_REACHED_2"),
    "user_id": (-7, 7),
    "telegram_id": ("tg 1", "tg 10"),
    "actor": ('user:"quoted"\\', "user:quoted"),
    "resource_type": ("domain", "domain.name"),
    "resource_id": ("example.org", "EXAMPLE.org"),
    "ip_address": ("2001:db8::1", "203.0.113.9"),
    "user_agent": ("curl/8 (x86; ü)", "curl/8"),
    "tenant": ("shop-1", "shop-2"),
    "producer_sequence": (0, 2**63 - 1),
    "trace_id": ("0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319c"),
    "correlation_id": ("order-1", "order-2"),
}
NAMES_OF_OUTCOMES = {1: "SUCCESS", 2: "FAILURE", 3: "DENIED"}


def literal(field, value):
    if field == "outcome":
        return NAMES_OF_OUTCOMES[value]
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Filters(ServiceCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Each with one field that the others have not.
        cls.seqs = {}
        for field, values in SAMPLES.items():
            for value in values:
                fields = {"action": "noise", "outcome": 2} | {field: value}
                cls.seqs[field, value] = cls.client.record(**fields).seq

    def found(self, text, **query):
        return {event.seq for event in self.client.all(filter=text, page_size=3, **query)}

    def test_each_field_finds_exactly_its_value(self):
        for (field, value), seq in self.seqs.items():
            with self.subTest(field=field, value=value):
                self.assertEqual(self.found(f"{field} = {literal(field, value)}"), {seq})

    def test_an_absent_value_finds_nothing(self):
        for text in ("user_id = 8", 'actor = "nobody"', "action = filter", "user_id = 0",
                     "ip_address = 203.0.113.90", 'actor = ""', 'resource_id = "Example.org"'):
            with self.subTest(text):
                self.assertEqual(self.found(text), set())

    def test_two_terms_must_both_hold(self):
        both = self.client.record(action="both", user_id=70, actor="user:70").seq
        self.client.record(action="both", user_id=70, actor="user:71")
        self.client.record(action="both", user_id=71, actor="user:70")

        self.assertEqual(self.found('user_id = 70 AND actor = "user:70"'), {both})
        self.assertEqual(self.found('actor="user:70" AND user_id=70 AND action=both'), {both})
        self.assertEqual(self.found("user_id = 70 AND user_id = 71"), set())

    def test_an_ip_address_is_found_in_any_spelling(self):
        seq = self.seqs["ip_address", "2001:db8::1"]
        v4 = self.seqs["ip_address", "203.0.113.9"]

        self.assertEqual(self.found("ip_address = 2001:0db8:0000::0001"), {seq})
        self.assertEqual(self.found("ip_address = 2001:DB8::1"), {seq})
        self.assertEqual(self.found('ip_address = "::ffff:203.0.113.9"'), {v4})

    def test_seq_finds_one_event(self):
        for seq in (0, 5, self.client.size() - 1):
            self.assertEqual(self.found(f"seq = {seq}"), {seq})

    def test_times_find_the_events_of_that_microsecond(self):
        event = Event(action="timed")
        event.event_time.FromJsonString("2026-01-31T09:30:00.123456Z")
        receipt = self.client.batch([("", event)])[0]
        created_at = receipt.created_at.ToJsonString()

        self.assertEqual(self.found('event_time = "2026-01-31T09:30:00.123456Z"'), {receipt.seq})
        self.assertEqual(self.found('event_time = "2026-01-31T10:30:00.123456+01:00"'),
                         {receipt.seq})
        self.assertEqual(self.found('event_time = "2026-01-31T09:30:00Z"'), set())
        self.assertIn(receipt.seq, self.found(f'created_at = "{created_at}"'))

    def test_producer_and_request_id_find_what_they_recorded(self):
        seq = self.client_of(self.daemon, "billing").record("order-77", action="paid").seq

        self.assertEqual(self.found("producer = billing"), {seq})
        self.assertEqual(self.found('request_id = "order-77"'), {seq})
        self.assertIn(seq, self.found("source = CLAIMED"))
        self.assertEqual(self.found("source = SERVICE"), set())

    def test_matches_are_paged_within_one_snapshot(self):
        seqs = {self.client.record(action="paged" if i % 3 == 0 else "noise").seq
                for i in range(60)}
        expected = {seq for seq in seqs if self.client.get(seq).action == "paged"}

        events = self.client.all(filter="action = paged", page_size=7)

        self.assertEqual([e.seq for e in events], sorted(expected, reverse=True))

    def test_text_that_looks_like_sql_is_only_text(self):
        hostile = "x' OR '1'='1'; DROP TABLE audit_logs; --"
        before = self.client.size()

        self.assertEqual(self.found(f'actor = "{hostile}"'), set())

        seq = self.client.record(action="login", actor=hostile).seq
        self.assertEqual(self.found(f'actor = "{hostile}"'), {seq})
        self.assertEqual(self.client.size(), before + 1)


if __name__ == "__main__":
    unittest.main()
