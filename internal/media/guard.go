package media

import "context"

// Guard keeps files that no row names any more, since a backup names them.
type Guard interface {
	// Free returns those of the keys whose files may go. The others are asked about again.
	Free(ctx context.Context, keys []string) ([]string, error)
}

// GuardedBy has files removed only when the guard lets them go. It is called before the service is used.
func (s *Service) GuardedBy(g Guard) { s.guard = g }

// letGo is Guard.Free. What has to stay is found by a later sweep.
func (s *Service) letGo(ctx context.Context, keys []string) ([]string, error) {
	if s.guard == nil || len(keys) == 0 {
		return keys, nil
	}
	return s.guard.Free(ctx, keys)
}
