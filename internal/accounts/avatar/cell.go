package avatar

import "math"

// The picture's plane reaches from -1 to 1 in both directions. Lengths are in these units.
const (
	outlineWidth = 0.06  // of the outer membrane
	foldOutline  = 0.036 // of the inner membrane
	gap          = 0.12  // from the outer to the inner membrane
	foldRadius   = 0.05
	blend        = 0.09 // how softly folds grow out of the inner membrane
)

// cell is a mitochondrion: a bent capsule with an inner membrane that folds inwards, alternately from both sides.
type cell struct {
	hue        float64 // in turns
	cos, sin   float64 // of its rotation
	halfLength float64 // of the capsule's axis
	radius     float64
	bend       float64
	slant      float64 // of the folds
	curve      float64 // of the folds
	folds      []fold
}

// fold is a finger of the inner membrane, across the capsule's axis.
type fold struct {
	place float64 // along the axis
	tip   float64 // across it
	side  float64 // where its root is, -1 or 1
}

func newCell(t traits) cell {
	sin, cos := math.Sincos(t.between(1, -0.30, 0.30)*math.Pi + math.Pi/4)
	c := cell{
		hue:        t.between(0, 0, 1),
		cos:        cos,
		sin:        sin,
		halfLength: t.between(2, 0.27, 0.35),
		radius:     t.between(3, 0.46, 0.53),
		bend:       t.between(4, -0.40, 0.40),
		slant:      t.between(5, -0.22, 0.22),
		curve:      t.between(6, -0.4, 0.4),
	}
	count := 4 + int(t[7]%2)
	reach := c.halfLength + c.radius - gap - 0.22
	side := float64(1 - 2*int(t[8]&1))
	for i := range count {
		place := reach * (2*float64(i)/float64(count-1) - 1)
		place += t.between(9+i, -0.025, 0.025)
		depth := t.between(16+i, 0.75, 1.35) * (c.radius - gap)
		c.folds = append(c.folds, fold{place: place, tip: side * (c.radius - gap - depth - foldRadius), side: side})
		side = -side
	}
	return c
}

// at is the palette's entry for the pixel of the given width around (x, y).
func (c cell) at(x, y, pixel float64) uint8 {
	along := c.cos*x + c.sin*y
	across := c.cos*y - c.sin*x
	across += c.bend * (along*along - 0.3)

	beyond := max(math.Abs(along)-c.halfLength, 0)
	outer := math.Sqrt(beyond*beyond+across*across) - c.radius // negative inside
	inside := coverage(-outer, pixel)
	if inside == 0 {
		return backgroundEntry(0)
	}
	tone := toneSpace
	if outer < -outlineWidth {
		inner := c.innerMembrane(along, across, outer)
		tone = mix(tone, toneMatrix, coverage(inner, pixel))
		tone = mix(tone, toneFold, coverage(foldOutline/2-math.Abs(inner), pixel))
	}
	tone = mix(tone, toneOutline, coverage(outer+outlineWidth, pixel))
	if inside < 1 {
		return backgroundEntry(inside)
	}
	return cellEntry(tone)
}

// innerMembrane is the distance to the inner membrane: positive in the matrix, negative outside and in the folds.
func (c cell) innerMembrane(along, across, outer float64) float64 {
	distance := -outer - gap
	u := along - c.slant*across - c.curve*across*across
	for _, f := range c.folds {
		sideways := math.Abs(u - f.place)
		if sideways >= distance+foldRadius+blend {
			continue // too far away to change anything
		}
		beyond := max((f.tip-across)*f.side, 0)
		distance = smoothMin(distance, math.Sqrt(sideways*sideways+beyond*beyond)-foldRadius)
	}
	return distance
}

// coverage is the part of a pixel that lies inside a shape, from the distance of its centre to the shape's edge.
func coverage(depth, pixel float64) float64 {
	return min(max(depth/pixel+0.5, 0), 1)
}

// smoothMin is the smaller of two distances, with a rounded corner where they meet.
func smoothMin(a, b float64) float64 {
	if math.Abs(a-b) >= blend {
		return min(a, b)
	}
	h := 0.5 + 0.5*(b-a)/blend
	return mix(b, a, h) - blend*h*(1-h)
}

func mix(a, b, share float64) float64 { return a + (b-a)*share }
