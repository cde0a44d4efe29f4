/** Reads a statement: what it changes, how that is judged, or why it is not. */
import type {
  AlterEnumStmt,
  AlterObjectSchemaStmt,
  AlterTableStmt,
  CompositeTypeStmt,
  CreateDomainStmt,
  CreateEnumStmt,
  CreateExtensionStmt,
  CreateFunctionStmt,
  CreatePolicyStmt,
  CreateRangeStmt,
  CreateSchemaStmt,
  CreateSeqStmt,
  CreateStmt,
  CreateTableAsStmt,
  CreateTrigStmt,
  DropStmt,
  IndexStmt,
  RenameStmt,
  RuleStmt,
  ViewStmt,
} from 'libpg-query';
import { printName } from '../names.js';
import { readAlterTable } from './alter-table.js';
import * as create from './create.js';
import { readDrop } from './drop.js';
import { dottedName, relationName } from './names.js';
import { existsOn } from './objects.js';
import type { ParsedStatement } from './parser.js';
import { oneClause, type Reading } from './reading.js';
import { readRename, readSetSchema } from './rename.js';

type Reader = (text: string, node: never) => Reading;

const READERS: Readonly<Record<string, Reader>> = {
  AlterTableStmt: (text, node: AlterTableStmt) => readAlterTable(text, node),
  CreateStmt: (text, node: CreateStmt) => create.readCreateTable(text, node),
  CreateTableAsStmt: (text, node: CreateTableAsStmt) => create.readCreateTableAs(text, node),
  IndexStmt: (text, node: IndexStmt) => create.readCreateIndex(text, node),
  CreateEnumStmt: (text, node: CreateEnumStmt) => create.readCreateEnum(text, node),
  AlterEnumStmt: (text, node: AlterEnumStmt) => create.readAlterEnum(text, node),
  CreateSchemaStmt: (text, node: CreateSchemaStmt) => create.readCreateSchema(text, node),
  CreateExtensionStmt: (text, node: CreateExtensionStmt) => create.readCreateExtension(text, node),
  CreateSeqStmt: (text, node: CreateSeqStmt) => create.readCreateSequence(text, node),
  ViewStmt: (text, node: ViewStmt) => create.readCreateView(text, node),
  CreateTrigStmt: (text, node: CreateTrigStmt) => create.readCreateTrigger(text, node),
  CreateDomainStmt: (text, node: CreateDomainStmt) =>
    create.readCreateType('CREATE DOMAIN', text, dottedName(node.domainname)),
  CompositeTypeStmt: (text, node: CompositeTypeStmt) =>
    create.readCreateType('CREATE TYPE', text, relationName(node.typevar)),
  CreateRangeStmt: (text, node: CreateRangeStmt) =>
    create.readCreateType('CREATE TYPE', text, dottedName(node.typeName)),
  CreatePolicyStmt: (text, node: CreatePolicyStmt) => {
    const table = relationName(node.table);
    const { policy_name: name = '' } = node;
    const target = `${printName(table)}.${name}`;
    return oneClause(
      { does: 'CREATE POLICY', target, locks: [{ on: table, mode: 'AccessExclusiveLock', kind: 'table' }] },
      create.unlessThere(text, target, existsOn('OBJECT_POLICY', table, name)),
    );
  },
  RuleStmt: (text, node: RuleStmt) => {
    const table = relationName(node.relation);
    const { rulename = '' } = node;
    const target = `${printName(table)}.${rulename}`;
    const locks = [{ on: table, mode: 'AccessExclusiveLock', kind: 'table' }] as const;
    const clause =
      node.replace === true
        ? { text, judge: 'again' as const, again: true as const }
        : create.unlessThere(text, target, existsOn('OBJECT_RULE', table, rulename));
    return oneClause({ does: 'CREATE RULE', target, locks }, clause);
  },
  CreateFunctionStmt: (text, node: CreateFunctionStmt) => {
    const target = printName(dottedName(node.funcname));
    return node.replace === true
      ? oneClause({ does: 'CREATE FUNCTION', target, locks: [] }, { text, judge: 'again', again: true })
      : { kind: 'unread', reason: 'whether a function with these arguments is there is told by the server', locks: [] };
  },
  DropStmt: (text, node: DropStmt) => readDrop(text, node),
  RenameStmt: (text, node: RenameStmt) => readRename(text, node),
  AlterObjectSchemaStmt: (text, node: AlterObjectSchemaStmt) => readSetSchema(text, node),
};

/** Done twice, they leave what they leave once. */
const AGAIN: Readonly<Record<string, string>> = {
  CommentStmt: 'COMMENT',
  GrantStmt: 'GRANT or REVOKE',
  GrantRoleStmt: 'GRANT or REVOKE of a role',
  AlterDefaultPrivilegesStmt: 'ALTER DEFAULT PRIVILEGES',
  AlterOwnerStmt: 'OWNER TO',
  AlterPolicyStmt: 'ALTER POLICY',
  AlterFunctionStmt: 'ALTER FUNCTION',
  AlterExtensionStmt: 'ALTER EXTENSION',
  AlterStatsStmt: 'ALTER STATISTICS',
  SecLabelStmt: 'SECURITY LABEL',
  RefreshMatViewStmt: 'REFRESH MATERIALIZED VIEW',
  AlterEventTrigStmt: 'ALTER EVENT TRIGGER',
};

/** They change no schema. `writes`: they may change rows. */
const OTHERS: Readonly<Record<string, 'none' | 'reads' | 'writes'>> = {
  SelectStmt: 'reads',
  InsertStmt: 'writes',
  UpdateStmt: 'writes',
  DeleteStmt: 'writes',
  MergeStmt: 'writes',
  TruncateStmt: 'writes',
  CopyStmt: 'writes',
  CallStmt: 'writes',
  ExecuteStmt: 'writes',
  TransactionStmt: 'none',
  VariableSetStmt: 'none',
  VariableShowStmt: 'none',
  ConstraintsSetStmt: 'none',
  LockStmt: 'none',
  ExplainStmt: 'none',
  PrepareStmt: 'none',
  DeallocateStmt: 'none',
  DiscardStmt: 'none',
  ListenStmt: 'none',
  UnlistenStmt: 'none',
  NotifyStmt: 'none',
  VacuumStmt: 'none',
  ClusterStmt: 'none',
  ReindexStmt: 'none',
  CheckPointStmt: 'none',
  DeclareCursorStmt: 'none',
  FetchStmt: 'none',
  ClosePortalStmt: 'none',
  LoadStmt: 'none',
};

export function readStatement({ text, kind, node }: ParsedStatement): Reading {
  const read = READERS[kind];
  if (read !== undefined) return read(text, node as never);
  const does = AGAIN[kind];
  if (does !== undefined) return oneClause({ does, target: '', locks: [] }, { text, judge: 'again', again: true });
  const rows = OTHERS[kind];
  if (rows !== undefined) return { kind: 'other', rows: rows === 'reads' && mayWrite(node) ? 'writes' : rows };
  return { kind: 'unread', reason: `no operation knows ${kind}`, locks: [] };
}

/** SELECT … INTO, a CTE that writes, or a function that is known to: `setval`, `nextval`. */
function mayWrite(node: Readonly<Record<string, unknown>>): boolean {
  const text = JSON.stringify(node);
  return /"(InsertStmt|UpdateStmt|DeleteStmt|MergeStmt|intoClause)"|"sval":"(setval|nextval)"/.test(text);
}
