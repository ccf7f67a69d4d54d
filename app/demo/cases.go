package demo

import (
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/store"
)

// Cases is how many cases the demo practice has, most of them open.
const Cases = 400

// kind is a kind of case: its matter, the department that does it, and what it is called in the client's language.
type kind struct{ matter, department, en, fr, es string }

func (k *kind) title(language string) string {
	return map[string]string{"en": k.en, "fr": k.fr, "es": k.es}[language]
}

const family, work, refugee, office = "Family and sponsorship", "Work permits", "Refugee and humanitarian", "Office and finance"

func kinds() []kind {
	return []kind{
		{"family", family, "Spousal sponsorship, inland", "Parrainage, conjoint au Canada", "Patrocinio de cónyuge en Canadá"},
		{"family", family, "Spousal sponsorship, abroad", "Parrainage, conjoint à l’étranger", "Patrocinio de cónyuge en el extranjero"},
		{"family", family, "Parent and grandparent sponsorship", "Parrainage des parents et grands-parents", "Patrocinio de padres y abuelos"},
		{"family", family, "Super visa", "Super visa", "Supervisa"},
		{"status", family, "Citizenship application", "Demande de citoyenneté", "Solicitud de ciudadanía"},
		{"status", family, "Permanent resident card renewal", "Renouvellement de la carte de résident permanent", "Renovación de la tarjeta de residente permanente"},
		{"work", work, "Work permit extension", "Prolongation du permis de travail", "Extensión del permiso de trabajo"},
		{"work", work, "Work permit, LMIA-exempt", "Permis de travail, dispense d’EIMT", "Permiso de trabajo sin LMIA"},
		{"work", work, "Professional under CUSMA", "Professionnel, ACEUM", "Profesionista, T-MEC"},
		{"status", work, "Express Entry profile", "Entrée express", "Entrada Exprés"},
		{"status", work, "Provincial nominee, Ontario", "Candidat des provinces, Ontario", "Nominado provincial, Ontario"},
		{"status", work, "Study permit", "Permis d’études", "Permiso de estudios"},
		{"refugee", refugee, "Refugee claim, first hearing", "Demande d’asile, première audience", "Solicitud de refugio, primera audiencia"},
		{"refugee", refugee, "Humanitarian and compassionate application", "Demande pour motifs d’ordre humanitaire", "Solicitud por razones humanitarias"},
		{"refugee", refugee, "Pre-removal risk assessment", "Examen des risques avant renvoi", "Evaluación de riesgos antes de la deportación"},
	}
}

func firmKinds() []kind {
	return []kind{
		{"firm", work, "LMIA application, high wage", "Demande d’EIMT, haut salaire", "Solicitud de LMIA, salario alto"},
		{"firm", work, "Intra-company transfer", "Mutation intra-entreprise", "Transferencia intraempresarial"},
		{"firm", work, "Global Talent Stream", "Volet des talents mondiaux", "Corriente de Talento Global"},
	}
}

// stages that an open case goes through, as this practice calls them.
func stages() []string {
	return []string{"Intake", "Gathering", "Drafting", "With client", "Review", "Submitted", "Decision awaited"}
}

// client is one of the practice's, and what the texts need.
type client struct {
	cases.Client
	firm    bool
	contact string // the first name of whom one writes to
}

// imagineClients invents people with names as they are in their language and beyond, and some firms.
func (p *past) imagineClients() (people, firms []client) {
	names := map[string][2]string{
		"en": {"Aneta Thanh Hodan Maja Kavya Ibrahim Wen Oksana Amina Noor Grażyna Farah Daniyar Mercy Joon Leila Andrzej Yara Ingrid Karthik Beatrix Tunde Sana Rohan",
			"Kowalczyk Nguyen Abdi Olsson Iyer Haddad Liu Shevchenko Yusuf Romano Rahman Wiśniewska Siddiqi Akhmetov Owusu Park Hosseini Nowak Petrova Lindgren Subramanian Vogel Adeleke Mehta"},
		"fr": {"Chloé Élodie Ousmane Nadia Mamadou Rachid Claudine Jean-Baptiste Fatoumata Yasmine Pascal Awa Thierno Maëlle Samir Régine",
			"Bouchard Lavoie Traoré Mansour Diop Benali Mukendi Toussaint Coulibaly Haddadi Rakoto Ndiaye Bah Morel Cherif Baptiste"},
		"es": {"Sofía Tomás Rafael Luca Paulina Ximena Andrés Marisol Gonzalo Yolanda Emilio Rocío Julián Daniela Óscar Valentina",
			"Morales Herrera Santos Ferreira Castañeda Quiroga Méndez Ávila Zamora Peralta Rincón Galeano Cifuentes Duarte Montoya Escobar"},
	}
	for i := range 246 {
		language := []string{"en", "fr", "es", "en"}[i%4]
		first, last := strings.Fields(names[language][0]), strings.Fields(names[language][1])
		n := i / 4
		if i%4 == 3 { // the second half of those who write English
			n += 62
		}
		given, family := first[(n*7+n/len(last))%len(first)], last[n%len(last)]
		people = append(people, client{cases.Client{ID: store.NewID(), Name: family + ", " + given, Email: fmt.Sprintf("client%03d@clients.demo.example", i+1), Language: language}, false, given})
	}
	for i, f := range []struct{ name, language, contact string }{
		{"Prairie Freight Ltd.", "en", "Dana"}, {"Greenline Foods Inc.", "en", "Marcus"}, {"Harbourview Hotels", "en", "Priscilla"}, {"Boréal Logiciels inc.", "fr", "Sylvie"},
		{"Maple & Main Bakery", "en", "Tom"}, {"Northgate Dental Group", "en", "Anjali"}, {"Atelier Dufresne", "fr", "Olivier"}, {"Sunrise Greenhouses", "en", "Neil"},
		{"Tortillería La Paloma", "es", "Graciela"}, {"Usinage Rive-Sud", "fr", "Martin"}, {"Clearwater Robotics", "en", "Hye-jin"}, {"Constructora Andina Canadá", "es", "Ramiro"},
	} {
		firms = append(firms, client{cases.Client{ID: store.NewID(), Name: f.name, Email: fmt.Sprintf("hr%02d@clients.demo.example", i+1), Language: f.language}, true, f.contact})
	}
	for _, c := range append(people[:len(people):len(people)], firms...) {
		p.clients = append(p.clients, c.Client)
	}
	return people, firms
}

