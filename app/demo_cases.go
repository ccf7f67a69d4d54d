package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/listing"
	"chancery/app/store"
)

// demoCasesMost is how many cases the demo practice has, most of them open.
const demoCasesMost = 400

// fillDemoCases gives the demo practice clients and cases: the same ones each time, with the few words that such files
// are made of. They are written in bulk, which takes some hundredths of a second.
func (h *house) fillDemoCases(ctx context.Context) error {
	owners, err := h.demoOwners(ctx)
	if err != nil {
		return err
	}
	clients, files := demoCases(owners, h.db.Now())
	return h.cases.Seed(ctx, clients, files)
}

// demoOwners are who works on cases in the demo practice, consultants oftener than others.
func (h *house) demoOwners(ctx context.Context) ([]cases.Taker, error) {
	takers, err := h.cases.Takers(ctx, access.System("demo"), "")
	if err != nil {
		return nil, err
	}
	weight := map[string]int{}
	for _, p := range demoPeople() {
		weight[demoAddress(p)] = map[string]int{access.RoleConsultant: 5, access.RoleParalegal: 1, access.RoleManager: 2}[p.role]
	}
	var owners []cases.Taker
	for turn := range 5 {
		for _, t := range takers {
			if weight[t.Email] > turn {
				owners = append(owners, t)
			}
		}
	}
	return owners, nil
}

// demoAddress is the sign-in name of a demo person.
func demoAddress(p demoPerson) string {
	if p.email == "" {
		return strings.ReplaceAll(listing.Fold(p.first+"."+p.last), " ", "-") + demoDomain
	}
	return p.email + demoDomain
}

// demoCases makes the cases of an office that opened some 35 a month, the newest this week; each seventh is closed.
func demoCases(owners []cases.Taker, now time.Time) (clients []cases.Client, files []cases.NewCase) {
	first := strings.Fields("Aneta Rafael Thanh Hodan Maja Kavya Ibrahim Sofía Chloé Wen Oksana Tomás Amina Luca Noor Grażyna Élodie Paulo Farah Daniyar Mercy Joon Leila Andrzej Yara Nadia Ousmane Ingrid Karthik Beatrix")
	last := strings.Fields("Kowalczyk Santos Nguyen Abdi Olsson Iyer Haddad Morales Bouchard Liu Shevchenko Herrera Yusuf Romano Rahman Wiśniewska Lavoie Ferreira Siddiqi Akhmetov Owusu Park Hosseini Nowak Mansour Petrova Traoré Lindgren Subramanian Vogel")
	firms := []string{"Prairie Freight Ltd.", "Greenline Foods Inc.", "Harbourview Hotels", "Boréal Logiciels inc.", "Maple & Main Bakery", "Northgate Dental Group", "Atelier Dufresne", "Sunrise Greenhouses"}
	kinds := []string{
		"Spousal sponsorship, inland", "Work permit, LMIA-exempt", "Refugee claim, first hearing",
		"Parent and grandparent sponsorship", "LMIA application, high wage", "Humanitarian and compassionate application",
		"Citizenship application", "Work permit extension", "Study permit", "Express Entry profile",
		"Parrainage, conjoint au Québec", "Provincial nominee, Ontario", "Pre-removal risk assessment", "Permanent resident card renewal",
		"Intra-company transfer", "Permiso de trabajo, CUSMA", "Start-up visa", "Super visa",
	}
	stages := []string{"Intake", "Gathering", "Drafting", "With client", "Review", "Submitted", "Decision awaited"}
	for i := range 260 {
		name := fmt.Sprintf("%s, %s", last[i%len(last)], first[(i*7+i/len(last))%len(first)])
		if i%13 == 5 {
			name = firms[i/13%len(firms)]
		}
		clients = append(clients, cases.Client{ID: store.NewID(), Name: name, Email: fmt.Sprintf("client%03d@clients.demo.example", i+1), Language: []string{"en", "fr", "es", "en"}[i%4]})
	}
	for i := range demoCasesMost {
		kind, owner := kinds[(i*5+i/18)%len(kinds)], owners[int(uint32(i)*2654435761>>8)%len(owners)]
		opened := now.Add(-time.Duration(demoCasesMost-i) * 21 * time.Hour)
		k := cases.NewCase{Number: fmt.Sprintf("MR-%d-%04d", opened.Year(), i+1), Title: kind, ClientID: clients[(i*3+i/7)%len(clients)].ID, Stage: stages[(i*3+i/5)%len(stages)],
			Private: i%41 == 7, OwnerID: owner.ID, OpenedAt: opened}
		if owner.DepartmentID != nil {
			k.DepartmentID = *owner.DepartmentID
		}
		if i%7 == 3 && i < demoCasesMost-40 {
			k.Status, k.Stage, k.ClosedAt = cases.Closed, "Closed", opened.Add(90*24*time.Hour)
		}
		files = append(files, k)
	}
	return clients, files
}
