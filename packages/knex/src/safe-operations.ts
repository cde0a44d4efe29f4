/** The guarded operations as `knex.schema` carries them. */
import type { Guard } from '@holdfast/core';
import type { KnexForms } from './session.js';

type Operation = Extract<keyof Guard, `safe${string}`>;

/** All methods of the guard that begin with `safe`. */
export interface SafeOperations extends Pick<Guard<KnexForms>, Operation> {}
