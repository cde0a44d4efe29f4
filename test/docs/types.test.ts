/** The code blocks of the documentation are checked by the compiler, strictly, with the names that each host's page has in scope. */
import ts from 'typescript';
import { expect, test } from 'vitest';
import { kindOf } from './check.js';
import { type Block, blocksOf, documents, root } from './markdown.js';
import type { Scopes } from './scope.js';

/** What a host's page has in scope besides the guard. */
const NAMES: Readonly<Record<keyof Scopes, string>> = {
  pg: ', client',
  knex: ', knex',
  typeorm: ', queryRunner, Table, TableColumn, TableIndex, TableForeignKey, TableCheck',
  all: '',
};

test('every block of TypeScript has the types it needs', () => {
  const blocks = documents().flatMap((file) => blocksOf(file).filter((block) => kindOf(block) === 'ts'));
  const files = new Map(blocks.map((block, i) => [`${root}test/docs/block-${i}.ts`, { block, text: moduleOf(block) }]));
  const problems = compile(files).map(({ file, messageText }) => {
    const block = file === undefined ? undefined : files.get(file.fileName)?.block;
    return `${block?.file}:${block?.line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(problems).toEqual([]);
});

/** A part of a migration becomes a function that gets its names; imports stay in front of it. */
function moduleOf({ info, text }: Block): string {
  if (info.includes('migration')) return text;
  const imports = text.match(/^import .*;$/gm) ?? [];
  const body = text.replaceAll(/^import .*;$/gm, '');
  const host = info[1] as keyof Scopes;
  return `${imports.join('\n')}
    void (async ({ g, guard, sql${NAMES[host]} }: import('./scope.js').Scopes['${host}']) => {{
    ${body}
    }});
    export {};`;
}

function compile(files: ReadonlyMap<string, { readonly text: string }>): readonly ts.Diagnostic[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const strict = { ...options, noUnusedLocals: false, noUnusedParameters: false };
  const host = ts.createCompilerHost(strict);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => files.has(name) || fileExists.call(host, name);
  host.getSourceFile = (name, target, ...rest) => {
    const made = files.get(name);
    return made === undefined
      ? getSourceFile.call(host, name, target, ...rest)
      : ts.createSourceFile(name, made.text, target, true);
  };
  const program = ts.createProgram([...files.keys()], strict, host);
  // The packages themselves are checked elsewhere.
  return [...files.keys()].flatMap((name) => {
    const file = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  });
}
