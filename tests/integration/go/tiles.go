package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// storedHashes is what tlog asks for hashes of complete subtrees.
type storedHashes []tlog.Hash

func (s storedHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(s)) {
			return nil, fmt.Errorf("hash %d is not stored", index)
		}
		read[i] = s[index]
	}
	return read, nil
}

// verifyFolder hashes every entry anew, and holds the root against the checkpoint
// and every tile against the hashes; the size of the log.
func verifyFolder(log *log, folder string) (int64, error) {
	head, err := readHead(log, folder)
	if err != nil {
		return 0, err
	}
	stored, err := hashEntries(folder, head.N)
	if err != nil {
		return 0, err
	}
	root, err := tlog.TreeHash(head.N, stored)
	if err != nil {
		return 0, err
	}
	if root != head.Hash {
		return 0, fmt.Errorf("the entries hash to %v, the checkpoint says %v", root, head.Hash)
	}
	for level := 0; head.N>>(uint(level)*tileHeight) > 0; level++ {
		if err := verifyLevel(folder, level, head.N, stored); err != nil {
			return 0, err
		}
	}
	return head.N, nil
}

func hashEntries(folder string, size int64) (storedHashes, error) {
	stored := make(storedHashes, 0, tlog.StoredHashCount(size))
	for number := int64(0); number*tileWidth < size; number++ {
		entries, err := readBundle(folder, number, size)
		if err != nil {
			return nil, err
		}
		for i, entry := range entries {
			seq := number*tileWidth + int64(i)
			more, err := tlog.StoredHashesForRecordHash(seq, tlog.RecordHash(entry), stored)
			if err != nil {
				return nil, err
			}
			stored = append(stored, more...)
		}
	}
	return stored, nil
}

// verifyLevel holds each tile of a level against what the entries hash to.
func verifyLevel(folder string, level int, size int64, stored storedHashes) error {
	width := size >> (uint(level) * tileHeight)
	for number := int64(0); number*tileWidth < width; number++ {
		tile := tlog.Tile{H: tileHeight, L: level, N: number, W: widthOf(number, width)}
		want, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return err
		}
		path := tilePath(fmt.Sprint(level), number, tile.W)
		got, err := os.ReadFile(filepath.Join(folder, path))
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s is not what the entries hash to", path)
		}
	}
	return nil
}

func widthOf(number, hashes int64) int {
	if rest := hashes - number*tileWidth; rest < tileWidth {
		return int(rest)
	}
	return tileWidth
}

// tilePath is the path of C2SP tlog-tiles, which has no height as Go's has.
func tilePath(level string, number int64, width int) string {
	name := fmt.Sprintf("%03d", number%1000)
	for rest := number / 1000; rest > 0; rest /= 1000 {
		name = fmt.Sprintf("x%03d/%s", rest%1000, name)
	}
	if width < tileWidth {
		name = fmt.Sprintf("%s.p/%d", name, width)
	}
	return "tile/" + level + "/" + name
}

func readBundle(folder string, number, size int64) ([][]byte, error) {
	width := widthOf(number, size)
	path := tilePath("entries", number, width)
	rest, err := os.ReadFile(filepath.Join(folder, path))
	if err != nil {
		return nil, err
	}
	entries := make([][]byte, 0, width)
	for len(rest) > 0 {
		if len(rest) < 2 || len(rest) < 2+int(binary.BigEndian.Uint16(rest)) {
			return nil, fmt.Errorf("%s is cut off", path)
		}
		end := 2 + int(binary.BigEndian.Uint16(rest))
		entries = append(entries, rest[2:end])
		rest = rest[end:]
	}
	if len(entries) != width {
		return nil, fmt.Errorf("%s has %d entries", path, len(entries))
	}
	return entries, nil
}

// readEntry reads one entry of a log that has size events at least.
func readEntry(folder string, seq, size int64) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return nil, err
	}
	var origin string
	var whole int64
	if _, err := fmt.Sscanf(string(text), "%s\n%d\n", &origin, &whole); err != nil {
		return nil, err
	}
	if seq >= size || size > whole {
		return nil, fmt.Errorf("event %d is not below %d, or that not up to %d", seq, size, whole)
	}
	entries, err := readBundle(folder, seq/tileWidth, whole)
	if err != nil {
		return nil, err
	}
	return entries[seq%tileWidth], nil
}
