/** The guarded operations as a guarded runner carries them. */
import type { TypeormGuard } from './typeorm-guard.js';

type Operation = Extract<keyof TypeormGuard, `safe${string}`>;

/** All methods of the guard that begin with `safe`. */
export interface SafeOperations extends Pick<TypeormGuard, Operation> {}
