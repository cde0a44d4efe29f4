/** PostgreSQL's own parser, loaded when the first SQL text is to be read: who only calls operations never loads it. */
import type { Node, ParseResult } from 'libpg-query';

/** One statement of a text. */
export interface ParsedStatement {
  /** Without the semicolon and what stands around it. */
  readonly text: string;
  /** `AlterTableStmt`, as PostgreSQL calls the nodes of its parse tree (parsenodes.h). */
  readonly kind: string;
  readonly node: Readonly<Record<string, unknown>>;
}

let loading: Promise<Pick<typeof import('libpg-query'), 'parseSync' | 'fingerprintSync'>> | undefined;

/** The statements of a text in their order, or the parser's complaint. A text without a statement is an empty list. */
export async function parseStatements(text: string): Promise<readonly ParsedStatement[] | { readonly error: string }> {
  loading ??= load();
  const { parseSync } = await loading;
  let parsed: ParseResult;
  try {
    parsed = parseSync(text);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
  const cut = cutter(text);
  return (parsed.stmts ?? []).flatMap(({ stmt, stmt_location: from = 0, stmt_len: length = 0 }) =>
    stmt === undefined ? [] : [{ text: cut(from, length), ...nodeOf(stmt) }],
  );
}

/** The same for texts that differ in their constants alone; null for what the parser does not take. */
export async function shapeOf(text: string): Promise<string | null> {
  loading ??= load();
  const { fingerprintSync } = await loading;
  try {
    return fingerprintSync(text);
  } catch {
    return null; // not SQL to the parser: nothing is like it
  }
}

async function load(): Promise<Pick<typeof import('libpg-query'), 'parseSync' | 'fingerprintSync'>> {
  const parser = await import('libpg-query');
  await parser.loadModule();
  return parser;
}

/** `{ AlterTableStmt: {…} }`, taken apart. */
export function nodeOf(node: Node): { readonly kind: string; readonly node: Readonly<Record<string, unknown>> } {
  const [[kind, inner] = ['', {}]] = Object.entries(node) as [string, Readonly<Record<string, unknown>>][];
  return { kind, node: inner };
}

/** The parser counts in bytes; a length of 0 reaches to the end. */
function cutter(text: string): (from: number, length: number) => string {
  const bytes = Buffer.from(text);
  const ascii = bytes.length === text.length;
  return (from, length) => {
    const to = length === 0 ? undefined : from + length;
    return (ascii ? text.slice(from, to) : bytes.subarray(from, to).toString()).trim();
  };
}
