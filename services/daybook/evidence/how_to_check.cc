#include "daybook/evidence/how_to_check.h"

namespace daybook::cli::evidence {
namespace {

constexpr char kWords[] = R"(# How to check this case without Daybook

This folder holds events of an audit log, and what shows that they are in it, unchanged. You need
SHA-256, Ed25519 (openssl has both) and, for the program below, Python. No network, nothing of ours.

| file | what |
|---|---|
| events.jsonl | the events, one JSON object a line, by their place `seq` in the log |
| leaves/SEQ.leaf | the bytes of the event that the log hashes |
| openings/SEQ.json | what shows the parts of it that the leaf holds only as hashes |
| proofs/SEQ.tlog-proof | that the leaf is in the log (C2SP tlog-proof) |
| checkpoint | size and root of the log, signed (C2SP tlog-checkpoint) |
| verifier.key | the log's public keys, one a line; manifest.json says where they are from |
| manifest.json | what was asked for, when, by whom, and SHA-256 of every other file |

## What it shows, and what not

It shows that the log whose keys are in `verifier.key` had these events at these places when it signed
`checkpoint`. **Get the key from somebody else than whoever gave you this folder**, and compare it
with `verifier.key`; better still, compare `checkpoint` with one that somebody kept elsewhere.

It does not show that these are all events that match the filter, nor that what the events say is
true, nor when the events were written down, other than by the log's own word. What manifest.json
says of the filter, the time and the person is the word of whoever made this case: nobody signed it.

## The rules

H is SHA-256, `+` joins bytes, numbers in quotes are bytes in hex.

1. **Files.** `sha256sum` of each file is in manifest.json.
2. **Key.** A line of verifier.key is `NAME+ID+BASE64`; one of them has signed. The base64 is "01" and 32 bytes of Ed25519 key. ID is
   the first 4 bytes of H(NAME + "0a" + "01" + key), in hex.
3. **Checkpoint.** All up to the empty line, with the newline before it, is the signed text. Its lines:
   NAME, the size in decimal, the root in base64. Below, `— NAME BASE64`: 4 bytes ID, 64 of signature.
4. **Leaf.** The leaf hash is H("00" + bytes of SEQ.leaf).
5. **Proof.** The lines of SEQ.tlog-proof before the empty one: its kind, `index SEQ`, and hashes in
   base64. RFC 9162, section 2.1.3.2, says how leaf hash, SEQ, size and these make the root; inner
   nodes are H("01" + left + right).
6. **Fields.** A leaf is "01" and fields: a key byte, number * 8 + type; type 0 is a varint, type 2 a
   varint of a length and so many bytes. Times are microseconds since 1970. Fields 12 to 15 are the
   commitments to the groups 1 subject, 2 client, 3 object, 4 details.
7. **Openings.** salt and fields are base64. H("02" + group's number as a byte + salt + fields) is the
   commitment; the salt has 32 bytes. fields are encoded as those of the leaf.
8. **Events.** Each field in events.jsonl is one of the leaf or of an opening. A group that was not asked
   for, or that was erased, has no opening and no field.

## As a program

Run it in this folder: `python3 check.py`, where check.py is what follows; then the command that it
prints, which checks the signature.

```python
)";

constexpr char kProgram[] = R"(import base64, datetime, hashlib, json, pathlib, re

LEAF = {1: "created_at", 2: "event_time", 3: "tenant", 4: "producer", 5: "source",
        6: "producer_sequence", 7: "action", 8: "outcome", 9: "reason", 10: "resource_type",
        11: "public_details", 12: "1", 13: "2", 14: "3", 15: "4"}
GROUPS = {1: {1: "user_id", 2: "telegram_id", 3: "actor"}, 2: {1: "ip_address", 2: "user_agent"},
          3: {1: "resource_id", 2: "trace_id", 3: "correlation_id", 4: "request_id"},
          4: {1: "details"}}
NUMBERS = {"FIELD_GROUP_SUBJECT": 1, "FIELD_GROUP_CLIENT": 2, "FIELD_GROUP_OBJECT": 3,
           "FIELD_GROUP_DETAILS": 4}
OUTCOMES = {1: "OUTCOME_SUCCESS", 2: "OUTCOME_FAILURE", 3: "OUTCOME_DENIED"}
SOURCES = {1: "SOURCE_SERVICE", 2: "SOURCE_AUTHENTICATED", 3: "SOURCE_CLAIMED"}


def H(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def must(holds, what):
    if not holds:
        raise SystemExit(f"WRONG: {what}")


def read(name):
    return pathlib.Path(name).read_bytes()


def varint(data):
    value = shift = 0
    while True:
        byte, data = data[0], data[1:]
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, data


def fields(data, names):
    found = {}
    while data:
        key, data = data[0], data[1:]
        value, data = varint(data)
        if key % 8 == 2:
            value, data = data[:value], data[value:]
        found[names[key // 8]] = value
    return found


def root_of(leaf, index, size, proof):
    last, root = size - 1, leaf
    for other in proof:
        must(last > 0, "a proof is too long")
        if index % 2 or index == last:
            root = H(b"\x01", other, root)
            while index and index % 2 == 0:
                index, last = index >> 1, last >> 1
        else:
            root = H(b"\x01", root, other)
        index, last = index >> 1, last >> 1
    must(last == 0, "a proof is too short")
    return root


def as_shown(name, value):
    if name in ("created_at", "event_time"):
        return value - (1 << 64) if value >> 63 else value
    if name == "outcome":
        return OUTCOMES[value]
    if name == "source":
        return SOURCES[value]
    if name == "user_id":
        return str(value - (1 << 64) if value >> 63 else value)
    return value.decode() if isinstance(value, bytes) else str(value)


def micros(text):
    whole, fraction = re.fullmatch(r"(.{19})(?:\.(\d+))?Z", text).groups()
    since = datetime.datetime.fromisoformat(whole) - datetime.datetime(1970, 1, 1)
    return since // datetime.timedelta(microseconds=1) + int((fraction or "0").ljust(6, "0")[:6])


manifest = json.loads(read("manifest.json"))
here = {str(path) for path in pathlib.Path(".").rglob("*") if path.is_file()}
must(set(manifest["files"]) <= here, "a file is missing")
for name, digest in manifest["files"].items():
    must(hashlib.sha256(read(name)).hexdigest() == digest, f"{name} is not that of the manifest")

checkpoint = read("checkpoint")
text, signatures = checkpoint.split(b"\n\n", 1)
origin, size, root = (text + b"\n").decode().split("\n")[:3]
size, root = int(size), base64.b64decode(root)
signatures = [line.split(" ") for line in signatures.decode().splitlines()]
signatures = [(name, base64.b64decode(signature)) for _, name, signature in signatures]
signed = []
for line in read("verifier.key").decode().split():
    name, key_id, public = line.split("+", 2)
    public = base64.b64decode(public)
    must(name == origin and public[0] == 1 and len(public) == 33, "a key is not of this log")
    must(H(name.encode(), b"\n", public)[:4].hex() == key_id, "a key has another id")
    signed += [(public, one[4:]) for of, one in signatures
               if of == name and one[:4].hex() == key_id]
must(signed, "the checkpoint is not signed by one of the keys")
public, signature = signed[0]

count = 0
for line in read("events.jsonl").decode().split("\n")[:-1]:
    event = json.loads(line)
    seq = int(event.pop("seq"))
    leaf_bytes = read(f"leaves/{seq}.leaf")
    leaf = H(b"\x00", leaf_bytes)
    must(base64.b64decode(event.pop("leaf_hash")) == leaf, f"{seq}: another leaf hash")
    head, _, rest = read(f"proofs/{seq}.tlog-proof").partition(b"\n\n")
    kind, index, *proof = head.decode().split("\n")
    must((kind, index, rest) == ("c2sp.org/tlog-proof@v1", f"index {seq}", checkpoint),
         f"{seq}: the proof is of something else")
    proof = [base64.b64decode(one) for one in proof]
    must(root_of(leaf, seq, size, proof) == root, f"{seq}: not in the log")
    must(leaf_bytes[0] == 1, f"{seq}: a leaf of another version")
    proven = fields(leaf_bytes[1:], LEAF)
    commitments = {group: proven.pop(str(group), None) for group in GROUPS}
    for opening in json.loads(read(f"openings/{seq}.json")).get("openings", []):
        group, salt = NUMBERS[opening["group"]], base64.b64decode(opening["salt"])
        shown = base64.b64decode(opening["fields"])
        must(len(salt) == 32 and H(b"\x02", bytes([group]), salt, shown) == commitments[group],
             f"{seq}: an opening does not fit")
        proven.update(fields(shown, GROUPS[group]))
    proven = {name: as_shown(name, value) for name, value in proven.items()}
    for name in ("created_at", "event_time"):
        event[name] = micros(event[name])
    must(event == proven, f"{seq}: what is shown is not what was recorded")
    count += 1
must(count == int(manifest["events"]), "another number of events")

pathlib.Path("signed.text").write_bytes(text + b"\n")
pathlib.Path("signature").write_bytes(signature)
pathlib.Path("key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + public[1:])
print(f"{count} events are in the log of {size}, if this says so of its signature:")
print("openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in signed.text "
      "-sigfile signature")
)";

}  // namespace

std::string HowToCheck() { return std::string(kWords) + kProgram + "```\n"; }

}  // namespace daybook::cli::evidence
