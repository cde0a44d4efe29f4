/** The command `holdfast`, for programs that call it themselves. */
export { EXIT, type Io, run } from './run.js';
