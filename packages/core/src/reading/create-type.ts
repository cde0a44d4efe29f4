/** CREATE DOMAIN, CREATE TYPE … AS (…), CREATE TYPE … AS RANGE. */
import { type ObjectName, printName } from '../names.js';
import { skipName, skipWords, textFrom } from './clauses.js';
import { temporary, typeMadeAs } from './made-as.js';
import { TYPE } from './prints.js';
import { oneClause, type Reading } from './reading.js';
import { asTwin, inTemporary } from './twin.js';

export function readCreateType(does: string, text: string, type: ObjectName): Reading {
  const tail = textFrom(text, skipName(text, skipWords(text, 'create', 'type', 'domain')));
  const judge = asTwin({
    target: printName(type),
    text,
    object: typeMadeAs(type),
    make: [`${does} ${inTemporary(type.name)} ${tail}`],
    twin: temporary('pg_type', type.name),
    print: TYPE,
  });
  return oneClause({ does, target: printName(type), locks: [] }, { text, judge });
}
