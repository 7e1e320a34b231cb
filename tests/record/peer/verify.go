// Verify an exported record with the reference packages for transparency logs, golang.org/x/mod/sumdb.
//
//	verify tiles DIR VKEY        every entry is in its tile and every tile in the signed tree
//	verify proof FILE VKEY       a receipt, whose entry is in its extra line
//
// Prints the number of entries, or the index; exits 1 with the reason.
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	verify := map[string]func(string, string) (int64, error){"tiles": tiles, "proof": proof}[os.Args[1]]
	number, err := verify(os.Args[2], os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(number)
}

func tiles(directory, vkey string) (int64, error) {
	message, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	if err != nil {
		return 0, err
	}
	tree, err := open(message, vkey)
	if err != nil {
		return 0, err
	}
	reader := tlog.TileHashReader(tree, files(directory))
	var indexes []int64
	var leaves []tlog.Hash
	for index := int64(0); index < tree.N; {
		entries, err := bundle(directory, index, tree.N)
		if err != nil {
			return 0, err
		}
		for _, entry := range entries {
			indexes = append(indexes, tlog.StoredHashIndex(0, index))
			leaves = append(leaves, tlog.RecordHash(entry))
			index++
		}
	}
	hashes, err := reader.ReadHashes(indexes)
	if err != nil {
		return 0, err
	}
	for index, hash := range hashes {
		if hash != leaves[index] {
			return 0, fmt.Errorf("entry %d is not the one in its tile", index)
		}
	}
	if int64(len(hashes)) != tree.N {
		return 0, fmt.Errorf("%d entries, want %d", len(hashes), tree.N)
	}
	return tree.N, nil
}

func proof(path, vkey string) (int64, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	head, message, _ := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, fmt.Errorf("no tlog proof: %q", lines[0])
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return 0, err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return 0, err
	}
	var record tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return 0, err
		}
		record = append(record, hash)
	}
	tree, err := open(message, vkey)
	if err != nil {
		return 0, err
	}
	return index, tlog.CheckRecord(record, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

// open is the tree of a checkpoint that vkey signed.
func open(message []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("origin %q, want %q", lines[0], verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

// files reads tiles below a directory. C2SP leaves the height out of the path that sumdb puts it in.
type files string

func (directory files) Height() int { return height }

func (directory files) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		one, err := os.ReadFile(filepath.Join(string(directory), path))
		if err != nil {
			return nil, err
		}
		data = append(data, one)
	}
	return data, nil
}

func (directory files) SaveTiles([]tlog.Tile, [][]byte) {}

// bundle is the entries of the tile that begins at index in a tree of size.
func bundle(directory string, index, size int64) ([][]byte, error) {
	width := size - index
	if width > 1<<height {
		width = 1 << height
	}
	tile := tlog.Tile{H: height, L: 0, N: index >> height, W: int(width)}
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/0/", height), "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(directory, path))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) >= 2 {
		length := int(data[0])<<8 | int(data[1])
		if len(data) < 2+length {
			return nil, fmt.Errorf("%s: cut short", path)
		}
		entries = append(entries, data[2:2+length])
		data = data[2+length:]
	}
	if int64(len(entries)) != width {
		return nil, fmt.Errorf("%s: %d entries, want %d", path, len(entries), width)
	}
	return entries, nil
}
