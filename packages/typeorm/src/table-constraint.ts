/** TypeORM's `TableUnique` and `TableExclusion` as the engine's requests. */
import { type ExclusionRequest, InvalidArgumentError, type ObjectName, type UniqueRequest } from '@holdfast/core';
import { readDeferrable } from './deferrable.js';
import type { DataSourceLike, ExclusionLike, UniqueLike } from './host.js';
import { tablePath } from './names.js';
import { isA } from './recognise.js';

export function readUnique({ namingStrategy }: DataSourceLike, table: ObjectName, unique: UniqueLike): UniqueRequest {
  const operation = 'safeCreateUniqueConstraint';
  const target = tablePath(table);
  if (!isA('TableUnique', unique)) {
    throw new InvalidArgumentError({
      operation,
      target,
      happened: 'this is neither a TableUnique nor a list of columns.',
      hint: "Write new TableUnique({ columnNames: ['email'] }) or ['email'].",
    });
  }
  const columns = [...unique.columnNames];
  return {
    columns,
    name: unique.name ?? namingStrategy.uniqueConstraintName(target, columns),
    ...readDeferrable(operation, target, unique.deferrable),
  };
}

/** The expression, `USING gist (…) WHERE (…)`, is kept word for word. */
export function readExclusion(
  { namingStrategy }: DataSourceLike,
  table: ObjectName,
  exclusion: ExclusionLike,
): ExclusionRequest & { readonly name: string } {
  const operation = 'safeCreateExclusionConstraint';
  const target = tablePath(table);
  const verbatim = isA('TableExclusion', exclusion) ? exclusion.expression : undefined;
  if (verbatim === undefined || verbatim.trim() === '' || verbatim.includes('\0')) {
    throw new InvalidArgumentError({
      operation,
      target,
      happened: 'this is neither a name nor a TableExclusion with an expression.',
      hint: "Write new TableExclusion({ expression: 'USING gist (room WITH =, during WITH &&)' }), or a name and { elements }.",
    });
  }
  return {
    elements: [],
    verbatim,
    name: exclusion.name ?? namingStrategy.exclusionConstraintName(target, verbatim),
    ...readDeferrable(operation, target, exclusion.deferrable),
  };
}
