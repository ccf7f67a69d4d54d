package web

import (
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/work"
)

// itemsAtOnce is how many rows one query of a download reads.
const itemsAtOnce = 1000

// runsItemsIndex is what became of each row, as a file for spreadsheets: all of them, or those of one state.
func (w *Web) runsItemsIndex(r *request) error {
	l := r.locale(w)
	wanted := work.Page{State: itemState(r.Query("state")), Size: itemsAtOnce}
	var text strings.Builder
	text.WriteString("\ufeff") // so that spreadsheets read it as UTF-8
	out := csv.NewWriter(&text)
	out.UseCRLF = true
	head := []string{l.T(message("run.column-place")), l.T(message("run.column-item")), l.T(message("run.column-state")), l.T(message("run.column-reason"))}
	if err := out.Write(head); err != nil {
		return err
	}
	for {
		p, err := w.Work.Get(r.ctx, r.actor(), r.Params("id"), wanted)
		if err != nil {
			return err
		}
		for _, line := range p.Items {
			reasons := strings.Join(w.reasons(l, line.Reasons), " ")
			if err := out.Write(cells(strconv.Itoa(line.Place), line.Label, itemStatus(l, line.State).Text, reasons)); err != nil {
				return err
			}
		}
		if p.Next == 0 {
			break
		}
		wanted.After = p.Next
	}
	if out.Flush(); out.Error() != nil {
		return out.Error()
	}
	return r.download("run-"+r.Params("id")+".csv", text.String())
}

// download answers with a file for spreadsheets. Its name is ours (ASVS 5.4.1).
func (r *request) download(name, text string) error {
	r.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	r.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return r.SendString(text)
}
