/**
 * One way to write a definition, whatever major printed it. Until 15 a view of one table names the table before each column; until 13 the
 * functions that SQL has a grammar of its own for are printed as calls. What else majors print differently stays different: joins with USING
 * over renamed columns, SQL/JSON, OVERLAPS, NORMALIZE.
 */
import { tokenize } from '../lexer.js';

/** The text of a definition on one line. `version` is `server_version_num`. */
export function canonical(kind: string, text: string, version: number): string {
  const query = kind === 'view' || kind === 'materialized view';
  if (!query && !OTHERWISE.test(text)) return text;
  const nodes = read(text);
  if (nodes === null) return text;
  return print(withoutCasts(asCalls(query && version < 160_000 ? withoutTable(nodes) : nodes))).trim();
}

const OTHERWISE = /\n|\b(?:extract|substring|position|overlay|[lrb]?trim)"?\(| AT TIME ZONE /i;

/** A token, or what stands between a pair of parentheses or brackets. */
interface Leaf {
  /** A word in lower case, a symbol, or null for whatever is quoted. */
  readonly word: string | null;
  readonly raw: string;
  /** Something blank stands before it. */
  readonly apart: boolean;
  readonly inner?: readonly Leaf[];
}

function read(text: string): readonly Leaf[] | null {
  const stack: Leaf[][] = [[]];
  const opened: Leaf[] = [];
  let end = 0;
  for (const token of tokenize(text) ?? []) {
    const raw = text.slice(token.start, token.end);
    const leaf: Leaf = {
      word: token.kind === 'word' || token.kind === 'symbol' ? token.value : null,
      raw,
      apart: token.start > end && end > 0,
    };
    end = token.end;
    if (raw === '(' || raw === '[') {
      opened.push(leaf);
      stack.push([]);
    } else if (raw === ')' || raw === ']') {
      const inner = stack.pop();
      const open = opened.pop();
      if (inner === undefined || open === undefined) return null;
      stack.at(-1)?.push({ ...open, inner });
    } else {
      stack.at(-1)?.push(leaf);
    }
  }
  return stack.length === 1 && end > 0 ? (stack[0] ?? null) : null;
}

function print(nodes: readonly Leaf[]): string {
  return nodes
    .map(({ raw, apart, inner }) => {
      const text = inner === undefined ? raw : `${raw}${print(inner)}${raw === '[' ? ']' : ')'}`;
      return apart ? ` ${text}` : text;
    })
    .join('');
}

const END_OF_FROM = new Set('where group having window order limit offset fetch for ;'.split(' '));

/** A query of one table without the table's name before its columns. In queries inside of it the name stays. */
function withoutTable(nodes: readonly Leaf[]): readonly Leaf[] {
  if (nodes.some(({ word }) => word === 'union' || word === 'intersect' || word === 'except')) return nodes;
  const from = nodes.findIndex(({ word }) => word === 'from');
  if (from === -1) return nodes;
  const length = nodes.slice(from).findIndex(({ word }) => word !== null && END_OF_FROM.has(word));
  const list = nodes.slice(from + 1, length === -1 ? undefined : from + length);
  if (list.some(({ word }) => word === ',' || word === 'join')) return nodes;
  const alias = list.findLast(({ word, inner }) => inner === undefined && (word === null || /^\w/.test(word)));
  return alias === undefined
    ? nodes
    : [
        ...unqualified(nodes.slice(0, from + 1), alias.raw),
        ...list,
        ...unqualified(nodes.slice(from + 1 + list.length), alias.raw),
      ];
}

function unqualified(nodes: readonly Leaf[], alias: string): readonly Leaf[] {
  const kept: Leaf[] = [];
  for (let i = 0; i < nodes.length; i += 1) {
    const node = nodes[i];
    if (node === undefined) continue;
    const [dot, column] = [nodes[i + 1], nodes[i + 2]];
    if (
      node.raw === alias &&
      dot?.raw === '.' &&
      column !== undefined &&
      column.raw !== '*' &&
      nodes[i - 1]?.raw !== '.'
    ) {
      kept.push({ ...column, apart: node.apart });
      i += 2;
    } else if (node.inner === undefined || ['select', 'with', 'values'].includes(node.inner[0]?.word ?? '')) {
      kept.push(node);
    } else {
      kept.push({ ...node, inner: unqualified(node.inner, alias) });
    }
  }
  return kept;
}

const leaf = (raw: string, apart = false): Leaf => ({ word: null, raw, apart });

/** The order in which the call has what the grammar has between its words. */
const CALLS: Readonly<
  Record<string, (parts: Parts) => readonly [string, ...(readonly Leaf[] | undefined)[]] | undefined>
