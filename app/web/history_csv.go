package web

import (
	"bytes"
	"encoding/csv"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// historyExported is how many lines one file holds at most. It is built in memory, within a request's deadline.
const historyExported = 20_000

// historyExport gives the lines that the filters want as a file, newest first, a row for each field, and notes in the
// history that it did.
func (w *Web) historyExport(r *request) error { return w.exportHistory(r, "/history", "") }

// usersHistoryExport is one person's.
func (w *Web) usersHistoryExport(r *request) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	return w.exportHistory(r, "/users/"+c.ID+"/history", c.ID)
}

func (w *Web) exportHistory(r *request, path, person string) error {
	f, err := w.historyFilter(r, path, person)
	if err != nil {
		return err
	}
	l := r.locale(w)
	var b bytes.Buffer
	b.WriteString("\ufeff") // by which spreadsheets know the letters
	out := csv.NewWriter(&b)
	out.UseCRLF = true
	var head []string
	for _, key := range []string{"audit.when", "audit.who", "audit.what", "audit.whom", "audit.field", "audit.before", "audit.after", "audit.network"} {
		head = append(head, l.T(message(key)))
	}
	_ = out.Write(head) // into memory
	q, n := f.wanted, 0
	q.Limit = 1000
	for more := !f.impossible; more && n < historyExported; {
		h, err := w.Staff.History(r.ctx, r.actor(), q)
		if err != nil {
			return err
		}
		s := historian{w, r, l, h.Names}
		for i := range h.Lines {
			line := s.line(&h.Lines[i])
			if line.Object == "" {
				line.Object = line.Kind
			}
			for _, c := range line.rows() {
				_ = out.Write(cells(h.Lines[i].At.In(r.zone).Format("2006-01-02 15:04:05 -07:00"), line.Actor, line.What, line.Object, c.Name, c.Before, c.After, line.Network))
			}
			q.Before = h.Lines[i].ID
		}
		n, more = n+len(h.Lines), h.More
	}
	out.Flush()
	if err := w.Staff.NoteExport(r.ctx, r.actor(), f.wanted, n); err != nil {
		return err
	}
	r.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	r.Set(fiber.HeaderContentDisposition, `attachment; filename="history-`+w.Now().In(r.zone).Format("2006-01-02")+`.csv"`)
	return r.Send(b.Bytes())
}

// rows are a line's fields; a line without any is one row.
func (h *historyLine) rows() []historyField {
	if len(h.Fields) == 0 {
		return []historyField{{}}
	}
	return h.Fields
}

// cells are values as a spreadsheet may have them: what it would take for a formula begins with an apostrophe (CWE-1236).
func cells(values ...string) []string {
	for i, v := range values {
		if strings.HasPrefix(strings.TrimLeft(v, " \t\r\n"), "'") || v == "" {
			continue
		}
		if strings.ContainsRune("=+-@\t\r\n＝＋－＠|%", []rune(v)[0]) || strings.ContainsRune("=+-@＝＋－＠", []rune(strings.TrimLeft(v, " \t\r\n") + " ")[0]) {
			values[i] = "'" + v
		}
	}
	return values
}
