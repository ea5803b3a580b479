#!/usr/bin/env python3
"""The encrypted file, version 1, written a second time, and the golden vectors for it.

    vault_v1.py generate                prints the vectors
    vault_v1.py check FILE              recomputes every value in FILE; exits 1 at a difference
    vault_v1.py decrypt KEY FILE OUT    decrypts a backup without this project's programs (slowly);
                                        KEY is the file of the key

Made from docs/backups.md alone, in Python's standard library: AES-256-GCM is written out.
"""
import hashlib
import hmac
import json
import pathlib
import struct
import sys

MAGIC, VERSION, CHUNK, TAG, HEADER = b"DAYBENC\n", 1, 65536, 16, 64


def _sbox():
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= (p << 1) ^ (0x11B if p & 0x80 else 0)
        p &= 0xFF
        for shift in (1, 2, 4):
            q ^= q << shift
        q &= 0xFF
        q ^= 0x09 if q & 0x80 else 0
        rotated = [(q << n | q >> (8 - n)) & 0xFF for n in (1, 2, 3, 4)]
        box[p] = q ^ rotated[0] ^ rotated[1] ^ rotated[2] ^ rotated[3] ^ 0x63
        if p == 1:
            box[0] = 0x63
            return box


SBOX = _sbox()
DOUBLE = [(x << 1 ^ (0x11B if x & 0x80 else 0)) & 0xFF for x in range(256)]


def round_keys(key):
    words, rcon = [key[i:i + 4] for i in range(0, 32, 4)], 1
    for i in range(8, 60):
        word = words[-1]
        if i % 8 == 0:
            word = bytes(SBOX[b] for b in word[1:] + word[:1])
            word, rcon = bytes([word[0] ^ rcon]) + word[1:], rcon << 1
        elif i % 8 == 4:
            word = bytes(SBOX[b] for b in word)
        words.append(bytes(a ^ b for a, b in zip(word, words[-8])))
    return [b"".join(words[i:i + 4]) for i in range(0, 60, 4)]


def aes(keys, block):
    state = bytes(a ^ b for a, b in zip(block, keys[0]))
    for number, key in enumerate(keys[1:], 1):
        shifted = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if number < len(keys) - 1:
            mixed = []
            for c in range(0, 16, 4):
                column = shifted[c:c + 4]
                total = column[0] ^ column[1] ^ column[2] ^ column[3]
                mixed += [column[i] ^ total ^ DOUBLE[column[i] ^ column[(i + 1) % 4]]
                          for i in range(4)]
            shifted = mixed
        state = bytes(a ^ b for a, b in zip(shifted, key))
    return state


def ghash(h, data):
    y = 0
    for i in range(0, len(data), 16):
        y ^= int.from_bytes(data[i:i + 16], "big")
        z, v = 0, h
        for bit in range(127, -1, -1):
            if y >> bit & 1:
                z ^= v
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
        y = z
    return y


def padded(data):
    return data + bytes(-len(data) % 16)


def gcm(key, nonce, associated, text, decrypt=False):
    """The other text, and the tag."""
    keys = round_keys(key)
    stream = b"".join(aes(keys, nonce + struct.pack(">I", 2 + i)) for i in range(-(-len(text) // 16)))
    other = bytes(a ^ b for a, b in zip(text, stream))
    encrypted = text if decrypt else other
    lengths = struct.pack(">QQ", 8 * len(associated), 8 * len(encrypted))
    digest = ghash(int.from_bytes(aes(keys, bytes(16)), "big"),
                   padded(associated) + padded(encrypted) + lengths)
    mask = int.from_bytes(aes(keys, nonce + struct.pack(">I", 1)), "big")
    return other, (digest ^ mask).to_bytes(16, "big")


def derive(key, salt):
    """The key of the file, and what tells whether a key is the right one."""
    extracted, info = hmac.digest(salt, key, "sha256"), b"daybook/vault/v1"
    first = hmac.digest(extracted, info + b"\x01", "sha256")
    return first, hmac.digest(extracted, first + info + b"\x02", "sha256")[:16]


def header_of(key, salt):
    return MAGIC + struct.pack(">II", VERSION, CHUNK) + salt + derive(key, salt)[1]


def place(header, number, is_last):
    """The nonce of a chunk, and what is authenticated with it."""
    count = struct.pack(">Q", number)
    return bytes(4) + count, header + count + bytes([is_last])


def encrypt(key, salt, content):
    header, file_key = header_of(key, salt), derive(key, salt)[0]
    starts = range(0, max(len(content), 1), CHUNK)
    chunks = []
    for number, start in enumerate(starts):
        text, tag = gcm(file_key, *place(header, number, start == starts[-1]),
                        content[start:start + CHUNK])
        chunks.append(text + tag)
    return header + b"".join(chunks)


def decrypt(key, file):
    header = file[:HEADER]
    salt = header[16:48]
    if header != header_of(key, salt):
        raise ValueError("not such a file, or another key")
    file_key, out = derive(key, salt)[0], []
    starts = range(HEADER, len(file), CHUNK + TAG)
    for number, start in enumerate(starts):
        chunk = file[start:start + CHUNK + TAG]
        text, tag = gcm(file_key, *place(header, number, start == starts[-1]),
                        chunk[:-TAG], decrypt=True)
        if tag != chunk[-TAG:]:
            raise ValueError(f"chunk {number} is not what was written there")
        out.append(text)
    if not out:
        raise ValueError("the file is cut off")
    return b"".join(out)


def key_id(key):
    return hmac.digest(key, b"daybook/vault/key-id/v1", "sha256")[:8].hex()


def content_of(size):
    return bytes(i % 251 for i in range(size))


def vector(name, size, key, salt):
    file = encrypt(key, salt, content_of(size))
    assert decrypt(key, file) == content_of(size)
    short = {"file": file.hex()} if len(file) < 300 else {}
    return {"name": name, "key": key.hex(), "key_id": key_id(key), "salt": salt.hex(),
            "content_bytes": size, "file_bytes": len(file),
            "file_sha256": hashlib.sha256(file).hexdigest(), **short}


def generate():
    key, salt = bytes(range(32)), bytes(range(100, 132))
    cases = [("empty", 0), ("one byte", 1), ("a page less one", 4095), ("a whole chunk", CHUNK),
             ("a chunk and a byte", CHUNK + 1)]
    vectors = [vector(name, size, key, salt) for name, size in cases]
    vectors.append(vector("another key and salt", 100, bytes(255 - i for i in range(32)),
                          hashlib.sha256(b"salt").digest()))
    return json.dumps({"vectors": vectors}, indent=1) + "\n"


def read_key(path):
    content = pathlib.Path(path).read_bytes()
    return content if len(content) == 32 else bytes.fromhex(content.decode().strip())


def main(arguments):
    # A published test case of AES-256-GCM.
    assert gcm(bytes(32), bytes(12), b"", bytes(16)) == (
        bytes.fromhex("cea7403d4d606b6e074ec5d3baf39d18"),
        bytes.fromhex("d0d1c8a799996bf0265b98b5d48ab919"))
    match arguments:
        case ["generate"]:
            print(generate(), end="")
        case ["check", path]:
            if pathlib.Path(path).read_text() != generate():
                print(f"{path}: not what generate prints")
                return 1
        case ["decrypt", key, file, out]:
            content = decrypt(read_key(key), pathlib.Path(file).read_bytes())
            pathlib.Path(out).write_bytes(content)
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
