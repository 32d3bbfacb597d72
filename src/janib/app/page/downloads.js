// Files of what was found, made in the browser. A person's labels have a column of their own.

const OWN = "reader_stance";

// A byte-order mark tells Excel that the file is UTF-8.
function formatTable(columns, rows) {
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? "")))];
  return "\ufeff" + lines.map((cells) => cells.map(quote).join(",") + "\r\n").join("");
}

function quote(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function formatPositions(positions, columns) {
  const rows = positions.flatMap(({ rows, own }) => rows.map((row) => ({ ...row, [OWN]: own })));
  return formatTable([...columns, OWN], rows);
}

export function formatLines(positions) {
  return positions.map(({ record, own }) => JSON.stringify({ ...record, [OWN]: own ?? null }) + "\n").join("");
}

// What data=csv trains on and janib agree compares: the sentence, the party and the speaker as the model read them.
export function formatLabels(labelled) {
  const columns = ["id", "text", "target", "speaker", "document", "group", "stance", "predicted"];
  const rows = labelled.map((one, place) => ({ id: place + 1, group: one.document, ...one }));
  return formatTable(columns, rows);
}

export function download(name, kind, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: `${kind};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
