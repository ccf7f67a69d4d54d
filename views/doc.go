// Package views holds what people read: page templates, mails, and the catalogues of the three languages, with the
// machinery that puts them together. Markup lives here and nowhere else; texts live in locales and nowhere else.
//
// What never comes in: a rule of the practice, a query, a request. Handlers hand over structs of ready strings.
//
// # For authors of templates
//
//   - The file is the template: users/sessions/index.html is "users/sessions/index", _rows.html beside it is
//     "users/sessions/_rows". An underscore means a part, never a page. No {{define}}, no {{block}}.
//   - A page begins with its layout, alone on the first line: {{/* layout: app */}}, or door, or none. It holds what
//     goes into <main>. Its data embeds views.Page under that name (by value or pointer).
//   - Say {{.Page.CSRF}}, or {{with .Page}} where there are several; not {{.CSRF}}.
//   - What a template may say is what compile.go knows: fields, if, with, range over lists, eq, ne, and, or, not, len,
//     methods and our own functions. No variables, no printf: those stay with html/template, which takes ten times as
//     long, and a test names the template.
//   - Every text comes from the catalogues: {{t "me.title"}}, {{t "me.devices" "Count" (len .Rows)}}. The key is a
//     literal and exists in all three languages; the values are just those that its text has places for. Where the text
//     depends on data, the handler says it (Locale.T) and hands it over.
//   - Icons are {{icon "bell"}}, a literal name; where it is computed, the file lists the possible ones:
//     {{/* icons: laptop monitor */}}. Built files are {{asset "crop.js"}}; the language is {{lang}}.
//   - Attributes are quoted. No style=, no on…=, no inline script: the content security policy refuses them. Mails are
//     the exception for style=.
//   - A plain form has <input type="hidden" name="_csrf" value="{{.Page.CSRF}}">; htmx inherits the header from body.
//   - Times are views.Time, made by Locale.Time: <time datetime="{{.ISO}}">{{.Text}}</time>.
//   - White space at the ends of lines is taken off (not within textarea and pre). Write as is readable.
//   - Shared parts take one typed value: {{template "shared/_avatar" .Avatar}}, {{template "shared/_alert" .Page.Notice}},
//     {{template "shared/_errors" .Errors}}, {{template "shared/_field-error" .Phone.Error}}. Each says at its top what.
//   - A mail is mail/NAME.txt (Subject, Preview and Reason, a line each, an empty line, the text) and mail/NAME.html.
//     Its dot is Letter; what the sender stored is .Data, whose names stand at the top of the .txt.
//
// # Folding
//
// What no request can change is put into the text before it is parsed, once per language: {{t "key"}} without values,
// {{icon}}, {{asset}} and {{lang}}. What is left executes data only. Every call of these is checked, folded or not; what is
// wrong is named by file and line.
//
// # When
//
// A page, a part, a mail and a language's catalogue are made when they are first asked for, and kept. All of them at start
// took a quarter of a second and 10 MiB, for pages that most practices open once a year in one of three languages; the
// first reader of a page waits a few milliseconds instead. What is embedded cannot change after the build, so tests
// (Check) see that all of it is sound, with the icons and files that the built assets really have. html/template's own
// trees are dropped once a page is compiled, and made again for the page that needs them.
//
// # Compiling
//
// html/template decides how each value is escaped, and what it has made of the templates is then compiled into steps
// that find fields by their index (compile.go). It stays the authority: it writes whatever a program is not sure of, and
// RenderPlain is the same page by it alone, which tests compare.
//
// Measured on two shared cores (go test ./views -run '^$' -bench . -count 3), CPU per render:
//
//	                                       compiled             html/template, folded   not folded
//	shell alone (layout app)               2.6 µs,  7 allocs      29 µs, 158 allocs      75 µs,   649 allocs
//	shell and 30 rows of text, link, icon  9.8 µs,  7 allocs     119 µs, 818 allocs     255 µs, 2,239 allocs
//
// # The engine
//
// The templates are loaded by Fiber's engine (gofiber/template/html/v2, one per template) and executed by ourselves, never
// through its Render. In 2.1.3 that is unsafe next to its own layouts: a render without a layout overwrites the "embed"
// function that all templates share, so a page that is being rendered meanwhile fails with "call of nil function", and
// a render with a layout holds the engine's write lock, one page at a time. We pass it no layout: a layout is cut in two
// at {{content .}}, and a page is top, page, bottom. So a layout is parsed and kept once, and there is no function at run
// time.
package views
