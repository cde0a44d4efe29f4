/** How plans, errors and tables stand in the documentation: without what differs from run to run. */
import { readFileSync } from 'node:fs';
import { HoldfastError, type Outcome, type StepReport } from '@holdfast/core';
import { resolveOptions } from '../../packages/core/src/options.js';
import type { Ran } from './execute.js';
import { root } from './markdown.js';

/** The steps of a plan as SQL, in the order in which they then ran. */
export function printPlan(plan: Ran, applied: Ran): string {
  const steps = plan.reports.flatMap((report) => report.outcomes.flatMap(stepsOf));
  const left = [...steps];
  const ordered = applied.order.map((sql) => {
    const at = left.findIndex((step) => step.sql === sql);
    if (at < 0) throw new Error(`ran, but was not planned: ${sql}\nplanned: ${left.map((s) => s.sql).join('\n')}`);
    return left.splice(at, 1)[0] as StepReport;
  });
  if (left.length > 0) throw new Error(`planned, but did not run: ${left.map((step) => step.sql).join('\n')}`);
  return ordered.map(printStep).join('\n');
}

function stepsOf(outcome: Outcome): readonly StepReport[] {
  return [...outcome.steps, ...outcome.children.flatMap(stepsOf)];
}

function printStep({ sql, why, locks }: StepReport): string {
  const taken = locks.map((lock) => `${lock.mode} on ${lock.on}`).join(', ');
  const none = sql.startsWith('SELECT') ? 'reads only' : 'locks nothing that is in use';
  return `-- ${why} · ${taken === '' ? none : taken}\n${sql};`;
}

/** The message, with pids, durations, roles and versions made the same on every run. */
export function printError(error: unknown): string {
  if (!(error instanceof HoldfastError)) throw error ?? new Error('the block was to throw, but it did not');
  return normalise(`${error.name}: ${error.message}`);
}

export function normalise(text: string): string {
  return text
    .replaceAll(/ +$/gm, '')
    .replaceAll(/\bpid \d+/g, 'pid 4312')
    .replaceAll(/pg_terminate_backend\(\d+\)/g, 'pg_terminate_backend(4312)')
    .replaceAll(/(pid 4312 \()[^,]+(, [^,]+, )\d+ s,/g, '$1app$23 s,')
    .replaceAll(/(tries|try) in \d+ ms/g, '$1 in 400 ms')
    .replaceAll(
      /within \d+ m?s\. It is held by pid 4312 \([^)]*\)/g,
      'within 100 ms. It is held by pid 4312 (app, holdfast lock deploy-7:81, for 3 min)',
    )
    .replaceAll(/ {2,}\d+(\.\d+)? ms/g, (found) => '12 ms'.padStart(found.length))
    .replaceAll(/\(PostgreSQL [\d.]+, role [^,]+,/g, '(PostgreSQL 18.4, role app,');
}

/** `Default 2 000: a queue …` → `A queue …`; a default that needs words stays in the sentence. */
const DEFAULT = /Default:? (?:none|false|`\w+`|[\d ]+(?: \(.+?\))?)(?:[.:,] ?|$)(\w)?/;

/** The table of options: defaults as `resolveOptions` gives them, the rest from their docstrings. */
export function printOptions(): string {
  const source = readFileSync(`${root}packages/core/src/options.ts`, 'utf8');
  const body = /export interface GuardOptions \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? '';
  const settings: Readonly<Record<string, unknown>> = { ...resolveOptions({}) };
  const rows = [...body.matchAll(/\/\*\* (.+?) \*\/\n\s*readonly (\w+)\?:/g)].map(([, text = '', key = '']) => {
    const meaning = text.replace(DEFAULT, (_found, next: string | undefined) => next?.toUpperCase() ?? '').trim();
    return `| \`${key}\` | ${printDefault(settings[key])} | ${meaning} |`;
  });
  if (rows.length !== Object.keys(settings).length) throw new Error('an option has no docstring of one line');
  return ['| option | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

function printDefault(value: unknown): string {
  if (value === undefined) return 'none';
  return `\`${typeof value === 'number' ? value.toLocaleString('en').replaceAll(',', ' ') : String(value)}\``;
}
