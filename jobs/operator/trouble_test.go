package operator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/apptest/kubetest"
	"chancery/app/declared"
	"chancery/app/manifest"
	"chancery/app/staff"
	"chancery/jobs/operator"
)

// A process may die at any of its requests: the next one comes to the same end, whether the last request arrived or only its answer is missing.
func TestARestartInTheMiddleComesToTheSameEnd(t *testing.T) {
	cluster := kubetest.Shared(t)
	for _, lost := range []bool{false, true} {
		app := apptest.One(t)
		o := open(t, app, cluster.For(t))
		o.stop()
		o.practice()
		deaths, arrive := 0, 1
		if lost {
			arrive = 0
		}
		for dead := true; dead; deaths++ { // each process does one write
			o.line.after(arrive, lost)
			o.start(func() {})
			o.until("it has died, or done all", func() bool { dead = o.line.dead(); return dead || o.settled() })
			o.stop()
		}
		o.line.sever(false)
		o.start(func() {})
		for _, ref := range practiceRefs {
			if is := o.becomes(ref, "True Applied"); !slices.Equal(is.Metadata.Finalizers, []string{operator.Finalizer}) {
				t.Errorf("%s: %+v", ref, is)
			}
		}
		var people, mails int
		o.must(o.DB.Row(t.Context(), `SELECT (SELECT count(*) FROM users WHERE email = 'mina@firm.example'), (SELECT count(*) FROM mails WHERE kind = 'welcome' AND recipient = 'mina@firm.example')`).Scan(&people, &mails))
		if people != 1 || mails != 1 || deaths < 10 {
			t.Errorf("after %d deaths there are %d of Mina, and %d letters to her", deaths, people, mails)
		}
		o.line.after(0, lost) // and at its end
		o.delete("User/mina")
		o.until("it has died over the finalizer", o.line.dead)
		o.stop()
		o.line.sever(false)
		o.start(func() {})
		o.vanishes("User/mina")
		if got := o.person("mina@firm.example").Status; got != staff.Inactive {
			t.Errorf("Mina is %s", got)
		}
	}
}

// Somebody else may write to an object between our look and our write: it is read again, and theirs stays.
func TestOthersMayWriteMeanwhile(t *testing.T) {
	each(t, func(o *operation) {
		o.practice()
		o.becomes("User/mina", "True Applied")
		o.line.first(func(r *http.Request) bool {
			if r.Method != http.MethodPatch || !strings.HasSuffix(r.URL.Path, "/users/ada/status") {
				return false
			}
			o.edit("User/ada", map[string]any{"metadata": map[string]any{"finalizers": []string{operator.Finalizer, "somebody.example/theirs"}, "labels": map[string]any{"team": "wills"}}})
			return true
		})
		o.create("User/ada", spec{"email": "ada@firm.example", "firstName": "Ada", "lastName": "Cole", "role": "paralegal"})
		is := o.becomes("User/ada", "True Applied")
		if o.line.conflicts() == 0 || !slices.Contains(is.Metadata.Finalizers, "somebody.example/theirs") {
			o.t.Errorf("%d conflicts, and finalizers %v", o.line.conflicts(), is.Metadata.Finalizers)
		}
		theirs := []map[string]any{{"type": "Approved", "status": "True", "reason": "Seen", "message": "", "lastTransitionTime": "2026-11-21T14:00:00Z"}}
		if status := o.cluster.Do(http.MethodPatch, o.path("User/ada")+"/status", map[string]any{"status": map[string]any{"conditions": theirs}}, nil); status != http.StatusOK {
			o.t.Fatal(status)
		}
		o.until("our condition is there again, beside theirs", func() bool {
			o.Clock.Add(time.Minute)
			is, _ := o.get("User/ada")
			return is.word() == "True Applied" && len(is.Status.Conditions) == 2
		})

		o.delete("User/ada")
		o.until("ours is off, and theirs is not", func() bool {
			is, _ := o.get("User/ada")
			return slices.Equal(is.Metadata.Finalizers, []string{"somebody.example/theirs"})
		})
		o.interval()
		o.interval()
		if got := o.person("ada@firm.example").Status; got != staff.Inactive || o.last != nil {
			o.t.Errorf("Ada is %s; %v", got, o.last)
		}
		o.edit("User/ada", map[string]any{"metadata": map[string]any{"finalizers": nil}})
		o.vanishes("User/ada")
	})
}

