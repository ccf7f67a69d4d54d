package views

import (
	"html/template"
	"reflect"
	"sync/atomic"
	"text/template/parse"
)

// value finds what an expression stands for. false means that it gives up.
type value func(f frame) (reflect.Value, bool)

// pipe is an expression that decides or is handed over; it has no escapers.
func (c compiler) pipe(p *parse.PipeNode) (value, error) {
	if len(p.Decl) > 0 || len(p.Cmds) != 1 {
		return nil, unknown(p)
	}
	return c.command(p.Cmds[0])
}

func (c compiler) command(cmd *parse.CommandNode) (value, error) {
	first, rest := cmd.Args[0], cmd.Args[1:]
	if id, ok := first.(*parse.IdentifierNode); ok {
		return c.function(id, rest)
	}
	switch n := first.(type) {
	case *parse.FieldNode:
		if len(rest) > 0 {
			return c.method(func(f frame) reflect.Value { return f.dot }, n.Ident, rest)
		}
	case *parse.VariableNode:
		if len(rest) > 0 && len(n.Ident) > 1 {
			return c.method(variableOf(n), n.Ident[1:], rest)
		}
	}
	if len(rest) > 0 {
		return nil, unknown(cmd)
	}
	return c.operand(first)
}

func (c compiler) operand(n parse.Node) (value, error) {
	constant := func(v any) (value, error) {
		is := reflect.ValueOf(v)
		return func(frame) (reflect.Value, bool) { return is, true }, nil
	}
	switch n := n.(type) {
	case *parse.DotNode:
		return func(f frame) (reflect.Value, bool) { return concrete(f.dot) }, nil
	case *parse.FieldNode:
		return chain(func(f frame) reflect.Value { return f.dot }, n.Ident), nil
	case *parse.VariableNode:
		return chain(variableOf(n), n.Ident[1:]), nil
	case *parse.PipeNode:
		return c.pipe(n)
	case *parse.StringNode:
		return constant(n.Text)
	case *parse.BoolNode:
		return constant(n.True)
	case *parse.NumberNode:
		if n.IsInt {
			return constant(int(n.Int64))
		}
	case *parse.IdentifierNode:
		return c.function(n, nil)
	}
	return nil, unknown(n)
}

