// Package amazon knows where the key to Amazon's services comes from, once for all that speak to one of them: blob (S3)
// and delivery (SNS). What is asked of a service stays with them; no service's client may move in.
//
// A key is either given (a setting of ours), or is where the place we run in puts it, in the SDK's own order: AWS_ACCESS_KEY_ID
// and AWS_SECRET_ACCESS_KEY, a web identity token (IRSA on Kubernetes), the container's endpoint (ECS, EKS Pod Identity), the
// EC2 instance. What is left out, and what that saves, stands in blob's package comment.
package amazon

import (
	"errors"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Credentials are an explicit access key and its secret. The zero value means: from the place we run in.
type Credentials struct{ AccessKeyID, SecretAccessKey string }

// ecs is where Amazon's container service answers; AWS fixes the address.
const ecs = "http://169.254.170.2"

// Provider chooses where the key and secret come from, once. The names of the variables and their order are the
// SDK's own, so that what AWS documents for a pod, a task or an instance works here; see the package comment.
func Provider(given Credentials, region string, env func(string) string, web aws.HTTPClient) (aws.CredentialsProvider, error) {
	static := func(key, secret, session string) aws.CredentialsProvider {
		return awscredentials.NewStaticCredentialsProvider(key, secret, session)
	}
	switch {
	case given != Credentials{}:
		if given.AccessKeyID == "" || given.SecretAccessKey == "" {
			return nil, errors.New("the access key and its secret go together; one of them is missing")
		}
		return static(given.AccessKeyID, given.SecretAccessKey, ""), nil

	case env("AWS_ACCESS_KEY_ID") != "" && env("AWS_SECRET_ACCESS_KEY") != "":
		return static(env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN")), nil

	case env("AWS_WEB_IDENTITY_TOKEN_FILE") != "":
		o := sts.Options{Region: region, HTTPClient: web}
		if elsewhere := env("AWS_ENDPOINT_URL_STS"); elsewhere != "" {
			o.BaseEndpoint = &elsewhere // S3-compatible servers have an STS of their own
		}
		token := stscreds.IdentityTokenFile(env("AWS_WEB_IDENTITY_TOKEN_FILE"))
		return cached(stscreds.NewWebIdentityRoleProvider(sts.New(o), env("AWS_ROLE_ARN"), token,
			func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName = env("AWS_ROLE_SESSION_NAME") })), nil

	case env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != "":
		return cached(container(ecs+env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), env, web)), nil

	case env("AWS_CONTAINER_CREDENTIALS_FULL_URI") != "":
		return cached(container(env("AWS_CONTAINER_CREDENTIALS_FULL_URI"), env, web)), nil

	default:
		return cached(ec2rolecreds.New(func(o *ec2rolecreds.Options) {
			// Only the way in that wants a token first (IMDSv2).
			o.Client = imds.New(imds.Options{EnableFallback: aws.FalseTernary})
		})), nil
	}
}

// container asks the endpoint that ECS and EKS Pod Identity put beside a container. The token's file is read anew each
// time: it is rotated.
func container(endpoint string, env func(string) string, web aws.HTTPClient) aws.CredentialsProvider {
	return endpointcreds.New(endpoint, func(o *endpointcreds.Options) {
		o.HTTPClient = web
		o.AuthorizationToken = env("AWS_CONTAINER_AUTHORIZATION_TOKEN")
		if file := env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
			o.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(func() (string, error) {
				token, err := os.ReadFile(file)
				return string(token), err
			})
		}
	})
}

// cached keeps what a provider gave until shortly before it runs out.
func cached(p aws.CredentialsProvider) aws.CredentialsProvider { return aws.NewCredentialsCache(p) }
