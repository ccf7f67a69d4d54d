package pictures

import (
	"bytes"
	"context"
	"io"

	"chancery/app/avatar"
	"chancery/app/blob"
	"chancery/app/staff"
)

// Studio joins the pictures' rooms, which do not know one another: avatar makes them, blob keeps them, staff says whose
// they are.
func Studio(blobs blob.Store) staff.Studio {
	maker := avatar.NewStudio(0)
	return staff.Studio{
		Make: func(ctx context.Context, up staff.Upload) (map[int][]byte, int, int, error) {
			if err := avatar.Check(up.Name, up.Type, up.File[:min(len(up.File), avatar.HeadBytes)]); err != nil {
				return nil, 0, 0, err
			}
			p, err := maker.Make(ctx, bytes.NewReader(up.File))
			return p.Sizes, p.Width, p.Height, err
		},
		Put: blobs.Put,
		Get: func(ctx context.Context, key string) ([]byte, error) {
			o, err := blobs.Get(ctx, key)
			if err != nil {
				return nil, err
			}
			defer o.Body.Close()
			return io.ReadAll(o.Body)
		},
	}
}
