package mcp

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/trance-0/notechondria/internal/problem"
)

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
