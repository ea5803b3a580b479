"""The tree of RFC 6962 as the RFC defines it, over leaf hashes, and a log's notes."""

import base64
import hashlib
import importlib.util
import pathlib

_GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "golden/ledger_v1.py"


def _second_implementation():
    specification = importlib.util.spec_from_file_location("ledger_v1", _GOLDEN)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


_ledger = _second_implementation()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf(leaf_bytes):
    return hashlib.sha256(b"\x00" + leaf_bytes).digest()


def _split(size):
    left = 1
    while left * 2 < size:
        left *= 2
    return left


def root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    left = _split(len(leaves))
    return node(root(leaves[:left]), root(leaves[left:]))


def inclusion(index, leaves):
    if len(leaves) == 1:
        return []
    left = _split(len(leaves))
    if index < left:
        return inclusion(index, leaves[:left]) + [root(leaves[left:])]
    return inclusion(index - left, leaves[left:]) + [root(leaves[:left])]


def consistency(size, leaves, is_known=True):
    if size == len(leaves):
        return [] if is_known else [root(leaves)]
    left = _split(len(leaves))
    if size <= left:
        return consistency(size, leaves[:left], is_known) + [root(leaves[left:])]
    return consistency(size - left, leaves[left:], False) + [root(leaves[:left])]


def root_of_proof(leaf_hash, index, size, proof):
    """The root that an inclusion proof leads to: RFC 9162, 2.1.3.2."""
    first, last, hash = index, size - 1, leaf_hash
    for sibling in proof:
        assert last > 0, "the proof is too long"
        if first & 1 or first == last:
            hash = node(sibling, hash)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            hash = node(hash, sibling)
        first, last = first >> 1, last >> 1
    assert last == 0, "the proof is too short"
    return hash


def check_consistency(old_size, old_root, size, root, proof):
    """Holds a consistency proof against two roots: RFC 9162, 2.1.4.2."""
    proof = list(proof)
    if old_size & (old_size - 1) == 0:
        proof.insert(0, old_root)
    first, last = old_size - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_hash = hash = proof.pop(0)
    for sibling in proof:
        assert last > 0, "the proof is too long"
        if first & 1 or first == last:
            old_hash, hash = node(sibling, old_hash), node(sibling, hash)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            hash = node(hash, sibling)
        first, last = first >> 1, last >> 1
    assert (last, old_hash, hash) == (0, old_root, root), "the proof does not lead to the roots"


class SigningKey:
    """The key in a file, and the notes that it signs: Ed25519 leaves no choice."""

    def __init__(self, file):
        _, _, name, _, encoded = pathlib.Path(file).read_text().strip().split("+", 4)
        secret = base64.b64decode(encoded)
        self.name = name
        self._key = _ledger.Key(name, secret[0], secret[1:])
        self._lines = {}  # by text: a signature takes Python a while
        self.verifier = self._key.verifier

    def cosignature(self, note, seconds):
        """The line that this key, of a witness, puts behind a note at that time."""
        return self._key.line(note[:note.rindex("\n\n") + 1], seconds)

    def line(self, text):
        """Its signature under a text."""
        if text not in self._lines:
            self._lines[text] = self._key.line(text, 0)
        return self._lines[text]

    def checkpoint(self, leaves):
        """The checkpoint of a log with these leaves, byte for byte."""
        return checkpoint([self], leaves)


def other_key(folder, origin):
    """A key of the log's name that is not the log's."""
    path = folder / "other.key"
    secret = base64.b64encode(bytes([1]) + b"\x0a" * 32).decode()
    path.write_text(f"PRIVATE+KEY+{origin}+00000000+{secret}\n")
    return SigningKey(path)


def checkpoint(keys, leaves):
    """Likewise, signed with these keys, in their order."""
    text = f"{keys[0].name}\n{len(leaves)}\n{base64.b64encode(root(leaves)).decode()}\n"
    return text + "\n" + "".join(key.line(text) for key in keys)
