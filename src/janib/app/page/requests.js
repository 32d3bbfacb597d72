// Questions to the server. What goes wrong is a Refusal, whose words are the page's own where it has some.

import { say } from "./words.js";

export class Refusal extends Error {
  constructor(reason, message, details = {}) {
    super(message);
    this.reason = reason;
    this.details = details;
  }

  describe(limits) {
    const megabytes = limits.bytes / 1e6;
    return say(`errors.${this.reason}`, { ...limits, megabytes }) || this.message;
  }
}

async function send(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("gone", String(error));
  }
  if (!answer.ok) {
    const { reason, error, ...details } = await answer.json().catch(() => ({}));
    throw new Refusal(reason ?? "gone", error ?? answer.statusText, details);
  }
  return answer;
}

function post(content, signal) {
  const body = JSON.stringify(content);
  return { method: "POST", headers: { "Content-Type": "application/json" }, body, signal };
}

export async function fetchSetup() {
  return (await send("setup.json")).json();
}

export async function readFile(file, columns) {
  const query = new URLSearchParams({ name: file.name, ...columns });
  const headers = { "Content-Type": "application/octet-stream" };
  return (await send(`articles?${query}`, { method: "POST", headers, body: file })).json();
}

export async function labelSentence(row) {
  return (await send("sentence", post(row))).json();
}

// The answer has a line for each article that is done, and a last one with what was found.
export async function analyse(articles, onProgress, signal) {
  const answer = await send("analysis", post({ articles }, signal));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    rest += value ?? "";
    const lines = rest.split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const found = JSON.parse(line);
      if (found.error) throw new Refusal(found.reason, found.error);
      if (found.positions) return found;
      onProgress(found);
    }
    if (done) throw new Refusal("gone", "the answer ends early");
  }
}
