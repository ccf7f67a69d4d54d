package views

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"reflect"
	"strings"
	"sync"
	"text/template/parse"
)

// Templates are compiled after html/template has escaped them. It finds every value's place in the page by name and
// calls every escaper through reflection, each time; that was 99 of the 282 µs of My Profile. A program has looked
// both up already: fields by their index, and escapers by the letters that they leave as they are.
//
// html/template stays the authority. A program knows the part of the language that our templates use; a template with
// anything else in it (a variable, a pipeline of functions) is not compiled, and an execution that meets a value it is
// not sure of (a nil pointer, a Stringer, a letter that an address must not hold) gives up. Then html/template executes
// that template, and only that one, and says what is wrong. TestCompiledTemplatesWriteWhatHTMLTemplateWrites and every
// sample of viewstest hold the two against each other, letter by letter.
//
// Mails are compiled in the same way, their text twins from text/template, which escapes nothing: of the 45 µs that a short one took
// 19 are left, of a summary's 120 are 49 (go test ./views -run '^$' -bench Mail).
type program struct {
	body  block                    // nil when it was not compiled
	plain func() (executor, error) // the same, for html/template, made when it is needed; nil where only the includer knows the place
}

// executor is a template of html/template, or of text/template for the text of a mail.
type executor interface {
	Execute(w io.Writer, data any) error
}

// run is one execution.
type run struct {
	out *bytes.Buffer
	err error // of html/template; ends everything
}

// frame is what a template sees: its dot, the dot it was called with, and what the lists that it is in have named.
type frame struct {
	*run
	dot, root reflect.Value
	named     *variable
}

// variable is what a list calls the element that it is at, or its place.
type variable struct {
	name string
	is   reflect.Value
	next *variable
}

// step writes one node. false means that it gives up.
type step func(f frame) bool

type block []step

func (b block) write(f frame) bool {
	for _, s := range b {
		if !s(f) {
			return false
		}
	}
	return true
}

// execute writes a template with a dot: compiled, or by html/template where that gives up.
func (p *program) execute(r *run, dot reflect.Value) bool {
	from := r.out.Len()
	if p.body != nil && p.body.write(frame{run: r, dot: dot, root: dot}) {
		return true
	}
	if r.err != nil {
		return false
	}
	r.out.Truncate(from)
	var data any
	if dot.IsValid() {
		data = dot.Interface()
	}
	var plain executor
	if plain, r.err = p.plain(); r.err == nil {
		r.err = plain.Execute(r.out, data)
	}
	return r.err == nil
}

// compiler turns the escaped templates of one language into programs.
type compiler struct {
	programs  map[string]*program
	functions template.FuncMap
	text      bool // text/template: nothing is escaped
}

// add compiles an escaped template with all that it includes, as far as they are not among the programs yet and can be
// compiled. It follows the inclusions: what stands in the set and was not reached is not escaped either. A part is
// escaped as text between tags wherever it was first met; for one that stands within a tag html/template makes a
// template of its own, which nobody else sees: who includes that is not compiled.
func (c compiler) add(t *template.Template, plain func(name string) (*template.Template, error)) {
	if t == nil || t.Tree == nil || c.programs[t.Name()] != nil {
		return
	}
	name := t.Name() // alone: t would keep the whole set in memory
	p := &program{plain: sync.OnceValues(func() (executor, error) { return plain(name) })}
	c.programs[name] = p
	visit(t.Tree.Root, func(n parse.Node) {
		if n, ok := n.(*parse.TemplateNode); ok {
			c.add(t.Lookup(n.Name), plain)
		}
	})
	if body, err := c.list(t.Tree.Root); err == nil {
		p.body = body
	}
}

func unknown(n parse.Node) error { return fmt.Errorf("not compiled: %s", n) }

func (c compiler) list(l *parse.ListNode) (block, error) {
	b := block{}
	if l == nil {
		return b, nil
	}
	for _, n := range l.Nodes {
		s, err := c.node(n)
		if err != nil {
			return nil, err
		}
		b = append(b, s)
	}
	return b, nil
}

