package mcp

import (
	"context"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// AddPrompt registers a prompt.
func (f *Face) AddPrompt(p Prompt) { f.prompts = append(f.prompts, p) }

func (p *Prompt) describe() *sdk.Prompt {
	described := &sdk.Prompt{Name: p.Name, Title: p.Title, Description: p.Description}
	for _, a := range p.Arguments {
		described.Arguments = append(described.Arguments, &sdk.PromptArgument{
			Name: a.Name, Title: a.Title, Description: a.Description, Required: a.Required,
		})
	}
	return described
}

func (f *Face) getPrompt(ctx context.Context, r *sdk.GetPromptRequest, p Prompt) (*sdk.GetPromptResult, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	for _, a := range p.Arguments {
		if a.Required && r.Params.Arguments[a.Name] == "" {
			return nil, invalid(a.Name + ": This field is required.")
		}
	}
	who := callOf(ctx).who
	if lacks := missing(who, p.Scopes); len(lacks) > 0 {
		return nil, invalid(lacking(lacks).Error())
	}
	text, err := p.Write(ctx, who, r.Params.Arguments)
	if err != nil {
		return nil, f.wire(ctx, p.Name, err)
	}
	return &sdk.GetPromptResult{
		Description: p.Description,
		Messages:    []*sdk.PromptMessage{{Role: "user", Content: &sdk.TextContent{Text: text}}},
	}, nil
}
