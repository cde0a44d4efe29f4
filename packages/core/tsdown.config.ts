import { defineConfig } from 'tsdown';
import common from '../../tsdown.config.js';

/** The jobs are an entry of their own: nobody else loads them. */
export default defineConfig({ ...common, entry: ['src/index.ts', 'src/jobs.ts'] });
