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
	if field, ok := first.(*parse.FieldNode); ok && len(rest) > 0 {
		return c.method(field, rest)
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
		if n.Ident[0] != "$" {
			return nil, unknown(n)
		}
		return chain(func(f frame) reflect.Value { return f.root }, n.Ident[1:]), nil
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
	fn := reflect.ValueOf(c.functions[id.Ident])
	if !fn.IsValid() {
		return nil, unknown(id)
	}
	return invoke(func(frame) (reflect.Value, bool) { return fn, true }, args), nil
}

func (c compiler) method(field *parse.FieldNode, nodes []parse.Node) (value, error) {
	args, err := c.operands(nodes)
	if err != nil {
		return nil, err
	}
	last := len(field.Ident) - 1
	receiver := chain(func(f frame) reflect.Value { return f.dot }, field.Ident[:last])
	return invoke(func(f frame) (reflect.Value, bool) {
		v, ok := receiver(f)
		if !ok {
			return v, false
		}
		m := v.MethodByName(field.Ident[last])
		return m, m.IsValid()
	}, args), nil
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
			at := places[i].Load()
			if at == nil || at.of != v.Type() {
				if at = find(v.Type(), name); at == nil {
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
	return false, false
}

var (
	typeString = reflect.TypeFor[string]()
	typeHTML   = reflect.TypeFor[template.HTML]()
)
