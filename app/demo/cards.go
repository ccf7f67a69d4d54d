package demo

import (
	"context"
	"fmt"

	"chancery/app/staff"
)

// card is what somebody shows to clients.
type card struct {
	who, bio string
	tint     int // of the picture
	private  bool
}

// cards are those that are published, and one that only lacks somebody to say so.
func cards() []card {
	return []card{
		{"consultant", "I bring families together: spouses, parents and grandparents. You will hear from me every two weeks, also when there is nothing new.", 0, false},
		{"paralegal", "Je prépare votre dossier avec vous, une pièce à la fois. Écrivez-moi quand un formulaire vous semble obscur; c’est souvent le formulaire.", 1, false},
		{"lucia.fernandez-ortega", "Acompaño a familias de toda América Latina, desde la primera pregunta hasta la residencia. Atiendo desde la Ciudad de México.", 2, false},
		{"etienne.lefebvre", "Je vous prépare à l’audience et je suis à côté de vous ce jour-là. Quinze ans devant la CISR.", 3, false},
		{"priya.raghunathan", "I help employers and the people they wait for: LMIA, Global Talent Stream, intra-company transfers.", 4, true},
	}
}

// publishCards has some of the people show themselves to clients, with drawn pictures: no photo of anybody is in the program.
func (r *Rooms) publishCards(ctx context.Context, people []colleague) error {
	for _, c := range cards() {
		who := (&past{people: people}).called(c.who)
		picture, err := portrait(c.tint)
		if err != nil {
			return err
		}
		actor := system()
		actor.ID, actor.Name = who.id, who.first+" "+who.last
		if _, err := r.Staff.SetPicture(ctx, actor, who.id, staff.Upload{Name: "me.png", Type: "image/png", File: picture}); err != nil {
			return fmt.Errorf("picture of %s: %w", c.who, err)
		}
		change := staff.ProfileChange{ClientBio: &staff.Edit{Value: c.bio}, ClientEmail: &staff.Edit{Value: c.who + "@clients.demo.example"}}
		if _, err := r.Staff.UpdateProfile(ctx, actor, who.id, change); err != nil {
			return fmt.Errorf("card of %s: %w", c.who, err)
		}
		if c.private {
			continue
		}
		if err := r.Staff.PublishCard(ctx, actor, who.id); err != nil {
			return fmt.Errorf("card of %s: %w", c.who, err)
		}
	}
	return nil
}
