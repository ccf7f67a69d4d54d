package web

import (
	"context"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/owned"
	"chancery/views"
)

// The matrix of rights, of all roles or of all profiles: to be read beneath their list, and to be changed in its place.
// What differs between the boxes and what they were filled in from is asked for (access.Column); the rest is left alone,
// whatever another has done to it meanwhile.

// matrixView is the matrix (roles/_matrix).
type matrixView struct {
	Title, Lead string
	URL         string // of the matrix; its form asks URL/preview
	Back        string // the list
	MayEdit     bool
	Editing     bool
	CSRF        string
	Errors      *views.Errors
	Stored      []stored
	Inherits    bool // what is inherited has its sign
	Kept        bool // a column is a manifest's
	Heads       []matrixHead
	Groups      []matrixGroup
}

// matrixHead is a column. Carried is what its boxes were filled in from; a column without it is only read.
type matrixHead struct {
	ID, Name, URL, People string
	Carried               string
	Kept                  string // that a manifest states it, and of which source
}

type matrixGroup struct {
	Text string
	Span int // how many columns there are
	Rows []matrixRow
}

type matrixRow struct {
	ID, Text string
	Cells    []matrixCell
}

// matrixCell is whether a column grants a permission, by itself or by inheritance; with a box it can be changed.
type matrixCell struct {
	Own, Inherited bool
	Value          string // of the box, or of what is kept
	Box            bool
	Locked         bool   // not the reader's to give or take
	Names          string // the ids of what names the box
	Changed        bool   // not as it is stored
	Meanwhile      bool   // another has changed it since (B-16)
}

// matrixSubject is a role or profile as a column.
type matrixSubject struct {
	head       matrixHead
	id         string
	own        []access.Permission
	inherited  access.Rights
	fixed      bool // Super Admin
	kept       bool // a manifest states it
	generation int64
}

// matrixKind is what the two matrices differ in.
type matrixKind struct {
	name     string // of the page, the texts and the templates
	one      string // of a column, to those who own its fields
	called   func(l views.Locale, book *access.Book, id string) string
	subjects func(*request, *access.Book, map[string]int64) []matrixSubject
	people   func(ofRoles, ofProfiles map[string]int64) map[string]int64
	preview  func(context.Context, access.Actor, []access.Column) (*access.MatrixPreview, error)
	update   func(context.Context, access.Actor, []access.Column) error
}

// matrix puts the matrix together.
func (w *Web) matrix(r *request, name string, subjects []matrixSubject, owners map[string]owned.Owner, editing bool, typed []access.Column, p problems) matrixView {
	l := r.locale(w)
	v := matrixView{
		Title: l.T(message(name + ".compare")), Lead: l.T(message(name + ".compare-intro")), URL: "/" + name + "/matrix", Back: "/" + name,
		MayEdit: r.cur.Rights.Can(access.RolesEdit), Editing: editing, CSRF: w.token(r), Errors: p.summary,
		Inherits: name == "roles",
	}
	if editing {
		v.Lead = l.T(message("rights.matrix-lead"))
	}
	if p.summary != nil {
		p.summary.Fields = nil
	}
	columns := make([]access.Column, len(subjects))
	for i, s := range subjects {
		c := access.Column{ID: s.id, Was: s.own, Now: s.own, Generation: s.generation}
		if at := slices.IndexFunc(typed, func(c access.Column) bool { return c.ID == s.id }); at >= 0 {
			if text := p.fields[s.id]; text != "" {
				text = l.T(message("form.labelled", "Label", s.head.Name, "Text", text))
				p.summary.Fields = append(p.summary.Fields, views.FieldError{ID: "c-" + s.id, Text: text})
			}
			if _, stale := p.current[s.id]; stale {
				v.Stored = append(v.Stored, stored{s.head.Name, w.since(l, typed[at].Was, s.own)})
			}
			if p.status == fiber.StatusConflict { // the next save knows what it is done to
				c.Now = typed[at].On(s.own)
			} else {
				c = typed[at]
			}
		}
		if owner := owners[s.id]; owner.Has("permissions") {
			s.head.Kept, s.kept, v.Kept = lockedBy(l, owner, "permissions"), true, true
			subjects[i].kept = true
		}
		if editing && !s.fixed && !s.kept {
			s.head.Carried = columnText(c)
		}
		columns[i] = c
		v.Heads = append(v.Heads, s.head)
	}
	for id := range p.current {
		if !slices.ContainsFunc(subjects, func(s matrixSubject) bool { return s.id == id }) {
			v.Stored = append(v.Stored, stored{l.T(message(name + ".one")), l.T(message("rights.gone"))})
		}
	}
	for _, module := range access.Modules() {
		g := matrixGroup{Text: l.T(message(access.ModuleKey(module))), Span: len(subjects)}
		for _, permission := range access.All() {
			if permission.Module() != module {
				continue
			}
			row := matrixRow{ID: "r-" + string(permission), Text: l.T(message(permission.Key()))}
			for i, s := range subjects {
				row.Cells = append(row.Cells, s.cell(r, permission, columns[i], typed, editing, p.status == fiber.StatusConflict))
			}
			g.Rows = append(g.Rows, row)
		}
		v.Groups = append(v.Groups, g)
	}
	return v
}

func (s matrixSubject) cell(r *request, p access.Permission, c access.Column, typed []access.Column, editing, stale bool) matrixCell {
	own := s.fixed || slices.Contains(s.own, p)
	cell := matrixCell{Own: own, Inherited: s.inherited.Can(p) && (!own || editing && !s.kept)}
	if !editing || s.fixed || s.kept {
		return cell
	}
	on := slices.Contains(c.Now, p)
	if on || !cell.Inherited {
		cell.Value = s.id + " " + string(p)
	}
	cell.Own, cell.Box, cell.Changed = on, !cell.Inherited, on != own
	cell.Locked = cell.Box && on == own && !r.cur.Rights.Can(p) // neither to be given nor to be taken
	cell.Names = "c-" + s.id + " r-" + string(p)
	if at := slices.IndexFunc(typed, func(c access.Column) bool { return c.ID == s.id }); stale && at >= 0 {
		cell.Meanwhile = slices.Contains(typed[at].Was, p) != own
	}
	return cell
}

// since says what another has changed: "given: see invoices; taken: edit cases".
func (w *Web) since(l views.Locale, was, is []access.Permission) string {
	var said []string
	if given := without(is, was); len(given) > 0 {
		said = append(said, l.T(message("rights.since-given", "Rights", l.List(permissionNames(l, permissionTexts(given))))))
	}
	if taken := without(was, is); len(taken) > 0 {
		said = append(said, l.T(message("rights.since-taken", "Rights", l.List(permissionNames(l, permissionTexts(taken))))))
	}
	return strings.Join(said, "; ")
}

func without(list, others []access.Permission) []access.Permission {
	return slices.DeleteFunc(slices.Clone(list), func(p access.Permission) bool { return slices.Contains(others, p) })
}
