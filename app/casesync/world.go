package casesync

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// world is what a batch is compared with, read in as many statements as there are tables.
type world struct {
	cases       map[string]map[string]string // ours, by external id and field
	clients     map[string]string            // id, by external id
	people      map[string]string            // id, by address
	departments map[string]string            // id, by name
}

// gather reads what a batch of cases, or of members, needs to know.
func (s *Sync) gather(ctx context.Context, done []result) (*world, error) {
	w := &world{cases: map[string]map[string]string{}, clients: map[string]string{}, people: map[string]string{}, departments: map[string]string{}}
	var known, clients, addresses []string
	departments := false
	for i := range done {
		said := fields(done[i].Said)
		id := done[i].ExternalID
		if done[i].Kind == Members {
			id, _, _ = strings.Cut(id, "\n")
		}
		known = append(known, id)
		for _, f := range []string{"owner", "member"} {
			if said[f] != "" {
				addresses = append(addresses, strings.ToLower(said[f]))
			}
		}
		if said["client"] != "" {
			clients = append(clients, said["client"])
		}
		departments = departments || said["department"] != ""
	}
	if err := s.casesHere(ctx, known, w); err != nil {
		return nil, err
	}
	if err := s.named(ctx, `SELECT id, lower(email) AS name FROM users WHERE lower(email) IN ?`, addresses, w.people); err != nil {
		return nil, err
	}
	if err := s.named(ctx, `SELECT id, external_id AS name FROM clients WHERE external_id IN ?`, clients, w.clients); err != nil {
		return nil, err
	}
	if !departments {
		return w, nil
	}
	all := map[string]string{}
	if err := s.named(ctx, `SELECT id, name FROM departments WHERE 1 = 1 OR id IN ?`, []string{""}, all); err != nil {
		return nil, err
	}
	for name, id := range all {
		w.departments[plain("department", name)] = id
	}
	return w, nil
}

func (s *Sync) named(ctx context.Context, query string, names []string, into map[string]string) error {
	if len(names) == 0 {
		return nil
	}
	var rows []struct{ ID, Name string }
	if err := s.db.In(ctx).Raw(query, names).Scan(&rows).Error; err != nil {
		return fmt.Errorf("who is named: %w", err)
	}
	for _, r := range rows {
		into[r.Name] = r.ID
	}
	return nil
}

func (s *Sync) casesHere(ctx context.Context, externalIDs []string, w *world) error {
	var rows []struct {
		ExternalID, ID, Number, Title, Stage, Status, Owner, Department, Client string
		Private                                                                 bool
	}
	err := s.db.In(ctx).Raw(`SELECT k.external_id, k.id, k.number, k.title, k.stage, k.status, k.private, COALESCE(u.email, '') AS owner, COALESCE(d.name, '') AS department,
			COALESCE(l.external_id, '') AS client
		FROM cases k JOIN clients l ON l.id = k.client_id LEFT JOIN users u ON u.id = k.owner_id LEFT JOIN departments d ON d.id = k.department_id WHERE k.external_id IN ?`, externalIDs).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("cases that are here: %w", err)
	}
	for _, r := range rows {
		w.cases[r.ExternalID] = map[string]string{"\x00id": r.ID, "number": r.Number, "title": r.Title, "stage": r.Stage, "status": r.Status, "owner": r.Owner,
			"department": r.Department, "client": r.Client, "private": strconv.FormatBool(r.Private)}
	}
	return nil
}

func (s *Sync) clientsHere(ctx context.Context, externalIDs []string) (map[string]map[string]string, error) {
	var rows []struct{ ExternalID, ID, Name, Email, Phone, Language string }
	err := s.db.In(ctx).Raw(`SELECT external_id, id, name, email, phone, language FROM clients WHERE external_id IN ?`, externalIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("clients that are here: %w", err)
	}
	here := map[string]map[string]string{}
	for _, r := range rows {
		here[r.ExternalID] = map[string]string{"\x00id": r.ID, "name": r.Name, "email": r.Email, "phone": r.Phone, "language": r.Language}
	}
	return here, nil
}

// describe fills in what people recognize a case by, and whose it is: as it is here, or else as it is said.
func (w *world) describe(d *result) {
	said := fields(d.Said)
	id := d.ExternalID
	if d.Kind == Members {
		id, _, _ = strings.Cut(id, "\n")
	}
	if ours, here := w.cases[id]; here {
		d.caseID, d.number, d.title, d.private = ours["\x00id"], ours["number"], ours["title"], ours["private"] == "true"
		return
	}
	yes, _ := boolOf(said["private"])
	d.number, d.title, d.private = said["number"], said["title"], yes != nil && *yes
	d.namedID = w.people[strings.ToLower(said["owner"])]
}
