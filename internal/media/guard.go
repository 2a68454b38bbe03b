package media

import "context"

// GuardedBy makes the removal of files depend on the guard. It is called before the service is used.
func (s *Service) GuardedBy(g Guard) { s.guard = g }

// letGo is Guard.Free. A later sweep finds the files that have to stay for now.
func (s *Service) letGo(ctx context.Context, keys []string) ([]string, error) {
	if s.guard == nil || len(keys) == 0 {
		return keys, nil
	}
	return s.guard.Free(ctx, keys)
}
