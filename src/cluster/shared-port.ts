import * as net from 'node:net';

/** A bound socket that the workers listen on. Its form is Node's own. */
export type PortHandle = net.Server & { close(): void };

export interface SharedPort {
  readonly host: string;
  readonly port: number;
  readonly handle: PortHandle;
}

/** The address of a listener as a browser takes it. */
export const httpUrl = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** What node:cluster itself binds shared ports with; a number is an error of libuv. Exported, but not documented. */
type CreateServerHandle = (
  address: string,
  port: number,
  family: 4 | 6,
  fd: null,
  flags: number,
) => PortHandle | number;

/**
 * Binds the port in the launcher, which never accepts on it: so the port stays ours, and connections wait in the
 * kernel's queue, while the only worker is being replaced. A listening net.Server would accept here, and the handle
 * that node:cluster shares is closed with its last worker. Throws with the code of the system call.
 */
export async function bindSharedPort(address: { readonly host: string; readonly port: number }): Promise<SharedPort> {
  const { address: host, port, family } = await probe(address);
  const { _createServerHandle } = net as unknown as { readonly _createServerHandle: CreateServerHandle };
  const handle = _createServerHandle(host, port, family === 'IPv6' ? 6 : 4, null, 0);
  if (typeof handle === 'number') throw new Error(`cannot bind ${host}:${port}: libuv error ${handle}`);
  return { host, port, handle };
}

/** Resolves the host's name and a port of 0, and fails as listening would: binding alone does not see a used port. */
function probe(address: { readonly host: string; readonly port: number }): Promise<net.AddressInfo> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? inUse(error) : error));
    server.listen(address, () => {
      const info = server.address() as net.AddressInfo;
      server.close(() => resolve(info));
    });
  });
}

const inUse = (cause: Error) =>
  new Error(`${cause.message}. Stop what listens there, or choose another PORT.`, { cause });
