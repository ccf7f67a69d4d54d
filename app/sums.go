package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What a backup's folder holds. The key and the pictures are there where they lie on the machine.
const (
	databaseFile  = "chancery.db"
	pictureFolder = "blobs"
	// sumsFile is written last, and lists all others as sha256sum does: by it a backup is whole, also for sha256sum --check.
	sumsFile = "SHA256SUMS"
)

// sums are the SHA-256 of a backup's files, by their paths.
func sums(backup fs.FS) (map[string]string, error) {
	all := map[string]string{}
	err := fs.WalkDir(backup, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == sumsFile {
			return err
		}
		f, err := backup.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return err
		}
		all[path] = hex.EncodeToString(h.Sum(nil))
		return nil
	})
	return all, err
}

// seal writes a backup's sums.
func seal(folder string) error {
	all, err := sums(os.DirFS(folder))
	if err != nil {
		return err
	}
	var b strings.Builder
	for path, sum := range all {
		fmt.Fprintf(&b, "%s  %s\n", sum, path)
	}
	lines := slices.Sorted(strings.Lines(b.String()))
	return os.WriteFile(filepath.Join(folder, sumsFile), []byte(strings.Join(lines, "")), 0o600)
}

// whole returns an error for what is no backup, or not all of one.
func whole(backup fs.FS) error {
	listed, err := listed(backup)
	if err != nil {
		return err
	}
	found, err := sums(backup)
	if err != nil {
		return err
	}
	for path := range listed {
		if found[path] == "" {
			return fmt.Errorf("%s is missing from the backup", path)
		}
	}
	if listed[databaseFile] == "" {
		return errors.New("the backup holds no database")
	}
	return agree(listed, found)
}

// same returns an error where something that is there is not what the backup had. What is not there has been put in place.
func same(backup fs.FS) error {
	listed, err := listed(backup)
	if err != nil {
		return err
	}
	found, err := sums(backup)
	if err != nil {
		return err
	}
	return agree(listed, found)
}

func agree(listed, found map[string]string) error {
	for path, sum := range found {
		switch listed[path] {
		case sum:
		case "":
			return fmt.Errorf("%s is not of the backup", path)
		default:
			return fmt.Errorf("%s is not as it was when the backup was made", path)
		}
	}
	return nil
}

// listed are the sums that a backup lists.
func listed(backup fs.FS) (map[string]string, error) {
	f, err := backup.Open(sumsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("this is no backup of chancery, or not all of one: at its top it has no %s", sumsFile)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		sum, path, ok := strings.Cut(lines.Text(), "  ")
		if !ok {
			return nil, fmt.Errorf("%s cannot be read", sumsFile)
		}
		all[path] = sum
	}
	return all, lines.Err()
}
