/** Answers of a test's own, in place of the normal ones or around them. */
import type { Request, ResponseToolkit } from '@hapi/hapi';

import { reply, type Answer } from './http';
import { stateOf } from './recording';

export interface ChangeableAnswer {
	readonly status: number;
	readonly body: unknown;
	readonly headers?: Readonly<Record<string, string>>;
}

/** What a fault may read of the request that it meets. */
export interface FaultyRequest {
	readonly route: ScriptedRoute;
	readonly headers: Readonly<Record<string, unknown>>;
	readonly payload: unknown;
}

/** What one request gets instead of, or around, the normal answer. */
export interface ScriptedAnswer {
	/** What happens to Kibana at this moment, before anything else. */
	readonly happens?: () => void | Promise<void>;
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | ((request: FaultyRequest) => string);
	/** Does the normal work before it answers otherwise. */
	readonly work?: true;
	/** Comes from something in front of Kibana: without the headers by which Kibana is known. */
	readonly foreign?: true;
	/** Waits before anything else. */
	readonly delayMs?: number;
	/** Cuts the connection before or after the work is done. */
	readonly reset?: 'before' | 'after';
	/** Never answers; the work is done at once, or not at all. */
	readonly hang?: 'before' | 'after';
	/** Cuts the connection in the middle of the answer: of its body, or of its head where there is none. */
	readonly cutMidway?: true;
	/** The normal answer, after `delayMs`. */
	readonly pass?: true;
	/** Does the normal work, and changes the normal answer. */
	readonly edit?: (answer: ChangeableAnswer) => Partial<ChangeableAnswer>;
}

/**
 * What a script is for: `status` is `/api/status`, `entityStoreStatus` that of the entity store in either
 * generation, `store` what installs, starts, stops and changes it, `engines` the same of v1.
 */
export type ScriptedRoute =
	| 'bulk'
	| 'create'
	| 'update'
	| 'delete'
	| 'list'
	| 'status'
	| 'spaces'
	| 'entityStoreStatus'
	| 'store'
	| 'engines'
	| 'resolution'
	| 'watchlists'
	| 'criticality';

export type FaultSource = (request: FaultyRequest) => ScriptedAnswer | undefined;

type Work = (request: Request) => Answer | Promise<Answer>;

export interface Scripts {
	queue(route: ScriptedRoute, answers: readonly ScriptedAnswer[]): void;
	setFaults(source?: FaultSource): void;
	onHang(listener?: (clientPort: number) => void): void;
	/** Forgets faults and the listener; queued answers stay. */
	recover(): void;
	/** Forgets queued answers. */
	clear(): void;
	/** Works as usual unless something else is queued, or a fault comes. */
	scriptable(
		route: ScriptedRoute,
		work: Work,
	): (request: Request, h: ResponseToolkit) => Promise<ReturnType<typeof reply> | symbol>;
}

const cut = (request: Request, h: ResponseToolkit): symbol => {
	request.raw.req.socket.destroy();
	return h.abandon;
};

/** Promises more than it sends. */
const cutMidway = (
	request: Request,
	h: ResponseToolkit,
	{ status, body, headers }: Answer,
): symbol => {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	const { socket } = request.raw.req;
	const given = Object.entries({ ...headers, 'kbn-name': 'test-kibana' });
	const head = `HTTP/1.1 ${status} Cut\r\n${given.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`;
	const start = `${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n`;
	const sent = text === '' ? head : `${start}${text.slice(0, text.length / 2)}`;
	socket.write(sent, () => socket.destroy());
	return h.abandon;
};

/** @param pause waits so many milliseconds */
export const createScripts = (pause: (ms: number) => Promise<void>): Scripts => {
	const queued = new Map<ScriptedRoute, ScriptedAnswer[]>();
	let faults: FaultSource | undefined;
	let hangListener: ((clientPort: number) => void) | undefined;

	const hang = (request: Request, h: ResponseToolkit): symbol => {
		hangListener?.(request.raw.req.socket.remotePort as number);
		return h.abandon;
	};

	return {
		queue: (route, answers) => void queued.set(route, [...(queued.get(route) ?? []), ...answers]),
		setFaults: (source) => void (faults = source),
		onHang: (listener) => void (hangListener = listener),
		recover: () => {
			faults = undefined;
			hangListener = undefined;
		},
		clear: () => queued.clear(),
		scriptable: (route, work) => async (request, h) => {
			const asked: FaultyRequest = { route, headers: request.headers, payload: request.payload };
			const script = queued.get(route)?.shift() ?? faults?.(asked);
			if (script === undefined) return reply(h, await work(request));
			await script.happens?.();
			if (script.delayMs) await pause(script.delayMs);
			if (script.reset === 'before') return cut(request, h);
			if (script.hang === 'before') return hang(request, h);
			const { status = 200, body = '', headers } = script;
			let answer: Answer = {
				status,
				body: typeof body === 'string' ? body : body(asked),
				headers,
			};
			if (script.pass ?? script.edit ?? script.work ?? script.reset ?? script.hang) {
				const normal = await work(request);
				if (script.pass) answer = normal;
				if (script.edit) answer = { ...normal, ...(script.edit(normal) as Partial<Answer>) };
			}
			if (script.reset) return cut(request, h);
			if (script.hang) return hang(request, h);
			if (script.cutMidway) return cutMidway(request, h, answer);
			if (script.foreign) stateOf(request).isForeign = true;
			return reply(h, answer);
		},
	};
};
