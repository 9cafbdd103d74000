/** Servers that answer slowly, endlessly or with bombs: no answer holds a run, or fills its memory. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createGzip, gzipSync } from 'node:zlib';

import type { IDataObject } from 'n8n-workflow';

import { MAX_ANSWER_BYTES } from '../../../nodes/KibanaEntityStore/n8n/transport';
import { runNode, startRun } from '../../../sandbox/n8n/engine';
import { mapping, nodeOn } from '../../acceptance/run';

const API_KEY = Buffer.from('VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw').toString('base64');

interface Hostile {
	readonly url: string;
	/** Settles when the first connection is closed. */
	readonly closed: Promise<void>;
	/** Bytes that the first connection has taken. */
	readonly sent: () => number;
	stop(): Promise<void>;
}

/** Starts a server on the loopback that answers every request in one way. */
const startHostile = async (
	answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Hostile> => {
	const server = createServer(answer);
	let first: Socket | undefined;
	const closed = new Promise<void>((resolve) => {
		server.on('connection', (socket) => {
			first ??= socket;
			socket.on('error', () => {});
			socket.on('close', () => resolve());
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		closed,
		sent: () => first?.bytesWritten ?? 0,
		stop: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
};

const running: Hostile[] = [];

const hostile = async (
	answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Hostile> => {
	const server = await startHostile(answer);
	running.push(server);
	return server;
};

afterEach(async () => {
	for (const server of running.splice(0)) await server.stop();
});

const OPTIONS: IDataObject = { apiGeneration: 'v2', maxRetries: 0, timeout: 1_000 };

const setup = ({ url }: Hostile, options: IDataObject = {}) => ({
	...nodeOn({ url, apiKey: API_KEY }),
	items: [{ name: 'a' }],
	parameters: mapping({ 'user.name': '={{ $json.name }}' }, { ...OPTIONS, ...options }),
	onError: 'continueErrorOutput' as const,
});

/** The error of the only item. */
const failureOn = async (server: Hostile, options: IDataObject = {}): Promise<IDataObject> => {
	const { outputs, error } = await runNode(setup(server, options));
	expect(error).toBeUndefined();
	expect(outputs.map((items) => items.length)).toEqual([0, 1]);
	return outputs[1]?.[0]?.json as IDataObject;
};

/** Calls `write` again and again until the connection is gone. */
const repeatedly = (socket: Socket, write: () => void): void => {
	const timer = setInterval(write, 50);
	socket.on('close', () => clearInterval(timer));
};

const IN_TIME = 'Kibana did not answer in time (';
const TOO_LARGE = 'Kibana did not answer to the end (ERR_ANSWER_TOO_LARGE)';

describe('the time of a request', () => {
	it('ends an answer whose headers come byte by byte, and closes its connection', async () => {
		const server = await hostile(({ socket }) => {
			socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
			repeatedly(socket, () => socket.write('x'));
		});
		expect(await failureOn(server)).toMatchObject({
			error: expect.stringContaining(IN_TIME),
			details: { reason: 'noAnswer', status: 'unknown' },
		});
		await server.closed;
	});

	it('ends an answer whose body comes byte by byte, and closes its connection', async () => {
		const server = await hostile(({ socket }, response) => {
			response.writeHead(200, { 'content-type': 'application/json' });
			repeatedly(socket, () => response.write(' '));
		});
		expect((await failureOn(server)).error).toContain(IN_TIME);
		await server.closed;
	});

	it('ends a compressed answer that comes byte by byte', async () => {
		const server = await hostile(({ socket }, response) => {
			response.writeHead(200, { 'content-encoding': 'gzip' });
			const gzip = createGzip();
			gzip.pipe(response);
			repeatedly(socket, () => {
				gzip.write(' ');
				gzip.flush();
			});
		});
		expect((await failureOn(server)).error).toContain(IN_TIME);
		await server.closed;
	});

	it('ends with the execution, also in the middle of a body', async () => {
		let begun: () => void = () => {};
		const hasBegun = new Promise<void>((resolve) => (begun = resolve));
		const server = await hostile(({ socket }, response) => {
			response.writeHead(200);
			repeatedly(socket, () => response.write(' '));
			begun();
		});
		const { result, cancel } = startRun(setup(server, { timeout: 60_000 }));
		await hasBegun;
		cancel();
		expect((await result).status).toBe('canceled');
		await server.closed;
	});
});

describe('the size of an answer', () => {
	it('is cut off while an endless answer comes, and its connection is closed', async () => {
		const block = Buffer.alloc(1024 * 1024, '{"ok":true,"errors":[]}');
		const server = await hostile((_, response) => {
			response.writeHead(200);
			const write = (): void => {
				if (response.destroyed) return;
				if (response.write(block)) setImmediate(write);
				else response.once('drain', write);
			};
			write();
		});
		const failure = await failureOn(server, { timeout: 60_000 });
		expect(failure).toMatchObject({
			error: expect.stringContaining(TOO_LARGE),
			details: { reason: 'noAnswer', status: 'unknown' },
		});
		await server.closed;
		expect(server.sent()).toBeLessThan(2 * MAX_ANSWER_BYTES);
	});

	it('counts what a bomb unpacks to', async () => {
		const bomb = gzipSync(Buffer.alloc(4 * MAX_ANSWER_BYTES, ' '));
		const server = await hostile((_, response) => {
			response.writeHead(200, { 'content-encoding': 'gzip' });
			response.end(bomb);
		});
		expect((await failureOn(server, { timeout: 60_000 })).error).toContain(TOO_LARGE);
	});

	it('may be as large as what Kibana answers, compressed or not', async () => {
		const body = Buffer.from(`\ufeff{"ok":true,"errors":[]${' '.repeat(MAX_ANSWER_BYTES / 2)}}`);
		for (const headers of [{}, { 'content-encoding': 'gzip' }]) {
			const server = await hostile((_, response) => {
				response.writeHead(200, headers);
				response.end('content-encoding' in headers ? gzipSync(body) : body);
			});
			const { outputs } = await runNode(setup(server, { timeout: 60_000 }));
			// The item holds nothing beside its name.
			expect(outputs[0]?.[0]?.json).toMatchObject({ status: 'unchanged' });
		}
	});
});
