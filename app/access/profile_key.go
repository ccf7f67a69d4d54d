package access

// ProfileKey is the catalogue key of the name of the profile that every practice starts with, and "" for any other, so
// that it reads in each person's language. Its summary stands under the same key with "-summary".
func ProfileKey(name string) string {
	if name == "Collections" {
		return "access.collections"
	}
	return ""
}
