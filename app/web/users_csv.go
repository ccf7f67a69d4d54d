package web

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/staff"
)

// exportLasts is how long an export may take to be fetched.
const exportLasts = 10 * time.Minute

// usersCSV is the list of the same address as a file: all of it, in the reader's words and zone. With ids it is those
// people, whatever the list was filtered by when they were selected.
func (w *Web) usersCSV(r *request) error {
	f, err := r.addressForm()
	if err != nil {
		return err
	}
	q := w.usersQuery(r, f.get)
	if ids := f.ids(); len(ids) > 0 && f.get("all") == "" {
		q.Filter = staff.Filter{IDs: ids, DormantSince: q.DormantSince}
	}
	read, err := w.Staff.Export(r.ctx, r.actor(), q.Query)
	if err != nil {
		return err
	}
	r.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	r.Set(fiber.HeaderContentDisposition, `attachment; filename="users-`+w.Now().In(r.zone).Format(time.DateOnly)+`.csv"`)
	l, conn := r.locale(w), r.Context().Conn()
	cells, err := w.userCells(r, l, usersPath)
	if err != nil {
		return err
	}
	yes := l.T(message("people.dormant"))
	var head []string
	for _, key := range []string{"users.name", "users.email", "users.job-title", "users.role", "users.department", "users.status", "people.dormant", "users.last-sign-in", "users.created-on"} {
		head = append(head, l.T(message(key)))
	}
	ctx, zone, actor := context.WithoutCancel(r.ctx), r.zone, r.actor() // the request's own ends with this function, before the first byte is out
	r.Context().SetBodyStreamWriter(func(out *bufio.Writer) {
		ctx, cancel := context.WithTimeout(ctx, exportLasts)
		defer cancel()
		_, err := io.WriteString(out, "\ufeff") // or spreadsheets take it for another coding
		file := csv.NewWriter(out)
		file.UseCRLF = true // RFC 4180
		if err == nil {
			err = file.Write(head)
		}
		if err == nil {
			err = read(ctx, func(rows []staff.Row) error {
				if err := w.invitationsIn(ctx, actor, rows, &cells); err != nil {
					return err
				}
				for i := range rows {
					u := cells.row(&rows[i], q.DormantSince)
					line := []string{u.Name, u.Email, u.Title, u.Role.Text, u.Department.Text, u.Status.Text, "", "", rows[i].CreatedAt.In(zone).Format(time.RFC3339)}
					if u.Dormant {
						line[6] = yes
					}
					if at := rows[i].LastSignInAt; at != nil {
						line[7] = at.In(zone).Format(time.RFC3339)
					}
					for i := range line {
						line[i] = inert(line[i])
					}
					if err := file.Write(line); err != nil {
						return err
					}
				}
				file.Flush()
				return out.Flush()
			})
		}
		file.Flush()
		if err != nil { // a file that ends in the middle must not look whole
			w.Log.Warn("export of users broke off", "err", err)
			_ = conn.Close()
		}
	})
	return nil
}

// inert is a cell that no spreadsheet takes for a formula.
func inert(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r＝＋－＠") == 0 {
		return "'" + cell
	}
	return cell
}
