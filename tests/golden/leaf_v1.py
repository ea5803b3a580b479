#!/usr/bin/env python3
"""Leaf v1, written a second time, and the golden vectors that every implementation must meet.

    leaf_v1.py generate      prints the vectors
    leaf_v1.py check FILE    recomputes every value in FILE; exits 1 at the first difference
"""
import hashlib
import itertools
import json
import os.path
import sys
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

Row = dict[str, Any]  # column -> int, str or bytes; a NULL column is absent
Redaction = dict[int, tuple[int, bytes]]  # g -> (KEPT, s_g) or (ERASED, c_g)
KEPT, ERASED = 1, 2
SERVICE = 1  # the source of Daybook's own events


class Refused(ValueError):
    """The format does not allow it; the message says what."""


class Field(NamedTuple):
    column: str
    kind: str  # int (signed), uint, text or hash

    @property
    def wire_type(self) -> int:
        return 0 if self.kind in ("int", "uint") else 2


Schema = dict[int, Field]  # by ascending field number


def schema(table: str) -> Schema:
    entries = (entry.split() for entry in table.split(","))
    return {int(number): Field(column, kind) for number, column, kind in entries}


PLAIN = schema(
    "1 created_at int, 2 event_time int, 3 tenant text, 4 producer text, 5 source int,"
    "6 producer_sequence uint, 7 action text, 8 outcome int, 9 reason text,"
    "10 resource_type text, 11 public_details text"
)
GROUPS = {
    1: schema("1 user_id int, 2 telegram_id text, 3 actor text"),
    2: schema("1 ip_address text, 2 user_agent text"),
    3: schema("1 resource_id text, 2 trace_id text, 3 correlation_id text, 4 request_id text"),
    4: schema("1 details text"),
}
GROUP_NAMES = {1: "subject", 2: "client", 3: "object", 4: "details"}
LEAF = PLAIN | {11 + g: Field(f"{name}_commitment", "hash") for g, name in GROUP_NAMES.items()}
ALWAYS_PRESENT = (1, 2, 3, 5, 7, 8)


# Encoding


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def encode_varint(value: int) -> bytes:
    if value < 0x80:
        return bytes([value])
    return bytes([value & 0x7F | 0x80]) + encode_varint(value >> 7)


def encode_value(field: Field, value: Any) -> bytes:
    if field.wire_type == 0:
        lowest = 0 if field.kind == "uint" else -(2**63)
        if not lowest <= value < lowest + 2**64:
            raise Refused("integer is out of range")
        return encode_varint(value % 2**64)
    data: bytes = value.encode() if field.kind == "text" else value
    if field.kind == "text" and (not data or 0 in data):
        raise Refused("text holds U+0000" if data else "text is empty")
    if field.kind == "hash" and len(data) != 32:
        raise Refused("commitment is not 32 bytes")
    return encode_varint(len(data)) + data


def encode(fields: Schema, row: Row) -> bytes:
    return b"".join(
        bytes([number * 8 + field.wire_type]) + encode_value(field, row[field.column])
        for number, field in fields.items()
        if field.column in row
    )


def encode_groups(row: Row) -> dict[int, bytes]:
    """enc_g of each group that has a field in `row`."""
    encodings = {g: encode(fields, row) for g, fields in GROUPS.items()}
    return {g: enc_g for g, enc_g in encodings.items() if enc_g}


def group_salt(g: int, salt: bytes) -> bytes:
    if len(salt) != 32:
        raise Refused("salt is not 32 bytes")
    return sha256(b"\x03", bytes([g]), salt)


def commitment(g: int, s_g: bytes, enc_g: bytes) -> bytes:
    if len(s_g) != 32:
        raise Refused("group salt is not 32 bytes")
    return sha256(b"\x02", bytes([g]), s_g, enc_g)


def commitments(row: Row) -> dict[int, bytes]:
    encodings = encode_groups(row)
    if bool(encodings) != ("salt" in row):
        raise Refused("a row has a salt exactly when it has a group")
    return {g: commitment(g, group_salt(g, row["salt"]), enc) for g, enc in encodings.items()}


