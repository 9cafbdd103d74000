/**
 * A server over HTTP and over HTTPS that answers every request at once, in a process of its own. It says what its
 * connections cost. `connections.ts` starts it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { createCertificate } from '../sandbox/certificate';

export interface SecureServer {
	readonly http: string;
	readonly https: string;
}

/** Since the counts before. */
export interface ConnectionCounts {
	readonly connections: number;
	readonly resumed: number;
	/** Milliseconds of the processor. */
	readonly cpuMs: number;
}

const ANSWER = '{"ok":true}';

const answer = (request: IncomingMessage, response: ServerResponse): void => {
	request.resume();
	request.on('end', () => {
		response.writeHead(200, {
			'content-type': 'application/json',
			'content-length': ANSWER.length,
		});
		response.end(ANSWER);
	});
};

const listen = async (server: Server): Promise<string> => {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const MICROSECONDS = 1_000;

const serve = async (): Promise<void> => {
	const plain = createServer(answer);
	const secure = createSecureServer(createCertificate(), answer);
	let connections = 0;
	let resumed = 0;
	plain.on('connection', () => (connections += 1));
	secure.on('secureConnection', (socket: TLSSocket) => {
		connections += 1;
		if (socket.isSessionReused()) resumed += 1;
	});
	let before = process.cpuUsage();
	process.on('message', () => {
		const { user, system } = process.cpuUsage(before);
		const counts: ConnectionCounts = {
			connections,
			resumed,
			cpuMs: (user + system) / MICROSECONDS,
		};
		process.send?.({ counts });
		[connections, resumed, before] = [0, 0, process.cpuUsage()];
	});
	process.on('disconnect', () => process.exit(0));
	const addresses: SecureServer = {
		http: `http://${await listen(plain)}`,
		https: `https://${await listen(secure)}`,
	};
	process.send?.(addresses);
};

serve().catch((error: Error) => {
	console.error(error.message);
	process.exit(1);
});
