// How times, spans, numbers and records are written for people.

const UNITS = [["d", 86400], ["h", 3600], ["m", 60]];

export function span(seconds) {
  const total = Math.abs(seconds);
  if (total < 10) return `${+total.toFixed(1)} s`;
  let rest = Math.round(total);
  const parts = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) parts.push(`${count}${unit}`);
  }
  if (rest && parts.length < 2) parts.push(`${rest}s`);
  return parts.slice(0, 2).join(" ") || "0 s";
}

export const seconds = (instant) => {
  const [, whole, fraction = ""] = /^(.*?)(\.\d+)?Z$/.exec(instant) || [];
  return whole ? Date.parse(`${whole}Z`) / 1000 + Number(fraction || 0) : NaN;
};

export const instant = (epoch) => new Date(epoch * 1000).toISOString();
export const day = (text) => text.slice(0, 10);
export const time = (text) => text.slice(11, 19);
export const precise = (text) => (text.slice(11).replace("Z", "") + (text.includes(".") ? "" : ".000")).slice(0, 12);
export const number = (value) => value.toLocaleString("en-US");
export const count = (value, noun, plural = `${noun}s`) => `${number(value)} ${value === 1 ? noun : plural}`;
export const usd = (points) => `$${(points / 10_000_000).toFixed(2)}`;

export const short = (id) => (id && id.length > 18 ? `…${id.slice(-10)}` : id || "");

export const refOf = (row) =>
  row.task ? ["task", row.task] : row.asset ? ["asset", row.asset] : row.output ? ["output", row.output] : null;

export const pretty = (body) => (typeof body === "string" ? body : JSON.stringify(body, null, 2));

// A fixed hue for an id, so that a record has the same colour everywhere.
export function hue(id) {
  let sum = 7;
  for (const letter of id || "") sum = (sum * 31 + letter.charCodeAt(0)) % 360;
  return sum;
}
