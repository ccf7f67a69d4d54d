package blob

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"chancery/app/amazon"
	"chancery/app/fault"
)

// limits bound how long a server that is slow, silent or gone can hold us.
type limits struct {
	connect   time.Duration // to a connection, and again to its TLS
	response  time.Duration // from the request sent to the first byte of the answer, and between bytes of a body
	attempts  int           // of one operation, the first included
	backoff   time.Duration // at most, between two attempts
	operation time.Duration // all attempts together, up to the answer's headers
	read      time.Duration // the same for what carries no body to the server
	places    int           // for operations under way at once
	rest      time.Duration // between two questions to a server that is away, see breaker
}

// patience suits a person waiting at a browser: a server that is gone is reported in under a second, one that is silent
// to the first in four, or ten while something is stored, and to all after them at once. A reconciler comes back later by
// itself.
var patience = limits{
	connect:   2 * time.Second,
	response:  5 * time.Second,
	attempts:  3,
	backoff:   300 * time.Millisecond,
	operation: 10 * time.Second,
	read:      4 * time.Second,
	places:    64,
	rest:      2 * time.Second,
}

// bucket keeps objects in a bucket of S3 or of a server that speaks like it.
type bucket struct {
	client  *s3.Client
	name    string
	limits  limits
	breaker *breaker
}

func openBucket(life context.Context, p place, secrets Credentials, l limits) (*bucket, error) {
	region := cmp.Or(p.region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	if region == "" && p.endpoint == "" {
		return nil, errors.New("blob: the bucket's region is not known: add region= to the URL, or set AWS_REGION")
	}
	region = cmp.Or(region, "us-east-1")

	web := httpClient(l)
	credentials, err := amazon.Provider(secrets, region, os.Getenv, web)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	o := s3.Options{
		Region:      region,
		Credentials: credentials,
		HTTPClient:  web,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = l.attempts
			o.Backoff = retry.NewExponentialJitterBackoff(l.backoff)
		}),
		UsePathStyle:               p.pathStyle,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}
	if p.endpoint != "" {
		o.BaseEndpoint = aws.String(p.endpoint)
	}
	b := &bucket{client: s3.New(o), name: p.bucket, limits: l}
	b.breaker = newBreaker(life, l, b.head)
	return b, nil
}

func httpClient(l limits) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = l.connect }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = l.connect
			t.ResponseHeaderTimeout = l.response
			t.MaxIdleConnsPerHost = 16
		}).
		WithReadTimeout(l.response)
}

func (b *bucket) Put(ctx context.Context, key string, body []byte, contentType string) error {
	if err := checkPut(key, contentType); err != nil {
		return err
	}
	err := b.try(ctx, b.limits.operation, func(bound context.Context) error {
		_, err := b.client.PutObject(bound, &s3.PutObjectInput{
			Bucket:        &b.name,
			Key:           &key,
			Body:          bytes.NewReader(body),
			ContentLength: aws.Int64(int64(len(body))),
			ContentType:   &contentType,
		})
		return err
	})
	if err != nil {
		return unavailable(ctx, "put", err)
	}
	return nil
}

// try runs one operation in its time, with a place of its own.
func (b *bucket) try(ctx context.Context, limit time.Duration, do func(bound context.Context) error) error {
	bound, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := b.breaker.enter(bound); err != nil {
		return err
	}
	defer b.breaker.leave()
	err := do(bound)
	b.breaker.note(ctx, err)
	return err
}

func (b *bucket) Get(ctx context.Context, key string) (Object, error) {
	if err := checkKey(key); err != nil {
		return Object{}, err
	}
	// The limit holds until the headers are there; the body is read at the pace of whoever wants it, who has the place
	// until it is closed.
	bound, cancel := context.WithCancel(ctx)
	alarm := time.AfterFunc(b.limits.read, cancel)
	defer alarm.Stop()
	if err := b.breaker.enter(bound); err != nil {
		cancel()
		return Object{}, unavailable(ctx, "get", err)
	}
	out, err := b.client.GetObject(bound, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		b.breaker.note(ctx, err)
		b.breaker.leave()
		cancel()
		if isMissing(err) {
			return Object{}, fmt.Errorf("blob: %s: %w", key, fault.ErrNotFound)
		}
		return Object{}, unavailable(ctx, "get", err)
	}
	return Object{
		Body:        &download{ReadCloser: out.Body, ctx: ctx, breaker: b.breaker, done: cancel},
		Size:        aws.ToInt64(out.ContentLength),
		ContentType: aws.ToString(out.ContentType),
		ETag:        aws.ToString(out.ETag),
	}, nil
}

// download says in the house's words that a body broke off.
type download struct {
	io.ReadCloser
	ctx     context.Context
	breaker *breaker
	done    context.CancelFunc
	closed  sync.Once
}

func (d *download) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		d.breaker.note(d.ctx, err)
		err = unavailable(d.ctx, "read", err)
	}
	return n, err
}

func (d *download) Close() error {
	defer d.closed.Do(func() { d.done(); d.breaker.leave() })
	return d.ReadCloser.Close()
}

func (b *bucket) Delete(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		if err := checkKey(key); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if err := b.delete(ctx, key); err != nil {
			return unavailable(ctx, "delete", err)
		}
	}
	return nil
}

func (b *bucket) delete(ctx context.Context, key string) error {
	err := b.try(ctx, b.limits.read, func(bound context.Context) error {
		_, err := b.client.DeleteObject(bound, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key})
		return err
	})
	if isMissing(err) {
		return nil // AWS answers 204 for a missing key, some servers 404
	}
	return err
}

func (b *bucket) List(ctx context.Context, prefix string, each func(Info) error) error {
	if err := checkPrefix(prefix); err != nil {
		return err
	}
	for in := (&s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix}); ; {
		page, err := b.page(ctx, in)
		if err != nil {
			return unavailable(ctx, "list", err)
		}
		for _, o := range page.Contents {
			err := each(Info{
				Key:      aws.ToString(o.Key),
				Size:     aws.ToInt64(o.Size),
				Modified: aws.ToTime(o.LastModified).UTC().Truncate(time.Microsecond),
			})
			if err != nil {
				return err
			}
		}
		if !aws.ToBool(page.IsTruncated) || page.NextContinuationToken == nil {
			return nil
		}
		in.ContinuationToken = page.NextContinuationToken
	}
}

func (b *bucket) page(ctx context.Context, in *s3.ListObjectsV2Input) (out *s3.ListObjectsV2Output, err error) {
	err = b.try(ctx, b.limits.operation, func(bound context.Context) error {
		out, err = b.client.ListObjectsV2(bound, in)
		return err
	})
	return out, err
}

// Ready asks for the bucket: that needs the server, the bucket, and a right of ours to it. While the server is away it is
// asked already, and Ready waits for nothing.
func (b *bucket) Ready(ctx context.Context) error {
	if err := b.try(ctx, b.limits.read, b.head); err != nil {
		return unavailable(ctx, "ready", err)
	}
	return nil
}

// head asks for the bucket, in the time of a read.
func (b *bucket) head(ctx context.Context) error {
	bound, cancel := context.WithTimeout(ctx, b.limits.read)
	defer cancel()
	_, err := b.client.HeadBucket(bound, &s3.HeadBucketInput{Bucket: &b.name})
	return err
}

// isMissing goes by the code: a 404 may also mean that the bucket is not there, which is an outage.
func isMissing(err error) bool {
	var coded interface{ ErrorCode() string }
	return errors.As(err, &coded) && coded.ErrorCode() == "NoSuchKey"
}
