package access

import (
	"context"
	"fmt"
	"strings"
)

// Preview is what a change would do before it is done (B-11).
type Preview struct {
	Gained []Effect // rights that the role or profile, or a person through it, would have that it has not
	Lost   []Effect
	People int64 // people whose rights would change, either way
}

// Effect is a right and how many people would gain or lose it.
type Effect struct {
	Permission Permission
	People     int64
}

// PreviewRole tells what UpdateRole with the same edit would do, or returns the error that it would return. The rights
// before and after are found by the code that grants them, for each combination of role and profiles that people have.
// Those who have left count no more.
func (a *Access) PreviewRole(ctx context.Context, actor Actor, id string, e RoleEdit) (*Preview, error) {
	return a.foretell(ctx, actor, func(b *Book) (subject, error) {
		was, err := b.editable(id)
		if err != nil {
			return nil, err
		}
		return b.editedRole(actor, was, e)
	})
}

// PreviewProfile is PreviewRole for UpdateProfile.
func (a *Access) PreviewProfile(ctx context.Context, actor Actor, id string, e ProfileEdit) (*Preview, error) {
	return a.foretell(ctx, actor, func(b *Book) (subject, error) { return editedProfile(actor, b.profiles[id], e) })
}

func (a *Access) foretell(ctx context.Context, actor Actor, edit func(*Book) (subject, error)) (*Preview, error) {
	if err := actor.Must(RolesEdit); err != nil {
		return nil, err
	}
	book, err := ReadBook(ctx, a.db)
	if err != nil {
		return nil, err
	}
	now, err := edit(book)
	if err != nil {
		return nil, err
	}
	if err := a.freeOf(ctx, actor, book, now); err != nil {
		return nil, err
	}
	people, err := a.reached(ctx, book, now)
	if err != nil {
		return nil, err
	}
	return compare(people, book.Rights, book.with(now).Rights, All()), nil
}

// PreviewUser tells what a person would gain and lose by another role and other profiles.
func (b *Book) PreviewUser(roleID string, profileIDs []string, newRoleID string, newProfileIDs []string) *Preview {
	return compare([]combination{{People: 1}},
		func(string, []string) Rights { return b.Rights(roleID, profileIDs) },
		func(string, []string) Rights { return b.Rights(newRoleID, newProfileIDs) }, All())
}

// Holders are people who have one role and the same profiles.
type Holders struct {
	RoleID     string
	ProfileIDs []string
	People     int64
}

// PreviewRoles tells what people would gain and lose by a role that they all get, their profiles staying.
func (b *Book) PreviewRoles(holders []Holders, newRoleID string) *Preview {
	people := make([]combination, len(holders))
	for i, h := range holders {
		people[i] = combination{h.RoleID, strings.Join(h.ProfileIDs, " "), h.People}
	}
	return compare(people, b.Rights, func(_ string, profileIDs []string) Rights { return b.Rights(newRoleID, profileIDs) }, All())
}

// combination is a role with profiles (ids, by spaces) and how many people have just these.
type combination struct {
	RoleID   string
	Profiles string
	People   int64
}

// reached are those whose rights come from any of the subjects, by the role, an ancestor of it, or a profile; and each
// subject by itself, with nobody, since what it grants is told even where nobody has it.
func (a *Access) reached(ctx context.Context, b *Book, subjects ...subject) ([]combination, error) {
	roles, profiles := []string{""}, []string{""}
	var themselves []combination
	for _, s := range subjects {
		switch s := s.(type) {
		case *bookRole:
			roles = append(roles, b.Heirs(s.ID)...)
			themselves = append(themselves, combination{RoleID: s.ID})
		case *bookProfile:
			roles, profiles = append(roles, b.Carriers(s.ID)...), append(profiles, s.ID)
			themselves = append(themselves, combination{Profiles: s.ID})
		}
	}
	people, err := a.combinations(ctx, `(u.role_id IN ? OR u.id IN (SELECT user_id FROM user_profiles WHERE profile_id IN ?))`, roles, profiles)
	return append(people, themselves...), err
}

func (a *Access) combinations(ctx context.Context, where string, args ...any) ([]combination, error) {
	var all []combination
	err := a.db.In(ctx).Raw(`SELECT role_id, profiles, count(*) AS people FROM (
		SELECT u.role_id, COALESCE((SELECT string_agg(p.profile_id, ' ') FROM
			(SELECT profile_id FROM user_profiles WHERE user_id = u.id ORDER BY profile_id) p), '') AS profiles
		FROM users u WHERE u.status <> 'INACTIVE' AND `+where+`) c GROUP BY role_id, profiles`, args...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("who has which rights: %w", err)
	}
	return all, nil
}

// compare finds out for each combination what its people would gain and lose of some permissions.
func compare(people []combination, before, after func(roleID string, profileIDs []string) Rights, of []Permission) *Preview {
	p := &Preview{}
	gained, lost := map[Permission]int64{}, map[Permission]int64{}
	for _, c := range people {
		profiles, differ := strings.Fields(c.Profiles), false
		had, has := before(c.RoleID, profiles), after(c.RoleID, profiles)
		for _, q := range of {
			switch {
			case has.Can(q) && !had.Can(q):
				gained[q] += c.People
				differ = true
			case had.Can(q) && !has.Can(q):
				lost[q] += c.People
				differ = true
			}
		}
		if differ {
			p.People += c.People
		}
	}
	p.Gained, p.Lost = effects(gained), effects(lost)
	return p
}

// effects puts counts into reading order.
func effects(of map[Permission]int64) (list []Effect) {
	for _, p := range All() {
		if n, ok := of[p]; ok {
			list = append(list, Effect{p, n})
		}
	}
	return list
}

// People counts, by role and by profile, those who work here; a profile's are those to whom it was added and those who
// have it by their role.
func (a *Access) People(ctx context.Context, b *Book) (ofRoles, ofProfiles map[string]int64, err error) {
	var rows []combination
	if rows, err = a.combinations(ctx, `1 = 1`); err != nil {
		return nil, nil, err
	}
	ofRoles, ofProfiles = map[string]int64{}, map[string]int64{}
	for _, c := range rows {
		ofRoles[c.RoleID] += c.People
		has := map[string]bool{}
		for _, id := range strings.Fields(c.Profiles) {
			has[id] = true
		}
		if r := b.roles[c.RoleID]; r != nil {
			for _, p := range r.parts {
				if p.Kind == FromProfile {
					has[p.ID] = true
				}
			}
		}
		for id := range has {
			ofProfiles[id] += c.People
		}
	}
	return ofRoles, ofProfiles, nil
}