def encode_leaf(row: Row, committed: dict[int, bytes]) -> bytes:
    """`committed` holds c_g, from the salt or, after an erasure, from the redaction column."""
    columns = row | {LEAF[11 + g].column: c_g for g, c_g in committed.items()}
    for number in ALWAYS_PRESENT:
        if LEAF[number].column not in columns:
            raise Refused(f"field {number} is missing")
    if "public_details" in columns and columns["source"] != SERVICE:
        raise Refused("public_details of a client's event")
    leaf = b"\x01" + encode(LEAF, columns)
    if len(leaf) > 20_000:
        raise Refused("leaf is longer than 20000 bytes")
    return leaf


def leaf_of(row: Row) -> bytes:
    return encode_leaf(row, commitments(row))


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00", leaf)


# Decoding


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The value at `at`, and the offset behind it."""
    value = 0
    for index, byte in enumerate(data[at : at + 10]):
        value |= (byte & 0x7F) << 7 * index
        if index == 9 and byte > 1:
            raise Refused("varint exceeds 64 bits")
        if byte == 0 and index > 0:
            raise Refused("varint is not the shortest")
        if byte < 0x80:
            return value, at + index + 1
    raise Refused("varint is cut short")


def read_value(field: Field, data: bytes, at: int) -> tuple[Any, int]:
    number, at = read_varint(data, at)
    if field.wire_type == 0:
        return number - 2**64 if field.kind == "int" and number >= 2**63 else number, at
    end = at + number
    if end > len(data):
        raise Refused("length goes beyond the end")
    try:
        return data[at:end].decode() if field.kind == "text" else data[at:end], end
    except UnicodeDecodeError:
        raise Refused("text is not UTF-8") from None


def decode(fields: Schema, data: bytes) -> Row:
    """The re-encoding also refuses what encode_value refuses: empty text, U+0000, not 32 bytes."""
    row: Row = {}
    previous = at = 0
    while at < len(data):
        number, wire_type = divmod(data[at], 8)
        if number not in fields:
            raise Refused(f"field {number} is unknown")
        if number <= previous:
            raise Refused(f"field {number} follows field {previous}")
        field = fields[number]
        if wire_type != field.wire_type:
            raise Refused(f"field {number} has wire type {wire_type}")
        row[field.column], at = read_value(field, data, at + 1)
        previous = number
    if encode(fields, row) != data:
        raise Refused("encodes differently")
    return row


def decode_leaf(leaf: bytes) -> Row:
    if leaf[:1] != b"\x01":
        raise Refused("leaf version is not 1")
    columns = decode(LEAF, leaf[1:])
    if encode_leaf(columns, {}) != leaf:
        raise Refused("encodes differently")
    return columns


# Erasure


def erase(row: Row, groups: Collection[int]) -> tuple[Row, Redaction]:
    """What is left of `row`, and its redaction column."""
    redaction = {
        g: (ERASED, c_g) if g in groups else (KEPT, group_salt(g, row["salt"]))
        for g, c_g in commitments(row).items()
    }
    cleared = {field.column for g in groups for field in GROUPS[g].values()} | {"salt"}
    return {column: value for column, value in row.items() if column not in cleared}, redaction


def leaf_of_erased(row: Row, redaction: Redaction) -> bytes:
    encodings = encode_groups(row)
    if encodings.keys() != {g for g, (kind, _) in redaction.items() if kind == KEPT}:
        raise Refused("the kept groups are not those with fields")
    return encode_leaf(row, {
        g: commitment(g, value, encodings[g]) if kind == KEPT else value
        for g, (kind, value) in redaction.items()
    })


# Positive vectors

MINIMAL: Row = {
    "created_at": 1763683200000000, "event_time": 1763683200000000, "tenant": "default",
    "source": 3, "action": "login_failed", "outcome": 2,
}
MINIMAL_HASH = "9b2e2ef648ef9e7a139b6b0018f99681ae383f780260f0f2351676a241856e27"
PUBLIC: Row = {
    "event_time": 1763683199123456, "tenant": "shop-eu", "producer": "payments-1", "source": 2,
    "producer_sequence": 41, "action": "withdrawal_failed", "reason": "INSUFFICIENT_FUNDS",
    "resource_type": "withdrawal",
}
PERSONAL: Row = {
    "user_id": 7001, "telegram_id": "100200300", "actor": "service:registrar",
    "ip_address": "2001:db8::7", "user_agent": "example/1.0 (test)",
    "resource_id": "42", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "correlation_id": "order-9", "request_id": "6f1c1f0e-0d5b-4c57-9a39-0a3a1d6d7c11",
    "details": '{"amount":12.50,"currency":"EUR"}',
}
HANGUL: Row = {
    "actor": "user:홍길동", "user_agent": "데이북/1.0 😀 👩\u200d👧 🇰🇷",
    "resource_id": "문서-42 ✅", "details": '{"메모":"한글과 🎉 이모지"}',
}
UTF8_EDGES = "\u0001\t\u007f\u0080\u07ff\u0800\ud7ff\ue000\ufeff\uffff\U00010000\U0010ffff"
MANIFEST: Row = {
    "producer": "daybook", "source": SERVICE, "action": "segment.sealed", "outcome": 1,
    "public_details": '{"first":0,"last":262143,"root":"' + sha256(b"a root").hex() + '",'
    '"first_time":1763596800000000,"last_time":1763683199999999,"outcomes":{"SUCCESS":262100,'
    '"FAILURE":44},"counts_sha256":"' + sha256(b"some counts").hex() + '"}',
}
YEAR_1, YEAR_9999_END = -62135596800000000, 253402300799999999
OBJECT_OF_16_KIB = '{"k":"' + "x" * (16384 - 8) + '"}'
LONGEST: Row = {
    "created_at": YEAR_1, "event_time": YEAR_1, "tenant": "t" * 63, "producer": "p" * 255,
    "source": SERVICE, "producer_sequence": 2**64 - 1, "action": "detection." + "a" * 118,
    "outcome": 3, "reason": "R" * 128, "resource_type": "r" * 128,
    "public_details": OBJECT_OF_16_KIB,
    "user_id": -1, "telegram_id": "1" * 256, "actor": "user:" + "a" * 251,
    "ip_address": "2001:db8:1111:2222:3333:4444:5555:6666", "user_agent": "u" * 1024,
    "resource_id": "i" * 512, "trace_id": "f" * 32, "correlation_id": "c" * 128,
    "request_id": "q" * 64, "details": OBJECT_OF_16_KIB,
}


def positive_rows() -> Iterator[tuple[str, Row]]:
    """Each vector's name, and what its row has besides MINIMAL and a salt."""
    yield "minimal", {}
    yield "everything set", PUBLIC | PERSONAL | {"source": SERVICE, "public_details": '{"a":1}'}
    yield "everything a client can set", PUBLIC | PERSONAL
    yield "all groups", PERSONAL
    yield "no group", PUBLIC
    yield "user_id absent from its group", {"telegram_id": "100200300", "actor": "user:7f3a"}
    for user_id in (0, -1, 1, 127, 128, 2**32, -(2**31), 2**63 - 1, -(2**63)):
        yield f"user_id {user_id}", {"user_id": user_id}
    for sequence in (0, 2**63, 2**64 - 1):
        yield f"producer_sequence {sequence}", {"producer_sequence": sequence}
    for time in (-1, 0, YEAR_1, YEAR_9999_END):
        yield f"event_time {time}", {"event_time": time}
        yield f"both times {time}", {"created_at": time, "event_time": time}
    for code in (1, 2, 3):
        yield f"source and outcome {code}", {"source": code, "outcome": code}
    for g, fields in GROUPS.items():
        columns = [field.column for field in fields.values()]
        yield f"group {GROUP_NAMES[g]} alone", {column: PERSONAL[column] for column in columns}
    for column, value in PERSONAL.items():
        yield f"only {column}", {column: value}
    yield "Hangul and emoji", HANGUL
    yield "Hangul decomposed", {"actor": unicodedata.normalize("NFD", HANGUL["actor"])}
    yield "both ends of each UTF-8 length", {"actor": UTF8_EDGES}
    for size in (127, 128):
        yield f"texts of {size} bytes", {"producer": "p" * size, "actor": "a" * size}
    yield "manifest", MANIFEST
    yield "largest leaf", LONGEST


