// Command verifier checks a log of Daybook with nothing of Daybook's: with Go's
// own tlog and note packages, from what `daybook tiles` wrote and what the
// service answered.
//
//	verifier FOLDER KEY-FILE ANSWERS.json
//
// It ends with 0 where everything is as it must be, and otherwise with 1 and what
// is wrong on stderr.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

// Answers is what the service said, as the test wrote it down. Go's JSON has
// []byte in base64.
type Answers struct {
	// Begin is the first entry that is not dropped.
	Begin int64
	// Checkpoints are notes, from the oldest.
	Checkpoints []string
	Inclusions  []struct {
		Seq       int64
		LeafBytes []byte
		Proof     [][]byte
		// Checkpoint is the note that the proof leads to.
		Checkpoint string
	}
	Consistencies []struct {
		OldSize int64
		NewSize int64
		Proof   [][]byte
	}
	// OfflineProofs are those of receipts.
	OfflineProofs []struct {
		Seq      int64
		LeafHash []byte
		Proof    string
	}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: verifier FOLDER KEY-FILE ANSWERS.json")
		os.Exit(2)
	}
	report, err := verify(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, "verifier:", err)
		os.Exit(1)
	}
	fmt.Println(report)
}

func verify(folder, keyFile, answersFile string) (string, error) {
	log, err := openLog(keyFile)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(answersFile)
	if err != nil {
		return "", err
	}
	var answers Answers
	if err := json.Unmarshal(text, &answers); err != nil {
		return "", err
	}
	size, err := verifyLog(log, folder, &answers)
	if err != nil {
		return "", err
	}
	if err := verifyAnswers(log, folder, &answers); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d entries, %d inclusions, %d consistencies, %d offline proofs", size,
		len(answers.Inclusions), len(answers.Consistencies), len(answers.OfflineProofs)), nil
}

// verifyLog verifies what stands in the folder; the size of the log.
func verifyLog(log *log, folder string, answers *Answers) (int64, error) {
	if answers.Begin == 0 {
		return verifyFolder(log, folder)
	}
	size, err := verifyPrunedFolder(log, folder, answers.Begin)
	if err != nil {
		return 0, err
	}
	return size, verifyGrowth(log, folder, answers.Checkpoints)
}

func verifyAnswers(log *log, folder string, answers *Answers) error {
	heads := make(map[int64]tlog.Hash)
	for i, text := range answers.Checkpoints {
		head, err := log.open([]byte(text))
		if err != nil {
			return fmt.Errorf("checkpoint %d: %v", i, err)
		}
		heads[head.N] = head.Hash
	}
	for _, it := range answers.Inclusions {
		head, err := log.open([]byte(it.Checkpoint))
		if err != nil {
			return fmt.Errorf("the checkpoint of event %d: %v", it.Seq, err)
		}
		proof, err := hashes(it.Proof)
		if err != nil {
			return fmt.Errorf("the proof of event %d: %v", it.Seq, err)
		}
		leaf := tlog.RecordHash(it.LeafBytes)
		if err := tlog.CheckRecord(proof, head.N, head.Hash, it.Seq, leaf); err != nil {
			return fmt.Errorf("event %d: %v", it.Seq, err)
		}
		if it.Seq < answers.Begin {
			continue // its leaf is kept, and no bundle
		}
		entry, err := readEntry(folder, it.Seq, head.N)
		if err != nil {
			return err
		}
		if string(entry) != string(it.LeafBytes) {
			return fmt.Errorf("event %d: the bundle has another entry", it.Seq)
		}
	}
	for _, it := range answers.Consistencies {
		oldRoot, hasOld := heads[it.OldSize]
		newRoot, hasNew := heads[it.NewSize]
		if !hasOld || !hasNew {
			return fmt.Errorf("no checkpoint of size %d or %d", it.OldSize, it.NewSize)
		}
		proof, err := hashes(it.Proof)
		if err != nil {
			return fmt.Errorf("the proof from %d to %d: %v", it.OldSize, it.NewSize, err)
		}
		if err := tlog.CheckTree(proof, it.NewSize, newRoot, it.OldSize, oldRoot); err != nil {
			return fmt.Errorf("from %d to %d: %v", it.OldSize, it.NewSize, err)
		}
	}
	for _, it := range answers.OfflineProofs {
		if err := log.checkOfflineProof(it.Proof, it.Seq, it.LeafHash); err != nil {
			return fmt.Errorf("the offline proof of event %d: %v", it.Seq, err)
		}
	}
	return nil
}

func hashes(raw [][]byte) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(raw))
	for i, one := range raw {
		if len(one) != tlog.HashSize {
			return nil, fmt.Errorf("hash %d has %d bytes", i, len(one))
		}
		copy(all[i][:], one)
	}
	return all, nil
}
