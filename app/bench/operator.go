package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// How soon the practice agrees with an edit of a custom resource, from the API server's answer to the status that says so, in a namespace of a thousand people. It is a
// benchmark of jobs/operator, which has the control plane of its tests; this starts it with the programs that it needs.
func converging(ctx context.Context) error {
	programs, err := exec.CommandContext(ctx, ".ci/tools.sh", "etcd", "kube-apiserver", "kube-controller-manager").Output()
	if err != nil {
		return fmt.Errorf("the programs of a control plane: %w", err)
	}
	test := exec.CommandContext(ctx, "go", "test", "./jobs/operator", "-run", "^$", "-bench", "WatchToConverged", "-benchtime", "200x")
	test.Env = append(os.Environ(), "CHANCERY_KUBE="+strings.Join(strings.Fields(string(programs)), string(os.PathListSeparator)), "CHANCERY_TEST_REQUIRE=1")
	test.Stdout, test.Stderr = os.Stdout, os.Stderr
	return test.Run()
}
