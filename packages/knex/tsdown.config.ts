import { defineConfig } from 'tsdown';
import common from '../../tsdown.config.js';

/** What adds to Knex's own types is an entry of its own: only who asks for it has it. */
export default defineConfig({ ...common, entry: ['src/index.ts', 'src/register.ts'] });