def with_salt(name: str, columns: Row) -> Row:
    row = MINIMAL | columns
    return row | {"salt": sha256(name.encode())} if encode_groups(row) else row


def positive(name: str, row: Row) -> Row:
    leaf, committed = leaf_of(row), commitments(row)
    vector: Row = {"name": name, "row": row_to_json(row)}
    for g, enc_g in encode_groups(row).items():
        vector[f"{GROUP_NAMES[g]}_encoding"] = enc_g.hex()
        vector[f"{GROUP_NAMES[g]}_salt"] = group_salt(g, row["salt"]).hex()
        vector[f"{GROUP_NAMES[g]}_commitment"] = committed[g].hex()
    vector |= {"leaf_bytes": leaf.hex(), "leaf_hash": leaf_hash(leaf).hex()}
    erased = [{"group": g, "redaction": redaction_to_json(erase(row, [g])[1])} for g in committed]
    return vector | ({"erased": erased} if erased else {})


def redaction_to_json(redaction: Redaction) -> list[Row]:
    return [{"group": g, "kind": kind, "value": v.hex()} for g, (kind, v) in redaction.items()]


ROW_FIELDS = [field for fields in (PLAIN, *GROUPS.values()) for field in fields.values()]
ROW_FIELDS.append(Field("salt", "hash"))


