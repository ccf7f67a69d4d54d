package blob

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// place is a store's URL, taken apart: either dir is set, or the rest.
type place struct {
	dir string

	bucket    string
	endpoint  string // empty: AWS itself
	region    string // empty: AWS_REGION decides
	pathStyle bool   // the bucket stands in the path, not in the host name
}

// Check tells what is wrong with a store's URL, without connecting to anything:
//
//	dir:PATH       a directory, relative to where we were started or absolute
//	s3://BUCKET    with these parameters, each at most once and none required:
//	  endpoint     http:// or https:// and a host, for a server other than AWS
//	  region       a region's name; without it AWS_REGION, and with an endpoint us-east-1
//	  path_style   true or false; true when there is an endpoint, as most S3-compatible servers have no wildcard name
//
// Keys and secrets have no place in it: URLs are printed and logged. All faults are named at once, in English, for the
// person who runs the house.
func Check(url string) error {
	_, err := parse(url)
	return err
}

func parse(raw string) (place, error) {
	if path, ok := strings.CutPrefix(raw, "dir:"); ok {
		if path == "" || strings.ContainsRune(path, 0) {
			return place{}, errors.New("dir: names no directory")
		}
		return place{dir: path}, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "s3" {
		// The parser's error quotes the URL, and with it a secret that somebody put there.
		return place{}, errors.New("must be dir:PATH or s3://BUCKET?endpoint=…&region=…&path_style=…")
	}
	return parseBucket(u)
}

// bucketName is S3's rule for names of buckets.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// regionName keeps the region, which becomes part of a host name, to what a host name may hold.
var regionName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

func parseBucket(u *url.URL) (place, error) {
	var wrong []error
	no := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }

	p := place{bucket: u.Host}
	if !bucketName.MatchString(p.bucket) {
		no("the bucket's name must be 3 to 63 of a-z, 0-9, '-' and '.'")
	}
	if u.User != nil {
		no("key and secret do not belong in the URL")
	}
	if (u.Path != "" && u.Path != "/") || u.Fragment != "" {
		no("nothing may follow the bucket's name but ? and parameters")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		no("its parameters cannot be read")
	}
	for name, values := range query {
		value := values[0]
		if len(values) > 1 {
			no("%s is given %d times", name, len(values))
		}
		switch name {
		case "endpoint":
			p.endpoint = strings.TrimSuffix(value, "/")
			if !isEndpoint(p.endpoint) {
				no("endpoint must be http:// or https:// and a host, nothing more")
			}
		case "region":
			p.region = value
			if !regionName.MatchString(value) {
				no("region must be of a-z, 0-9 and '-'")
			}
		case "path_style":
			if p.pathStyle, err = strconv.ParseBool(value); err != nil {
				no("path_style must be true or false")
			}
		default:
			no("%q is not a parameter: endpoint, region and path_style are", name)
		}
	}
	if !query.Has("path_style") {
		p.pathStyle = p.endpoint != ""
	}
	return p, errors.Join(wrong...)
}

func isEndpoint(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && u.Path == "" && u.RawQuery == "" && u.Fragment == ""
}
