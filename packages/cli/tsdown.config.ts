import { defineConfig } from 'tsdown';
import common from '../../tsdown.config.js';

/** The program is loaded by Node alone, never by other code: one format, no types. */
export default defineConfig([
  { ...common, clean: true },
  {
    ...common,
    entry: ['src/bin.ts', 'src/lock-worker.ts', 'src/project-worker.ts'],
    format: ['esm'],
    dts: false,
    clean: false,
  },
]);