def row_to_json(row: Row) -> dict[str, str]:
    present = [field for field in ROW_FIELDS if field.column in row]
    return {c: row[c].hex() if kind == "hash" else str(row[c]) for c, kind in present}


def row_from_json(row: dict[str, str]) -> Row:
    parsers = {"int": int, "uint": int, "text": str, "hash": bytes.fromhex}
    kinds = dict(ROW_FIELDS)
    return {column: parsers[kinds[column]](value) for column, value in row.items()}


# Negative vectors

Parts = dict[int, str | bytes]  # by field number; bytes, or their hex
END = 99  # sorts behind every field
HASH = b"\x5a" * 32


def leaf_with(changes: Parts) -> bytes:
    """The minimal leaf, unchecked, with parts put in, replaced or ('') left out."""
    parts: Parts = {n: encode({n: LEAF[n]}, MINIMAL) for n in ALWAYS_PRESENT}
    ordered = [part for _, part in sorted((parts | changes).items())]
    return b"\x01" + b"".join(bytes.fromhex(p) if isinstance(p, str) else p for p in ordered)


def raw(number: int, content: bytes) -> bytes:
    return bytes([number * 8 + 2]) + encode_varint(len(content)) + content


def leaf_with_raw(number: int, content: bytes) -> bytes:
    return leaf_with({5: bytes([40, SERVICE]), number: raw(number, content)})