> = {
  extract: ({ first, from }) => from && ['date_part', [leaf(`'${print(first).toLowerCase()}'::text`)], from],
  substring: ({ first, from, for: count }) => from && ['"substring"', first, from, count],
  overlay: ({ first, placing, from, for: count }) => placing && ['"overlay"', first, placing, from, count],
  position: ({ first, in: text }) => text && ['"position"', bare(text), bare(first)],
  trim: ({ side, first, from }) => from && [{ leading: 'ltrim', trailing: 'rtrim' }[side] ?? 'btrim', from, first],
};

interface Parts {
  readonly side: string;
  readonly first: readonly Leaf[];
  readonly from: readonly Leaf[] | undefined;
  readonly for: readonly Leaf[] | undefined;
  readonly placing: readonly Leaf[] | undefined;
  readonly in: readonly Leaf[] | undefined;
}

function asCalls(nodes: readonly Leaf[]): readonly Leaf[] {
  const done: Leaf[] = [];
  for (const node of nodes) {
    const inner = node.inner === undefined ? undefined : asCalls(node.inner);
    const name = done.at(-1);
    const call =
      inner === undefined || name === undefined || name.word === null ? undefined : CALLS[name.word]?.(partsOf(inner));
    if (inner !== undefined && call !== undefined) {
      const [called, ...list] = call;
      done.splice(-1, 1, leaf(called, name?.apart), { ...leaf('('), inner: separated(list) });
    } else if (inner !== undefined) {
      done.push(...(inZone(node, inner) ?? [{ ...node, inner }]));
    } else {
      done.push(node);
    }
  }
  return done;
}

/** `(x AT TIME ZONE z)` is `timezone(z, x)`. */
function inZone(node: Leaf, inner: readonly Leaf[]): readonly Leaf[] | null {
  const at = inner.findIndex(
    ({ word }, i) => word === 'at' && inner[i + 1]?.word === 'time' && inner[i + 2]?.word === 'zone',
  );
  if (at < 1) return null;
  return [leaf('timezone', node.apart), { ...leaf('('), inner: separated([inner.slice(at + 3), inner.slice(0, at)]) }];
}

function separated(list: readonly (readonly Leaf[] | undefined)[]): readonly Leaf[] {
  return list
    .filter((part) => part !== undefined && part.length > 0)
    .flatMap((part = [], i) => {
      const [head, ...rest] = part;
      if (head === undefined) return [];
      return i === 0 ? [{ ...head, apart: false }, ...rest] : [leaf(','), { ...head, apart: true }, ...rest];
    });
}

const WORDS = new Set(['from', 'for', 'placing', 'in']);
const SIDES = new Set(['both', 'leading', 'trailing']);

function partsOf(nodes: readonly Leaf[]): Parts {
  const side = SIDES.has(nodes[0]?.word ?? '') ? (nodes[0]?.word ?? '') : '';
  const parts: Record<string, Leaf[]> = { first: [] };
  let current = 'first';
  for (const node of side === '' ? nodes : nodes.slice(1)) {
    if (node.word !== null && WORDS.has(node.word)) {
      current = node.word;
      parts[current] = [];
    } else {
      parts[current]?.push(node);
    }
  }
  return {
    side,
    first: parts['first'] ?? [],
    from: parts['from'],
    for: parts['for'],
    placing: parts['placing'],
    in: parts['in'],
  };
}

/** Without the parentheses around all of it. */
function bare(nodes: readonly Leaf[]): readonly Leaf[] {
  return nodes.length === 1 && nodes[0]?.inner !== undefined ? nodes[0].inner : nodes;
}

const TEXT_CALLS = new Set(['"substring"', '"overlay"', '"position"', 'btrim', 'ltrim', 'rtrim']);

/** Until 13 these calls are printed with the casts of their arguments to text that nobody wrote. */
function withoutCasts(nodes: readonly Leaf[]): readonly Leaf[] {
  return nodes.map((node, i) => {
    if (node.inner === undefined) return node;
    const inner = withoutCasts(node.inner);
    return { ...node, inner: TEXT_CALLS.has(nodes[i - 1]?.raw ?? '') ? inner.flatMap(uncast) : inner };
  });
}

/** For each argument `(x)::text`: `x`. */
function uncast(node: Leaf, i: number, all: readonly Leaf[]): readonly Leaf[] {
  const castAt = (at: number): boolean =>
    all[at]?.inner !== undefined &&
    all[at]?.raw === '(' &&
    (at === 0 || all[at - 1]?.raw === ',') &&
    all[at + 1]?.raw === '::' &&
    all[at + 2]?.raw === 'text' &&
    (all[at + 3] === undefined || all[at + 3]?.raw === ',');
  if (castAt(i - 1) || castAt(i - 2)) return [];
  if (!castAt(i)) return [node];
  const [head, ...rest] = node.inner ?? [];
  return head === undefined ? [node] : [{ ...head, apart: node.apart }, ...rest];
}
