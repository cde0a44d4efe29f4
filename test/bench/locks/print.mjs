/** What people read at the end: one table, and each target that was missed. */
import { lockTimeoutMs } from './cases.mjs';

/**
 * @typedef {import('./measure.mjs').Measured} Measured
 * @typedef {import('../locks.mjs').Compared} Compared
 *
 * @typedef {object} Judged
 * @property {string} target
 * @property {string[]} missed one sentence each
 * @property {boolean} told the guard has said beforehand that others will wait
 */

/** Where raw keeps somebody waiting for longer than `longMs`, the guard may take one part in `parts` of it. */
const parts = 20;
const longMs = 1000;

/** What the guard says of a statement that works through a large table under a lock that others wait for. */
const TELLS = /while writers wait/;

/**
 * The share is that of the medians; the limit holds for the worst of all rounds.
 * @param {Compared} compared
 * @returns {Judged}
 */
export function judge({ case: { queue }, title: name, raw, guarded, said }) {
  const limitMs = lockTimeoutMs + (queue ? 500 : 100);
  const [rawMs, guardedMs, worstMs] = [median(stalls(raw)), median(stalls(guarded)), Math.max(...stalls(guarded))];
  const shares = !queue && rawMs > longMs;
  const locks = `No wait for a lock was longer than ${time(lockWait(guarded))}.`;
  const missed = [];
  if (shares && guardedMs > rawMs / parts)
    missed.push(`${name}: ${time(guardedMs)} is more than 1/${parts} of the ${time(rawMs)} of raw. ${locks}`);
  if (worstMs > limitMs) missed.push(`${name}: ${time(worstMs)} is more than ${time(limitMs)}. ${locks}`);
  const told = missed.length > 0 && said.some((line) => TELLS.test(line));
  return { target: `${shares ? `1/${parts}, ` : ''}${time(limitMs)}`, missed: told ? [] : missed, told };
}

/**
 * @param {readonly { readonly title: string, readonly measured: readonly Measured[] }[]} controls steps that lock nobody out
 * @param {readonly Compared[]} compared
 */
export function printTable(controls, compared) {
  const lines = compared.map((one) => {
    const { target, missed, told } = judge(one);
    const ratio = median(stalls(one.raw)) / median(stalls(one.guarded));
    const share = ratio > 1 ? `1/${ratio.toFixed(ratio < 10 ? 1 : 0)}` : (1 / ratio).toFixed(1);
    const verdict = told ? 'said' : missed.length === 0 ? 'met' : 'MISSED';
    return [one.title, ...figures(one.raw), ...figures(one.guarded), share, target, verdict];
  });
  const nothing = controls.map(({ title, measured }) => [title, '', '', '', '', ...figures(measured), '', '', '']);
  const form = ['median', 'worst', 'p99', 'for a lock'];
  return align([
    ['', 'raw:', '', '', '', 'guarded:', '', '', '', '', '', ''],
    ['', ...form, ...form, 'ratio', 'target', ''],
    ...lines,
    ...nothing,
  ]);
}

/**
 * Median and worst of the stalls, median of p99, and how much of the worst stall was the wait for a lock.
 * @param {readonly Measured[]} measured
 */
function figures(measured) {
  return [
    median(stalls(measured)),
    Math.max(...stalls(measured)),
    median(measured.map(({ p99Ms }) => p99Ms)),
    lockWait(measured),
  ].map(time);
}

/** @param {readonly Measured[]} measured */
function stalls(measured) {
  return measured.map(({ stallMs }) => stallMs);
}

/** @param {readonly Measured[]} measured */
function lockWait(measured) {
  return Math.max(...measured.map(({ watched }) => watched.lockWaitMs));
}

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** @param {number} ms */
export function time(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/**
 * The first column to the left, the others to the right.
 * @param {readonly (readonly string[])[]} lines
 */
function align(lines) {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  const print = (/** @type {readonly string[]} */ line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return lines.map(print).join('\n');
}
