package search

import (
	"strings"
	"unicode"
)

// plainLetters are what letters without a decomposition are written as where they are not on the keyboard: a letter,
// and behind it its plain ones. They are those of ICU's transliteration Latin-ASCII that are strokes, hooks and
// ligatures, and their like in other scripts.
const plainLetters = `
	æae œoe þth ðd ıi ĸk ŋn ǝe əe ɛe ɔo ɩi ʊu ɵo ʉu ɐa ɑa ɡg ȷj ɣg ȣou ꜳaa ꜵao ꜷau ꜹav ꜻav ꜽay ꝏoo ꝡvy ẜs ẝs ỻll ỽv
	ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ꞯq ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz
	øo đd ħh łl ŧt ƀb ƃb ƈc ƌd ƒf ƙk ƚl ƞn ƥp ƫt ƭt ƴy ƶz ǥg ȡd ȥz ȴl ȵn ȶt ȼc ȿs ɀz ɇe ɉj ɋq ɍr ɏy ɓb ɕc ɖd ɗd ɠg ɦh ɨi
	ɫl ɬl ɭl ɱm ɲn ɳn ɼr ɽr ɾr ʂs ʈt ʋv ʐz ʑz ʝj ʠq ᵬb ᵭd ᵮf ᵯm ᵰn ᵱp ᵲr ᵳr ᵴs ᵵt ᵶz ᵽp ᶀb ᶁd ᶂf ᶃg ᶄk ᶅl ᶆm ᶇn ᶈp ᶉr ᶊs
	ᶌv ᶍx ᶎz ᶏa ᶑd ᶒe ᶖi ᶙu ỿy ⱡl ⱥa ⱦt ⱨh ⱪk ⱬz ⱱv ⱳw ⱴv ⱸe ⱺo ꝁk ꝃk ꝅk ꝉl ꝋo ꝍo ꝑp ꝓp ꝕp ꝗq ꝙq ꝟv ꞎl ꞑn ꞓc ꞔc ꞕh ꞗb
	ꞙf ꞡg ꞣk ꞥn ꞧr ꞩs ꞹu ꟈd ꟊs ꬴe ꬷl ꬸl ꬹl ꬺm ꬻn ꭉr ꭎu ꭒu ꭚy
	ґг ғг ҕг җж ҙз қк ҝк ҟк ҡк ңн ҥн ҧп ҫс ҭт үу ұу ҳх ҷч ҹч ҿҽ ӄк ӆл ӈн ӊн ӎм ӷг ӻг ӽх ӿх ԓл ԡл ԣн ԥп ԧһ ԩн ԯл
	ҋй ҏр ѽѡ ꙑы ꚋт өо
	ٱا ىي یي ېي ےي ةه ەه ہه ھه ۃه کك ڪك װוו ױוי ײיי`

var plain = func() map[rune]string {
	table := map[rune]string{}
	for entry := range strings.FieldsSeq(plainLetters) {
		for i, r := range entry {
			if i > 0 {
				break
			}
			table[r] = entry[len(string(r)):]
		}
	}
	return table
}()

// spell writes a text without accents as people type it: with plain letters, hiragana for katakana, and digits of
// ASCII's.
func spell(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		if letters, ok := plain[r]; ok {
			b.WriteString(letters)
			continue
		}
		b.WriteRune(spelled(r))
	}
	return b.String()
}

const toHiragana = 'あ' - 'ア'

func spelled(r rune) rune {
	switch {
	case r >= 'ァ' && r <= 'ヶ', r == 'ヽ', r == 'ヾ':
		return r + toHiragana
	case unicode.Is(unicode.Nd, r):
		return '0' + digit(r)
	}
	return r
}

// digit is the value of a decimal digit. Unicode has them in tens, one ten after the other within a range.
func digit(r rune) rune {
	for _, part := range unicode.Nd.R16 {
		if r >= rune(part.Lo) && r <= rune(part.Hi) {
			return (r - rune(part.Lo)) % 10
		}
	}
	for _, part := range unicode.Nd.R32 {
		if r >= rune(part.Lo) && r <= rune(part.Hi) {
			return (r - rune(part.Lo)) % 10
		}
	}
	return 0
}

// isUntyped is true for what nobody types who looks for a word: accents, vowel points, variants of characters, and what
// is not seen: soft hyphens, joiners, marks of direction. The marks of other scripts are vowels without which the word
// is another one; those of kana belong to their letters.
func isUntyped(r rune) bool {
	if r == 'ـ' || unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return true // the first one stretches Arabic words
	}
	return r != '\u3099' && r != '\u309a' && unicode.In(r, unicode.Mn, unicode.Me) && unicode.In(r, unicode.Inherited,
		unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew, unicode.Syriac)
}
