package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
)

// routes is the product, in its order. Each line names who may, and to whom where it is done to a person (access.Over);
// the verbs ask again.
//
// A path without its ids names the handler's file, the template's folder and the view: /me/sessions → me_sessions.go,
// views/me/sessions. Only seven actions exist: index, new, create, show, edit, update, delete. Plain forms reach PATCH
// and DELETE by a field _method.
func (w *Web) routes(app *fiber.App) {
	on := func(method, path string, who need, h handler) {
		w.there.add(method, path)
		app.Add(method, path, w.guard(path, who, h))
		if method == fiber.MethodGet { // monitors and scanners of links ask so
			app.Add(fiber.MethodHead, path, w.guard(path, who, h))
		}
	}

	// Outside
	on("GET", "/", signedIn, w.homeShow)
	on("GET", "/static/*", anyone, w.assetShow)
	on("GET", "/logo/:id/:size", anyone, w.logoShow)
	on("GET", "/cards/:slug", unknown, w.cardsShow)
	on("GET", "/cards/:slug/picture/:size", unknown, w.cardsPictureShow)
	on("GET", "/sign-in", anyone, w.signInNew)
	on("POST", "/sign-in", anyone, w.signInCreate)
	on("GET", "/sign-in/step", anyone, w.signInStepShow)
	on("POST", "/sign-in/step", anyone, w.signInStepCreate)
	on("POST", "/sign-in/passkey", anyone, w.signInPasskeyCreate)
	on("GET", "/sign-in/phone", anyone, w.signInPhoneNew)
	on("POST", "/sign-in/phone", anyone, w.signInPhoneCreate)
	on("GET", "/sign-in/pin", anyone, w.signInPINNew)
	on("POST", "/sign-in/pin", anyone, w.signInPINCreate)
	on("POST", "/sign-out", duringChange, w.signInDelete)
	on("POST", "/language", anyone, w.languageUpdate)
	on("GET", "/welcome/:token", anyone, w.welcomeShow)
	on("POST", "/welcome/:token", anyone, w.welcomeCreate)
	on("POST", "/welcome/:token/requests", anyone, w.welcomeRequestsCreate)
	on("POST", "/password-checks", anyone, w.passwordChecksCreate)
	on("GET", "/forgot", anyone, w.forgotNew)
	on("POST", "/forgot", anyone, w.forgotCreate)
	on("GET", "/reset/:token", anyone, w.resetShow)
	on("POST", "/reset/:token", anyone, w.resetCreate)
	on("GET", "/disown/:token", anyone, w.disownShow)
	on("POST", "/disown/:token", anyone, w.disownCreate)
	on("GET", "/verify/:token", anyone, w.verifyShow)
	on("POST", "/verify/:token", anyone, w.verifyCreate)

	// What everybody's day is made of
	on("GET", "/search", signedIn, w.searchIndex)
	on("GET", "/search/suggestions", signedIn.bare(), w.searchSuggestionsIndex)
	on("GET", "/events", signedIn.auto(), w.eventsShow)
	on("GET", "/bulletins", signedIn, w.bulletinsIndex)
	on("GET", "/bulletins/:id", signedIn, w.bulletinsShow)
	on("POST", "/bulletins/reading", signedIn, w.bulletinsReadingCreate)
	on("GET", "/messages", may(access.MessagesView), w.messagesIndex)
	on("GET", "/cases/:id/messages", may(access.MessagesView), w.casesMessagesIndex)
	on("POST", "/cases/:id/messages", may(access.MessagesSend), w.casesMessagesCreate)
	on("POST", "/cases/:id/messages/reading", may(access.MessagesView).auto(), w.casesMessagesReadingCreate)
	on("GET", "/cases/:id/comments", may(access.CasesView), w.casesCommentsIndex)
	on("POST", "/cases/:id/comments", may(access.CasesView), w.casesCommentsCreate)
	on("GET", "/cases/:id/comments/:comment", may(access.CasesView), w.casesCommentsShow)
	on("GET", "/cases/:id/comments/:comment/edit", may(access.CasesView), w.casesCommentsEdit)
	on("PATCH", "/cases/:id/comments/:comment", may(access.CasesView), w.casesCommentsUpdate)
	on("GET", "/cases/:id/comments/:comment/delete", may(access.CasesView), w.casesCommentsConfirm)
	on("DELETE", "/cases/:id/comments/:comment", may(access.CasesView), w.casesCommentsDelete)
	on("GET", "/cases/:id/callables", may(access.CasesView), w.casesCallablesIndex)

	// My Profile
	on("GET", "/me", signedIn, w.meShow)
	on("GET", "/me/edit", signedIn, w.meEdit)
	on("PATCH", "/me", signedIn, w.meUpdate)
	on("GET", "/me/fields/:field", signedIn, w.meFieldShow)
	on("GET", "/me/fields/:field/edit", signedIn, w.meFieldEdit)
	on("PATCH", "/me/fields/:field", signedIn, w.meFieldUpdate)
	on("GET", "/me/cell-verification/new", signedIn, w.meCellVerificationNew)
	on("POST", "/me/cell-verification", signedIn, w.meCellVerificationCreate)
	on("GET", "/me/cell-verification/edit", signedIn, w.meCellVerificationEdit)
	on("PATCH", "/me/cell-verification", signedIn, w.meCellVerificationUpdate)
	on("POST", "/me/picture", signedIn, w.mePictureCreate)
	on("GET", "/me/picture/delete", signedIn, w.mePictureConfirm)
	on("DELETE", "/me/picture", signedIn, w.mePictureDelete)
	on("GET", "/me/client-card", signedIn, w.meClientCardShow)
	on("PATCH", "/me/client-card", signedIn, w.meClientCardUpdate)
	on("GET", "/me/client-card/publication/new", signedIn, w.meClientCardPublicationNew)
	on("POST", "/me/client-card/publication", signedIn, w.meClientCardPublicationCreate)
	on("GET", "/me/client-card/publication/delete", signedIn, w.meClientCardPublicationConfirm)
	on("DELETE", "/me/client-card/publication", signedIn, w.meClientCardPublicationDelete)
	on("GET", "/me/absences", signedIn, w.meAbsencesIndex)
	on("GET", "/me/absences/new", signedIn, w.meAbsencesNew)
	on("POST", "/me/absences", signedIn, w.meAbsencesCreate)
	on("GET", "/me/absences/:id/edit", signedIn, w.meAbsenceEdit)
	on("PATCH", "/me/absences/:id", signedIn, w.meAbsenceUpdate)
	on("GET", "/me/absences/:id/delete", signedIn, w.meAbsenceConfirm)
	on("DELETE", "/me/absences/:id", signedIn, w.meAbsenceDelete)
	on("GET", "/me/preferences", signedIn, w.mePreferencesShow)
	on("PATCH", "/me/preferences", signedIn, w.mePreferencesUpdate)
	on("GET", "/me/security", signedIn, w.meSecurityShow)
	on("POST", "/me/email-verifications", signedIn, w.meEmailVerificationsCreate)
	on("PATCH", "/me/password", signedIn, w.mePasswordUpdate)
	on("GET", "/me/password/edit", duringChange, w.mePasswordEdit)
	on("PUT", "/me/password", duringChange, w.mePasswordReplace)
	on("GET", "/me/proof/new", duringEnrol, w.meProofNew)
	on("POST", "/me/proof", duringEnrol, w.meProofCreate)
	on("GET", "/me/factors", duringEnrol, w.meFactorsIndex)
	on("POST", "/me/factors/app", duringEnrol, w.meFactorsAppCreate)
	on("GET", "/me/factors/app", duringEnrol, w.meFactorsAppShow)
	on("PATCH", "/me/factors/app", duringEnrol, w.meFactorsAppUpdate)
	on("GET", "/me/factors/passkey/new", duringEnrol, w.meFactorsPasskeyNew)
	on("POST", "/me/factors/passkey", duringEnrol, w.meFactorsPasskeyCreate)
	on("GET", "/me/factors/:id/edit", signedIn, w.meFactorEdit)
	on("PATCH", "/me/factors/:id", signedIn, w.meFactorUpdate)
	on("GET", "/me/factors/:id/delete", signedIn, w.meFactorConfirm)
	on("DELETE", "/me/factors/:id", signedIn, w.meFactorDelete)
	on("GET", "/me/recovery-codes/new", signedIn, w.meRecoveryCodesNew)
	on("POST", "/me/recovery-codes", signedIn, w.meRecoveryCodesCreate)
	on("GET", "/me/sign-ins", signedIn, w.meSignInsIndex)
	on("GET", "/me/sessions/:id/delete", signedIn, w.meSessionConfirm)
	on("DELETE", "/me/sessions/:id", signedIn, w.meSessionDelete)

	// People
	on("GET", "/colleagues", signedIn, w.colleaguesIndex)
	on("GET", "/colleagues/:id/card", signedIn, w.colleaguesCardShow)
	on("GET", "/users", may(access.UsersView), w.usersIndex)
	on("GET", "/users.csv", may(access.UsersExport), w.usersCSV)
	on("GET", "/users/new", may(access.UsersCreate), w.usersNew)
	on("POST", "/users", may(access.UsersCreate), w.usersCreate)
	on("GET", "/users/:id", signedIn, w.usersShow)
	on("GET", "/users/bulk/new", may(access.UsersView), w.usersBulkNew)
	on("POST", "/users/bulk", may(access.UsersView), w.usersBulkCreate)
	on("GET", "/users/import/new", may(access.UsersCreate), w.usersImportNew)
	on("GET", "/users/import/template.csv", may(access.UsersCreate), w.usersImportTemplateShow)
	on("POST", "/users/import", may(access.UsersCreate), w.usersImportCreate)
	on("GET", "/users/import/:id", may(access.UsersCreate), w.usersImportShow)
	on("PATCH", "/users/import/:id", may(access.UsersCreate), w.usersImportUpdate)
	on("GET", "/runs", signedIn, w.runsIndex)
	on("GET", "/runs/:id", signedIn, w.runsShow)
	on("GET", "/runs/:id/items.csv", signedIn, w.runsItemsIndex)
	on("POST", "/runs/:id/cancellation", signedIn, w.runsCancellationCreate)
	on("GET", "/users/:id/edit", may(access.UsersEdit).over(access.OverRecord), w.usersEdit)
	on("PATCH", "/users/:id", may(access.UsersEdit).over(access.OverRecord), w.usersUpdate)
	on("GET", "/users/:id/fields/:field", may(access.UsersEdit).over(access.OverRecord), w.usersFieldShow)
	on("GET", "/users/:id/fields/:field/edit", may(access.UsersEdit).over(access.OverRecord), w.usersFieldEdit)
	on("PATCH", "/users/:id/fields/:field", may(access.UsersEdit).over(access.OverRecord), w.usersFieldUpdate)
	on("GET", "/users/:id/picture/delete", may(access.UsersEdit).over(access.OverRecord), w.usersPictureConfirm)
	on("DELETE", "/users/:id/picture", may(access.UsersEdit).over(access.OverRecord), w.usersPictureDelete)
	on("GET", "/users/:id/client-card", may(access.UsersView), w.usersClientCardShow)
	on("PATCH", "/users/:id/client-card", may(access.UsersEdit).over(access.OverRecord), w.usersClientCardUpdate)
	on("GET", "/users/:id/client-card/publication/new", may(access.UsersEdit).over(access.OverRecord), w.usersClientCardPublicationNew)
	on("POST", "/users/:id/client-card/publication", may(access.UsersEdit).over(access.OverRecord), w.usersClientCardPublicationCreate)
	on("GET", "/users/:id/client-card/publication/delete", may(access.UsersEdit).over(access.OverRecord), w.usersClientCardPublicationConfirm)
	on("DELETE", "/users/:id/client-card/publication", may(access.UsersEdit).over(access.OverRecord), w.usersClientCardPublicationDelete)
	on("GET", "/users/:id/sessions", may(access.UsersSignOut), w.usersSessionsIndex)
	on("GET", "/users/:id/sessions/delete", may(access.UsersSignOut).over(access.OverAccount), w.usersSessionsConfirm)
	on("DELETE", "/users/:id/sessions", may(access.UsersSignOut).over(access.OverAccount), w.usersSessionsDelete)
	on("GET", "/users/:id/sessions/:session/delete", may(access.UsersSignOut).over(access.OverAccount), w.usersSessionConfirm)
	on("DELETE", "/users/:id/sessions/:session", may(access.UsersSignOut).over(access.OverAccount), w.usersSessionDelete)
	on("GET", "/users/:id/sign-ins", may(access.UsersSignOut), w.usersSignInsIndex)
	on("GET", "/users/:id/password-reset/new", may(access.UsersReset).over(access.OverAccount), w.usersPasswordResetNew)
	on("POST", "/users/:id/password-reset", may(access.UsersReset).over(access.OverAccount), w.usersPasswordResetCreate)
	on("GET", "/users/:id/factors/delete", may(access.UsersReset).over(access.OverAccount), w.usersFactorsConfirm)
	on("DELETE", "/users/:id/factors", may(access.UsersReset).over(access.OverAccount), w.usersFactorsDelete)
	on("GET", "/users/:id/lock/delete", may(access.UsersUnlock).over(access.OverAccount), w.usersLockConfirm)
	on("DELETE", "/users/:id/lock", may(access.UsersUnlock).over(access.OverAccount), w.usersLockDelete)
	on("GET", "/users/:id/invitation", may(access.UsersCreate).over(access.OverAccount), w.usersInvitationShow)
	on("POST", "/users/:id/invitation", may(access.UsersCreate).over(access.OverAccount), w.usersInvitationCreate)
	on("GET", "/users/:id/invitation/delete", may(access.UsersCreate).over(access.OverAccount), w.usersInvitationConfirm)
	on("DELETE", "/users/:id/invitation", may(access.UsersCreate).over(access.OverAccount), w.usersInvitationDelete)
	on("POST", "/users/:id/invitation-links", may(access.UsersCreate).over(access.OverAccount), w.usersInvitationLinksCreate)
	on("GET", "/users/:id/email/edit", may(access.UsersEmail).over(access.OverAccount), w.usersEmailEdit)
	on("PATCH", "/users/:id/email", may(access.UsersEmail).over(access.OverAccount), w.usersEmailUpdate)
	on("GET", "/users/:id/email-change/delete", may(access.UsersEmail).over(access.OverAccount), w.usersEmailChangeConfirm)
	on("DELETE", "/users/:id/email-change", may(access.UsersEmail).over(access.OverAccount), w.usersEmailChangeDelete)
	on("POST", "/users/:id/email-verifications", may(access.UsersEmail).over(access.OverAccount), w.usersEmailVerificationCreate)
	on("GET", "/users/:id/mails", may(access.UsersEdit), w.usersMailsIndex)
	on("POST", "/users/:id/mails", may(access.UsersEdit).over(access.OverAccount), w.usersMailsCreate)
	on("DELETE", "/users/:id/mails/pause", may(access.UsersEdit).over(access.OverAccount), w.usersMailsPauseDelete)
	on("GET", "/users/:id/absences", may(access.UsersView), w.usersAbsencesIndex)
	on("GET", "/users/:id/absences/new", may(access.UsersEdit).over(access.OverRecord), w.usersAbsencesNew)
	on("POST", "/users/:id/absences", may(access.UsersEdit).over(access.OverRecord), w.usersAbsencesCreate)
	on("GET", "/users/:id/absences/:absence/edit", may(access.UsersEdit).over(access.OverRecord), w.usersAbsenceEdit)
	on("PATCH", "/users/:id/absences/:absence", may(access.UsersEdit).over(access.OverRecord), w.usersAbsenceUpdate)
	on("GET", "/users/:id/absences/:absence/delete", may(access.UsersEdit).over(access.OverRecord), w.usersAbsenceConfirm)
	on("DELETE", "/users/:id/absences/:absence", may(access.UsersEdit).over(access.OverRecord), w.usersAbsenceDelete)
	// Leaving
	on("GET", "/users/:id/cases", may(access.CasesView), w.usersCasesIndex) // of others, the verb wants cases.view-all
	on("PATCH", "/users/:id/cases", may(access.CasesReassign), w.usersCasesUpdate)
	on("GET", "/users/:id/deactivation/new", may(access.UsersDeactivate).over(access.OverAccount), w.usersDeactivationNew)
	on("POST", "/users/:id/deactivation", may(access.UsersDeactivate).over(access.OverAccount), w.usersDeactivationCreate)
	on("GET", "/users/:id/deactivation", may(access.UsersView), w.usersDeactivationShow)
	on("GET", "/users/:id/deactivation/delete", may(access.UsersDeactivate).over(access.OverAccount), w.usersDeactivationConfirm)
	on("DELETE", "/users/:id/deactivation", may(access.UsersDeactivate).over(access.OverAccount), w.usersDeactivationDelete)
	on("GET", "/users/:id/activation/new", may(access.UsersDeactivate).over(access.OverAccount), w.usersActivationNew)
	on("POST", "/users/:id/activation", may(access.UsersDeactivate).over(access.OverAccount), w.usersActivationCreate)
	on("GET", "/zones", signedIn, w.zonesIndex)
	on("GET", "/pictures/:id/:size", duringEnrol.bare(), w.picturesShow)

	// Cases. A case that the reader does not see is none: each verb asks (cases.Seen)
	on("GET", "/cases", may(access.CasesView), w.casesIndex)
	on("GET", "/cases/new", may(access.CasesCreate), w.casesNew)
	on("POST", "/cases", may(access.CasesCreate), w.casesCreate)
	on("GET", "/cases/reassignment/new", may(access.CasesReassign), w.casesReassignmentNew)
	on("POST", "/cases/reassignment", may(access.CasesReassign), w.casesReassignmentCreate)
	on("GET", "/cases/:id", may(access.CasesView), w.casesShow)
	on("GET", "/cases/:id/fields/:field", may(access.CasesEdit), w.casesFieldShow)
	on("GET", "/cases/:id/fields/:field/edit", may(access.CasesEdit), w.casesFieldEdit)
	on("PATCH", "/cases/:id/fields/:field", may(access.CasesEdit), w.casesFieldUpdate)
	on("GET", "/cases/:id/owner/edit", may(access.CasesReassign), w.casesOwnerEdit)
	on("PATCH", "/cases/:id/owner", may(access.CasesReassign), w.casesOwnerUpdate)
	on("GET", "/cases/:id/members/new", may(access.CasesEdit), w.casesMembersNew)
	on("POST", "/cases/:id/members", may(access.CasesEdit), w.casesMembersCreate)
	on("GET", "/cases/:id/members/:member/delete", may(access.CasesEdit), w.casesMembersConfirm)
	on("DELETE", "/cases/:id/members/:member", may(access.CasesEdit), w.casesMembersDelete)
	on("PATCH", "/cases/:id/bell", may(access.CasesView), w.casesBellUpdate)
	on("GET", "/cases/:id/closure/new", may(access.CasesEdit), w.casesClosureNew)
	on("POST", "/cases/:id/closure", may(access.CasesEdit), w.casesClosureCreate)
	on("GET", "/cases/:id/closure/delete", may(access.CasesEdit), w.casesClosureConfirm)
	on("DELETE", "/cases/:id/closure", may(access.CasesEdit), w.casesClosureDelete)
	on("GET", "/cases/:id/appointments", may(access.AppointmentsView), w.casesAppointmentsIndex)
	on("GET", "/cases/:id/deadlines/new", may(access.AppointmentsEdit), w.casesDeadlinesNew)
	on("POST", "/cases/:id/deadlines", may(access.AppointmentsEdit), w.casesDeadlinesCreate)
	on("GET", "/cases/:id/deadlines/:deadline/edit", may(access.AppointmentsEdit), w.casesDeadlinesEdit)
	on("PATCH", "/cases/:id/deadlines/:deadline", may(access.AppointmentsEdit), w.casesDeadlinesUpdate)
	on("POST", "/cases/:id/deadlines/:deadline/completion", may(access.AppointmentsEdit), w.casesCompletionCreate)
	on("DELETE", "/cases/:id/deadlines/:deadline/completion", may(access.AppointmentsEdit), w.casesCompletionDelete)
	on("GET", "/cases/:id/billing", may(access.InvoicesView), w.casesBillingShow)
	on("GET", "/cases/:id/invoices/new", may(access.InvoicesEdit), w.casesInvoicesNew)
	on("POST", "/cases/:id/invoices", may(access.InvoicesEdit), w.casesInvoicesCreate)
	on("GET", "/cases/:id/invoices/:invoice/voiding/new", may(access.InvoicesEdit), w.casesVoidingNew)
	on("POST", "/cases/:id/invoices/:invoice/voiding", may(access.InvoicesEdit), w.casesVoidingCreate)
	on("GET", "/cases/:id/invoices/:invoice/payments/new", may(access.PaymentsRecord), w.casesPaymentsNew)
	on("POST", "/cases/:id/invoices/:invoice/payments", may(access.PaymentsRecord), w.casesPaymentsCreate)
	on("GET", "/cases/:id/payments/:payment/reversal/new", may(access.PaymentsRecord), w.casesReversalNew)
	on("POST", "/cases/:id/payments/:payment/reversal", may(access.PaymentsRecord), w.casesReversalCreate)
	on("GET", "/cases/:id/scores", may(access.CasesView), w.casesScoresIndex)
	on("GET", "/cases/:id/scores/new", may(access.CasesEdit), w.casesScoresNew)
	on("POST", "/cases/:id/scores", may(access.CasesEdit), w.casesScoresCreate)
	on("GET", "/cases/:id/history", may(access.CasesView), w.casesHistoryIndex)
	on("GET", "/clients", may(access.CasesCreate), w.clientsIndex)
	on("GET", "/clients/:id", may(access.CasesView), w.clientsShow)
	on("GET", "/clients/:id/edit", may(access.CasesEdit), w.clientsEdit)
	on("PATCH", "/clients/:id", may(access.CasesEdit), w.clientsUpdate)

	// The calendar. An appointment of a case is seen by who sees the case, any other by those whose it is and who come to it (agenda)
	on("GET", "/calendar", may(access.AppointmentsView), w.calendarIndex)
	on("GET", "/appointments/new", may(access.AppointmentsEdit), w.appointmentsNew)
	on("POST", "/appointments", may(access.AppointmentsEdit), w.appointmentsCreate)
	on("GET", "/appointments/:id", may(access.AppointmentsView), w.appointmentsShow)
	on("GET", "/appointments/:id/edit", may(access.AppointmentsEdit), w.appointmentsEdit)
	on("PATCH", "/appointments/:id", may(access.AppointmentsEdit), w.appointmentsUpdate)
	on("GET", "/appointments/:id/cancellation/new", may(access.AppointmentsEdit), w.appointmentsCancellationNew)
	on("POST", "/appointments/:id/cancellation", may(access.AppointmentsEdit), w.appointmentsCancellationCreate)
	on("DELETE", "/appointments/:id/cancellation", may(access.AppointmentsEdit), w.appointmentsCancellationDelete)

	// The practice: departments, job titles, the organization, the history
	on("GET", "/departments", may(access.DepartmentsEdit), w.departmentsIndex)
	on("GET", "/departments/new", may(access.DepartmentsEdit), w.departmentsNew)
	on("POST", "/departments", may(access.DepartmentsEdit), w.departmentsCreate)
	on("GET", "/departments/:id/edit", may(access.DepartmentsEdit), w.departmentsEdit)
	on("PATCH", "/departments/:id", may(access.DepartmentsEdit), w.departmentsUpdate)
	on("GET", "/departments/:id/merge/new", may(access.DepartmentsEdit), w.departmentsMergeNew)
	on("POST", "/departments/:id/merge", may(access.DepartmentsEdit), w.departmentsMergeCreate)
	on("GET", "/departments/:id/delete", may(access.DepartmentsEdit), w.departmentsConfirm)
	on("DELETE", "/departments/:id", may(access.DepartmentsEdit), w.departmentsDelete)
	on("GET", "/users/:id/department", may(access.UsersView), w.usersDepartmentShow)
	on("GET", "/users/:id/department/edit", may(access.UsersEdit).over(access.OverRecord), w.usersDepartmentEdit)
	on("PATCH", "/users/:id/department", may(access.UsersEdit).over(access.OverRecord), w.usersDepartmentUpdate)
	on("GET", "/titles", may(access.TitlesEdit), w.titlesIndex)
	on("GET", "/titles/new", may(access.TitlesEdit), w.titlesNew)
	on("POST", "/titles", may(access.TitlesEdit), w.titlesCreate)
	on("GET", "/titles/:id/edit", may(access.TitlesEdit), w.titlesEdit)
	on("PATCH", "/titles/:id", may(access.TitlesEdit), w.titlesUpdate)
	on("GET", "/titles/:id/delete", may(access.TitlesEdit), w.titlesConfirm)
	on("DELETE", "/titles/:id", may(access.TitlesEdit), w.titlesDelete)
	on("GET", "/stages", may(access.OrganizationEdit), w.stagesIndex)
	on("GET", "/stages/new", may(access.OrganizationEdit), w.stagesNew)
	on("POST", "/stages", may(access.OrganizationEdit), w.stagesCreate)
	on("GET", "/stages/:id/edit", may(access.OrganizationEdit), w.stagesEdit)
	on("PATCH", "/stages/:id", may(access.OrganizationEdit), w.stagesUpdate)
	on("GET", "/stages/:id/delete", may(access.OrganizationEdit), w.stagesConfirm)
	on("DELETE", "/stages/:id", may(access.OrganizationEdit), w.stagesDelete)
	on("GET", "/organization", may(access.OrganizationEdit), w.organizationShow)
	on("PATCH", "/organization", may(access.OrganizationEdit), w.organizationUpdate)
	on("POST", "/organization/logo", may(access.OrganizationEdit), w.organizationLogoCreate)
	on("GET", "/organization/logo/delete", may(access.OrganizationEdit), w.organizationLogoConfirm)
	on("DELETE", "/organization/logo", may(access.OrganizationEdit), w.organizationLogoDelete)
	on("GET", "/tokens", may(access.TokensEdit), w.tokensIndex)
	on("GET", "/tokens/new", may(access.TokensEdit), w.tokensNew)
	on("POST", "/tokens", may(access.TokensEdit), w.tokensCreate)
	on("GET", "/tokens/:id/delete", may(access.TokensEdit), w.tokensConfirm)
	on("DELETE", "/tokens/:id", may(access.TokensEdit), w.tokensDelete)
	on("GET", "/api", signedIn, w.apiShow)
	on("GET", "/system/mails", may(access.SystemView), w.systemMailsIndex)
	on("POST", "/system/mails/:id/tries", may(access.SystemOperate), w.systemMailsTriesCreate)
	on("POST", "/system/mails/:id/stoppage", may(access.SystemOperate), w.systemMailsStoppageCreate)
	on("DELETE", "/system/mails/:id/pause", may(access.SystemOperate), w.systemMailsPauseDelete)
	on("GET", "/history", may(access.AuditView), w.historyIndex)
	on("GET", "/history.csv", may(access.AuditView), w.historyExport)
	on("GET", "/users/:id/history", may(access.AuditView), w.usersHistoryIndex)
	on("GET", "/users/:id/history.csv", may(access.AuditView), w.usersHistoryExport)

	// Rights
	on("GET", "/roles", may(access.RolesView), w.rolesIndex)
	on("GET", "/roles/new", may(access.RolesEdit), w.rolesNew)
	on("POST", "/roles", may(access.RolesEdit), w.rolesCreate)
	on("GET", "/roles/matrix/edit", may(access.RolesEdit), w.rolesMatrixEdit)
	on("POST", "/roles/matrix/preview", may(access.RolesEdit), w.rolesMatrixPreviewCreate)
	on("PATCH", "/roles/matrix", may(access.RolesEdit), w.rolesMatrixUpdate)
	on("GET", "/roles/:id", may(access.RolesView), w.rolesShow)
	on("POST", "/roles/:id/preview", may(access.RolesEdit), w.rolesPreviewCreate)
	on("PATCH", "/roles/:id", may(access.RolesEdit), w.rolesUpdate)
	on("GET", "/roles/:id/delete", may(access.RolesEdit), w.rolesConfirm)
	on("DELETE", "/roles/:id", may(access.RolesEdit), w.rolesDelete)
	on("GET", "/profiles", may(access.RolesView), w.profilesIndex)
	on("GET", "/profiles/new", may(access.RolesEdit), w.profilesNew)
	on("POST", "/profiles", may(access.RolesEdit), w.profilesCreate)
	on("GET", "/profiles/matrix/edit", may(access.RolesEdit), w.profilesMatrixEdit)
	on("POST", "/profiles/matrix/preview", may(access.RolesEdit), w.profilesMatrixPreviewCreate)
	on("PATCH", "/profiles/matrix", may(access.RolesEdit), w.profilesMatrixUpdate)
	on("GET", "/profiles/:id", may(access.RolesView), w.profilesShow)
	on("POST", "/profiles/:id/preview", may(access.RolesEdit), w.profilesPreviewCreate)
	on("PATCH", "/profiles/:id", may(access.RolesEdit), w.profilesUpdate)
	on("GET", "/profiles/:id/delete", may(access.RolesEdit), w.profilesConfirm)
	on("DELETE", "/profiles/:id", may(access.RolesEdit), w.profilesDelete)
	on("GET", "/users/:id/access", may(access.UsersView), w.usersAccessShow)
	on("POST", "/users/:id/access/preview", may(access.UsersEdit).over(access.OverAccount), w.usersAccessPreviewCreate)
	on("PATCH", "/users/:id/access", may(access.UsersEdit).over(access.OverAccount), w.usersAccessUpdate)
	on("GET", "/users/:id/role", may(access.UsersView), w.usersRoleShow)
	on("GET", "/users/:id/role/edit", may(access.UsersEdit).over(access.OverAccount), w.usersRoleEdit)
	on("PATCH", "/users/:id/role", may(access.UsersEdit).over(access.OverAccount), w.usersRoleUpdate)

	app.Use(w.guard("*", elsewhere, w.noRoute))
}

