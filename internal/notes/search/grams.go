package search

// gramLength is the number of letters in a gram.
const gramLength = 3

const gramEdge = '_' // stands for what is before and behind a word

// grams are the overlapping parts of a word, the first and the last one with the word's edge: "_al", "alg", "lg_".
func grams(text string) []string {
	letters := append(append([]rune{gramEdge}, []rune(text)...), gramEdge)
	list := make([]string, 0, len(letters)-gramLength+1)
	for i := gramLength; i <= len(letters); i++ {
		list = append(list, string(letters[i-gramLength:i]))
	}
	return list
}

// maxGrams bounds those of one place in a word: each of them is looked up, and three tell enough.
const maxGrams = 3

// likeWord finds what may be the word with a typing error: the error spoils at most four neighbouring grams, so that
// those before it or those behind it are left. Grams without the edges find the word inside another one.
func likeWord(scope, text string) expression {
	list := grams(text)
	keep := min(max(1, (len(list)-2)/2), maxGrams)
	inner := list[1 : len(list)-1]
	if n := len(inner); n > maxGrams {
		inner = []string{inner[0], inner[n/2], inner[n-1]}
	}
	return or(allGrams(scope, list[:keep]), allGrams(scope, list[len(list)-keep:]), allGrams(scope, inner))
}

func allGrams(scope string, list []string) expression {
	terms := make([]expression, 0, len(list))
	for _, g := range list {
		terms = append(terms, term(scope+gram+g))
	}
	return and(terms...)
}
