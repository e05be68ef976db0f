import createClient from "openapi-fetch";
import type { paths } from "./schema.d.ts";

declare const process: { argv: string[] };

const client = createClient<paths>({ baseUrl: process.argv[2] ?? "" });
const pair = { a: "RUS", b: "TUR" };
const event = { kind: "clash" as const, source: "RUS", target: "TUR", occurred: "2020-02-03", type: "ASSAULT" };
const article = { publisher: "Reuters", published: "2020-02-04", events: [event] };

const posted = await client.POST("/v1/articles", { body: { ...article, id: "from-typescript" } });
if (posted.data === undefined) throw new Error(posted.error.detail);

const batch = await client.POST("/v1/articles/batch", {
  body: [{ ...article, id: "batch-from-typescript" }, { ...article, events: [{ ...event, target: "RUS" }] }],
});
if (batch.data === undefined) throw new Error(batch.error.detail);
const position = Math.max(...batch.data.map((result) => result.position ?? 0));

const relation = await client.GET("/v1/relations/{a}/{b}", {
  params: { path: pair, query: { as_of: "2020-02-29", min_position: position } },
});
if (relation.data === undefined) throw new Error(relation.error.detail);
const tension: number = relation.data.tension;

const series = await client.GET("/v1/relations/{a}/{b}/tension", {
  params: { path: pair, query: { from: "2020-02-01", to: "2020-02-29", interval: "day" } },
});
if (series.data === undefined) throw new Error(series.error.detail);
const days: string[] = series.data.items.map((point) => point.day);

const refused = await client.GET("/v1/relations/{a}/{b}", { params: { path: { a: "Nobody", b: "TUR" } } });
const problem: string | undefined = refused.error?.type;

const statuses: number[] = batch.data.map((result) => result.status);
console.log(JSON.stringify({ id: posted.data.id, statuses, tension, days: days.length, problem }));
