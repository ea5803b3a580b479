package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// tileFolder gives tlog the tiles of a folder.
type tileFolder string

func (f tileFolder) Height() int { return tileHeight }

func (f tileFolder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(tiles))
	for i, tile := range tiles {
		// A partial tile of an older tree is the beginning of the one that is there.
		path := filepath.Join(string(f), tilePath(fmt.Sprint(tile.L), tile.N, tile.W))
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			data, err = os.ReadFile(filepath.Join(string(f), tilePath(fmt.Sprint(tile.L), tile.N, tileWidth)))
		}
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is cut off", path)
		}
		read[i] = data[:tile.W*tlog.HashSize]
	}
	return read, nil
}

func (f tileFolder) SaveTiles([]tlog.Tile, [][]byte) {}

// subtree is a complete one, of 2^height leaves.
type subtree struct {
	height int
	hash   tlog.Hash
}

// verifyPrunedFolder is verifyFolder for a log whose first entries, below begin, are
// dropped: what they hash to it takes from the tiles of the levels that stay.
func verifyPrunedFolder(log *log, folder string, begin int64) (int64, error) {
	head, err := readHead(log, folder)
	if err != nil {
		return 0, err
	}
	edge, err := coverOf(begin, tlog.TileHashReader(head, tileFolder(folder)))
	if err != nil {
		return 0, err
	}
	for number := begin / tileWidth; number*tileWidth < head.N; number++ {
		entries, err := readBundle(folder, number, head.N)
		if err != nil {
			return 0, err
		}
		var leaves []byte
		for _, entry := range entries {
			leaf := tlog.RecordHash(entry)
			leaves = append(leaves, leaf[:]...)
			edge = add(edge, subtree{hash: leaf})
		}
		if err := verifyLeaves(folder, number, leaves); err != nil {
			return 0, err
		}
	}
	if root := fold(edge); root != head.Hash {
		return 0, fmt.Errorf("the entries hash to %v, the checkpoint says %v", root, head.Hash)
	}
	return head.N, verifyDropped(folder, begin)
}

// verifyLeaves holds a tile of level 0 against the leaves of its entries.
func verifyLeaves(folder string, number int64, leaves []byte) error {
	path := tilePath("0", number, len(leaves)/tlog.HashSize)
	got, err := os.ReadFile(filepath.Join(folder, path))
	if err != nil {
		return err
	}
	if !bytes.Equal(got, leaves) {
		return fmt.Errorf("%s is not what the entries hash to", path)
	}
	return nil
}

// verifyDropped sees that nothing below begin can be read.
func verifyDropped(folder string, begin int64) error {
	for number := int64(0); number < begin/tileWidth; number++ {
		path := tilePath("entries", number, tileWidth)
		if _, err := os.Stat(filepath.Join(folder, path)); !os.IsNotExist(err) {
			return fmt.Errorf("%s is there", path)
		}
	}
	return nil
}

func readHead(log *log, folder string) (tlog.Tree, error) {
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	head, err := log.open(text)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %v", err)
	}
	return head, nil
}

// coverOf reads the complete subtrees that the leaves below begin make, largest first.
func coverOf(begin int64, read tlog.HashReader) ([]subtree, error) {
	var cover []subtree
	var indexes []int64
	at := int64(0)
	for height := 62; height >= 0; height-- {
		if begin>>uint(height)&1 == 1 {
			cover = append(cover, subtree{height: height})
			indexes = append(indexes, tlog.StoredHashIndex(height, at>>uint(height)))
			at += 1 << uint(height)
		}
	}
	hashes, err := read.ReadHashes(indexes)
	if err != nil {
		return nil, err
	}
	for i, hash := range hashes {
		cover[i].hash = hash
	}
	return cover, nil
}

func add(edge []subtree, next subtree) []subtree {
	for len(edge) > 0 && edge[len(edge)-1].height == next.height {
		last := edge[len(edge)-1]
		edge = edge[:len(edge)-1]
		next = subtree{height: next.height + 1, hash: tlog.NodeHash(last.hash, next.hash)}
	}
	return append(edge, next)
}

func fold(edge []subtree) tlog.Hash {
	root := edge[len(edge)-1].hash
	for i := len(edge) - 2; i >= 0; i-- {
		root = tlog.NodeHash(edge[i].hash, root)
	}
	return root
}

// verifyGrowth proves from the tiles alone, as a client of C2SP tlog-tiles does, that
// the log began with each of these.
func verifyGrowth(log *log, folder string, older []string) error {
	head, err := readHead(log, folder)
	if err != nil {
		return err
	}
	read := tlog.TileHashReader(head, tileFolder(folder))
	for _, text := range older {
		old, err := log.open([]byte(text))
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(head.N, old.N, read)
		if err != nil {
			return fmt.Errorf("the tiles from %d to %d: %v", old.N, head.N, err)
		}
		if err := tlog.CheckTree(proof, head.N, head.Hash, old.N, old.Hash); err != nil {
			return fmt.Errorf("the tiles from %d to %d: %v", old.N, head.N, err)
		}
	}
	return nil
}
