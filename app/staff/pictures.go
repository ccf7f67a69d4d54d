package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/resource"
	"chancery/app/store"
)

// Studio is how the room makes and keeps pictures without knowing codecs or buckets.
type Studio struct {
	// Make checks an upload and returns its JPEG sizes by edge length. It returns *fault.Invalid on "picture".
	Make func(ctx context.Context, up Upload) (sizes map[int][]byte, width, height int, err error)
	// Put and Get keep the sizes. An outage is *fault.Unavailable.
	Put func(ctx context.Context, key string, body []byte, contentType string) error
	Get func(ctx context.Context, key string) ([]byte, error)
}

// Upload is a file as its sender names it. Name and Type are held against the content and then forgotten (ASVS 5.2.2).
type Upload struct {
	Name string // as the browser says, with its extension
	Type string // declared media type
	File []byte
}

// PictureSizes are the edge lengths of a picture's square JPEGs, in pixels.
var PictureSizes = [...]int{64, 256, 512}

// PictureState is how far a picture is.
type PictureState string

// A picture is uploading until its sizes are stored, current until the next one, and retired until it is removed.
const (
	PictureUploading PictureState = "uploading"
	PictureCurrent   PictureState = "current"
	PictureRetired   PictureState = "retired"
)

// Picture is an uploaded picture of a user or of the organization.
type Picture struct {
	ID         string
	OwnerKind  string
	OwnerID    string
	State      PictureState
	Width      int
	Height     int
	Generation int64
	Observed   int64
	Conditions resource.Conditions
	CreatedAt  time.Time
	RetiredAt  *time.Time
}

// PictureKey is the name of one size in blob storage. It holds no text of a user's (ASVS 5.3.2).
func PictureKey(id string, size int) string {
	return "pictures/" + id + "/" + strconv.Itoa(size) + ".jpg"
}

// uploadsPerHour bounds what one owner's pictures can make the server decode (ASVS 5.2.4).
const uploadsPerHour = 30

// SetPicture makes an upload the user's picture; the one before is no longer served from then on (S0-6, S2-25). Each may
// set their own; there is no setting another's. When storage does not answer, the old picture stays and the error is
// *fault.Unavailable; a file that is no picture is *fault.Invalid.
//
// The row is written before the objects, so that whatever an interruption leaves behind is known and swept.
func (s *Staff) SetPicture(ctx context.Context, actor access.Actor, userID string, up Upload) (*User, error) {
	if actor.ID != userID {
		return nil, &fault.Forbidden{Permission: "own picture"}
	}
	if err := s.mayUpload(ctx, "user", userID); err != nil {
		return nil, err
	}
	p, err := s.upload(ctx, "user", userID, up)
	if err != nil {
		return nil, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.swap(ctx, "user", userID, &p.ID); err != nil {
			return err
		}
		return s.pictureAudit(ctx, actor, "user.set-picture", userID)
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, userID)
}

// RemovePicture takes a user's picture away: their own, or an unfit one of another by users.edit (S0-30). It is over the
// record.
func (s *Staff) RemovePicture(ctx context.Context, actor access.Actor, userID string) (*User, error) {
	if err := may(actor, userID, access.UsersEdit); err != nil {
		return nil, err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		u, err := s.Get(ctx, userID)
		if err != nil || u.PictureID == nil {
			return err
		}
		if err := s.over(ctx, actor, access.OverRecord, userID); err != nil {
			return err
		}
		if err := s.swap(ctx, "user", userID, nil); err != nil {
			return err
		}
		return s.pictureAudit(ctx, actor, "user.remove-picture", userID)
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, userID)
}

// SetLogo makes an upload the organization's picture. It needs organization.edit.
func (s *Staff) SetLogo(ctx context.Context, actor access.Actor, up Upload) error {
	if err := actor.Must(access.OrganizationEdit); err != nil {
		return err
	}
	if err := s.mayUpload(ctx, "organization", "organization"); err != nil {
		return err
	}
	p, err := s.upload(ctx, "organization", "organization", up)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.swap(ctx, "organization", "organization", &p.ID); err != nil {
			return err
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "organization.set-logo", Kind: "organization", ID: "organization"})
	})
}

// RemoveLogo takes the organization's picture away; the product's mark stands there again. It needs organization.edit.
func (s *Staff) RemoveLogo(ctx context.Context, actor access.Actor) error {
	if err := actor.Must(access.OrganizationEdit); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		o, err := s.Organization(ctx)
		if err != nil || o.PictureID == nil {
			return err
		}
		if err := s.swap(ctx, "organization", "organization", nil); err != nil {
			return err
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "organization.remove-logo", Kind: "organization", ID: "organization"})
	})
}

// Picture is one size of a person's current picture as JPEG. A retired, unknown or unfinished one is fault.ErrNotFound.
func (s *Staff) Picture(ctx context.Context, id string, size int) ([]byte, error) {
	return s.picture(ctx, "user", id, size)
}

// Logo is one size of the practice's current picture, which is no secret: it stands at the door.
func (s *Staff) Logo(ctx context.Context, id string, size int) ([]byte, error) {
	return s.picture(ctx, "organization", id, size)
}

func (s *Staff) picture(ctx context.Context, kind, id string, size int) ([]byte, error) {
	if !slices.Contains(PictureSizes[:], size) {
		return nil, fault.ErrNotFound
	}
	var current bool
	ok, err := store.One(s.db.In(ctx).Raw("SELECT state = 'current' FROM pictures WHERE id = ? AND owner_kind = ?", id, kind), &current)
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	if !ok || !current {
		return nil, fault.ErrNotFound
	}
	return s.studio.Get(ctx, PictureKey(id, size))
}

