package mcp

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
)

// Resources are things that people attach to a conversation.
type Resources struct {
	Template    string // of their addresses, with one variable
	Name        string
	Title       string
	Description string
	Type        string // of their content
	Scopes      []string

	// List returns a page of the user's own, from number offset on, and how many there are.
	List func(ctx context.Context, who actor.Actor, offset, limit int64) (page []Resource, total int64, err error)

	// Read returns what an address leads to.
	Read func(ctx context.Context, who actor.Actor, address string) (Resource, string, error)

	// Complete returns values of the variable for what was typed so far, and how many there are.
	Complete func(ctx context.Context, who actor.Actor, typed string,
		limit int64) (values []string, total int64, err error)
}

// Resource is one of them.
type Resource struct {
	Address     string
	Name        string
	Description string
	Changed     Time
}

// SetResources registers the resources.
func (f *Face) SetResources(r Resources) { f.resources = &r }

func (r *Resources) describe() *sdk.ResourceTemplate {
	return &sdk.ResourceTemplate{
		URITemplate: r.Template, Name: r.Name, Title: r.Title, Description: r.Description, MIMEType: r.Type,
	}
}

// resourcesPerPage is how many of them a list holds.
const resourcesPerPage = 100

func (f *Face) listResources(ctx context.Context, r *sdk.ListResourcesRequest) (sdk.Result, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	result := &sdk.ListResourcesResult{Resources: []*sdk.Resource{}, Cacheable: sdk.Cacheable{CacheScope: "private"}}
	who := callOf(ctx).who
	if len(missing(who, f.resources.Scopes)) > 0 {
		return result, nil
	}
	offset := int64(0)
	if r.Params != nil && r.Params.Cursor != "" {
		var err error
		if offset, err = offsetOf(r.Params.Cursor); err != nil {
			return nil, invalid("Invalid cursor.")
		}
	}
	page, total, err := f.resources.List(ctx, who, offset, resourcesPerPage)
	if err != nil {
		return nil, f.wire(ctx, "resources/list", err)
	}
	for _, resource := range page {
		result.Resources = append(result.Resources, &sdk.Resource{
			URI: resource.Address, Name: resource.Name, Title: resource.Name, Description: resource.Description,
			MIMEType:    f.resources.Type,
			Annotations: &sdk.Annotations{LastModified: resource.Changed.UTC().Format("2006-01-02T15:04:05Z")},
		})
	}
	if next := offset + int64(len(page)); len(page) == resourcesPerPage && next < total {
		result.NextCursor = cursorOf(next)
	}
	return result, nil
}

func cursorOf(offset int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(offset, 10)))
}

func offsetOf(cursor string) (int64, error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return 0, err
	}
	offset, err := strconv.ParseInt(string(text), 10, 64)
	if err == nil && offset < 0 {
		err = errors.New("negative")
	}
	return offset, err
}

func (f *Face) readResource(ctx context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	who := callOf(ctx).who
	if lacks := missing(who, f.resources.Scopes); len(lacks) > 0 {
		return nil, invalid(lacking(lacks).Error())
	}
	resource, content, err := f.resources.Read(ctx, who, r.Params.URI)
	if problem.IsKind(err, problem.NotFound) || problem.IsKind(err, problem.Invalid) {
		return nil, sdk.ResourceNotFoundError(r.Params.URI)
	}
	if err != nil {
		return nil, f.wire(ctx, "resources/read", err)
	}
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{
		{URI: resource.Address, MIMEType: f.resources.Type, Text: content},
	}}, nil
}

// maxCompletions is what the protocol allows.
const maxCompletions = 100

// complete helps to fill in the variable of an address, and the arguments of prompts that mean a resource.
func (f *Face) complete(ctx context.Context, r *sdk.CompleteRequest) (*sdk.CompleteResult, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	result := &sdk.CompleteResult{Completion: sdk.CompletionResultDetails{Values: []string{}}}
	who := callOf(ctx).who
	if len(missing(who, f.resources.Scopes)) > 0 || !f.completes(r.Params) {
		return result, nil
	}
	values, total, err := f.resources.Complete(ctx, who, r.Params.Argument.Value, maxCompletions)
	if err != nil {
		return nil, f.wire(ctx, "completion/complete", err)
	}
	if values != nil {
		result.Completion = sdk.CompletionResultDetails{Values: values, Total: int(total),
			HasMore: total > int64(len(values))}
	}
	return result, nil
}

func (f *Face) completes(p *sdk.CompleteParams) bool {
	if p.Ref.Type == "ref/resource" {
		return p.Ref.URI == f.resources.Template
	}
	return p.Argument.Name == f.resources.Name
}

// wire words an error in the protocol's own form, for what is no tool.
func (f *Face) wire(ctx context.Context, what string, err error) error {
	var known *problem.Error
	if errors.As(err, &known) {
		return invalid(known.Error())
	}
	return &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: f.explain(ctx, what, err)}
}
