package kubetest_test

import (
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"chancery/app/apptest/kubetest"
)

func TestMain(m *testing.M) { kubetest.Main(m) }

// An account may do what its rules say, in its namespace, and nothing else.
func TestAnAccountMayDoWhatItsRulesSay(t *testing.T) {
	c := kubetest.Shared(t)
	c.Namespace("accounts")
	config, err := os.ReadFile(c.Account("accounts", "reader", kubetest.Rule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get", "list"}}))
	if err != nil || !strings.Contains(string(config), `namespace: "accounts"`) {
		t.Fatalf("its kubeconfig: %v\n%s", err, config)
	}
	may := func(verb, resource, namespace string) bool {
		var review struct{ Status struct{ Allowed bool } }
		if status := c.Do(http.MethodPost, "/apis/authorization.k8s.io/v1/subjectaccessreviews", map[string]any{"spec": map[string]any{
			"user": "system:serviceaccount:accounts:reader", "resourceAttributes": map[string]any{"verb": verb, "resource": resource, "namespace": namespace},
		}}, &review); status != http.StatusCreated {
			t.Fatalf("a review: %d", status)
		}
		return review.Status.Allowed
	}
	if !may("list", "configmaps", "accounts") || may("delete", "configmaps", "accounts") || may("get", "secrets", "accounts") || may("list", "configmaps", "default") {
		t.Error("the account may do something else")
	}
}

// What was there is there when the API server has been away, and nobody is answered meanwhile.
func TestTheAPIServerComesBackAsItWas(t *testing.T) {
	c := kubetest.Start(t)
	at := c.Namespace("before")
	c.StopAPI()
	if conn, err := net.Dial("tcp", strings.TrimPrefix(c.URL, "https://")); err == nil {
		_ = conn.Close()
		t.Error("somebody answers where the API server was")
	}
	c.StartAPI()
	if status := c.Do(http.MethodGet, at, nil, nil); status != http.StatusOK {
		t.Errorf("the namespace of before: %d", status)
	}
}