// imagineCases makes the cases of an office that opened some 35 a month, the newest this week; each seventh is closed.
func (p *past) imagineCases() {
	people, firms := p.imagineClients()
	all, ofFirms, steps := kinds(), firmKinds(), stages()
	for i := range Cases {
		who, k := people[(i*3+i/7)%len(people)], all[p.chance.below(len(all))]
		if i%10 == 4 {
			who, k = firms[i/10%len(firms)], one(p.chance, ofFirms)
		}
		opened := p.now.Add(-time.Duration(Cases-i)*21*time.Hour - 3*time.Hour).Truncate(time.Second)
		f := &file{matter: k.matter, language: who.Language, contact: who.contact, from: opened, until: p.now}
		f.NewCase = cases.NewCase{ID: store.NewID(), Number: fmt.Sprintf("MR-%d-%04d", opened.Year(), i+1), Title: k.title(who.Language), ClientID: who.ID,
			Stage: steps[min(len(steps)-1, (Cases-i)*len(steps)/280+p.chance.below(3))], Private: i%41 == 7, OpenedAt: p.byDay(opened), Status: cases.Open, ExternalID: known(i + 1)}
		if i < len(steps) { // so that the stages stand in their order
			f.Stage = steps[i]
		}
		f.owner = p.ownerFor(i, &k, who.Language)
		f.OwnerID, f.DepartmentID = f.owner.id, f.owner.departmentID
		f.members = p.membersFor(f, k.department)
		for _, m := range f.members {
			f.Members = append(f.Members, m.id)
		}
		if i%7 == 3 && i >= len(steps) && i < Cases-40 {
			f.until = opened.Add(min(90*24*time.Hour, p.now.Sub(opened)*4/5))
			f.Status, f.Stage, f.ClosedAt = cases.Closed, steps[len(steps)-1], p.byDay(f.until)
		}
		p.files, p.cases = append(p.files, f), append(p.cases, f.NewCase)
	}
}

// ownerFor is a consultant of the department who speaks the client's language, if there is one; now and then whoever leads it. Some cases
// are the partner's own.
func (p *past) ownerFor(i int, k *kind, language string) *colleague {
	if i%40 == 12 && k.matter != "firm" {
		return p.called("admin")
	}
	var able, fluent []*colleague
	for _, c := range p.with(access.RoleConsultant, access.RoleManager, access.RoleParalegal) {
		weight := map[string]int{access.RoleConsultant: 5, access.RoleManager: 2, access.RoleParalegal: 1}[c.role]
		if c.email == "consultant" {
			weight *= 2
		}
		for range weight {
			if c.department == k.department {
				able = append(able, c)
				if c.language == language {
					fluent = append(fluent, c)
				}
			}
		}
	}
	if len(fluent) > 0 && p.chance.in(60) {
		able = fluent
	}
	return one(p.chance, able)
}

// membersFor are who else works on a case: a paralegal mostly, who keeps its accounts, and now and then the reception, a second
// consultant, or who learns from it.
func (p *past) membersFor(f *file, department string) (members []*colleague) {
	add := func(hundredths int, from []*colleague) {
		if len(from) == 0 || !p.chance.in(hundredths) {
			return
		}
		c := one(p.chance, from)
		for _, on := range append(members, f.owner) {
			if on == c {
				return
			}
		}
		members = append(members, c)
	}
	in := func(all []*colleague) (some []*colleague) {
		for _, c := range all {
			if c.department == department {
				some = append(some, c)
			}
			if c.department == department && c.email == "paralegal" {
				some = append(some, c)
			}
		}
		return some
	}
	add(85, in(p.with(access.RoleParalegal)))
	add(50, p.with(access.RoleAccountant))
	add(25, p.with(access.RoleSupport))
	add(12, in(p.with(access.RoleConsultant)))
	add(15, p.with(access.RoleViewer))
	return members
}
