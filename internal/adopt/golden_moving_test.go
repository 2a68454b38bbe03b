package adopt_test

import (
	"reflect"
	"strings"

	"github.com/trance-0/notechondria/internal/apptest"
)

// differences compares two answers: as wholes where they do not move with the day, and have the same rows.
func (g *golden) differences(e exchange, got apptest.Reply) []string {
	was, is := g.normal(e.Body, true), g.normal(got.JSON, false)
	switch path, _, _ := strings.Cut(e.Path, "?"); path {
	case "/api/v1/heatmap/":
		return heatmapDifferences(was, is)
	case "/api/v1/courses/":
		return courseDifferences(was.([]any), is.([]any))
	case "/api/v1/front-page/":
		return frontPageDifferences(was.(map[string]any), is.(map[string]any))
	}
	return diff("", was, is)
}

// heatmapDifferences compares the days that both answers have, up to the one before the recording: from then on time
// has made future days past ones.
func heatmapDifferences(was, is any) (list []string) {
	now := map[string]map[string]any{}
	for _, cell := range is.(map[string]any)["cells"].([]any) {
		day := cell.(map[string]any)
		now[day["date"].(string)] = day
	}
	for _, cell := range was.(map[string]any)["cells"].([]any) {
		day := cell.(map[string]any)
		date := day["date"].(string)
		if day["is_today"] == true {
			break
		}
		if present := now[date]; present != nil {
			list = append(list, diff("cells "+date, day, present)...)
		}
	}
	return list
}

// courseDifferences compares the courses that are still listed: decision 1 hides Inboxes of others and courses without
// public notes. Nobody loses one of their own.
func courseDifferences(was, is []any) (list []string) {
	former := byID(was)
	for id, course := range byID(is) {
		if former[id] == nil {
			list = append(list, "a course that was not listed: "+short(course))
			continue
		}
		list = append(list, courseDifference(former[id], course)...)
	}
	return list
}

// courseDifference leaves out the newest notes, of which decision 1 hides some, and the count of subscribers, in which
// two profiles of one person were two.
func courseDifference(was, is map[string]any) []string {
	for _, key := range []string{"recent_notes", "subscriber_count"} {
		delete(was, key)
		delete(is, key)
	}
	return diff("course", was, is)
}

func byID(list []any) map[any]map[string]any {
	found := map[any]map[string]any{}
	for _, item := range list {
		object := item.(map[string]any)
		found[object["id"]] = object
	}
	return found
}

// frontPageDifferences compares notes and events. The days of the heatmap are not repeated in the recording.
func frontPageDifferences(was, is map[string]any) []string {
	list := diff("recommended_notes", was["recommended_notes"], is["recommended_notes"])
	recommended := is["recommended_notes"].([]any)
	if !reflect.DeepEqual(is["recent_notes"], recommended[:min(len(recommended), 6)]) {
		list = append(list, "recent_notes are not the first of recommended_notes")
	}
	if !reflect.DeepEqual(is["collections"], is["carousel_courses"]) {
		list = append(list, "collections are not the courses of the carousel")
	}
	if was["heatmap"] != nil {
		list = append(list, diff("upcoming_events", was["upcoming_events"], is["upcoming_events"])...)
	}
	return list
}