func (c compiler) operands(nodes []parse.Node) ([]value, error) {
	all := make([]value, len(nodes))
	for i, n := range nodes {
		var err error
		if all[i], err = c.operand(n); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// function is one of ours, or one of those few of the language that our templates use.
func (c compiler) function(id *parse.IdentifierNode, nodes []parse.Node) (value, error) {
	args, err := c.operands(nodes)
	if err != nil {
		return nil, err
	}
	switch {
	case (id.Ident == "eq" || id.Ident == "ne") && len(args) == 2:
		return equal(args[0], args[1], id.Ident == "eq"), nil
	case id.Ident == "not" && len(args) == 1:
		return func(f frame) (reflect.Value, bool) {
			v, ok := args[0](f)
			if !ok {
				return v, false
			}
			yes, ok := truth(v)
			return reflect.ValueOf(!yes), ok
		}, nil
	case (id.Ident == "and" || id.Ident == "or") && len(args) > 0:
		return firstThatIs(args, id.Ident == "or"), nil
	case id.Ident == "len" && len(args) == 1:
		return func(f frame) (reflect.Value, bool) {
			v, ok := args[0](f)
			if !ok || v.Kind() != reflect.Slice {
				return v, false
			}
			return reflect.ValueOf(v.Len()), true
		}, nil
	}
	if id.Ident == "index" && len(args) == 2 {
		return element(args[0], args[1]), nil
	}
	if say, ok := c.functions[id.Ident].(func(string, ...any) (string, error)); ok && len(args) > 0 {
		return saying(say, args), nil
	}
	fn := reflect.ValueOf(c.functions[id.Ident])
	if !fn.IsValid() {
		return nil, unknown(id)
	}
	return invoke(func(frame) (reflect.Value, bool) { return fn, true }, args), nil
}

// variableOf is the dot that the template was called with, or what a list has named.
func variableOf(n *parse.VariableNode) func(frame) reflect.Value {
	name := n.Ident[0]
	if name == "$" {
		return func(f frame) reflect.Value { return f.root }
	}
	return func(f frame) reflect.Value {
		for v := f.named; v != nil; v = v.next {
			if v.name == name {
				return v.is
			}
		}
		return reflect.Value{}
	}
}

func (c compiler) method(from func(frame) reflect.Value, names []string, nodes []parse.Node) (value, error) {
	args, err := c.operands(nodes)
	if err != nil {
		return nil, err
	}
	last := len(names) - 1
	receiver := chain(from, names[:last])
	var at atomic.Pointer[method]
	return invoke(func(f frame) (reflect.Value, bool) {
		v, ok := receiver(f)
		if !ok {
			return v, false
		}
		m := at.Load()
		if m == nil || m.of != v.Type() {
			found, ok := v.Type().MethodByName(names[last])
			if !ok {
				return v, false
			}
			m = &method{v.Type(), found.Index}
			at.Store(m)
		}
		if v.Kind() == reflect.Pointer && v.IsNil() {
			return v, false
		}
		return v.Method(m.index), true
	}, args), nil
}

type method struct {
	of    reflect.Type
	index int
}

// invoke calls a function or method. It gives up where a value does not fit its parameter as it is.
func invoke(function value, args []value) value {
	return func(f frame) (reflect.Value, bool) {
		fn, ok := function(f)
		if !ok {
			return fn, false
		}
		t := fn.Type()
		if t.NumIn() > len(args)+1 || !t.IsVariadic() && t.NumIn() != len(args) {
			return fn, false
		}
		in := make([]reflect.Value, len(args))
		for i, arg := range args {
			if in[i], ok = arg(f); !ok {
				return fn, false
			}
			want := t.In(min(i, t.NumIn()-1))
			if t.IsVariadic() && i >= t.NumIn()-1 {
				want = want.Elem()
			}
			if !in[i].Type().AssignableTo(want) {
				return fn, false
			}
		}
		return result(fn, in)
	}
}

// saying is invoke for t, which every text with a value calls, without reflection.
func saying(say func(string, ...any) (string, error), args []value) value {
	return func(f frame) (reflect.Value, bool) {
		key, ok := args[0](f)
		if !ok || key.Type() != typeString {
			return key, false
		}
		pairs := make([]any, len(args)-1)
		for i, arg := range args[1:] {
			v, ok := arg(f)
			if !ok || !v.CanInterface() {
				return v, false
			}
			pairs[i] = v.Interface()
		}
		text, err := say(key.String(), pairs...)
		return reflect.ValueOf(text), err == nil
	}
}

// result gives up on an error and on a panic: html/template makes an error of both.
func result(fn reflect.Value, in []reflect.Value) (v reflect.Value, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	out := fn.Call(in)
	if len(out) > 1 && !out[1].IsNil() {
		return v, false
	}
	return concrete(out[0])
}

func equal(a, b value, want bool) value {
	return func(f frame) (reflect.Value, bool) {
		x, ok := a(f)
		if !ok {
			return x, false
		}
		y, ok := b(f)
		switch {
		case !ok:
			return y, false
		case x.Kind() == reflect.String && y.Kind() == reflect.String:
			return reflect.ValueOf((x.String() == y.String()) == want), true
		case x.CanInt() && y.CanInt():
			return reflect.ValueOf((x.Int() == y.Int()) == want), true
		}
		return x, false
	}
}

// element is the one of a list that stands at a place.
func element(list, at value) value {
	return func(f frame) (reflect.Value, bool) {
		v, ok := list(f)
		if !ok || v.Kind() != reflect.Slice {
			return v, false
		}
		i, ok := at(f)
		if !ok || i.Kind() != reflect.Int || i.Int() < 0 || i.Int() >= int64(v.Len()) {
			return v, false
		}
		return concrete(v.Index(int(i.Int())))
	}
}

// firstThatIs is and, or: the first argument whose truth decides, or the last.
func firstThatIs(args []value, decides bool) value {
	return func(f frame) (v reflect.Value, ok bool) {
		for _, arg := range args {
			if v, ok = arg(f); !ok {
				return v, false
			}
			if yes, ok := truth(v); !ok || yes == decides {
				return v, ok
			}
		}
		return v, true
	}
}

// chain follows field after field. Where each one lies is found at the first execution and kept for the type that was
// met then; a template meets the same type every time.
func chain(from func(frame) reflect.Value, names []string) value {
	places := make([]atomic.Pointer[place], len(names))
	return func(f frame) (reflect.Value, bool) {
		v, ok := concrete(from(f))
		if !ok {
			return v, false
		}
		for i, name := range names {
			if v.Kind() == reflect.Pointer {
				if v.IsNil() {
					return v, false
				}
				v = v.Elem()
			}
			if v.Type() == typeData { // what a mail carries
				said, found := v.Interface().(map[string]any)[name]
				if v, ok = concrete(reflect.ValueOf(said)); !found || !ok {
					return v, false
				}
				continue
			}
			at := places[i].Load()
			if at == nil || at.of != v.Type() {
				if at = find(v.Type(), name); at == nil && i == len(names)-1 {
					return said(v, name)
				}
				if at == nil {
					return v, false
				}
				places[i].Store(at)
			}
			if len(at.index) == 1 {
				v = v.Field(at.index[0])
			} else {
				var err error
				if v, err = v.FieldByIndexErr(at.index); err != nil {
					return v, false
				}
			}
			if v, ok = concrete(v); !ok {
				return v, false
			}
		}
		return v, true
	}
}

// said is what a method without arguments says.
func said(v reflect.Value, name string) (reflect.Value, bool) {
	if v.CanAddr() {
		v = v.Addr()
	}
	m := v.MethodByName(name)
	if !m.IsValid() || m.Type().NumIn() > 0 || m.Type().NumOut() == 0 {
		return v, false
	}
	return result(m, nil)
}

type place struct {
	of    reflect.Type
	index []int
}

// find returns where a field lies, or nil when there is none that is exported, or a method takes precedence.
func find(t reflect.Type, name string) *place {
	if t.Kind() != reflect.Struct {
		return nil
	}
	if _, method := reflect.PointerTo(t).MethodByName(name); method {
		return nil
	}
	field, ok := t.FieldByName(name)
	if !ok || !field.IsExported() {
		return nil
	}
	return &place{t, field.Index}
}

// concrete is the value inside an interface. It gives up on nothing at all.
func concrete(v reflect.Value) (reflect.Value, bool) {
	if v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v, v.IsValid()
}

// truth is what the language takes a value for.
func truth(v reflect.Value) (yes, ok bool) {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool(), true
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() > 0, true
	case reflect.Pointer:
		return !v.IsNil(), true
	case reflect.Struct:
		return true, true
	}
	if v.CanInt() {
		return v.Int() != 0, true
	}
	if v.CanFloat() { // JSON's numbers
		return v.Float() != 0, true
	}
	return false, false
}

var (
	typeString = reflect.TypeFor[string]()
	typeHTML   = reflect.TypeFor[template.HTML]()
	typeData   = reflect.TypeFor[map[string]any]()
)
