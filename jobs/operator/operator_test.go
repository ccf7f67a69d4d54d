package operator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest/frozen"
	"chancery/app/cases"
	"chancery/app/staff"
	"chancery/jobs/operator"
)

// practiceRefs are the objects that practice makes.
var practiceRefs = []string{"Organization/firm", "Department/wills", "Profile/desk", "Role/lead", "User/mina"}

// settled tells whether all of them are as stated.
func (o *operation) settled() bool {
	for _, ref := range practiceRefs {
		if is, _ := o.get(ref); is.word() != "True Applied" {
			return false
		}
	}
	return true
}

// practice makes one object of each kind.
func (o *operation) practice() {
	o.create("User/mina", spec{"email": "mina@firm.example", "firstName": "Mina", "lastName": "Rao", "role": "lead", "department": "wills", "profiles": []string{"desk"}})
	o.create("Role/lead", spec{"name": "Lead", "parent": "paralegal", "permissions": []string{"cases.reassign"}})
	o.create("Profile/desk", spec{"name": "Desk", "permissions": []string{"appointments.view"}})
	o.create("Department/wills", spec{"name": "Wills"})
	o.create("Organization/firm", spec{"name": "Marlow & Reyes", "policies": spec{"lockTries": 7}})
}

// D-5, B-3: what is created comes to be and says so; what is edited is changed; what somebody changes elsewhere is put right within an interval, and told.
// A run that finds all as it should be writes nothing, here or there.
func TestThePracticeAgreesWithTheCluster(t *testing.T) {
	each(t, func(o *operation) {
		o.practice()
		for _, ref := range practiceRefs {
			is := o.becomes(ref, "True Applied")
			if !slices.Equal(is.Metadata.Finalizers, []string{operator.Finalizer}) || is.Status.Conditions[0].ObservedGeneration != 1 || is.message() == "" {
				o.t.Errorf("%s: %+v", ref, is)
			}
		}
		mina := o.person("mina@firm.example")
		if is, _ := o.get("User/mina"); mina.Status != staff.Pending || mina.DepartmentID == nil || is.Status.State != "PENDING" || is.Status.LastSignInAt != "" {
			o.t.Errorf("Mina is %+v, and it is said: %+v", mina, is.Status)
		}

		o.edit("User/mina", map[string]any{"spec": spec{"lastName": "Rao-Lee"}})
		is := o.becomes("User/mina", "True Applied")
		if mina = o.person("mina@firm.example"); mina.LastName != "Rao-Lee" || is.Status.ObservedGeneration != 2 {
			o.t.Errorf("Mina is called %s, after %+v", mina.LastName, is.Status)
		}

		_, err := o.DB.Exec(o.t.Context(), `UPDATE users SET last_name = 'Wrong', status = 'ACTIVE', last_sign_in_at = $1 WHERE id = $2`, o.Clock.Now().Add(-75*time.Second), mina.ID)
		o.must(err)
		o.interval()
		if got := o.person("mina@firm.example").LastName; got != "Rao-Lee" {
			o.t.Errorf("an interval later Mina is called %s", got)
		}
		if is, _ := o.get("User/mina"); is.Status.State != "ACTIVE" || is.Status.LastSignInAt != "2026-11-21T13:58:00Z" {
			o.t.Errorf("it is said: %+v", is.Status)
		}
		if told := o.events("User/mina"); !slices.Equal(told, []string{"Normal Corrected"}) {
			o.t.Errorf("events: %v", told)
		}

		o.must(frozen.Tables(o.t.Context(), o.DB))
		for range 2 { // also by one that knows nothing yet
			written := o.line.written()
			looked := o.r.Mirror.Look().Edition
			o.interval()
			if o.last != nil || o.line.written() != written || looked == 0 {
				o.t.Errorf("a run that finds nothing to do wrote %d times to the cluster; %v", o.line.written()-written, o.last)
			}
			o.stop()
			o.start(func() {})
			o.until("it has looked", func() bool { return o.r.Mirror.Look().Whole })
		}
		o.edit("Department/wills", map[string]any{"spec": spec{"name": "Estates"}})
		o.until("a write is refused", func() bool { return o.last != nil })
	})
}

