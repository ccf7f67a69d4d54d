package web

import (
	"html/template"
	"reflect"
	"testing"

	"chancery/static"
	"chancery/views"
	"chancery/views/viewstest"
)

// samples names every template and what it is given. One that is missing here fails TestEveryTemplate, so that a page
// nobody tried cannot be shipped.
var samples = map[string]any{
	"shared/_alert":          views.Notice{},
	"shared/_unsaved":        struct{}{},
	"shared/_avatar":         views.Avatar{},
	"shared/_errors":         views.Errors{},
	"shared/_field-error":    views.FieldError{},
	"shared/_password-rules": passwordRules{},
	"welcome/_password":      welcomeShowView{},
	"fields/_field":          fieldView{},
	"fields/_control":        fieldView{},
	"fields/_edit":           fieldView{},
	"fields/_row":            rowView{},
	"users/_search":          peopleSearch{},
	"users/_pager":           peoplePages{},
	"users/_unfound":         peopleNone{},
	"users/rows/_cell":       userCell{},
	"users/rows/_row":        userRow{},
	"users/rows/_changed":    usersRowView{Notice: &views.Notice{}},
	"shared/_zone-options":   []views.Zone{},

	"errors/show":               errorView{},
	"errors/inside":             errorView{},
	"errors/_page":              errorView{},
	"errors/_text":              errorView{},
	"sign-in/new":               signInNewView{},
	"sign-in/kept":              signInKeptView{Kept: &keptForm{}},
	"sign-in/step/show":         signInStepShowView{},
	"me/proof/_fields":          proofView{},
	"me/proof/new":              meProofNewView{},
	"me/factors/index":          meFactorsIndexView{},
	"me/factors/edit":           meFactorView{},
	"me/factors/delete":         meFactorView{},
	"me/factors/app/show":       meFactorsAppShowView{},
	"me/factors/passkey/new":    meFactorsPasskeyNewView{},
	"me/recovery-codes/new":     meRecoveryCodesNewView{},
	"me/recovery-codes/show":    meRecoveryCodesShowView{},
	"sign-in/_kept":             &keptForm{},
	"sign-in/phone/new":         signInPhoneNewView{},
	"sign-in/pin/new":           signInPINNewView{},
	"me/cell-verification/new":  meCellVerificationNewView{},
	"me/cell-verification/edit": meCellVerificationEditView{},
	"welcome/show":              welcomeShowView{},
	"welcome/closed":            welcomeClosedView{},

	"search/index":                         searchIndexView{},
	"search/_found":                        searchFound{},
	"search/suggestions/_list":             searchSuggestionsView{},
	"cards/_card":                          cardView{},
	"cards/_editor":                        clientCardView{},
	"cards/_ask":                           cardPublicationView{},
	"cards/show":                           cardsShowView{},
	"me/client-card/show":                  meClientCardShowView{},
	"users/client-card/show":               usersClientCardShowView{},
	"me/client-card/publication/new":       cardPublicationView{},
	"me/client-card/publication/delete":    cardPublicationView{},
	"users/client-card/publication/new":    cardPublicationView{},
	"users/client-card/publication/delete": cardPublicationView{},
	"absences/_sees":                       coverageView{},
	"absences/_row":                        absenceRow{},
	"absences/_list":                       absencesView{},
	"absences/_form":                       absenceFormView{},
	"absences/_end":                        absenceEndView{},
	"me/absences/index":                    meAbsencesIndexView{},
	"me/absences/new":                      absenceFormView{},
	"me/absences/edit":                     absenceFormView{},
	"me/absences/delete":                   absenceEndView{},
	"users/absences/index":                 usersAbsencesIndexView{},
	"users/absences/new":                   absenceFormView{},
	"users/absences/edit":                  absenceFormView{},
	"users/absences/delete":                absenceEndView{},
	"system/show":                          systemShowView{},
	"shared/_crop":                         struct{}{},
	"colleagues/_list":                     colleaguesIndexView{},
	"colleagues/index":                     colleaguesIndexView{},
	"users/_list":                          usersIndexView{},
	"users/index":                          usersIndexView{},
	"users/new":                            usersNewView{},
	"users/_head":                          usersShowView{},
	"users/_taker":                         takerFields{},
	"users/show":                           usersShowView{},
	"users/edit":                           usersEditView{},
	"users/fields/_row":                    rowView{},
	"users/import/new":                     usersImportNewView{},
	"users/import/show":                    usersImportShowView{},
	"users/bulk/new":                       usersBulkNewView{},
	"runs/_run":                            runView{},
	"runs/index":                           runsIndexView{},
	"runs/show":                            runsShowView{},
	"users/picture/delete":                 usersConfirmView{},
	"users/cases/index":                    usersCasesIndexView{},
	"users/cases/_list":                    usersCasesIndexView{},
	"users/deactivation/new":               usersDeactivationNewView{},
	"users/deactivation/show":              usersDeactivationShowView{},
	"users/deactivation/delete":            usersConfirmView{},
	"users/activation/new":                 usersConfirmView{},
	"users/sessions/delete":                usersConfirmView{},

	"system/mails/index":              systemMailsIndexView{},
	"system/declared/index":           systemDeclaredIndexView{},
	"system/mails/_ledger":            ledgerView{},
	"users/ask":                       usersAskView{},
	"users/factors/delete":            usersFactorsDeleteView{},
	"users/password-reset/new":        usersPasswordResetNewView{},
	"users/sessions/index":            usersSessionsIndexView{},
	"users/sign-ins/_table":           userSignInsView{},
	"users/sign-ins/_rows":            userSignInsView{},
	"users/sign-ins/_pager":           userSignInsView{},
	"users/sign-ins/index":            usersSignInsIndexView{},
	"users/invitation/show":           usersInvitationShowView{},
	"users/invitation-links/show":     usersInvitationLinksShowView{},
	"users/email/edit":                usersEmailEditView{},
	"users/mails/index":               usersMailsIndexView{},
	"forgot/new":                      forgotNewView{},
	"disown/show":                     disownShowView{},
	"unsubscribe/show":                unsubscribeShowView{},
	"me/notifications/show":           meNotificationsShowView{},
	"me/notifications/_switch":        noticeSetting{},
	"me/notifications/_daily":         noticeSetting{},
	"me/notifications/_quiet":         noticeSetting{},
	"me/notifications/_note":          noticeSetting{},
	"me/notifications/_times":         noticeSetting{},
	"organization/notifications/show": organizationNotificationsShowView{},
	"bulletins/_one":                  bulletinOneView{},
	"reset/show":                      resetShowView{},
	"reset/closed":                    linkClosedView{},
	"verify/show":                     verifyShowView{},

	"roles/index":                  rolesIndexView{},
	"roles/new":                    rolesNewView{},
	"roles/show":                   rolesShowView{},
	"roles/delete":                 releaseView{},
	"roles/preview/show":           previewView{},
	"roles/_fields":                roleForm{},
	"roles/_rights":                roleForm{},
	"roles/_stored":                []stored{},
	"roles/_granted":               []grantedGroup{},
	"roles/_effects":               effectsView{},
	"roles/_preview":               previewView{},
	"roles/_matrix":                matrixView{},
	"roles/_matrix-table":          matrixView{},
	"roles/matrix/edit":            matrixEditView{},
	"roles/matrix/preview/show":    previewView{},
	"profiles/matrix/edit":         matrixEditView{},
	"profiles/matrix/preview/show": previewView{},
	"roles/_release":               releaseView{},
	"profiles/index":               profilesIndexView{},
	"profiles/new":                 profilesShowView{},
	"profiles/show":                profilesShowView{},
	"profiles/delete":              releaseView{},
	"profiles/preview/show":        previewView{},
	"profiles/_fields":             profileForm{},
	"users/access/show":            usersAccessShowView{},
	"users/access/preview/show":    previewView{},
	"users/role/_form":             usersRoleView{},
	"users/role/edit":              usersRoleView{},

	"me/_account":                   accountView{},
	"me/_notice":                    noticeView{},
	"me/_rail":                      railView{},
	"me/_shell":                     shellView{},
	"me/show":                       meShowView{},
	"me/_form":                      meEditView{},
	"me/edit":                       meEditView{},
	"me/fields/_row":                rowView{},
	"me/password/_fields":           passwordView{},
	"me/password/_section":          passwordSectionView{},
	"me/password/_current":          passwordView{},
	"me/password/edit":              mePasswordEditView{},
	"me/picture/_form":              pictureView{},
	"me/picture/delete":             mePictureDeleteView{},
	"me/notifications/summary/show": meNotificationsSummaryShowView{},
	"me/calendars/_list":            calendarsView{},
	"me/calendars/index":            meCalendarsIndexView{},
	"me/calendars/delete":           meCalendarDeleteView{},
	"me/calendars/_feed":            feedView{},
	"me/calendars/feed/_form":       feedFormView{},
	"me/calendars/feed/_where":      struct{}{},
	"me/calendars/feed/new":         feedFormView{},
	"me/calendars/feed/edit":        feedFormView{},
	"me/calendars/feed/show":        meCalendarsFeedShowView{},
	"me/calendars/feed/delete":      meCalendarsFeedDeleteView{},
	"me/calendars/consents/new":     meCalendarsConsentsNewView{},
	"me/calendars/consents/show":    meCalendarsConsentsShowView{},
	"me/calendars/caldav/new":       meCalendarsCaldavNewView{},
	"me/preferences/_fields":        preferencesView{},
	"me/preferences/show":           mePreferencesShowView{},
	"me/security/show":              meSecurityShowView{},
	"me/extension/show":             meExtensionShowView{},
	"me/sessions/_list":             sessionsView{},
	"me/sessions/delete":            meSessionDeleteView{},
	"me/sign-ins/_pager":            signInsView{},
	"me/sign-ins/_rows":             signInsView{},
	"me/sign-ins/_table":            signInsView{},
	"me/sign-ins/index":             meSignInsIndexView{},

	// The day
	"shared/_count":           views.Count{},
	"events/_counts":          eventsCountsView{},
	"events/_messages":        eventsMessagesView{},
	"bulletins/_bell":         bulletinsIndexView{},
	"bulletins/_list":         bulletinsIndexView{},
	"bulletins/_read":         bulletinsReadView{},
	"bulletins/_row":          bulletinRow{},
	"bulletins/index":         bulletinsIndexView{},
	"cases/callables/_list":   casesCallablesIndexView{},
	"cases/comments/_changed": casesCommentsChangedView{},
	"cases/comments/_earlier": casesCommentsIndexView{},
	"cases/comments/_form":    commentForm{},
	"cases/comments/_line":    commentLine{},
	"cases/comments/_written": casesCommentsWrittenView{Write: &commentForm{}},
	"cases/comments/delete":   casesCommentsConfirmView{},
	"cases/comments/edit":     casesCommentsEditView{Form: &commentForm{}},
	"cases/comments/index":    casesCommentsIndexView{},
	"cases/messages/_earlier": casesMessagesIndexView{},
	"cases/messages/_line":    messageLine{},
	"cases/messages/_reply":   replyForm{},
	"cases/messages/_sent":    casesMessagesSentView{},
	"cases/messages/index":    casesMessagesIndexView{},
	"home/_talks":             &homeTalks{},
	"home/show":               homeShowView{},
	"messages/_list":          messagesIndexView{},
	"messages/_row":           talkRow{},
	"messages/index":          messagesIndexView{},

	// The practice
	"departments/_name":             nameView{},
	"departments/index":             namesIndexView{},
	"departments/new":               nameView{},
	"departments/edit":              nameView{},
	"departments/delete":            departmentsDeleteView{},
	"departments/merge/new":         departmentsMergeView{},
	"calendar/index":                calendarIndexView{},
	"calendar/_grid":                calendarIndexView{},
	"calendar/_list":                calendarIndexView{},
	"calendar/_line":                calendarLine{},
	"appointments/show":             appointmentsShowView{},
	"appointments/new":              appointmentsFormView{},
	"appointments/edit":             appointmentsFormView{},
	"appointments/_form":            appointmentsFormView{},
	"appointments/cancellation/new": appointmentDialogView{},
	"cases/_form":                   caseFormView{},
	"cases/deadlines/new":           caseFormView{},
	"cases/deadlines/edit":          caseFormView{},
	"cases/invoices/new":            caseFormView{},
	"cases/invoices/voiding/new":    caseFormView{},
	"cases/payments/new":            caseFormView{},
	"cases/payments/reversal/new":   caseFormView{},
	"cases/scores/new":              caseFormView{},
	"cases/scores/index":            casesScoresIndexView{},
	"cases/appointments/index":      casesAppointmentsIndexView{},
	"cases/appointments/_line":      appointmentRow{},
	"cases/billing/show":            casesBillingShowView{},
	"colleagues/_card":              colleagueCard{},
	"cases/index":                   casesIndexView{},
	"cases/_list":                   casesIndexView{},
	"cases/_cells":                  caseLine{},
	"cases/_person":                 namedPerson{},
	"cases/_head":                   casesShowView{},
	"cases/_line":                   caseHead{},
	"cases/_aside":                  caseAside{},
	"cases/_bell":                   caseBell{},
	"cases/_ask":                    caseDialogView{},
	"cases/show":                    casesShowView{},
	"cases/new":                     casesNewView{},
	"cases/fields/_row":             casesFieldView{},
	"cases/owner/edit":              caseDialogView{},
	"cases/members/new":             caseDialogView{},
	"cases/members/delete":          caseDialogView{},
	"cases/closure/new":             caseDialogView{},
	"cases/closure/delete":          caseDialogView{},
	"cases/history/index":           casesHistoryIndexView{},
	"cases/reassignment/new":        casesReassignmentNewView{},
	"clients/_choices":              clientChoices{},
	"clients/show":                  clientsShowView{},
	"clients/edit":                  clientsEditView{},
	"tokens/index":                  tokensIndexView{},
	"tokens/new":                    tokensNewView{},
	"tokens/show":                   tokensShowView{},
	"tokens/delete":                 tokensDeleteView{},
	"api/show":                      apiShowView{},
	"api/_fields":                   []views.EndpointField{},
	"stages/index":                  stagesIndexView{},
	"stages/new":                    nameView{},
	"stages/edit":                   nameView{},
	"sync/index":                    syncIndexView{},
	"sync/runs/index":               syncRunsIndexView{},
	"sync/exceptions/silence/new":   syncSilenceView{},
	"stages/delete":                 stagesDeleteView{},
	"users/cases/_cells":            caseRow{},
	"titles/index":                  namesIndexView{},
	"titles/new":                    nameView{},
	"titles/edit":                   nameView{},
	"titles/_select":                titlesSelect{},
	"titles/_added":                 titlesSelect{},
	"titles/delete":                 titlesDeleteView{},
	"users/department/_form":        usersDepartmentView{},
	"users/department/edit":         usersDepartmentView{},
	"organization/show":             organizationShowView{},
	"organization/_section":         settingsSection{},
	"organization/_shell":           views.Org{},
	"organization/_pair":            settingPair{},
	"organization/_field":           settingField{},
	"organization/logo/_form":       logoView{},
	"organization/logo/delete":      organizationLogoDeleteView{},
	"history/index":                 historyIndexView{},
	"history/_filters":              historyFilter{},
	"history/_log":                  historyView{},
	"users/history/index":           usersHistoryIndexView{},
}

