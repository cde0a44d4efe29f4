/** What the demo prints: headings, and the output of commands, coloured on a terminal. */
import { styleText } from 'node:util';

const coloured =
  process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';

/** @type {Readonly<Record<string, Parameters<typeof styleText>[0]>>} */
const STYLES = {
  applied: 'green',
  repaired: 'yellow',
  unchanged: 'gray',
  skipped: 'cyan',
  failed: 'red',
  refused: 'red',
};

/**
 * @param {Parameters<typeof styleText>[0]} style
 * @param {string} text
 */
function paint(style, text) {
  return coloured ? styleText(style, text) : text;
}

/** @param {string} text */
export function title(text) {
  console.log(`${paint('bold', text)}\n`);
}

let chapters = 0;

/** @param {string} title */
export function chapter(title) {
  chapters += 1;
  console.log(`\n${paint('bold', `${chapters}  ${title}`)}`);
}

/** @param {string} text */
export function say(text) {
  console.log(text.replace(/^(?=.)/gm, '   '));
}

/** @param {string} text */
export function command(text) {
  console.log(`\n   ${paint('bold', `$ ${text}`)}`);
}

/**
 * The output of a program, behind a bar.
 * @param {string} output
 */
export function quote(output) {
  for (const line of output.trimEnd().split('\n')) console.log(`   ${paint('gray', '│')} ${paintStatus(line)}`);
}

/** @param {string} line */
function paintStatus(line) {
  return line.replace(/^( +)(\S (\w+))/, (whole, indent, mark, status) => {
    const style = STYLES[status];
    return style === undefined ? whole : `${indent}${paint(style, mark)}`;
  });
}

/**
 * Columns as wide as their widest cell: the first to the left, the others to the right.
 * @param {readonly (readonly (string | number)[])[]} rows
 */
export function table(rows) {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => String(row[i]).length)));
  const print = (/** @type {readonly (string | number)[]} */ row) =>
    row.map((cell, i) =>
      i === 0 ? String(cell).padEnd(widths[i] ?? 0) : paintZero(String(cell).padStart(widths[i] ?? 0)),
    );
  rows.forEach((row, i) => {
    const line = print(row).join('   ');
    say(i === 0 ? paint('bold', line) : line);
  });
}

/** @param {string} cell */
function paintZero(cell) {
  return cell.trim() === '0' ? paint('gray', cell) : cell;
}
