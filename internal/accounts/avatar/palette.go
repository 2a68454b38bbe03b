package avatar

import (
	"image/color"
	"math"
)

// The palette is two ramps: from the background to the cell's outline, and through the cell's own tones from dark to
// light. Edges are smoothed along a ramp, so that few colours are enough.
const (
	backgroundSteps = 16
	cellSteps       = 48
)

// The cell's tones, from 0 (darkest) to 1 (lightest).
const (
	toneOutline = 0.0
	toneFold    = 0.22
	toneMatrix  = 0.55
	toneSpace   = 1.0 // between the membranes and in the folds
)

// backgroundEntry is the entry for an edge pixel of which the given share belongs to the cell.
func backgroundEntry(share float64) uint8 {
	return uint8(share*(backgroundSteps-1) + 0.5)
}

func cellEntry(tone float64) uint8 {
	return backgroundSteps + uint8(tone*(cellSteps-1)+0.5)
}

// palette makes the colours for a hue, given in turns.
func palette(hue float64) color.Palette {
	background := oklch{0.93, 0.035, hue + 0.42}
	outline := oklch{0.42, 0.11, hue}
	light := oklch{0.96, 0.04, hue + 0.06}
	var p color.Palette
	for i := range backgroundSteps {
		p = append(p, blendColors(background, outline, float64(i)/(backgroundSteps-1)))
	}
	middle := oklch{0.76, 0.12, hue + 0.03}
	for i := range cellSteps {
		tone := float64(i) / (cellSteps - 1)
		if tone < toneMatrix {
			p = append(p, blendColors(outline, middle, tone/toneMatrix))
		} else {
			p = append(p, blendColors(middle, light, (tone-toneMatrix)/(1-toneMatrix)))
		}
	}
	return p
}

// oklch is a colour by perceived lightness (0 to 1), chroma and hue (in turns): all hues look equally bright in it.
type oklch struct{ lightness, chroma, hue float64 }

func (c oklch) oklab() (l, a, b float64) {
	sin, cos := math.Sincos(2 * math.Pi * c.hue)
	return c.lightness, c.chroma * cos, c.chroma * sin
}

// blendColors mixes two colours, share of the second one.
func blendColors(first, second oklch, share float64) color.RGBA {
	l1, a1, b1 := first.oklab()
	l2, a2, b2 := second.oklab()
	return oklabToRGB(mix(l1, l2, share), mix(a1, a2, share), mix(b1, b2, share))
}

// oklabToRGB converts as Björn Ottosson defines it; colours outside of sRGB are clipped.
func oklabToRGB(lightness, a, b float64) color.RGBA {
	cube := func(x float64) float64 { return x * x * x }
	l := cube(lightness + 0.3963377774*a + 0.2158037573*b)
	m := cube(lightness - 0.1055613458*a - 0.0638541728*b)
	s := cube(lightness - 0.0894841775*a - 1.2914855480*b)
	return color.RGBA{
		R: gammaByte(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		G: gammaByte(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		B: gammaByte(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		A: 255,
	}
}

// gammaByte encodes a linear intensity for sRGB.
func gammaByte(linear float64) uint8 {
	linear = min(max(linear, 0), 1)
	if linear <= 0.0031308 {
		return uint8(linear*12.92*255 + 0.5)
	}
	return uint8((1.055*math.Pow(linear, 1/2.4)-0.055)*255 + 0.5)
}
