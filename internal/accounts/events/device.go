package events

import "strings"

// DeviceLabel names the kind of device by its browser's name; the first word that is found decides.
func DeviceLabel(userAgent string) string {
	agent := strings.ToLower(userAgent)
	if agent == "" {
		return "Unknown device"
	}
	for _, rule := range []struct{ word, label string }{
		{"iphone", "iPhone"}, {"ipad", "iPad"}, {"android", "Android device"}, {"macintosh", "Mac"}, {"mac os x", "Mac"},
		{"windows", "Windows PC"}, {"linux", "Linux"},
	} {
		if strings.Contains(agent, rule.word) {
			return rule.label
		}
	}
	return "Web browser"
}