func (s *Staff) mayUpload(ctx context.Context, kind, ownerID string) error {
	var n int
	since := s.db.Now().Add(-time.Hour)
	err := s.db.In(ctx).Raw(`SELECT count(*) FROM pictures WHERE owner_kind = ? AND owner_id = ? AND created_at > ?`,
		kind, ownerID, since).Scan(&n).Error
	if err != nil {
		return fmt.Errorf("count uploads: %w", err)
	}
	if n >= uploadsPerHour {
		return &fault.TooMany{After: time.Hour, Message: fault.M("picture.too-often", "Count", uploadsPerHour)}
	}
	return nil
}

func (s *Staff) upload(ctx context.Context, kind, ownerID string, up Upload) (*Picture, error) {
	if s.studio.Make == nil {
		return nil, &fault.Unavailable{Message: fault.M("blob.unavailable"), Cause: errors.New("no studio")}
	}
	sizes, width, height, err := s.studio.Make(ctx, up)
	if err != nil {
		return nil, err
	}
	p := &Picture{ID: store.NewID(), OwnerKind: kind, OwnerID: ownerID, State: PictureUploading, Width: width,
		Height: height, Generation: 1, CreatedAt: s.db.Now()}
	if err := s.db.In(ctx).Create(p).Error; err != nil {
		return nil, fmt.Errorf("note upload: %w", err)
	}
	for _, size := range PictureSizes {
		if err := s.studio.Put(ctx, PictureKey(p.ID, size), sizes[size], "image/jpeg"); err != nil {
			return nil, err // the row stays as uploading, and the reconciler clears what was stored
		}
	}
	return p, nil
}

// swap makes next (or none) the owner's picture and retires the one before, in one transaction.
func (s *Staff) swap(ctx context.Context, kind, ownerID string, next *string) error {
	now := s.db.Now()
	table := map[string]string{"user": "users", "organization": "organization"}[kind]
	if err := s.db.In(ctx).Exec(`UPDATE `+table+` SET picture_id = ?, generation = generation + 1, updated_at = ? WHERE id = ?`,
		next, now, ownerID).Error; err != nil {
		return fmt.Errorf("set picture: %w", err)
	}
	var old []string
	if err := s.db.In(ctx).Raw(`SELECT id FROM pictures WHERE owner_kind = ? AND owner_id = ? AND state = 'current'`,
		kind, ownerID).Scan(&old).Error; err != nil {
		return fmt.Errorf("set picture: %w", err)
	}
	for _, id := range old {
		if err := s.db.In(ctx).Exec(`UPDATE pictures SET state = 'retired', retired_at = ?, generation = generation + 1 WHERE id = ?`,
			now, id).Error; err != nil {
			return fmt.Errorf("retire picture: %w", err)
		}
		if err := s.db.Changed(ctx, "picture/"+id); err != nil {
			return err
		}
	}
	if next != nil {
		set := s.db.In(ctx).Exec(`UPDATE pictures SET state = 'current' WHERE id = ? AND state = 'uploading'`, *next)
		if set.Error != nil {
			return fmt.Errorf("set picture: %w", set.Error)
		}
		if set.RowsAffected == 0 { // it took longer than UploadGrace, and its objects are being removed
			return &fault.Unavailable{Message: fault.M("blob.unavailable"), Cause: errors.New("upload came too late")}
		}
	}
	return s.db.Changed(ctx, kind+"/"+ownerID)
}

func (s *Staff) pictureAudit(ctx context.Context, actor access.Actor, action, userID string) error {
	return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: action, Kind: "user", ID: userID})
}

// UploadGrace is how long an upload may take before what it left is cleared away.
const UploadGrace = time.Hour

// PicturesDue names the pictures whose objects are to be removed: retired ones, and uploads that never ended.
func (s *Staff) PicturesDue(ctx context.Context, limit int) ([]string, error) {
	var ids []string
	err := s.db.In(ctx).Raw(`SELECT id FROM pictures WHERE (state = 'retired' AND observed < generation)
		OR (state = 'uploading' AND created_at < ? AND observed < generation) ORDER BY created_at LIMIT ?`,
		s.db.Now().Add(-UploadGrace), limit).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("pictures due: %w", err)
	}
	return ids, nil
}

// PictureByID is a picture's row, or fault.ErrNotFound.
func (s *Staff) PictureByID(ctx context.Context, id string) (*Picture, error) {
	var p Picture
	ok, err := store.Found(s.db.In(ctx).Where("id = ?", id).Take(&p).Error)
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &p, nil
}

// PictureGone notes what a reconcile found of a picture that is to go: removed, or why not yet. An upload that never
// ended is retired on the way, so that it cannot become current any more.
func (s *Staff) PictureGone(ctx context.Context, p *Picture, found resource.Condition) error {
	conditions, changed := p.Conditions.Merge(s.db.Now(), found)
	observed := p.Observed
	if found.Status == resource.True {
		observed = p.Generation
	}
	if !changed && observed == p.Observed {
		return nil
	}
	err := s.db.In(ctx).Exec(`UPDATE pictures SET state = 'retired', conditions = ?, observed = ? WHERE id = ? AND state <> 'current'`,
		conditions, observed, p.ID).Error
	if err != nil {
		return fmt.Errorf("note picture: %w", err)
	}
	return nil
}

// PicturesKnown tells which of the ids have a row at all, for the sweep of orphans.
func (s *Staff) PicturesKnown(ctx context.Context, ids []string) (map[string]bool, error) {
	var have []string
	if err := s.db.In(ctx).Raw(`SELECT id FROM pictures WHERE id IN ?`, ids).Scan(&have).Error; err != nil {
		return nil, fmt.Errorf("pictures known: %w", err)
	}
	known := make(map[string]bool, len(have))
	for _, id := range have {
		known[id] = true
	}
	return known, nil
}
