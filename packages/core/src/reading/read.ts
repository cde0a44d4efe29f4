/** Reads a statement: what it changes, how that is judged, or why it is not. */
import type {
  AlterDomainStmt,
  AlterEnumStmt,
  AlterObjectSchemaStmt,
  AlterSeqStmt,
  AlterTableStmt,
  CommentStmt,
  CompositeTypeStmt,
  CreateDomainStmt,
  CreateEnumStmt,
  CreateEventTrigStmt,
  CreateExtensionStmt,
  CreateFunctionStmt,
  CreatePolicyStmt,
  CreateRangeStmt,
  CreateSchemaStmt,
  CreateSeqStmt,
  CreateStatsStmt,
  CreateStmt,
  CreateTableAsStmt,
  CreateTrigStmt,
  DropStmt,
  GrantStmt,
  IndexStmt,
  RenameStmt,
  RuleStmt,
  SelectStmt,
  ViewStmt,
} from 'libpg-query';
import { readAlterTable } from './alter-table.js';
import { readAlterDomain } from './alter-type.js';
import { readComment } from './comment.js';
import * as create from './create.js';
import { readCreateFunction } from './create-function.js';
import { readCreatePolicy, readCreateRule, readCreateStatistics, readCreateTrigger } from './create-on-table.js';
import { readAlterSequence, readCreateSequence } from './create-sequence.js';
import { readCreateTable, readCreateTableAs } from './create-table.js';
import { readCreateType } from './create-type.js';
import { readCreateMaterializedView, readCreateView } from './create-view.js';
import { readDrop } from './drop.js';
import { readGrant } from './grant.js';
import { dottedName, relationName } from './names.js';
import { exists } from './objects.js';
import type { ParsedStatement } from './parser.js';
import { madeForSession } from './passing.js';
import { oneClause, type Reading } from './reading.js';
import { readRename, readSetSchema } from './rename.js';
import { unlessThere } from './unless-there.js';

type Reader = (text: string, node: never) => Reading;

const READERS: Readonly<Record<string, Reader>> = {
  AlterTableStmt: (text, node: AlterTableStmt) => readAlterTable(text, node),
  CreateStmt: (text, node: CreateStmt) => readCreateTable(text, node),
  CreateTableAsStmt: (text, node: CreateTableAsStmt) =>
    node.objtype === 'OBJECT_MATVIEW' ? readCreateMaterializedView(text, node) : readCreateTableAs(text, node),
  IndexStmt: (text, node: IndexStmt) => create.readCreateIndex(text, node),
  CreateEnumStmt: (text, node: CreateEnumStmt) => create.readCreateEnum(text, node),
  AlterEnumStmt: (text, node: AlterEnumStmt) => create.readAlterEnum(text, node),
  CreateSchemaStmt: (text, node: CreateSchemaStmt) => create.readCreateSchema(text, node),
  CreateExtensionStmt: (text, node: CreateExtensionStmt) => create.readCreateExtension(text, node),
  CreateSeqStmt: (text, node: CreateSeqStmt) => readCreateSequence(text, node),
  AlterSeqStmt: (text, node: AlterSeqStmt) => readAlterSequence(text, node),
  ViewStmt: (text, node: ViewStmt) => readCreateView(text, node),
  CreateTrigStmt: (text, node: CreateTrigStmt) => readCreateTrigger(text, node),
  CreateDomainStmt: (text, node: CreateDomainStmt) =>
    readCreateType('CREATE DOMAIN', text, dottedName(node.domainname)),
  CompositeTypeStmt: (text, node: CompositeTypeStmt) => readCreateType('CREATE TYPE', text, relationName(node.typevar)),
  CreateRangeStmt: (text, node: CreateRangeStmt) => readCreateType('CREATE TYPE', text, dottedName(node.typeName)),
  AlterDomainStmt: (text, node: AlterDomainStmt) => readAlterDomain(text, node),
  CreatePolicyStmt: (text, node: CreatePolicyStmt) => readCreatePolicy(text, node),
  RuleStmt: (text, node: RuleStmt) => readCreateRule(text, node),
  CreateStatsStmt: (text, node: CreateStatsStmt) => readCreateStatistics(text, node),
  CreateEventTrigStmt: (text, node: CreateEventTrigStmt) => {
    const { trigname: name = '' } = node;
    const there = exists('OBJECT_EVENT_TRIGGER', { schema: undefined, name });
    return oneClause({ does: 'CREATE EVENT TRIGGER', target: name, locks: [] }, unlessThere(text, name, there));
  },
  CreateFunctionStmt: (text, node: CreateFunctionStmt) => readCreateFunction(text, node),
  GrantStmt: (text, node: GrantStmt) => readGrant(text, node),
  CommentStmt: (text, node: CommentStmt) => readComment(text, node),
  SelectStmt: (text, node: SelectStmt) => readSelect(text, node),
  DropStmt: (text, node: DropStmt) => readDrop(text, node),
  RenameStmt: (text, node: RenameStmt) => readRename(text, node),
  AlterObjectSchemaStmt: (text, node: AlterObjectSchemaStmt) => readSetSchema(text, node),
};

/** Done twice, they leave what they leave once. */
const AGAIN: Readonly<Record<string, string>> = {
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
const OTHERS: Readonly<Record<string, 'none' | 'writes'>> = {
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

export function readStatement(statement: ParsedStatement): Reading {
  const { text, kind, node } = statement;
  const passing = madeForSession(statement);
  if (passing !== null) return { kind: 'other', rows: 'none', passing };
  const read = READERS[kind];
  if (read !== undefined) return read(text, node as never);
  const does = AGAIN[kind];
  if (does !== undefined) return oneClause({ does, target: '', locks: [] }, { text, judge: 'again', again: true });
  const rows = OTHERS[kind];
  if (rows !== undefined) return { kind: 'other', rows };
  return { kind: 'unread', reason: `no operation knows ${kind}`, locks: [] };
}

/** A SELECT may make a table, write in a CTE or through a function that is known to (`setval`, `nextval`), or be a SET: `set_config`. */
function readSelect(text: string, stmt: SelectStmt): Reading {
  if (stmt.intoClause !== undefined) return readCreateTableAs(text, { into: stmt.intoClause });
  const tree = JSON.stringify(stmt);
  const writes = /"(InsertStmt|UpdateStmt|DeleteStmt|MergeStmt)"|"sval":"(setval|nextval)"/.test(tree);
  const sets = /"sval":"set_config"/.test(tree);
  return { kind: 'other', rows: writes ? 'writes' : sets ? 'none' : 'reads' };
}