// While the API server is away nothing is lost and nobody is missed; it is said since when. What happened out of our sight is seen when it is back, also
// when it no longer knows up to where we had heard.
func TestNobodyIsMissedWhileTheAPIServerIsAway(t *testing.T) {
	cluster := kubetest.Start(t)
	o := open(t, apptest.One(t), cluster)
	o.practice()
	o.becomes("User/mina", "True Applied")
	o.line.sever(true)
	cluster.StopAPI()
	o.until("it is told", func() bool { return o.problem() == "the cluster cannot be reached" })
	_, err := o.DB.Exec(t.Context(), `UPDATE users SET last_name = 'Wrong' WHERE email = 'mina@firm.example'`)
	o.must(err)
	o.interval()
	if mina := o.person("mina@firm.example"); mina.Status != staff.Pending || mina.LastName != "Wrong" {
		t.Errorf("by a cluster that is away, Mina is %+v", mina)
	}
	cluster.StartAPI()
	o.create("User/ann", spec{"email": "ann@firm.example", "firstName": "Ann", "lastName": "Lee", "role": "lead"})
	o.delete("Profile/desk")
	o.edit("User/mina", map[string]any{"spec": spec{"profiles": []string{}, "lastName": "Rao-Lee"}})
	cluster.StopAPI() // the next one remembers nothing of before it began
	cluster.StartAPI()
	o.line.sever(false)
	o.becomes("User/ann", "True Applied")
	o.becomes("User/mina", "True Applied")
	o.vanishes("Profile/desk")
	o.until("it is told no more", func() bool { return o.problem() == "" })
	if mina := o.person("mina@firm.example"); mina.LastName != "Rao-Lee" || mina.Status != staff.Pending {
		t.Errorf("Mina is %+v", mina)
	}
	if !strings.Contains(o.log.String(), "listed anew") {
		t.Error("the API server knew up to where we had heard, and this test shows nothing of a new list")
	}
	if strings.Contains(o.log.String(), "mina") {
		t.Error("the log names somebody")
	}

	o.stop() // somebody breaks all of it: what vanishes without our word is taken for a broken cluster
	for _, ref := range []string{"Organization/firm", "Department/wills", "Role/lead", "User/mina", "User/ann"} {
		o.edit(ref, map[string]any{"metadata": map[string]any{"finalizers": nil}})
		o.delete(ref)
	}
	o.start(func() {})
	o.until("it is told", func() bool { return strings.Contains(o.problem(), "holds nothing") })
	o.interval()
	if mina := o.person("mina@firm.example"); mina.Status != staff.Pending {
		t.Errorf("Mina is %s", mina.Status)
	}
}

// A wrong branch takes objects out of a cluster, too: where more people go than may without a question, they stay with their finalizers until a person says
// that it is meant.
func TestTooManyWhoGoAreAskedAbout(t *testing.T) {
	o := open(t, apptest.One(t), kubetest.Shared(t))
	var refs []string
	for _, name := range []string{"ann", "ben", "cleo", "dan", "eve"} {
		refs = append(refs, "User/"+name)
		o.create("User/"+name, spec{"email": name + "@firm.example", "firstName": name, "lastName": "Lee", "role": "paralegal"})
	}
	for _, ref := range refs {
		o.becomes(ref, "True Applied")
	}
	o.stop() // or it might see them go one by one
	for _, ref := range refs[1:] {
		o.delete(ref)
	}
	o.start(func() {})
	for _, ref := range refs[1:] {
		if is := o.becomes(ref, "False Leaving"); !strings.Contains(is.message(), "Of 5 people, 4 have gone") {
			t.Errorf("%s says %q", ref, is.message())
		}
	}
	o.interval()
	if got := o.person("ben@firm.example").Status; got != staff.Pending {
		t.Errorf("Ben is %s", got)
	}
	left := manifest.Cluster([]manifest.Kept{{Kind: manifest.User, Name: "ann", Spec: spec{"email": "ann@firm.example", "firstName": "ann", "lastName": "Lee", "role": "paralegal"}}})
	_, err := o.Declared.Apply(t.Context(), operator.Source, left, declared.AnyNumber) // chancery apply --deactivate-many --source cluster
	o.must(err)
	o.interval()
	for _, ref := range refs[1:] {
		o.vanishes(ref)
	}
	if got := o.person("ann@firm.example").Status; got != staff.Pending {
		t.Errorf("Ann is %s", got)
	}
}
