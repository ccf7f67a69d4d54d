package views

// Endpoint is something that other systems can ask of the practice, as the page about the API shows it.
type Endpoint struct {
	ID      string
	Method  string
	Path    string
	Summary string
	Scope   string // "" for any token
	Asks    []EndpointField
	Sends   []EndpointField // the fields of its body
	Status  string          // of its answer
	Gets    []EndpointField
}

// EndpointField is a field that is sent or answered.
type EndpointField struct {
	Name     string
	In       string // path, query, header; "" in a body
	Type     string
	Required bool
	Text     string
}

// EndpointGroup is what there is about one thing.
type EndpointGroup struct {
	Name      string
	Endpoints []Endpoint
}
