/** `node --import ./test/corpus/typescript.mjs program.ts`: lets plain Node load TypeScript. Vitest needs no help. */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
