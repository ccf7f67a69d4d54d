package views

import (
	"html/template"
	"regexp"
	"strings"
)

// folder turns a template as it is written into the text that is parsed for one language: what no request can change
// is put in beforehand. Line numbers stay true, so that an error names the line in the file.
type folder struct {
	assets AssetPaths
	texts  *catalogue
	exists func(name string) bool // whether there is a template of that name
	plain  bool                   // a text/plain mail: words go in unescaped, and lines are left as they are
}

// fold returns the folded text and the names of the templates that it includes. The error joins everything that is wrong
// in the file, each with its line.
func (f folder) fold(path, src string) (folded string, includes []string, err error) {
	if includes, err = f.check(path, src); err != nil {
		return "", nil, err
	}
	if !f.plain {
		src = squeeze(strings.TrimRight(src, " \t\r\n"))
	}
	src = dropComments(src)
	return constant.ReplaceAllStringFunc(src, func(action string) string {
		m := constant.FindStringSubmatch(action)
		return f.put(m[1], m[2])
	}), includes, nil
}

// constant matches the actions that can be folded: one of the four functions with at most one literal, nothing else,
// and no trim markers (those keep their meaning as run-time calls).
var constant = regexp.MustCompile(`\{\{\s*(t|icon|asset|lang)(?:\s+"([^"\\]*)")?\s*\}\}`)

func (f folder) put(function, arg string) string {
	switch function {
	case "t":
		if f.plain {
			return f.texts.plain[arg]
		}
		return template.HTMLEscapeString(f.texts.plain[arg])
	case "icon":
		return string(iconMarkup(f.assets, arg))
	case "asset":
		return template.HTMLEscapeString(f.assets.Path(arg))
	default:
		return f.texts.lang
	}
}

// iconMarkup is one icon of the sprite; size and colour come from the class.
func iconMarkup(assets AssetPaths, name string) template.HTML {
	return template.HTML(`<svg class="icon" aria-hidden="true"><use href="` +
		template.HTMLEscapeString(assets.Path("icons.svg")+"#"+name) + `"/></svg>`)
}

// squeeze takes the white space off both ends of every line, but not inside <textarea> and <pre>, where it is content.
// A line of nothing but control actions leaves no empty line behind: its line break moves into the last action.
func squeeze(src string) string {
	lines := strings.Split(src, "\n")
	kept := false // inside <textarea> or <pre>
	for i, line := range lines {
		opened := kept
		for _, m := range keptTag.FindAllStringSubmatch(line, -1) {
			kept = m[1] == ""
		}
		if !opened {
			line = strings.TrimLeft(line, " \t\r")
		}
		if !kept {
			line = strings.TrimRight(line, " \t\r")
		}
		if !opened && !kept && i < len(lines)-1 && control.MatchString(line) {
			at := len(line) - len("}}")
			if line[at-1] == '-' {
				at--
			}
			lines[i] = line[:at] + "\n" + line[at:]
			continue
		}
		if i < len(lines)-1 {
			line += "\n"
		}
		lines[i] = line
	}
	return strings.Join(lines, "")
}

var (
	keptTag = regexp.MustCompile(`(?i)<(/?)(?:textarea|pre)\b`)
	control = regexp.MustCompile(`^(?:\{\{-?\s*(?:if|else|end|range|with|break|continue)\b[^{}]*\}\}\s*)+$`)
)

// dropComments empties the template comments. Their line breaks stay inside them, and so does the one after a comment
// that begins a line: nothing of it reaches the page, and line numbers stay true.
func dropComments(src string) string {
	var out strings.Builder
	last := 0
	for _, m := range comment.FindAllStringIndex(src, -1) {
		from, to := m[0], m[1]
		out.WriteString(src[last:from])
		breaks := strings.Count(src[from:to], "\n")
		if to < len(src) && src[to] == '\n' && (from == 0 || src[from-1] == '\n') {
			breaks++
			to++
		}
		if breaks > 0 {
			out.WriteString("{{/*" + strings.Repeat("\n", breaks) + "*/}}")
		}
		last = to
	}
	out.WriteString(src[last:])
	return out.String()
}

var comment = regexp.MustCompile(`(?s)\{\{(?:- )?/\*.*?\*/(?: -)?\}\}`)
