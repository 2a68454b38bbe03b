package password

import (
	"encoding/binary"
	_ "golang.org/x/crypto/argon2" // whose parts are called below
	_ "unsafe"                     // for go:linkname
)

// golang.org/x/crypto/argon2 makes its working memory anew for each hash, out of the heap, where freed memory stays
// with the process for minutes, and its place is taken by small things meanwhile: several sign-ins in a row take three
// times what one needs. So its parts are called here, with memory that the system is given back. A version of it that
// has other parts does not link, and tests compare what it computes with known hashes.

const (
	modeArgon2i  = 1
	modeArgon2id = 2

	blockWords = 128 // of eight bytes
	syncPoints = 4
	seedBytes  = 64 + 8
)

type block [blockWords]uint64

//go:linkname initHash golang.org/x/crypto/argon2.initHash
func initHash(password, salt, key, data []byte, time, memory, threads, keyLen uint32, mode int) [seedBytes]byte

//go:linkname blake2bHash golang.org/x/crypto/argon2.blake2bHash
func blake2bHash(out, in []byte)

//go:linkname processBlocks golang.org/x/crypto/argon2.processBlocks
func processBlocks(blocks []block, time, memory, threads uint32, mode int)

//go:linkname extractKey golang.org/x/crypto/argon2.extractKey
func extractKey(blocks []block, memory, threads, keyLen uint32) []byte

// derive computes a key of that many bytes.
func (a argon2id) derive(plain string, mode int, length int) ([]byte, error) {
	threads := uint32(a.cost.Threads)
	lane := max(a.cost.MemoryKiB/(syncPoints*threads), 2) * syncPoints // blocks
	blocks, giveBack, err := borrow(int(lane * threads))
	if err != nil {
		return nil, err
	}
	defer giveBack()
	seed := initHash([]byte(plain), a.salt, nil, nil, a.cost.Passes, a.cost.MemoryKiB, threads, uint32(length), mode)
	for i := range threads {
		binary.LittleEndian.PutUint32(seed[seedBytes-4:], i)
		for first := range uint32(2) {
			binary.LittleEndian.PutUint32(seed[seedBytes-8:], first)
			var bytes [8 * blockWords]byte
			blake2bHash(bytes[:], seed[:])
			for j := range blockWords {
				blocks[i*lane+first][j] = binary.LittleEndian.Uint64(bytes[8*j:])
			}
		}
	}
	processBlocks(blocks, a.cost.Passes, lane*threads, threads, mode)
	return extractKey(blocks, lane*threads, threads, uint32(length)), nil
}
