/** How `holdfast` ends when it is not the command that ends it: as `timeout`, `env` and shells do. */
export const EXIT = {
  /** What was compared is not the same. */
  different: 1,
  /** Wrong options. */
  usage: 2,
  /** The lock was not granted in time; the command has not run. */
  lockTimeout: 124,
  /** No connection, a lock that would not hold, a lock that was lost while the command ran. */
  failed: 125,
  /** The command is there and cannot be executed. */
  notExecutable: 126,
  /** There is no such command. */
  notFound: 127,
} as const;

/** What a command prints to, and where it finds the connection. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  readonly env: NodeJS.ProcessEnv;
}
