package views

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template/parse"
)

// iconNames is what assets may know besides paths: which icons the sprite holds.
type iconNames interface{ HasIcon(name string) bool }

// checkIcon refuses an icon that the sprite lacks. A sprite without the shell's own icon was not built yet: the server
// says so by itself, and the build of the sprite refuses unknown icons too.
func (f folder) checkIcon(name string) error {
	known, ok := f.assets.(iconNames)
	if !ok || !known.HasIcon("menu") || known.HasIcon(name) {
		return nil
	}
	return fmt.Errorf("no icon %q", name)
}

// iconList names the icons that a template computes: {{/* icons: laptop monitor */}}. The build reads it too.
var iconList = regexp.MustCompile(`\{\{-?\s*/\*\s*icons:([^*]*)\*/`)

// check walks the syntax tree: every call of t, icon and asset has a literal name that exists, t is given just the
// values that its text has places for, and every template that is included exists. (html/template would find the last
// only when it escapes, and panics when asked again.) It names the templates that are included.
func (f folder) check(path, src string) (includes []string, _ error) {
	tree := parse.New(path)
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(src, "", "", map[string]*parse.Tree{}); err != nil {
		return nil, err
	}
	// {{define}} would go to the set's one namespace, where the last file silently wins.
	if m := define.FindString(src); m != "" {
		return nil, fmt.Errorf("%s: %s…: one file is one template, give the part a file of its own", path, m)
	}
	var wrong []error
	list := iconList.FindStringSubmatch(src)
	if list != nil {
		for _, name := range strings.Fields(list[1]) {
			wrong = append(wrong, f.checkIcon(name))
		}
	}
	visit(tree.Root, func(n parse.Node) {
		var err error
		switch n := n.(type) {
		case *parse.CommandNode:
			err = f.checkCall(n, list != nil)
		case *parse.TemplateNode:
			includes = append(includes, n.Name)
			if !f.exists(n.Name) {
				err = fmt.Errorf("no template %q", n.Name)
			}
		}
		if err != nil {
			where, _ := tree.ErrorContext(n)
			wrong = append(wrong, fmt.Errorf("%s: %w", where, err))
		}
	})
	return includes, errors.Join(wrong...)
}

var define = regexp.MustCompile(`\{\{-?\s*(define|block)\b`)

// checkCall checks one call. An icon may be computed where the file lists the possible ones.
func (f folder) checkCall(c *parse.CommandNode, listed bool) error {
	id, ok := c.Args[0].(*parse.IdentifierNode)
	if !ok || (id.Ident != "t" && id.Ident != "icon" && id.Ident != "asset") {
		return nil
	}
	if len(c.Args) < 2 {
		return fmt.Errorf("%s needs a name", id.Ident)
	}
	name, ok := c.Args[1].(*parse.StringNode)
	if !ok && id.Ident == "icon" && listed {
		return nil
	}
	if !ok {
		return fmt.Errorf("%s %s: the name must stand there as a literal, so that it can be checked", id.Ident, c.Args[1])
	}
	switch id.Ident {
	case "icon":
		return f.checkIcon(name.Text)
	case "asset":
		if f.assets.Path(name.Text) == "" {
			return fmt.Errorf("no asset %q", name.Text)
		}
	case "t":
		var given []string
		for i := 2; i < len(c.Args); i += 2 {
			arg, ok := c.Args[i].(*parse.StringNode)
			if !ok || i+1 == len(c.Args) {
				return fmt.Errorf("t %q: after the key come pairs of name and value", name.Text)
			}
			given = append(given, arg.Text)
		}
		return f.texts.takes(name.Text, given)
	}
	return nil
}

// visit calls fn for every command and every inclusion below n.
func visit(n parse.Node, fn func(parse.Node)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, c := range n.Nodes {
			visit(c, fn)
		}
	case *parse.ActionNode:
		visit(n.Pipe, fn)
	case *parse.TemplateNode:
		fn(n)
		visit(n.Pipe, fn)
	case *parse.IfNode:
		visitBranch(&n.BranchNode, fn)
	case *parse.RangeNode:
		visitBranch(&n.BranchNode, fn)
	case *parse.WithNode:
		visitBranch(&n.BranchNode, fn)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, c := range n.Cmds {
			visit(c, fn)
		}
	case *parse.CommandNode:
		fn(n)
		for _, a := range n.Args {
			visit(a, fn)
		}
	case *parse.ChainNode:
		visit(n.Node, fn)
	}
}

func visitBranch(b *parse.BranchNode, fn func(parse.Node)) {
	visit(b.Pipe, fn)
	visit(b.List, fn)
	visit(b.ElseList, fn)
}
