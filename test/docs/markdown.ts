/** The documentation as its tests see it: files, their code blocks, and what stands in comments before them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Block {
  /** Path from the root of the repository. */
  readonly file: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** The words of the info string: `['ts', 'knex', 'migration']`. */
  readonly info: readonly string[];
  readonly text: string;
  /** Lines of the text; none in an empty block. */
  readonly length: number;
  /** The `##` heading it stands under. */
  readonly section: string;
  /**
   * `<!-- before: SQL -->`: run on the database before the block. `<!-- earlier: TypeScript -->`: run after that, what earlier migrations
   * have done with `g`. `<!-- rival: SQL -->`: run in a transaction that stays open meanwhile.
   */
  readonly comments: Readonly<Partial<Record<'before' | 'earlier' | 'rival', string>>>;
}

/** All files of the documentation, by their paths from the root. */
export function documents(): readonly string[] {
  const below = (folder: string): readonly string[] =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
      .map((path) => `${folder}/${path}`)
      .sort();
  const packages = readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`);
  return ['README.md', 'CONTRIBUTING.md', ...packages, ...below('docs')];
}

export function readDocument(file: string): string {
  return readFileSync(`${root}${file}`, 'utf8');
}

export function blocksOf(file: string, source = readDocument(file)): readonly Block[] {
  const blocks: Block[] = [];
  const lines = source.split('\n');
  let section = '';
  let comments: Block['comments'] = {};
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] as string;
    const fence = /^(`{3,})(.*)$/.exec(line);
    const comment = /^<!-- (before|earlier|rival):/.exec(line);
    if (line.startsWith('## ')) section = line.slice(3).trim();
    if (comment !== null) {
      const end = closing(lines, i, (each) => each.trimEnd().endsWith('-->'));
      const text = lines.slice(i, end + 1).join('\n');
      comments = {
        ...comments,
        [comment[1] as string]: text
          .replace(/^<!-- \w+:/, '')
          .replace(/;?\s*-->\s*$/, '')
          .trim(),
      };
      i = end;
    } else if (fence !== null) {
      const end = closing(lines, i + 1, (each) => each === fence[1]);
      const info = (fence[2] as string).trim().split(/\s+/);
      blocks.push({
        file,
        line: i + 1,
        info,
        text: lines.slice(i + 1, end).join('\n'),
        length: end - i - 1,
        section,
        comments,
      });
      comments = {};
      i = end;
    } else if (line.trim() !== '' && Object.keys(comments).length > 0) {
      throw new Error(`${file}:${i + 1}: the comment above belongs directly before a code block`);
    }
  }
  return blocks;
}

function closing(lines: readonly string[], from: number, ends: (line: string) => boolean): number {
  const end = lines.findIndex((line, i) => i >= from && ends(line));
  if (end < 0) throw new Error(`line ${from}: the block or comment that starts here does not end`);
  return end;
}

/** The document with other texts in some of its blocks. */
export function withTexts(source: string, texts: readonly { readonly block: Block; readonly text: string }[]): string {
  const lines = source.split('\n');
  for (const { block, text } of [...texts].sort((a, b) => b.block.line - a.block.line))
    lines.splice(block.line, block.length, ...text.split('\n'));
  return lines.join('\n');
}
