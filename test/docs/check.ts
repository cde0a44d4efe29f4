/** What each kind of block promises, by its info string, and how that is found out. */
import { execute } from '../support/catalog.js';
import type { Database } from '../support/database.js';
import { type DocHost, formOf, type Ran, runBlock } from './execute.js';
import type { Block } from './markdown.js';
import { normalise, printError, printPlan } from './print.js';
import { withRival } from './rival.js';

export interface Bench {
  /** A fresh copy of the database of docs/setup.sql, on this major where it is named. */
  copy(major?: number): Promise<Database>;
  readonly majors: readonly number[];
}

const HOSTS: Readonly<Record<string, readonly DocHost[]>> = {
  pg: ['pg'],
  knex: ['knex'],
  typeorm: ['typeorm'],
  all: ['pg', 'knex', 'typeorm'],
};
/** Words behind `ts <host>`. */
const TS_WORDS = new Set(['transaction', 'throws', 'migration']);
/** Words behind `sql plan`. */
const PLAN_WORDS = new Set(['transaction', 'before-18']);

/** Throws for a block whose info string promises nothing that is tested. */
export function kindOf({ info, file, line }: Block): 'ts' | 'excerpt' | 'plan' | 'sql' | 'error' | 'output' | 'sh' {
  const [first = '', second = '', ...rest] = info;
  if (first === 'ts' && second in HOSTS && rest.every((word) => TS_WORDS.has(word))) return 'ts';
  if (first === 'sql' && second === 'plan' && rest.every((word) => PLAN_WORDS.has(word))) return 'plan';
  if (second === 'from' && rest.length === 1) return 'excerpt';
  if (info.join(' ') === 'sql run') return 'sql';
  if (info.join(' ') === 'text error') return 'error';
  if (info.join(' ') === 'text output') return 'output';
  if (info.join(' ') === 'sh') return 'sh';
  throw new Error(`${file}:${line}: no test knows what a block marked "${info.join(' ')}" promises`);
}

/** The block of TypeScript that a block of SQL or text tells about. */
export function sourceOf(block: Block, blocks: readonly Block[]): Block {
  const before = blocks.filter((each) => each.line < block.line && kindOf(each) === 'ts');
  const near = before.findLast((each) => each.section === block.section);
  const found = near ?? before.find((each) => each.section === 'You write') ?? before.at(-1);
  if (found === undefined) throw new Error(`${block.file}:${block.line}: no block of TypeScript stands before it`);
  return found;
}

/** Runs a block of TypeScript on each of its hosts; a block under `You write` once more, to find nothing left to do. */
export async function checkTs(block: Block, bench: Bench): Promise<void> {
  const hosts = HOSTS[block.info[1] ?? ''] ?? [];
  for (const host of hosts) {
    const database = await bench.copy();
    try {
      await prepare(block, database);
      const first = await run(block, database, host);
      if (block.info.includes('throws')) printError(first.error);
      else if (first.error !== undefined) throw first.error;
      // The stock runners run each migration twice by themselves; of several hosts one is enough.
      if (block.section !== 'You write' || host !== hosts.at(-1)) continue;
      const again = await run(block, database, host);
      const { applied, repaired, unchanged } = sum(again);
      if (applied + repaired > 0 || unchanged === 0) throw new Error(`run again, it changes something: ${text(again)}`);
    } finally {
      await database.drop();
    }
  }
}

/** The text that a block of SQL or text should have. */
export async function wantedText(block: Block, source: Block, bench: Bench): Promise<string> {
  const kind = kindOf(block);
  const [host = 'pg'] = HOSTS[source.info[1] ?? ''] ?? [];
  const onFresh = async <T>(use: (database: Database) => Promise<T>): Promise<T> => {
    const database = await bench.copy(majorOf(block, bench));
    try {
      await prepare(source, database);
      return await use(database);
    } finally {
      await database.drop();
    }
  };
  if (kind === 'error') return onFresh(async (database) => printError((await run(source, database, host)).error));
  if (kind === 'output') return onFresh(async (database) => normalise((await run(source, database, host)).printed));
  const form = block.info.includes('transaction') ? 'transaction' : formOf(source);
  return onFresh(async (database) => {
    const setting = { url: database.url, host, form };
    const plan = await runBlock(source, { ...setting, mode: 'plan' });
    if (plan.error !== undefined) throw plan.error;
    // A migration runs through its runner, twice and back: only the first time is of interest here.
    const part = await runBlock(source, { ...setting, mode: 'apply', once: true });
    if (part.error !== undefined) throw part.error;
    return printPlan(plan, part);
  });
}

/** Does the run have a server that the block is about? */
export function applies(block: Block, { majors }: Bench): boolean {
  const needs = majorNeeded(block);
  return needs === undefined || majors.some(needs);
}

function majorOf(block: Block, { majors }: Bench): number | undefined {
  const needs = majorNeeded(block);
  return needs === undefined ? undefined : majors.find(needs);
}

/** Plans are those of PostgreSQL 18, unless the block says otherwise. */
function majorNeeded({ info }: Block): ((major: number) => boolean) | undefined {
  if (info[1] !== 'plan') return undefined;
  return info.includes('before-18') ? (major) => major < 18 : (major) => major >= 18;
}

async function prepare(block: Block, database: Database): Promise<void> {
  const { before, earlier } = block.comments;
  if (before !== undefined) await execute(database.url, before);
  if (earlier === undefined) return;
  const part = { ...block, info: ['ts', 'pg'], text: earlier };
  const { error } = await runBlock(part, { url: database.url, host: 'pg', form: 'none', mode: 'apply' });
  if (error !== undefined) throw error;
}

function run(block: Block, database: Database, host: DocHost): Promise<Ran> {
  const setting = { url: database.url, host, form: formOf(block), mode: 'apply' } as const;
  return withRival(database.url, block.comments.rival, () => runBlock(block, setting));
}

function sum({ reports }: Ran): { applied: number; repaired: number; unchanged: number } {
  const count = (status: 'applied' | 'repaired' | 'unchanged'): number =>
    reports.reduce((total, report) => total + report.counts[status], 0);
  return { applied: count('applied'), repaired: count('repaired'), unchanged: count('unchanged') };
}

function text({ reports, error }: Ran): string {
  return `${reports.join('\n')}\n${String(error ?? '')}`;
}
