// Connects to a server as a person would: with the official client and its OAuth provider, which registers, sends a browser
// to the server's pages, where somebody signs in and decides, and redeems the code. Then it calls a tool, refreshes, shows
// that a stolen refresh token is of no use, and revokes. It prints what happened as JSON.

import http from "node:http";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError, discoverAuthorizationServerMetadata } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import puppeteer from "puppeteer-core";

const { endpoint, username, password, chromium, profile } = JSON.parse(process.argv[2]);
const patience = 120_000; // milliseconds: the machine may be busy
const seen = { pages: [], complaints: [] };

// The program's own address, on a free port of this machine.
let arrived;
const callback = http.createServer((request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  response.setHeader("Content-Type", "text/html");
  response.end("<!doctype html><link rel=icon href=data:,><h1>Back in the program</h1>");
  if (url.pathname === "/callback") arrived?.(Object.fromEntries(url.searchParams));
});
await new Promise((done) => callback.listen(0, "127.0.0.1", done));
const redirectUrl = `http://127.0.0.1:${callback.address().port}/callback`;

const browser = await puppeteer.launch({
  executablePath: chromium, userDataDir: profile, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"], timeout: patience, protocolTimeout: patience,
});

// decide does what somebody in front of a browser does.
async function decide(url, decision) {
  const page = await browser.newPage();
  page.setDefaultTimeout(patience);
  page.on("console", (message) => message.type() === "error" && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  const back = new Promise((resolve) => { arrived = resolve; });
  await page.goto(url, { waitUntil: "load" });
  seen.pages.push(await page.$eval("main", (main) => main.innerText));
  if (decision === "allow") {
    await page.type("#identifier", username);
    await page.type("#password", password);
    await Promise.all([page.waitForNavigation(), page.click('button[value="sign-in"]')]);
    seen.pages.push(await page.$eval("main", (main) => main.innerText));
    await page.click('input[value="account:write"]');
  }
  await page.click(`button[value="${decision}"]`);
  const answer = await back;
  await page.waitForFunction(() => document.body.innerText.includes("Back in the program"));
  await page.close();
  return answer;
}

// provider is what the client's authors call an OAuthClientProvider.
const provider = {
  decision: "allow", answer: undefined, information: undefined, saved: undefined, verifier: undefined, expected: undefined,
  redirectUrl,
  clientMetadata: { client_name: "The official client", redirect_uris: [redirectUrl], token_endpoint_auth_method: "none" },
  state() { return (this.expected = Math.random().toString(36)); },
  clientInformation() { return this.information; },
  saveClientInformation(information) { this.information = information; },
  tokens() { return this.saved; },
  saveTokens(tokens) { this.saved = tokens; },
  saveCodeVerifier(verifier) { this.verifier = verifier; },
  codeVerifier() { return this.verifier; },
  invalidateCredentials(scope) { if (scope !== "client") this.saved = undefined; },
  async redirectToAuthorization(url) { this.answer = await decide(url.href, this.decision); },
};

async function connect() {
  const client = new Client({ name: "official-client", version: "1" });
  const transport = new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: provider });
  try {
    await client.connect(transport);
    return client;
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
  }
  seen.answer = provider.answer;
  seen.stateReturned = provider.answer.state === provider.expected;
  if (provider.answer.error) return undefined;
  await transport.finishAuth(provider.answer.code);
  const next = new Client({ name: "official-client", version: "1" });
  await next.connect(new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: provider }));
  return next;
}

async function framed(url) { // shows what another page's frame has of the consent page
  const page = await browser.newPage();
  await page.goto(redirectUrl.replace("/callback", "/frame"));
  await page.setContent(`<iframe src="${url}"></iframe>`, { waitUntil: "load" });
  const inside = page.frames()[1];
  const text = await inside.evaluate(() => document.body?.innerText ?? "").catch(() => "");
  await page.close();
  return text;
}

try {
  const client = await connect();
  seen.first = provider.saved;
  seen.tools = (await client.listTools()).tools.map((tool) => tool.name);
  seen.profile = (await client.callTool({ name: "get_profile", arguments: {} })).structuredContent;

  // An access token that is good no more is replaced without asking anybody.
  provider.saved = { ...provider.saved, access_token: "nta_" + "0".repeat(64) };
  seen.again = (await client.callTool({ name: "get_profile", arguments: {} })).structuredContent;
  seen.second = provider.saved;

  const metadata = await discoverAuthorizationServerMetadata(new URL(endpoint).origin);
  seen.framed = await framed(`${metadata.authorization_endpoint}?${new URLSearchParams({
    response_type: "code", client_id: provider.information.client_id, redirect_uri: redirectUrl, code_challenge: "x".repeat(43),
    code_challenge_method: "S256",
  })}`);

  // After revocation there is nothing to refresh with: somebody is asked again, and denies.
  const revoked = await fetch(metadata.revocation_endpoint, {
    method: "POST", body: new URLSearchParams({ client_id: provider.information.client_id, token: provider.saved.refresh_token }),
  });
  seen.revoked = revoked.status;
  provider.decision = "deny";
  seen.denied = (await connect()) === undefined;
} catch (error) {
  seen.error = error?.stack ?? String(error);
} finally {
  await browser.close();
  callback.close();
}
console.log(JSON.stringify(seen));
