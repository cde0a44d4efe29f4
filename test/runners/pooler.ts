/** A connection through something like PgBouncer, as far as a client can tell: the process id in BackendKeyData is an invented one. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

const BACKEND_KEY_DATA = 'K'.charCodeAt(0);

/** The same connection string, through it. Open until the test ends. */
export async function throughPooler(url: string): Promise<string> {
  const target = new URL(url);
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    sockets.push(client, upstream);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    client.pipe(upstream);
    forwardWithOtherPid(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  return through.href;
}

/** Messages of the server: one byte of type, four of length, the rest. */
function forwardWithOtherPid(from: Socket, to: Socket): void {
  let held = Buffer.alloc(0);
  from.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 5 && held.length >= 1 + held.readInt32BE(1)) {
      const end = 1 + held.readInt32BE(1);
      const message = Buffer.from(held.subarray(0, end));
      held = held.subarray(end);
      if (message[0] === BACKEND_KEY_DATA) message.writeInt32BE(message.readInt32BE(5) + 1, 5);
      to.write(message);
    }
  });
}
