package views

import "strings"

// Endpoint is something that other systems can ask of the practice, as the page about the API shows it.
type Endpoint struct {
	ID      string
	Method  string
	Path    string
	Summary string
	Text    string // what else is to be known, paragraphs apart by an empty line
	Scope   string // "" for any token; several by spaces
	Asks    []EndpointField
	Sends   []EndpointField // the fields of its body
	Status  string          // of its answer
	Gets    []EndpointField
}

// Paragraphs are Text's.
func (e Endpoint) Paragraphs() []string {
	if e.Text == "" {
		return nil
	}
	return strings.Split(e.Text, "\n\n")
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
