/** The methods for tables. */
import type { HostForms } from '../session.js';
import { Methods } from './methods.js';

export abstract class TableMethods<F extends HostForms> extends Methods<F> {}
