package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// log is one log, as its key names it.
type log struct {
	origin string
	known  note.Verifiers
}

func openLog(keyFile string) (*log, error) {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, err
	}
	return &log{origin: verifier.Name(), known: note.VerifierList(verifier)}, nil
}

// open checks the signature of a checkpoint and reads its three lines.
func (l *log) open(text []byte) (tlog.Tree, error) {
	opened, err := note.Open(text, l.known)
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("a checkpoint of %d lines", len(lines)-1)
	}
	if lines[0] != l.origin {
		return tlog.Tree{}, fmt.Errorf("a checkpoint of the log %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, fmt.Errorf("a checkpoint of size %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, err
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

// checkOfflineProof checks a c2sp.org/tlog-proof@v1 for the leaf at seq.
func (l *log) checkOfflineProof(text string, seq int64, leafHash []byte) error {
	cut := strings.Index(text, "\n\n")
	if cut < 0 {
		return fmt.Errorf("no empty line")
	}
	head, err := l.open([]byte(text[cut+2:]))
	if err != nil {
		return err
	}
	lines := strings.Split(text[:cut], "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("not a tlog-proof")
	}
	if lines[1] != fmt.Sprintf("index %d", seq) {
		return fmt.Errorf("another place: %q", lines[1])
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return fmt.Errorf("not a hash: %q", line)
		}
		var hash tlog.Hash
		copy(hash[:], raw)
		proof = append(proof, hash)
	}
	var leaf tlog.Hash
	if len(leafHash) != len(leaf) {
		return fmt.Errorf("a leaf hash of %d bytes", len(leafHash))
	}
	copy(leaf[:], leafHash)
	return tlog.CheckRecord(proof, head.N, head.Hash, seq, leaf)
}
