/** Names as the parse tree holds them: folded and cut as the server does it. */
import type { Node, RangeVar } from 'libpg-query';
import type { ObjectName } from '../names.js';

export function relationName(relation: RangeVar | undefined): ObjectName {
  return { schema: relation?.schemaname, name: relation?.relname ?? '' };
}

/** `[String, String]` → schema and name; a database in front is left out. */
export function dottedName(parts: readonly Node[] | undefined): ObjectName {
  const names = textsOf(parts);
  return { schema: names.at(-2), name: names.at(-1) ?? '' };
}

/** The texts of a list of String nodes. */
export function textsOf(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

/** What stands in a DROP or COMMENT: a list of strings, a single one, a type name. */
export function objectParts(node: Node | undefined): readonly string[] {
  if (node === undefined) return [];
  if ('List' in node) return textsOf(node.List.items);
  if ('String' in node) return [node.String.sval ?? ''];
  if ('TypeName' in node) return textsOf(node.TypeName.names);
  return [];
}
