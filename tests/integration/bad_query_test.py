"""A query that cannot be answered says why and names the field."""

import unittest

from google.protobuf import field_mask_pb2
from grpc import StatusCode

from harness.case import ServiceCase
from harness.client import Event


class BadQuery(ServiceCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.batch([("", Event(action="login", user_id=i)) for i in range(20)])

    def assert_query_refused(self, reason, field, **query):
        with self.assert_refused(StatusCode.INVALID_ARGUMENT, reason, field) as failure:
            self.client.query(**query)
        return failure

    def token(self, **query):
        return self.client.query(page_size=5, **query).next_page_token

    def test_negative_page_size_is_refused(self):
        for size in (-1, -(2**31)):
            self.assert_query_refused("FIELD_INVALID", "page_size", page_size=size)

    def test_page_size_above_1000_gives_at_most_1000(self):
        self.assertEqual(len(self.client.query(page_size=2**31 - 1).events), self.client.size())

    def test_unknown_order_is_refused(self):
        for order_by in ("seq asc desc", "user_id", "SEQ", "seq desc, user_id"):
            with self.subTest(order_by):
                self.assert_query_refused("FIELD_INVALID", "order_by", order_by=order_by)

    def test_as_of_size_beyond_the_log_is_refused(self):
        for size in (self.client.size() + 1, 2**64 - 1):
            self.assert_query_refused("FIELD_INVALID", "as_of_size", as_of_size=size)

    def test_read_mask_with_an_unknown_field_is_refused(self):
        for path in ("nonsense", "action.length", "created_at.hours", ""):
            with self.subTest(path):
                mask = field_mask_pb2.FieldMask(paths=["action", path])
                self.assert_query_refused("FIELD_INVALID", "read_mask", read_mask=mask)

    def test_unknown_filter_field_is_named_with_its_column(self):
        failure = self.assert_query_refused(
            "FILTER_FIELD_UNKNOWN", "filter", filter="user_id = 1 AND nonsense = 2")

        self.assertIn("column 17", failure.message)

    def test_bad_filter_syntax_is_refused(self):
        for text in ("action", "action =", "= login", "action = login AND", "action = 'login",
                     "AND", "action = login user_id", "action == login", "\0", "action = (",
                     "user_id = 1 OR", '"login"', "action login"):
            with self.subTest(text):
                self.assert_query_refused("FILTER_SYNTAX", "filter", filter=text)

    def test_filter_value_of_the_wrong_type_is_refused(self):
        for text in ("user_id = seven", 'user_id = "7"', "user_id = 9223372036854775808",
                     "outcome = SUCCEEDED", "outcome = 1", "ip_address = nowhere",
                     "created_at = yesterday", "source = ME"):
            with self.subTest(text):
                self.assert_query_refused("FILTER_SYNTAX", "filter", filter=text)

    def test_filter_over_4_kib_is_refused(self):
        self.assert_query_refused(
            "FILTER_SYNTAX", "filter", filter=f'actor = "{"x" * 4090}"')

    def test_filter_of_65_terms_is_refused(self):
        terms = ["user_id = 1"] * 64
        self.client.query(filter=" AND ".join(terms))

        self.assert_query_refused(
            "FILTER_SYNTAX", "filter", filter=" AND ".join([*terms, "user_id = 1"]))

    def test_text_that_is_no_token_is_refused(self):
        for token in ("nonsense", "A" * 164, "é", "=" * 8, "A" * 100_000):
            with self.subTest(token[:10]):
                self.assert_query_refused("PAGE_TOKEN_INVALID", "page_token", page_token=token)

    def test_tampered_token_is_refused(self):
        token = self.token()
        for at in range(0, len(token), 7):
            tampered = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
            with self.subTest(at):
                self.assert_query_refused(
                    "PAGE_TOKEN_INVALID", "page_token", page_token=tampered)

    def test_shortened_or_lengthened_token_is_refused(self):
        token = self.token()
        for other in (token[:-1], token + "A", token + "=", token + " "):
            self.assert_query_refused("PAGE_TOKEN_INVALID", "page_token", page_token=other)

    def test_token_of_another_query_is_a_mismatch(self):
        size = self.client.size()
        others = ({"filter": "action = logout"}, {"order_by": "seq"}, {"as_of_size": size - 1})
        token = self.token()
        for other in others:
            with self.subTest(other):
                self.assert_query_refused(
                    "PAGE_TOKEN_MISMATCH", "page_token", page_token=token, **other)

    def test_token_of_another_caller_is_a_mismatch(self):
        token = self.token()

        with self.assert_refused(StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH", "page_token"):
            request = {"page_token": token}
            self.client_of(self.daemon, "someone-else").query(**request)

    def test_token_goes_with_the_same_filter_in_another_spelling(self):
        token = self.token(filter="action = login")

        page = self.client.query(filter='  action="login" ', page_size=3, page_token=token)

        self.assertEqual(len(page.events), 3)

    def test_get_beyond_the_end_is_not_found(self):
        for seq in (self.client.size(), 2**63, 2**64 - 1):
            with self.subTest(seq):
                with self.assert_fails(StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
                    self.client.get(seq)


if __name__ == "__main__":
    unittest.main()
