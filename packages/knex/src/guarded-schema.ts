/** `knex.schema` with the guarded operations beside the builder's own methods. */
import type { KnexGuard } from './knex-guard.js';

/** Sends what was chained. */
type Send = (builder: PromiseLike<unknown>) => Promise<unknown>;

/** An operation runs behind what was chained before it, in the schema of the builder. `send`: where the builder's own calls need a guard, too. */
export function schemaWithOperations(
  schema: object,
  guardIn: (schema: string | undefined) => KnexGuard,
  send?: Send,
): object {
  const target = schema as PromiseLike<unknown>;
  const ran = (): Promise<unknown> => (send === undefined ? Promise.resolve(target) : send(target));
  let g = guardIn(undefined);
  let chained = false;
  const made: object = new Proxy(schema, {
    get(_, key) {
      if (isOperation(g, key))
        return async (...args: unknown[]): Promise<unknown> => {
          if (chained) await ran();
          return (Reflect.get(g, key) as (...args: unknown[]) => unknown).apply(g, args);
        };
      const own: unknown = Reflect.get(target, key, target);
      if (typeof own !== 'function') return own;
      if (send !== undefined && isOfPromise(key))
        return (...args: unknown[]): unknown => {
          const promise = ran();
          return (Reflect.get(promise, key) as (...args: unknown[]) => unknown).apply(promise, args);
        };
      return (...args: unknown[]) => {
        const answer: unknown = own.apply(target, args);
        if (answer !== target) return answer;
        if (key === 'withSchema') g = guardIn(args[0] as string | undefined);
        else chained = true;
        return made;
      };
    },
    has: (_, key) => Reflect.has(target, key) || isOperation(g, key),
  });
  return made;
}

function isOfPromise(key: PropertyKey): key is 'then' | 'catch' | 'finally' {
  return key === 'then' || key === 'catch' || key === 'finally';
}

function isOperation(g: object, key: PropertyKey): boolean {
  return typeof key === 'string' && key.startsWith('safe') && typeof Reflect.get(g, key) === 'function';
}
