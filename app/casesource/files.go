package casesource

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"chancery/app/blob"
	"chancery/app/casesync"
	"chancery/app/fault"
)

// fileRows is how many rows of a file are a part.
const fileRows = 500

// lineMost is how long a line of a file may be, in bytes.
const lineMost = 1 << 20

// files is a case system that drops files. Between two parts the file stays open; whoever goes on elsewhere opens it anew and skips what was read.
type files struct {
	blobs  blob.Store
	prefix string

	mu   sync.Mutex
	kind casesync.Kind
	open *table // nil: none is
	same string // the ETag of the file of this kind, which has not changed since last time
}

// table is an open file.
type table struct {
	body io.Closer
	etag string
	at   int                          // rows given
	row  func() (casesync.Row, error) // io.EOF after the last
}

// Read gives the next rows. A cursor is a count of rows and the ETag of the file that they are in.
func (f *files) Read(ctx context.Context, kind casesync.Kind, cursor, etag string) (p casesync.Part, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, of, _ := strings.Cut(cursor, " ")
	skip, _ := strconv.Atoi(at)
	if f.kind != kind || cursor == "" {
		f.close()
		f.kind, f.same = kind, ""
	}
	if cursor != "" && f.same != "" && f.same == of && etag == of {
		return casesync.Part{Same: true}, nil
	}
	if f.open == nil || f.open.at != skip || f.open.etag != of {
		f.close()
		if f.open, err = f.begin(ctx, kind); err != nil {
			switch {
			case errors.Is(err, fault.ErrNotFound) && cursor == "":
				return casesync.Part{Absent: true}, nil
			case errors.Is(err, fault.ErrNotFound):
				return p, moved(kind)
			}
			return p, err
		}
		if cursor != "" && f.open.etag != of {
			f.close()
			return p, moved(kind)
		}
		if etag != "" && etag == f.open.etag {
			f.same = etag
			f.close()
			return casesync.Part{Same: true}, nil
		}
	}
	defer context.AfterFunc(ctx, f.interrupt(f.open))() // a store that hangs is left when time is over
	if f.open.at < skip {
		for f.open.at < skip {
			if _, err := f.next(ctx, kind); errors.Is(err, io.EOF) {
				return p, moved(kind)
			} else if err != nil {
				return p, err
			}
		}
	}
	p = casesync.Part{ETag: f.open.etag, Still: true}
	for len(p.Rows) < fileRows {
		row, err := f.next(ctx, kind)
		if errors.Is(err, io.EOF) {
			f.close()
			return p, nil
		}
		if err != nil {
			return p, err
		}
		p.Rows = append(p.Rows, row)
	}
	p.Next = strconv.Itoa(f.open.at) + " " + f.open.etag
	return p, nil
}

func (f *files) next(ctx context.Context, kind casesync.Kind) (casesync.Row, error) {
	row, err := f.open.row()
	if err == nil {
		f.open.at++
		row.Place = f.open.at
		return row, nil
	}
	if errors.Is(err, io.EOF) {
		return row, io.EOF
	}
	f.close()
	var trouble *casesync.Trouble
	if errors.As(err, &trouble) {
		return row, err
	}
	return row, unreadableFile(ctx, kind, err)
}

func (f *files) close() {
	if f.open != nil {
		_ = f.open.body.Close()
		f.open = nil
	}
}

func (f *files) interrupt(t *table) func() { return func() { _ = t.body.Close() } }

