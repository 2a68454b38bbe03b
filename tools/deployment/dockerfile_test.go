package deployment_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

const dockerfile = "deployment/docker/Dockerfile"

// stages parses the Dockerfile.
func stages(root string) ([]instructions.Stage, error) {
	file, err := os.Open(filepath.Join(root, dockerfile))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	parsed, err := parser.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("parsing the Dockerfile: %w", err)
	}
	if len(parsed.Warnings) > 0 {
		return nil, fmt.Errorf("the Dockerfile has warnings: %v", parsed.Warnings)
	}
	list, _, err := instructions.Parse(parsed.AST, nil)
	return list, err
}

// commands returns the instructions of one kind.
func commands[T instructions.Command](stage instructions.Stage) (list []T) {
	for _, command := range stage.Commands {
		if c, ok := command.(T); ok {
			list = append(list, c)
		}
	}
	return list
}

// environmentOf collects the ENV instructions; build arguments are empty, as in a build without any.
func environmentOf(stage instructions.Stage) map[string]string {
	variables := map[string]string{}
	for _, env := range commands[*instructions.EnvCommand](stage) {
		for _, pair := range env.Env {
			value := pair.Value
			if strings.HasPrefix(value, "$") {
				value = ""
			}
			variables[pair.Key] = value
		}
	}
	return variables
}

// buildContext returns the files of the repository that .dockerignore lets into a build.
func buildContext(root string) ([]string, error) {
	file, err := os.Open(filepath.Join(root, ".dockerignore"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	patterns, err := ignorefile.ReadAll(file)
	if err != nil {
		return nil, err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	names, err := sources(root)
	if err != nil {
		return nil, err
	}
	var kept []string
	for _, name := range names {
		ignored, err := matcher.MatchesOrParentMatches(name)
		if err != nil {
			return nil, err
		}
		if !ignored {
			kept = append(kept, name)
		}
	}
	return kept, nil
}
