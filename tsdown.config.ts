import { defineConfig } from 'tsdown';

/**
 * How every package is built: `tsdown`, run in a package folder, finds this file. A package with more entries than
 * `src/index.ts` spreads it into a `tsdown.config.ts` of its own.
 */
export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  fixedExtension: false,
  platform: 'node',
  target: 'es2022',
  report: false,
  failOnWarn: true,
});