BROKEN_PARTS: list[tuple[str, str, Parts]] = [
    ("overlong source", "varint is not the shortest", {5: "28 8300"}),
    ("overlong zero", "varint is not the shortest", {6: "30 8000"}),
    ("overlong in ten bytes", "varint is not the shortest", {6: "30 83808080808080808000"}),
    ("overlong length", "varint is not the shortest", {3: b"\x1a\x87\x00default"}),
    ("overlong key", "field 21 is unknown", {5: "a800 03"}),
    ("2^64", "varint exceeds 64 bits", {6: "30 80808080808080808002"}),
    ("eleven bytes", "varint exceeds 64 bits", {6: "30 8080808080808080808001"}),
    ("-1 in eleven bytes", "varint exceeds 64 bits", {2: "10 ffffffffffffffffff8100"}),
    ("length 2^64 + 2", "varint exceeds 64 bits", {9: "4a 82808080808080808002 4f4b"}),
    ("length 2^64 - 1", "length goes beyond the end", {9: "4a ffffffffffffffffff01 4f4b"}),
    ("length 2^63", "length goes beyond the end", {9: "4a 80808080808080808001 4f4b"}),
    ("length 2^32 + 2", "length goes beyond the end", {9: "4a 8280808010 4f4b"}),
    ("text cut short", "length goes beyond the end", {9: "4a 03 4f4b"}),
    ("commitment cut short", "length goes beyond the end", {15: raw(15, HASH)[:-1]}),
    ("varint cut short", "varint is cut short", {8: "40 82"}),
    ("key without varint", "varint is cut short", {8: "40"}),
    ("key without length", "varint is cut short", {9: "4a"}),
    ("zero byte at the end", "field 0 is unknown", {END: "00"}),
    ("newline at the end", "field 1 follows field 8", {END: "0a"}),
    ("two leaves", "field 0 is unknown", {END: leaf_with({})}),
    ("field 0", "field 0 is unknown", {END: "02 0178"}),
    ("field 16 as varint", "field 16 is unknown", {END: "8001 01"}),
    ("field 16 as text", "field 16 is unknown", {END: "8201 0178"}),
    ("created_at twice", "field 1 follows field 1", {1: "0801 0801"}),
    ("tenant twice", "field 3 follows field 3", {3: raw(3, b"default") * 2}),
    ("outcome twice", "field 8 follows field 8", {8: "4001 4002"}),
    ("subject twice", "field 12 follows field 12", {12: raw(12, HASH) * 2}),
    ("event_time first", "field 1 follows field 2", {1: "1001", 2: "0801"}),
    ("producer behind source", "field 4 follows field 5", {5: "2803 220170"}),
    ("client first", "field 12 follows field 13", {12: raw(13, HASH) + raw(12, HASH)}),
    ("created_at as fixed64", "field 1 has wire type 1", {1: "09 0000000000000000"}),
    ("created_at as text", "field 1 has wire type 2", {1: "0a 0131"}),
    ("tenant as varint", "field 3 has wire type 0", {3: "18 01"}),
    ("tenant as group", "field 3 has wire type 3", {3: "1b 1c"}),
    ("source as fixed32", "field 5 has wire type 5", {5: "2d 03000000"}),
    ("subject as varint", "field 12 has wire type 0", {12: "60 01"}),
]
NOT_UTF8 = {
    "a byte ff": "ff", "Latin-1": "e9", "a lone continuation": "80", "a cut sequence": "e282",
    "overlong U+0000": "c080", "overlong slash": "e080af", "a surrogate": "eda080",
    "a surrogate pair": "eda0bdedb880", "U+110000": "f4908080", "five bytes": "f888808080",
}


def negative_leaves() -> Iterator[tuple[str, str, bytes]]:
    """Name, the reason for which decode_leaf must refuse, and leaf."""
    yield "no bytes", "leaf version is not 1", b""
    for version in (0, 2, 255):
        yield f"version {version}", "leaf version is not 1", bytes([version]) + leaf_with({})[1:]
    yield "version byte alone", "field 1 is missing", b"\x01"
    for n in ALWAYS_PRESENT:
        yield f"no {LEAF[n].column}", f"field {n} is missing", leaf_with({n: ""})
    yield from ((name, why, leaf_with(parts)) for name, why, parts in BROKEN_PARTS)
    for n, (column, kind) in LEAF.items():
        if kind == "text":
            yield f"empty {column}", "text is empty", leaf_with_raw(n, b"")
            yield f"U+0000 in {column}", "text holds U+0000", leaf_with_raw(n, b"a\0b")
        for size in (0, 31, 33, 64) if kind == "hash" else ():
            wrong = leaf_with_raw(n, (HASH * 2)[:size])
            yield f"{column} of {size} bytes", "commitment is not 32 bytes", wrong
    for name, sequence in NOT_UTF8.items():
        wrong = leaf_with_raw(4, b"p" + bytes.fromhex(sequence))
        yield f"producer with {name}", "text is not UTF-8", wrong
    for source in (2, 3):
        wrong = leaf_with({5: bytes([40, source]), 11: raw(11, b"{}")})
        yield f"public_details, source {source}", "public_details of a client's event", wrong
    text = b"x" * (20_001 - len(leaf_with_raw(11, b"")) - 2)  # its length takes 3 bytes, not 1
    yield "20001 bytes", "leaf is longer than 20000 bytes", leaf_with_raw(11, text)


