package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
)

// routes is the product, in its order. Each line names who may; the verbs ask again.
//
// A path without its ids names the handler's file, the template's folder and the view: /me/sessions → me_sessions.go,
// views/me/sessions. Only seven actions exist: index, new, create, show, edit, update, delete. Plain forms reach PATCH
// and DELETE by a field _method.
func (w *Web) routes(app *fiber.App) {
	on := func(method, path string, who need, h handler) {
		app.Add(method, path, w.guard(path, who, h))
		if method == fiber.MethodGet { // monitors and scanners of links ask so
			app.Add(fiber.MethodHead, path, w.guard(path, who, h))
		}
	}

	// Outside
	on("GET", "/", signedIn, w.homeShow)
	on("GET", "/static/*", anyone, w.assetShow)
	on("GET", "/logo/:id/:size", anyone, w.logoShow)
	on("GET", "/sign-in", anyone, w.signInNew)
	on("POST", "/sign-in", anyone, w.signInCreate)
	on("POST", "/sign-out", duringChange, w.signInDelete)
	on("POST", "/language", anyone, w.languageUpdate)
	on("GET", "/welcome/:token", anyone, w.welcomeShow)
	on("POST", "/welcome/:token", anyone, w.welcomeCreate)
	on("POST", "/password-checks", anyone, w.passwordChecksCreate)

	// My Profile
	on("GET", "/me", signedIn, w.meShow)
	on("GET", "/me/edit", signedIn, w.meEdit)
	on("PATCH", "/me", signedIn, w.meUpdate)
	on("GET", "/me/fields/:field", signedIn, w.meFieldShow)
	on("GET", "/me/fields/:field/edit", signedIn, w.meFieldEdit)
	on("PATCH", "/me/fields/:field", signedIn, w.meFieldUpdate)
	on("POST", "/me/picture", signedIn, w.mePictureCreate)
	on("GET", "/me/picture/delete", signedIn, w.mePictureConfirm)
	on("DELETE", "/me/picture", signedIn, w.mePictureDelete)
	on("GET", "/me/preferences", signedIn, w.mePreferencesShow)
	on("PATCH", "/me/preferences", signedIn, w.mePreferencesUpdate)
	on("GET", "/me/security", signedIn, w.meSecurityShow)
	on("PATCH", "/me/password", signedIn, w.mePasswordUpdate)
	on("GET", "/me/password/edit", duringChange, w.mePasswordEdit)
	on("PUT", "/me/password", duringChange, w.mePasswordReplace)
	on("GET", "/me/sign-ins", signedIn, w.meSignInsIndex)
	on("GET", "/me/sessions/:id/delete", signedIn, w.meSessionConfirm)
	on("DELETE", "/me/sessions/:id", signedIn, w.meSessionDelete)

	// People
	on("GET", "/colleagues", signedIn, w.colleaguesIndex)
	on("GET", "/users", may(access.UsersView), w.usersIndex)
	on("GET", "/users/new", may(access.UsersCreate), w.usersNew)
	on("POST", "/users", may(access.UsersCreate), w.usersCreate)
	on("GET", "/users/:id", signedIn, w.usersShow)
	on("GET", "/users/:id/picture/delete", may(access.UsersEdit), w.usersPictureConfirm)
	on("DELETE", "/users/:id/picture", may(access.UsersEdit), w.usersPictureDelete)
	on("GET", "/users/:id/sessions/delete", may(access.UsersEdit), w.usersSessionsConfirm)
	on("DELETE", "/users/:id/sessions", may(access.UsersEdit), w.usersSessionsDelete)
	on("GET", "/zones", signedIn, w.zonesIndex)
	on("GET", "/pictures/:id/:size", signedIn, w.picturesShow)

	app.Use(w.guard("*", anyone, func(*request) error { return errNoRoute }))
}

// need is who may use a route. Its zero value lets nobody in.
type need struct {
	open         bool // without signing in
	signedIn     bool
	duringChange bool // also while a change of password is due (S1-6)
	permission   access.Permission
}

var (
	anyone       = need{open: true}
	signedIn     = need{signedIn: true}
	duringChange = need{signedIn: true, duringChange: true}
)

func may(p access.Permission) need { return need{signedIn: true, permission: p} }
