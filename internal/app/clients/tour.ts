// The tour of the README through a client that was generated from the API description: node tour.js SERVER USER PASSWORD
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const [server, user, password] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl: server });

function expect<T>(what: string, answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(`${what}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const session = expect("sign in", await client.POST("/api/v1/auth/login/", { body: { email: user, password } }));
client.use({
  onRequest({ request }) {
    request.headers.set("Authorization", `Token ${session.token}`);
  },
});
const course = expect("create a course", await client.POST("/api/v1/courses/", { body: { title: "Mathematics" } }));
const note = expect(
  "create a note",
  await client.POST("/api/v1/notes/", {
    body: { title: "Bernoulli numbers", course_id: course.id, content: "# Bernoulli numbers\n\nSee note G." },
  }),
);
const read = expect("read a note", await client.GET("/api/v1/notes/{id}/", { params: { path: { id: note.id } } }));
const type: "N" | "C" = read.note_type; // an enumeration, and always there
const label: string | undefined = read.course?.title; // null without a course
process.stdout.write(JSON.stringify({ content: read.content, type, label, blocks: read.blocks.length }));
