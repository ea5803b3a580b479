#!/usr/bin/env python3
"""The tree, its proofs and what is signed, written a second time, and golden vectors of them.

    ledger_v1.py generate      prints the vectors
    ledger_v1.py check FILE    recomputes every value in FILE; exits 1 at the first difference

By the definitions of RFC 6962, RFC 8032 and C2SP, for being read and not for being quick.
"""
import base64
import functools
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Hash = bytes


def sha256(data: bytes) -> Hash:
    return hashlib.sha256(data).digest()


def leaf_hash(entry: bytes) -> Hash:
    return sha256(b"\x00" + entry)


def node_hash(left: Hash, right: Hash) -> Hash:
    return sha256(b"\x01" + left + right)


# The tree whose entry n is the number n in decimal: RFC 6962, 2.1.


def split(size: int) -> int:
    """The largest power of two below size."""
    return 1 << ((size - 1).bit_length() - 1)


@functools.cache
def tree_hash(begin: int, end: int) -> Hash:
    if begin == end:
        return sha256(b"")
    if end - begin == 1:
        return leaf_hash(str(begin).encode())
    middle = begin + split(end - begin)
    return node_hash(tree_hash(begin, middle), tree_hash(middle, end))


def path(leaf: int, begin: int, end: int) -> list[Hash]:
    if end - begin == 1:
        return []
    middle = begin + split(end - begin)
    if leaf < middle:
        return path(leaf, begin, middle) + [tree_hash(middle, end)]
    return path(leaf, middle, end) + [tree_hash(begin, middle)]


def subproof(size: int, begin: int, end: int, is_known: bool) -> list[Hash]:
    if size == end - begin:
        return [] if is_known else [tree_hash(begin, end)]
    k = split(end - begin)
    if size <= k:
        return subproof(size, begin, begin + k, is_known) + [tree_hash(begin + k, end)]
    return subproof(size - k, begin + k, end, False) + [tree_hash(begin, begin + k)]


# Ed25519: RFC 8032, 5.1.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


def add(a: Point, b: Point) -> Point:
    product = D * a[0] * b[0] * a[1] * b[1] % P
    return ((a[0] * b[1] + a[1] * b[0]) * pow(1 + product, -1, P) % P,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P) % P)


def multiply(point: Point, factor: int) -> Point:
    product = (0, 1)
    while factor > 0:
        if factor & 1:
            product = add(product, point)
        point = add(point, point)
        factor >>= 1
    return product


