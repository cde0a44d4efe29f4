/** A network between a client and the server that can be cut. */
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Proxy {
  /** The same database, reached through the proxy. */
  readonly url: string;
  /** Closes all connections on both sides; what is on the way is lost. */
  cut(): void;
  /** Lets the next message with this text through that comes with or behind one that matches, and cuts as soon as the server answers it. */
  cutAtAnswerTo(text: string, behind: RegExp): void;
}

/** Ends with the test. */
export async function openProxy(target: string): Promise<Proxy> {
  const url = new URL(target);
  const [host, port] = [url.hostname, Number(url.port)];
  const sockets = new Set<Socket>();
  let awaited: { readonly text: string; readonly behind: RegExp } | undefined;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    const upstream = connect(port, host);
    let [begun, last] = [false, false];
    client.on('data', (data) => {
      begun ||= awaited?.behind.test(data.toString()) === true;
      last ||= begun && awaited !== undefined && data.includes(awaited.text);
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (last) cut();
      else client.write(data);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => {}); // a cut is what this is for
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    cut();
    server.close();
  });
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    cut,
    cutAtAnswerTo: (text, behind) => {
      awaited = { text, behind };
    },
  };
}
