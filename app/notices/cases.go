package notices

import (
	"context"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/cases"
	"chancery/app/post"
	"chancery/app/store"
)

// Came tells a person, once, of open cases that came to them: how many and from where, and nothing of a client (B-14: a
// mail box is not the practice's). The bell says so, too.
func (n *Notices) Came(ctx context.Context, c cases.Came) error {
	b := Bulletin{UserID: c.UserID, Kind: BulletinCases, SendKey: "cases/" + c.Key, Count: c.Count}
	if c.ByID != "" {
		b.ActorID = &c.ByID
	}
	if c.CaseID != "" {
		b.CaseID = &c.CaseID
	}
	if err := n.bulletin(ctx, b); err != nil {
		return err
	}
	return n.post.Queue(ctx, post.Draft{SendKey: "cases-came/" + c.Key, Kind: post.CasesCame, UserID: c.UserID, Recipient: c.Email, Language: c.Language, Zone: c.Zone,
		Data: map[string]any{"Count": c.Count, "By": c.By, "From": c.From, "Path": "/users/" + c.UserID + "/cases"}})
}

// Joined tells a person that they are a member of a case now, behind the bell.
func (n *Notices) Joined(ctx context.Context, caseID, userID string, by access.Actor) error {
	return n.bulletin(ctx, Bulletin{UserID: userID, Kind: BulletinJoined, SendKey: "joined/" + store.NewID(), CaseID: &caseID, ActorID: person(by)})
}

// Appointed tells a person what became of an appointment of theirs, behind the bell (agenda.Teller).
func (n *Notices) Appointed(ctx context.Context, t agenda.News) error {
	b := Bulletin{UserID: t.UserID, Kind: BulletinKind(t.What), SendKey: "appointment/" + store.NewID(), ObjectID: t.ID, Count: t.Count,
		ActorID: person(t.By)}
	if t.CaseID != "" {
		b.CaseID = &t.CaseID
	}
	return n.bulletin(ctx, b)
}

// person is who did something, or nil if a program did.
func person(by access.Actor) *string {
	if by.Program() {
		return nil
	}
	return &by.ID
}
