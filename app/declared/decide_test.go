package declared_test

import (
	"testing"

	"chancery/app/apptest"
)

// What a set says otherwise than it is, case by case: of a person and of the practice, as plan tells it before anything is done.
func TestWhatIsStatedOtherwiseThanItIs(t *testing.T) {
	p := open(t, apptest.One(t))
	p.apply(p.set(everything...))
	with := func(objects ...string) []string { return append(append([]string{}, everything[:4]...), objects...) }
	const mina = `User/mina: {email: mina@firm.example, `
	for what, c := range map[string]struct {
		set  []string
		want []string
	}{
		"as it is":                       {everything, nil},
		"written otherwise":              {with(mina + `firstName: " Mina ", lastName: Rao, role: lead, department: wills, profiles: [reception], title: PARALEGAL, displayName: Mina Rao}`), []string{`take User/mina`}},
		"less of it":                     {with(mina + `role: lead}`), []string{`take User/mina`}},
		"a number as people write it":    {with(mina + `cell: "+1 (416) 555-0118"}`), []string{`change User/mina cell=+14165550118`}},
		"a number that is none":          {with(mina + `cell: "0118"}`), []string{`refuse User/mina cell=0118 !cell:staff.phone-country`}},
		"no department":                  {with(mina + `department: ""}`), []string{`change User/mina department=`}},
		"no profiles":                    {with(mina + `profiles: []}`), []string{`change User/mina profiles=`}},
		"a base role":                    {with(mina + `role: viewer}`), []string{`change User/mina role=Viewer`}},
		"a zone that is none":            {with(mina + `timeZone: Mars/Base}`), []string{`refuse User/mina zone=Mars/Base !zone:staff.zone-unknown`}},
		"a last name that is too short":  {with(mina + `lastName: ""}`), []string{`refuse User/mina last_name= !last_name:staff.last-name-missing`}},
		"that she leaves":                {with(mina + `active: false}`), []string{`change User/mina status=INACTIVE`}},
		"that she is here":               {with(mina + `active: true}`), []string{`take User/mina`}},
		"that she is paused":             {with(`paused ` + mina + `lastName: Lee}`), []string{`hold User/mina last_name=Lee`}},
		"somebody who begins as gone":    {with(everything[4], `User/lee: {email: lee@firm.example, firstName: Li, lastName: Lee, role: lead, active: false}`), []string{`refuse User/lee first_name=Li last_name=Lee role=Lead !status:declared.new-inactive`}},
		"somebody without a role":        {with(everything[4], `User/lee: {email: lee@firm.example, firstName: Li, lastName: Lee}`), []string{`refuse User/lee first_name=Li last_name=Lee !role:staff.role-missing`}},
		"an address in capitals":         {with(`User/mina: {email: MINA@FIRM.EXAMPLE, role: lead}`), []string{`take User/mina`}},
		"a department of another's name": {append([]string{`Department/wills: {name: family}`}, everything[2:4]...), []string{`refuse Department/wills name=family !name:departments.taken`, `leave User/mina status=INACTIVE`, `release Organization/practice`}},
		"permissions in another order": {append(with(everything[4]), `Profile/money: {name: Money, permissions: [payments.view, invoices.view]}`),
			[]string{`create Profile/money name=Money permissions=invoices.view payments.view`}},
		"a rule of the practice": {append([]string{`Organization/practice: {policies: {lockTries: 7, secondFactor: everyone, singleNames: true}}`}, everything[1:]...),
			[]string{`change Organization/practice single_names=true second_factor=everyone`}},
		"single names from now on": {append([]string{`Organization/practice: {policies: {singleNames: true}}`}, append(append([]string{}, everything[1:4]...), mina+`lastName: ""}`)...),
			[]string{`change Organization/practice single_names=true`, `change User/mina last_name=`}},
		"a role without its parent": {append(append([]string{}, everything[:3]...), `Role/lead: {name: Lead, parent: ""}`, everything[4]), []string{`change Role/lead parent=`}},
	} {
		t.Run(what, func(t *testing.T) {
			q := *p
			q.t = t
			q.expect(q.plan(q.set(c.set...)), c.want...)
		})
	}
}
