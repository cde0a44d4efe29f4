/** The command `holdfast`, for programs that call it themselves, and the bar for those that run migrations on a terminal. */
export { progressBar } from './progress-bar.js';
export { EXIT, type Io, run } from './run.js';
