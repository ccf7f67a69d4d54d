package kube

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func isUnauthorized(err error) bool { return apierrors.IsUnauthorized(err) }
func isForbidden(err error) bool    { return apierrors.IsForbidden(err) }
func isNotFound(err error) bool     { return apierrors.IsNotFound(err) }
func isConflict(err error) bool     { return apierrors.IsConflict(err) }
func isInvalid(err error) bool      { return apierrors.IsInvalid(err) }
func isThere(err error) bool        { return apierrors.IsAlreadyExists(err) }

// tooOld tells whether the server cannot go on from where we have heard: that is compacted, or, after a restore of its own, has not been yet.
func tooOld(err error) bool {
	return apierrors.IsResourceExpired(err) || apierrors.IsGone(err) || apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge)
}

// plain is an error for the log: what was asked for is left out, since it names objects, and so perhaps people.
func plain(err error) string {
	var said apierrors.APIStatus
	if errors.As(err, &said) {
		return fmt.Sprintf("%d %s", said.Status().Code, said.Status().Reason)
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		return asked.Err.Error()
	}
	return err.Error()
}

func (m *Mirror) log() *slog.Logger {
	if m.client.opts.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return m.client.opts.Log
}