// need is who may use a route. Its zero value lets nobody in.
type need struct {
	open         bool // without signing in
	unknown      bool // nobody is known: no cookie is read, and none is set
	idle         bool // changes nothing, whatever the method: no request token is asked for
	signedIn     bool
	duringEnrol  bool // also while a second factor must be set up (ASVS 6.3.3)
	duringChange bool // also while a change of password is due (S1-6)
	byItself     bool // asked by the page and not by the person: the session stays as idle as it is
	noPage       bool // answered with no page, on which unread messages would be counted
	permission   access.Permission
	whose        access.Over // what of the person :id it is over
}

var (
	anyone       = need{open: true}
	unknown      = need{open: true, unknown: true}
	elsewhere    = need{open: true, idle: true}
	signedIn     = need{signedIn: true}
	duringEnrol  = need{signedIn: true, duringEnrol: true}
	duringChange = need{signedIn: true, duringChange: true, duringEnrol: true}
)

// over is the need of a route that is over a person's record or account: so no page is shown whose form would be refused.
func (n need) over(o access.Over) need {
	n.whose = o
	return n
}

// auto is the need of a route that pages ask by themselves.
func (n need) auto() need {
	n.byItself, n.noPage = true, true
	return n
}

// bare is the need of a route that answers with no page.
func (n need) bare() need {
	n.noPage = true
	return n
}

func may(p access.Permission) need { return need{signedIn: true, permission: p} }