// What is wrong says so, stops nothing but what needs it, and is told once; mended, it is applied, and that is told too.
func TestAWrongObjectSaysSo(t *testing.T) {
	each(t, func(o *operation) {
		o.practice()
		o.create("User/ann", spec{"email": "ann@firm.example", "firstName": "Ann", "lastName": "Lee", "role": "chief"})
		o.create("User/two", spec{"email": "MINA@firm.example", "firstName": "Two", "lastName": "Fold", "role": "paralegal"})
		o.create("Role/round", spec{"name": "Round", "parent": "about"})
		o.create("Role/about", spec{"name": "About", "parent": "round"})
		o.create("Role/super-admin", spec{"summary": "All of it"})
		o.create("User/zone", spec{"email": "zone@firm.example", "firstName": "Zo", "lastName": "Ne", "role": "lead", "timeZone": "Nowhere/Land", "title": "Sorcerer"})
		for ref, want := range map[string]string{
			"User/ann":         `spec.role: there is no Role "chief"`,
			"User/two":         "spec.email: is that of User/mina, too",
			"User/mina":        "spec.email: is that of User/two, too",
			"Role/round":       "spec.parent: is a cycle: round → about → round",
			"Role/about":       "spec.parent: is a cycle: about → round → about",
			"Role/super-admin": "",
			"User/zone":        "spec.timeZone: ",
		} {
			word := "False Invalid"
			if ref == "Role/super-admin" || ref == "User/zone" {
				word = "False Refused"
			}
			if is := o.becomes(ref, word); !strings.Contains(is.message(), want) || strings.Contains(is.message(), "{{") || is.message() == "" {
				o.t.Errorf("%s says %q", ref, is.message())
			}
		}
		for _, ref := range []string{"Department/wills", "Role/lead"} {
			o.becomes(ref, "True Applied")
		}
		if is, _ := o.get("User/zone"); !strings.Contains(is.message(), "spec.title: ") {
			o.t.Errorf("zone says %q", is.message())
		}
		long := "User/" + strings.Repeat("n", 199) + "." + strings.Repeat("m", 50)
		o.create(long, spec{"email": "nn@firm.example", "firstName": "Nn", "lastName": "Mm", "role": "chief"})
		o.becomes(long, "False Invalid")
		if told := o.events(long); !slices.Equal(told, []string{"Warning Invalid"}) {
			o.t.Errorf("events of a long name: %v", told)
		}
		since, _ := o.get("User/ann")
		o.interval()
		o.interval()
		if told := o.events("User/ann"); !slices.Equal(told, []string{"Warning Invalid"}) {
			o.t.Errorf("events: %v", told)
		}
		o.Clock.Add(time.Hour)
		o.edit("User/ann", map[string]any{"spec": spec{"role": "boss"}})
		if is := o.becomes("User/ann", "False Invalid"); is.Status.Conditions[0].LastTransitionTime != since.Status.Conditions[0].LastTransitionTime {
			o.t.Errorf("still wrong, and it is said to be so since %s", is.Status.Conditions[0].LastTransitionTime)
		}
		o.edit("User/ann", map[string]any{"spec": spec{"role": "lead"}})
		if is := o.becomes("User/ann", "True Applied"); is.Status.Conditions[0].LastTransitionTime == since.Status.Conditions[0].LastTransitionTime {
			o.t.Error("the condition has changed, and not its time")
		}
		if told := o.events("User/ann"); !slices.Equal(sorted(told), []string{"Normal Applied", "Warning Invalid", "Warning Invalid"}) {
			o.t.Errorf("events: %v", told)
		}
		if o.person("ann@firm.example").ID == "" {
			o.t.Error("Ann is not here")
		}
	})
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

// C-19: what is deleted waits until it is seen to. A user is deactivated, anything else released; who cannot leave stays, and it is said why.
func TestWhatIsDeletedLeaves(t *testing.T) {
	each(t, func(o *operation) {
		o.practice()
		o.create("User/elena", spec{"email": "super@firm.example", "role": "super-admin"})
		o.becomes("User/elena", "True Applied")
		o.becomes("User/mina", "True Applied")
		o.delete("User/elena")
		is := o.becomes("User/elena", "False Leaving")
		if !strings.Contains(is.message(), "Super Admin") || o.person("super@firm.example").Status != staff.Active || !slices.Equal(is.Metadata.Finalizers, []string{operator.Finalizer}) {
			o.t.Errorf("the last Super Admin: %+v", is)
		}
		o.interval()
		if told := o.events("User/elena"); !slices.Equal(told, []string{"Warning Leaving"}) {
			o.t.Errorf("events: %v", told)
		}
		o.edit("Department/wills", map[string]any{"metadata": map[string]any{"annotations": map[string]any{"chancery.dev/paused": "true"}}})
		o.becomes("Department/wills", "True Paused")
		for _, ref := range practiceRefs {
			o.delete(ref)
		}
		for _, ref := range []string{"Organization/firm", "Profile/desk", "Role/lead", "User/mina"} {
			o.vanishes(ref)
		}
		if mina := o.person("mina@firm.example"); mina.Status != staff.Inactive || mina.DepartmentID == nil {
			o.t.Errorf("Mina is %+v", mina)
		}
		if _, status := o.get("Department/wills"); status != http.StatusOK {
			o.t.Errorf("a paused object that is deleted: %d", status)
		}
		o.edit("Department/wills", map[string]any{"metadata": map[string]any{"annotations": map[string]any{"chancery.dev/paused": nil}}})
		o.vanishes("Department/wills")

		_, err := o.DB.Exec(o.t.Context(), `UPDATE users SET role_id = 'super-admin' WHERE email = 'admin@firm.example'`) // somebody else is, now
		o.must(err)
		o.interval()
		o.vanishes("User/elena")
		if o.person("super@firm.example").Status != staff.Inactive || o.problem() != "" {
			o.t.Errorf("Elena is %+v; %s", o.person("super@firm.example"), o.problem())
		}
	})
}

// S1-15: whoever owns open cases leaves when somebody else has them; the condition says so meanwhile, in numbers and without a client's name.
func TestWhoOwnsCasesLeavesAfterTheHandOver(t *testing.T) {
	each(t, func(o *operation) {
		jon := o.Person("consultant")
		o.must(o.Cases.Seed(o.t.Context(), []cases.Client{{ID: "client", Name: "Kowalczyk, Aneta"}},
			[]cases.NewCase{{Number: "MR-1", Title: "Work permit", ClientID: "client", OwnerID: jon.ID}}))
		o.create("User/jon", spec{"email": jon.Email, "lastName": "Okafor"})
		o.becomes("User/jon", "True Applied")
		o.delete("User/jon")
		is := o.becomes("User/jon", "False Leaving")
		if !strings.Contains(is.message(), "1 open case") || strings.Contains(is.message(), "Kowalczyk") || strings.Contains(is.message(), "http") || o.person(jon.Email).Status != staff.Active {
			o.t.Errorf("Jon says %q", is.message())
		}
		_, err := o.Cases.ReassignAll(o.t.Context(), access.System("test"), jon.ID, "", o.Person("other").ID)
		o.must(err)
		o.interval()
		o.vanishes("User/jon")
		if got := o.person(jon.Email).Status; got != staff.Inactive {
			o.t.Errorf("Jon is %s", got)
		}
	})
}
