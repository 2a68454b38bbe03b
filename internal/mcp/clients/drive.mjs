// Speaks to a server with the official client: lists what there is, and makes the calls that stand on standard input.
// The client itself refuses results that do not fit the schemas of their tools.
//
//   drive.mjs http URL KEY      drive.mjs stdio PROGRAM ARGUMENT...
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { readFileSync } from 'node:fs';

const [kind, target, ...rest] = process.argv.slice(2);
const transport = kind === 'http'
  ? new StreamableHTTPClientTransport(new URL(target), { requestInit: { headers: { Authorization: `Bearer ${rest[0]}` } } })
  : new StdioClientTransport({ command: target, args: rest, env: process.env, stderr: 'ignore' });

const client = new Client({ name: 'drive', version: '1' });
await client.connect(transport);
const told = {
  version: transport.protocolVersion ?? '',
  instructions: client.getInstructions() ?? '',
  tools: (await client.listTools()).tools.map((t) => t.name),
  resources: (await client.listResources()).resources.map((r) => r.uri),
  templates: (await client.listResourceTemplates()).resourceTemplates.map((t) => t.uriTemplate),
  prompts: (await client.listPrompts()).prompts.map((p) => p.name),
  read: '', prompt: '', completed: [], calls: [],
};
if (told.resources.length > 0) {
  told.read = (await client.readResource({ uri: told.resources[0] })).contents[0].text;
  const uuid = told.resources[0].slice('note://'.length);
  told.prompt = (await client.getPrompt({ name: 'summarize_note', arguments: { note: uuid } })).messages[0].content.text;
  told.completed = (await client.complete({
    ref: { type: 'ref/resource', uri: told.templates[0] }, argument: { name: 'uuid', value: uuid.slice(0, 8) },
  })).completion.values;
}
for (const { name, arguments: args } of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    const result = await client.callTool({ name, arguments: args });
    told.calls.push({ name, failed: Boolean(result.isError), text: result.content[0].text });
  } catch (error) {
    told.calls.push({ name, failed: true, text: String(error) });
  }
}
await client.close();
console.log(JSON.stringify(told));
