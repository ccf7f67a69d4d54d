package access

// ProfileKey is the catalogue key of the name of the profile that every practice starts with, and "" for any other, so
// that it reads in each person's language.
func ProfileKey(name string) string {
	if name == "Collections" {
		return "access.collections"
	}
	return ""
}

// collectionsSummary is what the profile that every practice starts with is for.
const collectionsSummary = "Invoices and payments."

// ProfileSummaryKey is the catalogue key of that summary, and "" for any other.
func ProfileSummaryKey(summary string) string {
	if summary == collectionsSummary {
		return "access.collections-summary"
	}
	return ""
}
