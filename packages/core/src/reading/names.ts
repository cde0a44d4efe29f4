/** Names as the parse tree holds them: folded and cut as the server does it. */
import type { Node, RangeVar, RoleSpec } from 'libpg-query';
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

/** Roles, by name or by the words that operations take for them; null when one cannot be told from such a word. */
export function rolesOf(nodes: readonly Node[] | undefined): readonly string[] | null {
  const roles = (nodes ?? []).flatMap((node) => ('RoleSpec' in node ? [roleOf(node.RoleSpec)] : [null]));
  return roles.every((role) => role !== null) ? roles : null;
}

function roleOf({ roletype, rolename = '' }: RoleSpec): string | null {
  // A role that is called like one of the words is not to be told from it here.
  if (roletype === 'ROLESPEC_CSTRING')
    return ['public', 'current_user', 'session_user'].includes(rolename) ? null : rolename;
  const words: Readonly<Record<string, string>> = {
    ROLESPEC_PUBLIC: 'public',
    ROLESPEC_CURRENT_USER: 'current_user',
    ROLESPEC_CURRENT_ROLE: 'current_user',
    ROLESPEC_SESSION_USER: 'session_user',
  };
  return words[roletype ?? ''] ?? null;
}
