package manifest

// OrganizationSpec is the practice itself. There is one; its name in the manifest is free.
//
// The tags say what a field may hold: doc is one sentence for schema and README; max counts characters; enum, pattern, min and most bound
// it; required is asked of every object of the kind.
type OrganizationSpec struct {
	Name     *string   `json:"name" doc:"The practice's name." max:"100"`
	Tagline  *string   `json:"tagline" doc:"What stands below the name." max:"100"`
	Address  *string   `json:"address" doc:"Postal address, in lines." max:"500"`
	Contact  *string   `json:"contact" doc:"Whom people ask about titles and access." max:"200"`
	Language *string   `json:"language" doc:"Language of whoever has chosen none." enum:"en,es,fr"`
	TimeZone *string   `json:"timeZone" doc:"IANA zone of the practice's days." max:"64"`
	Policies *Policies `json:"policies" doc:"Rules of signing in and of accounts."`
}

// Policies are the practice's rules.
type Policies struct {
	SingleNames         *bool   `json:"singleNames" doc:"Whether a last name may be left empty."`
	PasswordPolicy      *string `json:"passwordPolicy" doc:"What a password must have: kinds of characters, or length alone." enum:"classic,length"`
	IdleMinutes         *int    `json:"idleMinutes" doc:"A session ends after so many minutes without a request." min:"5" most:"10080"`
	LifetimeHours       *int    `json:"lifetimeHours" doc:"A session ends after so many hours in any case." min:"1" most:"2160"`
	LockTries           *int    `json:"lockTries" doc:"So many wrong passwords lock an account." min:"3" most:"50"`
	LockMinutes         *int    `json:"lockMinutes" doc:"For so many minutes." min:"1" most:"1440"`
	LockAll             *bool   `json:"lockAll" doc:"Whether a lock holds for every way in."`
	SecondFactor        *string `json:"secondFactor" doc:"Who must have a second factor." enum:"off,administrators,everyone"`
	SecondFactorDays    *int    `json:"secondFactorDays" doc:"Days of grace until it is asked for." min:"0" most:"90"`
	InvitationDays      *int    `json:"invitationDays" doc:"The link of an invitation works for so many days." min:"1" most:"30"`
	AllowMailedPassword *bool   `json:"allowMailedPassword" doc:"Whether administrators may have a password mailed."`
	AllowTypedPassword  *bool   `json:"allowTypedPassword" doc:"Whether administrators may type a password for somebody."`
	DormantDays         *int    `json:"dormantDays" doc:"Accounts unused for so many days are dormant; 0: none are." min:"0" most:"1000"`
	DormantAction       *string `json:"dormantAction" doc:"What is done about dormant accounts." enum:"show,warn,deactivate"`
}

// DepartmentSpec is a department.
type DepartmentSpec struct {
	Name *string `json:"name" doc:"The name that people read." required:"true" max:"100"`
}

// ProfileSpec is a named set of permissions that may be added to users.
type ProfileSpec struct {
	Name        *string   `json:"name" doc:"The name that people read." required:"true" max:"60"`
	Summary     *string   `json:"summary" doc:"What it is for, in one sentence." max:"200"`
	Permissions *[]string `json:"permissions" doc:"What it adds." refs:"permission"`
}

// RoleSpec is a role. A metadata.name of a base role (administrator, paralegal…) means that role.
type RoleSpec struct {
	Name        *string   `json:"name" doc:"The name that people read." max:"60"`
	Summary     *string   `json:"summary" doc:"What it is for, in one sentence." max:"200"`
	Parent      *string   `json:"parent" doc:"The role whose permissions it has too; empty for none." refs:"role" empty:"true"`
	Permissions *[]string `json:"permissions" doc:"Its own permissions." refs:"permission"`
	Profiles    *[]string `json:"profiles" doc:"Profiles that everybody of the role has." refs:"profile"`
}

// UserSpec is a person. Who is not here yet is invited by mail, unless InitialPasswordSecret says otherwise.
type UserSpec struct {
	Email       *string   `json:"email" doc:"Sign-in address; it finds who is here already." required:"true" max:"254" pattern:"^[^@\\s]+@[^@\\s]+$"`
	FirstName   *string   `json:"firstName" doc:"First name; asked for who is not here yet." max:"100"`
	LastName    *string   `json:"lastName" doc:"Last name; asked for who is not here yet, unless the practice allows single names." max:"100"`
	DisplayName *string   `json:"displayName" doc:"What lists and mails call the person; empty: first and last name." max:"100"`
	Title       *string   `json:"title" doc:"One of the practice's titles." max:"100"`
	Cell        *string   `json:"cell" doc:"Cell number, E.164." max:"40"`
	Office      *string   `json:"office" doc:"Office number, E.164, with ;ext= for an extension." max:"40"`
	Language    *string   `json:"language" doc:"Language of pages and mails." enum:"en,es,fr"`
	TimeZone    *string   `json:"timeZone" doc:"IANA zone in which times are shown." max:"64"`
	Role        *string   `json:"role" doc:"The role; asked for who is not here yet." refs:"role"`
	Department  *string   `json:"department" doc:"The department; empty for none." refs:"department" empty:"true"`
	Profiles    *[]string `json:"profiles" doc:"Profiles added to the role." refs:"profile"`
	Active      *bool     `json:"active" doc:"false deactivates the account, true takes it up again."`
	// A password is a secret, and no field of a manifest: the object only says which secret seeds the first one.
	InitialPasswordSecret *SecretRef `json:"initialPasswordSecret" doc:"The secret that seeds the first password, once. Without it a one-time link is mailed."`
}

// SecretRef names a key of a Kubernetes secret, or a file below the directory of secrets: <name>/<key>.
type SecretRef struct {
	Name *string `json:"name" doc:"The secret." required:"true" max:"253" pattern:"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"`
	Key  *string `json:"key" doc:"Its key." required:"true" max:"253" pattern:"^[-._a-zA-Z0-9]+$"`
}

// newSpec is an empty spec of a kind, or nil for a kind that is not known.
func newSpec(kind Kind) any {
	switch kind {
	case Organization:
		return &OrganizationSpec{}
	case Department:
		return &DepartmentSpec{}
	case Profile:
		return &ProfileSpec{}
	case Role:
		return &RoleSpec{}
	case User:
		return &UserSpec{}
	}
	return nil
}
