/** Scripted answers of a test, which replace or change the normal answers. */
import type { Request, ResponseToolkit } from '@hapi/hapi';

import { reply, type Answer } from './http';
import { stateOf } from './recording';

export interface ChangeableAnswer {
	readonly status: number;
	readonly body: unknown;
	readonly headers?: Readonly<Record<string, string>>;
}

/** The parts of a request that a fault may read. */
export interface FaultyRequest {
	readonly route: ScriptedRoute;
	/** With its query. */
	readonly path?: string | undefined;
	readonly headers: Readonly<Record<string, unknown>>;
	readonly payload: unknown;
}

/** How one request is answered instead of, or in addition to, the normal answer. */
export interface ScriptedAnswer {
	/** A change of Kibana that happens first. */
	readonly happens?: () => void | Promise<void>;
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | ((request: FaultyRequest) => string);
	/** Processes the request normally before it sends another answer. */
	readonly work?: true;
	/** The answer comes from a proxy in front of Kibana: without the headers of Kibana. */
	readonly foreign?: true;
	/** Waits first. */
	readonly delayMs?: number;
	/** Cuts the connection before or after the request is processed. */
	readonly reset?: 'before' | 'after';
	/** Never answers. The request is processed at once, or never. */
	readonly hang?: 'before' | 'after';
	/** Cuts the connection during the answer: in its body, or in its head when it has no body. */
	readonly cutMidway?: true;
	/** The normal answer, after `delayMs`. */
	readonly pass?: true;
	/** Processes the request normally, and changes the answer. */
	readonly edit?: (answer: ChangeableAnswer) => Partial<ChangeableAnswer>;
}

/**
 * The routes that can be scripted: `status` is `/api/status`, `entityStoreStatus` is the status of the entity store
 * in both generations, `store` installs, starts, stops and changes it, `engines` is the same for v1.
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
	/** Clears faults and the listener. Queued answers stay. */
	recover(): void;
	/** Clears queued answers. */
	clear(): void;
	/** Answers normally unless an answer is queued or a fault is injected. */
	scriptable(
		route: ScriptedRoute,
		work: Work,
	): (request: Request, h: ResponseToolkit) => Promise<ReturnType<typeof reply> | symbol>;
}

const cut = (request: Request, h: ResponseToolkit): symbol => {
	request.raw.req.socket.destroy();
	return h.abandon;
};

/** Sends less than its content-length. */
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

/** @param pause waits for a number of milliseconds */
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
			const { headers: given, payload, raw } = request;
			const asked: FaultyRequest = { route, path: raw.req.url, headers: given, payload };
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
