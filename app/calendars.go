package main

import (
	"strings"

	"chancery/app/calendar"
	contract "chancery/app/outside"
	"chancery/app/outside/google"
	"chancery/app/outside/microsoft"
	"chancery/app/outside/pace"
	"chancery/config"
)

// keepers are the calendars outside that the settings name, each asked no faster than it allows.
func keepers(s config.Settings) calendar.Keepers {
	k := calendar.Keepers{OAuth: map[calendar.Kind]contract.Keeper{}}
	if s.GoogleClientID != "" {
		k.OAuth[calendar.Google] = google.New(google.Config{ClientID: s.GoogleClientID, ClientSecret: s.GoogleClientSecret,
			Redirect: s.Base.JoinPath("me", "calendars", "callback").String(), Name: "Chancery", Transport: pace.New(pace.Google, nil, pace.Clock{})})
	}
	if s.MicrosoftClientID != "" {
		k.OAuth[calendar.Microsoft] = microsoft.New(microsoft.Config{ClientID: s.MicrosoftClientID, ClientSecret: s.MicrosoftClientSecret, Tenant: s.MicrosoftTenant,
			Redirect: s.Base.JoinPath("me", "calendars", "callback").String(), Name: "Chancery", Transport: pace.New(pace.Microsoft, nil, pace.Clock{})})
	}
	return k
}

// calendarKeys are the keys of grants, the current one first. The practice's own opens what it sealed before there was another.
func calendarKeys(s config.Settings, own []byte) (keys [][]byte) {
	for key := range strings.SplitSeq(s.CalendarsKey, ",") {
		if key != "" {
			keys = append(keys, []byte(key))
		}
	}
	return append(keys, own)
}
