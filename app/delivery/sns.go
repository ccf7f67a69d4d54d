package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"chancery/app/amazon"
)

// snsTexts hands texts to Amazon SNS, by its call Publish to a phone number. The SDK repeats nothing: whoever calls knows
// when a text has lost its meaning, and a call whose answer was lost may have sent one.
type snsTexts struct {
	client      *sns.Client
	credentials aws.CredentialsProvider
	attributes  map[string]types.MessageAttributeValue
	timeout     time.Duration
}

func openSNS(t textTarget, o TextOptions) (*snsTexts, error) {
	transport := o.Web
	if transport == nil {
		transport = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: time.Minute}
	}
	web := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	credentials, err := amazon.Provider(o.Credentials, t.region, os.Getenv, web)
	if err != nil {
		return nil, fmt.Errorf("texts: %w", err)
	}
	options := sns.Options{Region: t.region, Credentials: credentials, HTTPClient: web, Retryer: aws.NopRetryer{}}
	if t.endpoint != "" {
		options.BaseEndpoint = &t.endpoint
	}
	text := func(value string) types.MessageAttributeValue {
		return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
	}
	// Transactional: SNS then prefers the way that arrives over the one that is cheap.
	attributes := map[string]types.MessageAttributeValue{"AWS.SNS.SMS.SMSType": text("Transactional")}
	switch {
	case strings.HasPrefix(t.sender, "+"):
		attributes["AWS.MM.SMS.OriginationNumber"] = text(t.sender)
	case t.sender != "":
		attributes["AWS.SNS.SMS.SenderID"] = text(t.sender)
	}
	return &snsTexts{client: sns.New(options), credentials: credentials, attributes: attributes, timeout: cmp.Or(o.Timeout, 15*time.Second)}, nil
}

// Text implements Texts. The answer is SNS's id of the message.
func (s *snsTexts) Text(ctx context.Context, t Text) (string, error) {
	if err := t.check(); err != nil {
		return "", err
	}
	bound, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var sent atomic.Bool
	bound = httptrace.WithClientTrace(bound, &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) {
		if i.Err == nil {
			sent.Store(true)
		}
	}})
	out, err := s.client.Publish(bound, &sns.PublishInput{PhoneNumber: &t.To, Message: &t.Body, MessageAttributes: s.attributes})
	if err != nil {
		return "", refusedBySNS(ctx, err, sent.Load())
	}
	return aws.ToString(out.MessageId), nil
}

// Ready implements Texts: whether there is a key to sign with. SNS has no question that costs nothing and needs no right of
// its own.
func (s *snsTexts) Ready(ctx context.Context) error {
	if _, err := s.credentials.Retrieve(ctx); err != nil {
		return &Refused{Stage: StageText, Err: errors.New("no access key for SNS can be had")}
	}
	return nil
}

// Close implements Texts.
func (s *snsTexts) Close() error { return nil }

// refusedBySNS says what SNS has said, without its words: they name the number.
func refusedBySNS(ctx context.Context, err error, sent bool) *Refused {
	r := &Refused{Stage: StageText}
	var answer *smithyhttp.ResponseError
	var api smithy.APIError
	if errors.As(err, &answer) {
		r.Code = answer.HTTPStatusCode()
	}
	if errors.As(err, &api) {
		r.Answer = plainCode(api.ErrorCode())
	}
	switch {
	case r.Code == 0:
		r.Uncertain = sent // the whole request was out, and no answer came
		r.Err = errors.New("no answer")
		if ctx.Err() != nil {
			r.Err = context.Cause(ctx)
		}
	case r.Code < 300:
		r.Uncertain, r.Err = true, errors.New("an answer that cannot be read")
	case r.Code == http.StatusBadRequest:
		r.Permanent = ofThisText(r.Answer)
	}
	return r
}

// ofThisText tells whether a word of SNS's speaks of this text or its number for good. All others speak of us: keys, rights,
// limits; the text waits until that is put right.
func ofThisText(code string) bool {
	switch code {
	case "InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationException", "ValidationError", "OptedOut":
		return true
	}
	return false
}

// plainCode is an error code as SNS has them, one word; anything else could hold anything.
func plainCode(code string) string {
	if len(code) > 64 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.") != "" {
		return "Unknown"
	}
	return code
}