func (c compiler) node(n parse.Node) (step, error) {
	switch n := n.(type) {
	case *parse.TextNode:
		text := n.Text
		return func(f frame) bool { f.out.Write(text); return true }, nil
	case *parse.ActionNode:
		return c.action(n.Pipe)
	case *parse.IfNode:
		return c.branch(&n.BranchNode, func(f frame, _ reflect.Value) frame { return f })
	case *parse.WithNode:
		return c.branch(&n.BranchNode, func(f frame, v reflect.Value) frame { f.dot = v; return f })
	case *parse.RangeNode:
		return c.each(n)
	case *parse.TemplateNode:
		return c.call(n)
	}
	return nil, unknown(n)
}

// action writes a value through its escapers.
func (c compiler) action(p *parse.PipeNode) (step, error) {
	if len(p.Decl) > 0 {
		return nil, unknown(p)
	}
	value, err := c.command(p.Cmds[0])
	if err != nil {
		return nil, err
	}
	var escapers []string
	for _, cmd := range p.Cmds[1:] {
		name, ok := cmd.Args[0].(*parse.IdentifierNode)
		if !ok || len(cmd.Args) > 1 || !strings.HasPrefix(name.Ident, "_html_template_") {
			return nil, unknown(p)
		}
		escapers = append(escapers, strings.TrimPrefix(name.Ident, "_html_template_"))
	}
	e, ok := escaping(escapers)
	if c.text && len(escapers) == 0 {
		e, ok = unescaped(), true
	}
	if !ok {
		return nil, unknown(p)
	}
	return func(f frame) bool {
		v, ok := value(f)
		return ok && e.write(f.out, v)
	}, nil
}

func (c compiler) branch(n *parse.BranchNode, inside func(frame, reflect.Value) frame) (step, error) {
	value, err := c.pipe(n.Pipe)
	if err != nil {
		return nil, err
	}
	then, err := c.list(n.List)
	if err != nil {
		return nil, err
	}
	otherwise, err := c.list(n.ElseList)
	if err != nil {
		return nil, err
	}
	return func(f frame) bool {
		v, ok := value(f)
		if !ok {
			return false
		}
		yes, ok := truth(v)
		switch {
		case !ok:
			return false
		case yes:
			return then.write(inside(f, v))
		default:
			return otherwise.write(f)
		}
	}, nil
}

func (c compiler) each(n *parse.RangeNode) (step, error) {
	if len(n.Pipe.Cmds) != 1 {
		return nil, unknown(n)
	}
	value, err := c.command(n.Pipe.Cmds[0])
	if err != nil {
		return nil, err
	}
	names := n.Pipe.Decl
	if n.Pipe.IsAssign {
		return nil, unknown(n)
	}
	body, err := c.list(n.List)
	if err != nil {
		return nil, err
	}
	otherwise, err := c.list(n.ElseList)
	if err != nil {
		return nil, err
	}
	return func(f frame) bool {
		v, ok := value(f)
		if !ok || v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
			return false
		}
		if v.Len() == 0 {
			return otherwise.write(f)
		}
		inner := f
		for i := range v.Len() {
			inner.dot, inner.named = v.Index(i), f.named
			if len(names) > 0 {
				inner.named = &variable{names[len(names)-1].Ident[0], inner.dot, inner.named}
			}
			if len(names) > 1 {
				inner.named = &variable{names[0].Ident[0], reflect.ValueOf(i), inner.named}
			}
			if !body.write(inner) {
				return false
			}
		}
		return true
	}, nil
}

func (c compiler) call(n *parse.TemplateNode) (step, error) {
	p := c.programs[n.Name]
	if p == nil { // made by html/template for another place in the markup
		return nil, unknown(n)
	}
	if n.Pipe == nil {
		return func(f frame) bool { return p.execute(f.run, reflect.Value{}) }, nil
	}
	value, err := c.pipe(n.Pipe)
	if err != nil {
		return nil, err
	}
	return func(f frame) bool {
		v, ok := value(f)
		return ok && p.execute(f.run, v)
	}, nil
}