BAD_SALTS = {f"{size} bytes": (HASH * 2)[:size] for size in (0, 16, 31, 33, 64)}


# The file


def generate() -> str:
    vectors = {
        "positive": [positive(name, with_salt(name, row)) for name, row in positive_rows()],
        "negative": [
            {"name": name, "leaf_bytes": leaf.hex(), "why": why}
            for name, why, leaf in negative_leaves()
        ],
        "bad_salts": [{"name": name, "salt": salt.hex()} for name, salt in BAD_SALTS.items()],
    }
    return json.dumps(vectors, indent=1) + "\n"


def difference(found: str, computed: str) -> str:
    at = len(os.path.commonprefix([found, computed]))
    return f"character {at} on is {found[at:at + 40]!r}, should be {computed[at:at + 40]!r}"


def positive_problems(vector: Row) -> Iterator[str]:
    row = row_from_json(vector["row"])
    expected, leaf, committed = positive(vector["name"], row), leaf_of(row), commitments(row)
    for key in expected | vector:
        found, computed = str(vector.get(key)), str(expected.get(key))
        if found != computed:
            yield f"{key}: {difference(found, computed)}"
    decode_leaf(leaf)
    for g, enc_g in encode_groups(row).items():
        if not decode(GROUPS[g], enc_g).items() <= row.items():
            yield f"group {g} decodes to other values"
    for count in range(1, len(committed) + 1):
        for groups in itertools.combinations(committed, count):
            if leaf_of_erased(*erase(row, groups)) != leaf:
                yield f"erasing groups {groups} changes the leaf"


def refusal(vector: Row) -> str:
    try:
        if "salt" in vector:
            leaf_of(MINIMAL | {"user_id": 1, "salt": bytes.fromhex(vector["salt"])})
        else:
            decode_leaf(bytes.fromhex(vector["leaf_bytes"]))
    except Refused as error:
        return str(error)
    return "nothing wrong"


def problems(text: str) -> Iterator[str]:
    if leaf_hash(leaf_of(MINIMAL)).hex() != MINIMAL_HASH:
        yield "this script does not compute the check value of the minimal leaf"
    vectors = json.loads(text)
    for vector in vectors["positive"]:
        try:
            yield from (f"positive '{vector['name']}': {p}" for p in positive_problems(vector))
        except Refused as error:
            yield f"positive '{vector['name']}': {error}"
    for vector in vectors["negative"] + vectors["bad_salts"]:
        why = vector.get("why", "salt is not 32 bytes")
        if refusal(vector) != why:
            yield f"negative '{vector['name']}': should find '{why}', found '{refusal(vector)}'"
    # Last, as it says least; but only this sees vectors that are gone or differ yet still hold.
    if text != (generated := generate()):
        yield f"not what generate prints: {difference(text, generated)}"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["generate"]:
            text = generate()
        case ["check", path]:
            text = Path(path).read_text(encoding="utf-8")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    try:
        problem = next(problems(text), None)
    except (KeyError, TypeError, ValueError) as error:
        problem = f"not a file of vectors: {error!r}"
    if problem:
        print(problem, file=sys.stderr)
        return 1
    if arguments[0] == "generate":
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
