// Files of what was found, made in the browser. A person's labels have a column of their own.

const OWN = "person";

// A byte-order mark tells Excel that the file is UTF-8. A cell that begins as a formula does is shown as text.
export function formatTable(columns, rows) {
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return "\ufeff" + lines.map((cells) => cells.map(quote).join(",") + "\r\n").join("");
}

function quote(value) {
  let text = String(value ?? "");
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function formatPositions(positions) {
  const rows = positions.flatMap(({ rows, own }) => rows.map((row) => ({ ...row, [OWN]: own ?? "" })));
  return formatTable(rows.length ? Object.keys(rows[0]) : [OWN], rows);
}

export function formatLines(positions) {
  return positions.map(({ record, own }) => JSON.stringify({ ...record, [OWN]: own ?? null }) + "\n").join("");
}

// What janib's data=csv trains on: the sentence, the party and the speaker as the model read them.
export function formatLabels(labelled) {
  const columns = ["id", "text", "target", "speaker", "group", "stance", "predicted"];
  return formatTable(columns, labelled.map((one, number) => ({ id: String(number + 1), ...one })));
}

export function download(name, kind, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: `${kind};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