// begin opens the file of a kind: fault.ErrNotFound where there is none.
func (f *files) begin(ctx context.Context, kind casesync.Kind) (*table, error) {
	var found []string
	err := f.blobs.List(ctx, f.prefix, func(i blob.Info) error {
		if name := strings.TrimPrefix(i.Key, f.prefix); name == list(kind)+".csv" || name == list(kind)+".ndjson" {
			found = append(found, i.Key)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, unreadableFile(ctx, kind, err)
	case len(found) == 0:
		return nil, fault.ErrNotFound
	case len(found) > 1:
		return nil, broken(kind, "a .csv and an .ndjson: which one is meant?")
	}
	// It may be taken away between the two, and then it is not there.
	o, err := f.blobs.Get(context.WithoutCancel(ctx), found[0])
	if err != nil {
		return nil, unreadableFile(ctx, kind, err)
	}
	t := &table{body: o.Body, etag: strings.ReplaceAll(o.ETag, " ", "")}
	in := bufio.NewReaderSize(o.Body, 64<<10)
	if mark, _ := in.Peek(2); bytes.Equal(mark, []byte{0xFF, 0xFE}) || bytes.Equal(mark, []byte{0xFE, 0xFF}) {
		_ = o.Body.Close()
		return nil, broken(kind, "UTF-16; UTF-8 is wanted")
	}
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = in.Discard(3)
	}
	if strings.HasSuffix(found[0], ".csv") {
		t.row, err = csvRows(kind, in)
	} else {
		t.row = jsonRows(in)
	}
	if err != nil {
		_ = o.Body.Close()
		return nil, err
	}
	return t, nil
}

func moved(kind casesync.Kind) error {
	return &casesync.Trouble{Reason: casesync.Moved, Detail: list(kind) + ": another file"}
}

// unreadableFile is an error of the store of objects.
func unreadableFile(ctx context.Context, kind casesync.Kind, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, fault.ErrNotFound) {
		return err
	}
	return &casesync.Trouble{Reason: casesync.Unreachable, Detail: list(kind) + ": the store of objects", Temporary: true}
}

// csvRows reads lines below one of names.
func csvRows(kind casesync.Kind, in *bufio.Reader) (func() (casesync.Row, error), error) {
	head, _ := in.Peek(4 << 10)
	line, _, _ := bytes.Cut(head, []byte("\n"))
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	r.Comma = ','
	for _, c := range ";\t" {
		if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(r.Comma))) {
			r.Comma = c
		}
	}
	first, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, broken(kind, "no line of names")
	}
	names := make([]string, len(first))
	for i, n := range first {
		if names[i] = strings.ToLower(strings.TrimSpace(n)); slices.Contains(names[:i], names[i]) && slices.Contains(kind.Fields(), names[i]) {
			return nil, broken(kind, "two columns %q", names[i])
		}
	}
	need := []string{"id"}
	if kind == casesync.Members {
		need = kind.Fields()
	}
	for _, n := range need {
		if !slices.Contains(names, n) {
			return nil, broken(kind, "no column %q", n)
		}
	}
	return func() (casesync.Row, error) {
		cells, err := r.Read()
		var wrong *csv.ParseError
		switch {
		case errors.As(err, &wrong):
			return casesync.Row{Broken: casesync.BrokenRow}, nil
		case err != nil:
			return casesync.Row{}, err
		}
		row := casesync.Row{Said: make(map[string]string, len(cells))}
		if len(cells) != len(names) { // a separator that is no separator: not even whose row it is can be told
			row.Broken = casesync.BrokenColumns
			return row, nil
		}
		for i, c := range cells {
			row.Said[names[i]] = strings.Clone(c)
		}
		return row, nil
	}, nil
}

// jsonRows reads an object to a line; empty lines are none.
func jsonRows(in *bufio.Reader) func() (casesync.Row, error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), lineMost)
	return func() (casesync.Row, error) {
		for lines.Scan() {
			if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
				return jsonRow(0, line), nil
			}
		}
		if errors.Is(lines.Err(), bufio.ErrTooLong) {
			return casesync.Row{}, &casesync.Trouble{Reason: casesync.Unreadable, Detail: fmt.Sprintf("a line of more than %d KiB", lineMost>>10)}
		}
		if lines.Err() != nil {
			return casesync.Row{}, lines.Err()
		}
		return casesync.Row{}, io.EOF
	}
}