// S0-16: every template in every language, once with all that it can show and once with nothing, and no English where
// another language is spoken. The samples' own words are digits, so every word on the page is from the catalogues.
func TestEveryTemplate(t *testing.T) {
	assets, err := static.Load()
	if err != nil {
		t.Fatal(err)
	}
	set := views.Load(assets)
	if err := set.Check(); err != nil { // with the icons that the sprite really has
		t.Fatal(err)
	}
	for shape, full := range map[string]bool{"with everything": true, "with nothing": false} {
		t.Run(shape, func(t *testing.T) {
			all := map[string]func(string) any{}
			for name, view := range samples {
				all[name] = func(lang string) any {
					v := reflect.New(reflect.TypeOf(view))
					v.Elem().Set(reflect.ValueOf(view))
					if full {
						fill(v.Elem(), lang)
					}
					return v.Interface()
				}
			}
			viewstest.Every(t, set, all)
		})
	}
}

// fill sets every field of a view: texts, numbers, one of each list, and what pointers lead to.
func fill(v reflect.Value, lang string) {
	switch v.Interface().(type) {
	case views.Page:
		v.Set(reflect.ValueOf(samplePage(lang)))
		return
	case template.HTML:
		v.SetString("<option>7</option>")
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("7")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), lang)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), lang)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), lang)
			}
		}
	}
}

func samplePage(lang string) views.Page {
	at := views.Time{ISO: "2026-11-21T08:14:00-05:00", Text: "08:14"}
	return views.Page{
		Title: "7", Lang: lang, Zone: "America/Toronto", Theme: "dark", CSRF: "7", Path: "/7", RequestID: "7",
		Org: views.Org{Name: "7", Tagline: "7", LogoURL: "/7"}, Nav: views.Nav{Users: true, Settings: []views.NavLink{{Text: "7", URL: "/users", Icon: "users", Current: true}}, Current: "users", Work: []views.NavLink{{Text: "7", URL: "/messages", Icon: "message-square", Current: true, Count: &views.Count{ID: "unread", N: 7, Text: "7", Says: "7"}}},
			Unread: views.Count{ID: "unread", N: 7, Text: "7", Says: "7"}, Bulletins: views.Count{ID: "bulletins-unread", N: 7, Text: "7", Says: "7"}, Events: "/events"},
		Me:     views.Me{ID: "7", Name: "7", Email: "7", Role: "7", Avatar: views.Avatar{Initials: "7", Hue: 1}, LastSignIn: &at},
		Notice: &views.Notice{Text: "7", Link: "/7", LinkText: "7"},
	}
}
