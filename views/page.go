package views

// Page is what every page says about itself and its reader. A page's data embeds it under this name:
//
//	type usersIndexView struct {
//		views.Page
//		Rows []userRow
//	}
//
// The layouts see nothing else. CSRF and Zone go into a JSON attribute as they are: a token is base64url and a zone is
// one of the IANA names, neither of which can hold a quote.
type Page struct {
	Title     string // of the document; the layout adds the organization's name
	Lang      string // pinned by the page (C-16): Render it in this language
	Zone      string // pinned likewise, an IANA name
	Theme     string // "" as the device has it, "light" or "dark"
	CSRF      string
	Path      string // of this page, to come back to it
	Org       Org
	Me        Me
	Nav       Nav
	Notice    *Notice
	Enrol     string // says until when the reader has to have a second factor; "" while they need none
	RequestID string
}

// Org is the practice.
type Org struct {
	Name    string
	Tagline string // empty, or a few words below the name
	LogoURL string // empty: the product's mark
}

// Me is who is signed in, as the shell shows them.
type Me struct {
	ID         string // empty at the door
	Name       string
	Email      string
	Role       string // in the reader's language, when it is one of the seeded roles
	Avatar     Avatar
	LastSignIn *Time // the sign-in before this one; nil when there was none
}

// Nav tells which entries of the sidebar are shown, and which one is the current.
type Nav struct {
	Users     bool      // the administrators' list of users is there
	Runs      bool      // the reader may ask for long work
	Work      []NavLink // what everybody's day is made of
	Settings  []NavLink // what the reader may look after
	Unread    Count     // messages of clients, for the title
	Bulletins Count     // behind the bell
	Events    string    // address of the page's stream of events; "" for none
	Current   string    // "home", "messages", "me", "colleagues", or the name of a settings page
}

// NavLink is an entry of the sidebar's settings.
type NavLink struct {
	Text, URL, Icon string
	Current         bool
	Count           *Count // beside it, kept up to date; nil for none
}

// Count is how much is new, in a place that the page's stream keeps up to date: shared/_count. None at all is hidden.
type Count struct {
	ID   string // of the element
	N    int64
	Text string // the number as it is read
	Says string // what it counts, for those who see no place: "unread"
}

// Notice is the green confirmation at the top of what was saved: shared/_alert.
type Notice struct {
	Text string
	Link string // with LinkText: one way on, such as to load the page again
	// LinkText is what the link says.
	LinkText string
}

// Errors is the red summary above a form: shared/_errors. The page has none when it is nil.
type Errors struct {
	Fields []FieldError
	// Refused is a refusal that belongs to no field; with it Fields may be empty.
	Refused string
	Title   string // of such a refusal; "": nothing was saved
}

// FieldError is one line of the summary: it links to the field's id.
type FieldError struct {
	ID   string
	Text string
}

// Avatar is a person's picture or, until there is one, the initials: shared/_avatar. It is decoration beside the name
// and says nothing to a screen reader.
type Avatar struct {
	URL      string // empty: the initials are shown (S0-9)
	Initials string
	Hue      int    // 1 to 6
	Size     string // "sm", "" (32 px), "lg" or "xl"
}

// Sized is the same avatar in another size: {{template "shared/_avatar" (.Me.Avatar.Sized "lg")}}.
func (a Avatar) Sized(size string) Avatar { a.Size = size; return a }

// Time is an instant, written for machine and reader: <time datetime="{{.ISO}}">{{.Text}}</time>.
type Time struct {
	ISO  string
	Text string
}