def base_point() -> Point:
    y = 4 * pow(5, -1, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (P - x if x & 1 else x, y)


BASE = base_point()


def encode_point(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def expand(seed: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def public_key(seed: bytes) -> bytes:
    return encode_point(multiply(BASE, expand(seed)[0]))


def number_of(data: bytes) -> int:
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % ORDER


def ed25519(seed: bytes, message: bytes) -> bytes:
    scalar, prefix = expand(seed)
    nonce = number_of(prefix + message)
    first = encode_point(multiply(BASE, nonce))
    challenge = number_of(first + public_key(seed) + message)
    return first + ((nonce + challenge * scalar) % ORDER).to_bytes(32, "little")


# Notes, checkpoints, proofs, tiles: C2SP.

LOG, WITNESS = 1, 4


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Key:
    def __init__(self, name: str, kind: int, seed: bytes):
        self.name, self.kind, self.seed = name, kind, seed
        encoded = bytes([kind]) + public_key(seed)
        self.id = sha256(name.encode() + b"\n" + encoded)[:4]
        self.verifier = f"{name}+{self.id.hex()}+{b64(encoded)}"
        self.secret = f"PRIVATE+KEY+{name}+{self.id.hex()}+{b64(bytes([kind]) + seed)}"

    def line(self, text: str, seconds: int) -> str:
        signature = ed25519(self.seed, text.encode())
        if self.kind == WITNESS:
            message = f"cosignature/v1\ntime {seconds}\n{text}"
            signature = seconds.to_bytes(8, "big") + ed25519(self.seed, message.encode())
        return f"\u2014 {self.name} {b64(self.id + signature)}\n"


def checkpoint_text(origin: str, size: int) -> str:
    return f"{origin}\n{size}\n{b64(tree_hash(0, size))}\n"


def tile_path(level: int | None, number: int, width: int) -> str:
    digits = f"{number:03d}"
    digits = "0" * (-len(digits) % 3) + digits
    parts = [digits[at:at + 3] for at in range(0, len(digits), 3)]
    whole = "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    name = "entries" if level is None else str(level)
    return f"tile/{name}/{whole}" + ("" if width == 256 else f".p/{width}")


def bundle(entries: list[bytes]) -> bytes:
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


# The vectors.

ORIGIN = "daybook.local/00112233445566778899aabbccddeeff"
SECONDS = 1763683200
SIZES = (0, 1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 70_000)
MOST = 17
KEYS = {
    "log": Key(ORIGIN, LOG, b"\x01" * 32),
    "next": Key(ORIGIN, LOG, b"\x02" * 32),
    "witness": Key("witness.example/w1", WITNESS, b"\x03" * 32),
}
TILES = [(0, 0, 256), (0, 273, 112), (1, 999, 256), (2, 1000, 1), (63, 1234067, 255),
         (None, 0, 7), (None, 1234067, 256), (0, 2**64 - 1, 256)]


def joined(hashes: list[Hash]) -> str:
    return b"".join(hashes).hex()


def notes() -> Iterator[dict[str, Any]]:
    for size, signers in ((0, ("log",)), (7, ("log",)), (70_000, ("log", "next")),
                          (70_000, ("log", "witness"))):
        text = checkpoint_text(ORIGIN, size)
        lines = "".join(KEYS[signer].line(text, SECONDS) for signer in signers)
        yield {"text": text, "signers": list(signers), "note": f"{text}\n{lines}"}


def tlog_proof() -> dict[str, Any]:
    lines = [b64(h) for h in path(5, 0, 7)]
    note = list(notes())[1]["note"]
    head = "c2sp.org/tlog-proof@v1\nextra aGVsbG8=\nindex 5\n"
    return {"index": "5", "size": "7", "proof": head + "\n".join(lines) + "\n\n" + note}


def vectors() -> dict[str, Any]:
    return {
        "roots": [{"size": str(size), "root": tree_hash(0, size).hex()} for size in SIZES],
        "inclusions": [
            {"seq": str(seq), "size": str(size), "proof": joined(path(seq, 0, size))}
            for size in range(1, MOST + 1) for seq in range(size)],
        "consistencies": [
            {"from": str(size), "to": str(to), "proof": joined(subproof(size, 0, to, True))}
            for to in range(1, MOST + 1) for size in range(1, to + 1)],
        "keys": [{"name": name, "seed": key.seed.hex(), "kind": key.kind,
                  "verifier": key.verifier, "secret": key.secret} for name, key in KEYS.items()],
        "seconds": str(SECONDS),
        "notes": list(notes()),
        "tlog_proofs": [tlog_proof()],
        "tiles": [{"level": -1 if level is None else level, "number": str(number), "width": width,
                   "path": tile_path(level, number, width)} for level, number, width in TILES],
        "bundles": [{"entries": [entry.hex() for entry in entries], "bundle": bundle(entries).hex()}
                    for entries in ([], [b"one"], [b"", b"two", b"\x00" * 300])],
    }


def check_known() -> None:
    """What others have published."""
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    assert public_key(seed).hex().startswith("3d4017c3e843895a"), "RFC 8032, test 2"
    assert ed25519(seed, b"\x72").hex().startswith("92a009a9f0d4cab8"), "RFC 8032, test 2"
    assert leaf_hash(b"").hex().startswith("6e340b9cffb37a98"), "the empty leaf"
    assert tile_path(0, 1234067, 256) == "tile/0/x001/x234/067", "tlog-tiles"


def difference(known: Any, right: Any, place: str = "") -> str:
    """Where two values differ; "" where they do not."""
    if isinstance(known, dict) and isinstance(right, dict) and known.keys() == right.keys():
        found = (difference(known[name], right[name], f"{place}.{name}") for name in right)
    elif isinstance(known, list) and isinstance(right, list) and len(known) == len(right):
        found = (difference(a, b, f"{place}[{i}]") for i, (a, b) in enumerate(zip(known, right)))
    else:
        return "" if known == right else place
    return next((where for where in found if where), "")


def main(arguments: list[str]) -> int:
    check_known()
    sys.setrecursionlimit(10_000)
    match arguments:
        case ["generate"]:
            print(json.dumps(vectors(), ensure_ascii=True, indent=1))
            return 0
        case ["check", file]:
            where = difference(json.loads(Path(file).read_text(encoding="ascii")), vectors())
            if where:
                print(f"{file}: {where} is not what it must be", file=sys.stderr)
            return 1 if where else 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
