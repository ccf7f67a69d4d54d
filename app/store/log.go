package store

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// slow is how long a statement may take before it is worth a line.
const slow = 500 * time.Millisecond

// quietLogger is GORM's logger without values: statements come with placeholders only (ParamsFilter drops the
// parameters), since ours are names and addresses. Errors are returned to the caller and logged there, once.
type quietLogger struct{}

// GORM hands what Scan runs to a recorder of its own, which would write the values in.
func init() { logger.RecorderParamsFilter = quietLogger{}.ParamsFilter }

func (q quietLogger) LogMode(logger.LogLevel) logger.Interface { return q }
func (quietLogger) Info(context.Context, string, ...any)       {}
func (quietLogger) Warn(context.Context, string, ...any)       {}
func (quietLogger) Error(context.Context, string, ...any)      {}

func (quietLogger) Trace(ctx context.Context, begin time.Time, fc func() (string, int64), err error) {
	counted(ctx)
	if took := time.Since(begin); took > slow && err == nil {
		sql, rows := fc()
		slog.WarnContext(ctx, "slow statement", "took", took.Round(time.Millisecond).String(), "rows", rows, "sql", sql)
	}
}

// ParamsFilter drops every parameter, so that no value can reach a log.
func (quietLogger) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}
