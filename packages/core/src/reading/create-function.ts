/** CREATE FUNCTION, CREATE PROCEDURE. */
import type { CreateFunctionStmt } from 'libpg-query';
import { parseSignature } from '../catalog/functions.js';
import { child } from '../engine/operation.js';
import { tokenize } from '../lexer.js';
import { printName } from '../names.js';
import { createFunction } from '../operations/create-function.js';
import { skipName, skipWords } from './clauses.js';
import { later } from './later.js';
import { dottedName } from './names.js';
import { oneClause, type Reading } from './reading.js';

export function readCreateFunction(text: string, stmt: CreateFunctionStmt): Reading {
  const name = dottedName(stmt.funcname);
  const does = stmt.is_procedure === true ? 'CREATE PROCEDURE' : 'CREATE FUNCTION';
  const reading = { does, target: printName(name), locks: [] };
  if (stmt.replace === true) return oneClause(reading, { text, judge: 'again', again: true });
  const judging = later(() => {
    const tokens = tokenize(text) ?? [];
    const open = skipName(text, skipWords(text, 'create', 'function', 'procedure'));
    const close = tokens.findIndex((t, i) => i > open && t.kind === 'symbol' && t.value === ')' && t.depth === 1);
    const list = text.slice(tokens[open]?.start, tokens[close]?.end);
    // Parsed with a name that needs no quotes: the real one comes from the tree.
    const signature = { ...parseSignature(does, `f${list}`, undefined), name };
    const definition = text.slice(tokens[close]?.end).trim();
    return { judge: child(createFunction, { signature, definition, procedure: stmt.is_procedure === true }) };
  });
  return oneClause(reading, { text, ...judging });
}
