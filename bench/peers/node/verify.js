// node verify.js SAMPLE MILLISECONDS: the processor time that each library takes for one token, as JSON.

import { readFileSync } from "node:fs";

import { checks } from "./checks.js";

const WARM_UP = 2_000;

async function measure(check, tokens, milliseconds) {
  for (let i = 0; i < WARM_UP; i++) await check(tokens[i % tokens.length]);
  // Without `await` if the check is synchronous, because that time is not the library's.
  const isAsync = check(tokens[0]) instanceof Promise;
  const start = process.cpuUsage();
  const until = performance.now() + milliseconds;
  let count = 0;
  while (performance.now() < until) {
    if (isAsync) for (const token of tokens) await check(token);
    else for (const token of tokens) check(token);
    count += tokens.length;
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / count;
}

const [sampleFile, milliseconds] = process.argv.slice(2);
const sample = JSON.parse(readFileSync(sampleFile, "utf8"));
const results = {};
for (const [name, prepare] of Object.entries(checks)) {
  results[name] = await measure(prepare(sample), sample.tokens, Number(milliseconds));
}
console.log(JSON.stringify(results));
