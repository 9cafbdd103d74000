/**
 * What can fail between a client and Kibana, by name. Each fault gives a scripted answer, which is queued for
 * one request or chosen at random. For one seed, the same requests get the same faults, in any order of arrival.
 */
import { createHash } from 'node:crypto';

import type { EntityType } from './definitions';
import type { FaultyRequest, ScriptedAnswer, ScriptedRoute, TestKibana } from './server';

/** Returns the next random number from 0 (inclusive) to 1 (exclusive). */
export type Draw = () => number;

/** mulberry32: small, and good enough to choose faults with. */
const drawsFrom = (seed: number): Draw => {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
};

const oneOf = <Value>(draw: Draw, values: readonly Value[]): Value =>
	values[Math.floor(draw() * values.length)] as Value;

export interface Fault {
	/** The client cannot know whether the request was processed. */
	readonly loses?: true;
	/** A client that retries, or sends smaller requests, succeeds after it. */
	readonly passes?: true;
	/** It is a failure of Kibana itself, an HTTP 500. */
	readonly is500?: true;
	readonly only?: { readonly api?: 'v1' | 'v2'; readonly route?: 'bulk' | 'create' };
	readonly answer: (kibana: TestKibana, draw: Draw, request: FaultyRequest) => ScriptedAnswer;
}

const json = (status: number, error: string, message: string): ScriptedAnswer => ({
	status,
	headers: { 'content-type': 'application/json' },
	body: JSON.stringify({ statusCode: status, error, message }),
});

const page = (status: number, title: string): ScriptedAnswer => ({
	status,
	foreign: true,
	headers: { 'content-type': 'text/html' },
	body: `<html><head><title>${status} ${title}</title></head><body><center><h1>${status} ${title}</h1></center><hr><center>nginx</center></body></html>`,
});

const busy = (retryAfter?: string): ScriptedAnswer => {
	const answer = json(429, 'Too Many Requests', 'Server is overloaded');
	return retryAfter === undefined
		? answer
		: { ...answer, headers: { ...answer.headers, 'retry-after': retryAfter } };
};

const GENERIC = 'An internal server error occurred. Check Kibana server logs for details.';

/** Everything that the request contained, as an unsafe debug page shows it. */
const quoteAll = ({ headers, payload }: FaultyRequest): string =>
	Object.entries({ ...headers, body: JSON.stringify(payload) })
		.map(([name, value]) => `${name}: ${String(value)}`)
		.join('\n');

const QUOTES: ReadonlyArray<(request: FaultyRequest) => string> = [
	quoteAll,
	(request) => JSON.stringify({ statusCode: 400, error: 'Debug', message: quoteAll(request) }),
	// JSON inside JSON, as a gateway wraps the answer of its upstream.
	(request) => JSON.stringify({ message: JSON.stringify({ request: request.headers }) }),
	(request) => `<pre>${quoteAll(request).replace(/&/g, '&amp;').replace(/"/g, '&quot;')}</pre>`,
	(request) => JSON.stringify({ message: encodeURIComponent(quoteAll(request)) }),
];

type ErrorEntry = Record<string, unknown>;

const withEntries = (change: (errors: ErrorEntry[]) => ErrorEntry[]): ScriptedAnswer => ({
	edit: ({ status, body }) => {
		const { errors } = body as { errors?: ErrorEntry[] };
		return status === 200 && errors ? { body: { ok: true, errors: change(errors) } } : {};
	},
});

const unknownEntry = (draw: Draw): ErrorEntry => ({
	_id: createHash('sha256').update(String(draw())).digest('hex'),
	status: oneOf(draw, [400, 404, 409, 429, 503]),
	type: 'some_exception',
	reason: 'of something else',
});

const V2_BULK = { api: 'v2', route: 'bulk' } as const;

const typesIn = ({ payload }: FaultyRequest): EntityType[] => {
	const { entities = [] } = (payload ?? {}) as { entities?: ReadonlyArray<{ type: EntityType }> };
	return entities.map(({ type }) => type);
};

const table = <Name extends string>(faults: Record<Name, Fault>): Record<Name, Fault> => faults;

export const FAULTS = table({
	busy: { passes: true, answer: () => busy() },
	'busy, seconds to wait': {
		passes: true,
		answer: (_, draw) => busy(oneOf(draw, ['0', '1', '2', '7', '2.5', ' 3 '])),
	},
	'busy, date to wait for': {
		passes: true,
		answer: (_, draw) => busy(new Date(Date.now() + Math.round(draw() * 9_000)).toUTCString()),
	},
	'busy, senseless wait': {
		passes: true,
		answer: (_, draw) => busy(oneOf(draw, ['-5', 'soon', '1e9', '', '0x10', 'NaN', '2026-01-01'])),
	},
	'busy, absurd wait': {
		answer: (_, draw) =>
			busy(oneOf(draw, ['86400', '9'.repeat(30), 'Wed, 21 Oct 2099 07:28:00 GMT'])),
	},
	'slow request': { passes: true, answer: () => json(408, 'Request Timeout', 'Request Timeout') },
	'internal error': {
		passes: true,
		is500: true,
		answer: () => json(500, 'Internal Server Error', GENERIC),
	},
	'internal error, page': {
		passes: true,
		is500: true,
		answer: () => page(500, 'Internal Server Error'),
	},
	'bad gateway': { passes: true, loses: true, answer: () => page(502, 'Bad Gateway') },
	'bad gateway after the work': {
		passes: true,
		loses: true,
		answer: () => ({ ...page(502, 'Bad Gateway'), work: true }),
	},
	'gateway timeout': { passes: true, loses: true, answer: () => page(504, 'Gateway Timeout') },
	'gateway timeout after the work': {
		passes: true,
		loses: true,
		answer: () => ({ ...page(504, 'Gateway Timeout'), work: true }),
	},
	starting: {
		passes: true,
		answer: () => ({
			status: 503,
			headers: { 'content-type': 'text/plain', 'retry-after': '30' },
			body: 'Kibana server is not ready yet',
		}),
	},
	'starting, no wait asked for': {
		passes: true,
		answer: () => ({ status: 503, body: 'Kibana server is not ready yet' }),
	},
	'store stops': {
		answer: (kibana, _, request) => ({
			happens: () => {
				for (const type of typesIn(request).slice(0, 1)) kibana.setEngine(type, 'stopped');
				kibana.uninstall();
			},
			pass: true,
		}),
	},
	'key revoked': {
		answer: (kibana) => ({ happens: () => kibana.revoke(), pass: true }),
	},
	'connection refused': {
		passes: true,
		answer: (kibana) => ({ happens: () => kibana.goDown(), pass: true }),
	},
	'reset before the work': { passes: true, loses: true, answer: () => ({ reset: 'before' }) },
	'reset after the work': { passes: true, loses: true, answer: () => ({ reset: 'after' }) },
	'no answer in time': { passes: true, loses: true, answer: () => ({ hang: 'before' }) },
	'no answer in time after the work': {
		passes: true,
		loses: true,
		answer: () => ({ hang: 'after' }),
	},
	'answer cut midway': {
		passes: true,
		loses: true,
		answer: () => ({ pass: true, cutMidway: true }),
	},
	'refusal cut midway': {
		passes: true,
		loses: true,
		answer: () => ({ ...json(400, 'Bad Request', 'a refusal to be cut'), cutMidway: true }),
	},
	'empty answer of a proxy': {
		passes: true,
		loses: true,
		answer: () => ({ status: 200, foreign: true }),
	},
	'empty answer after the work': {
		passes: true,
		loses: true,
		only: { api: 'v2' },
		answer: () => ({ work: true, status: 200 }),
	},
	'half an answer, ended in order': {
		passes: true,
		loses: true,
		only: { api: 'v2' },
		answer: () => ({ work: true, status: 200, body: '{"ok":true,"err' }),
	},
	'other success': {
		passes: true,
		loses: true,
		answer: (_, draw) => ({ work: true, status: oneOf(draw, [201, 202, 204, 206]) }),
	},
	'sign-in page': { passes: true, loses: true, answer: () => page(200, 'Sign in') },
	'wrong content type': {
		passes: true,
		answer: () => ({
			edit: ({ headers }) => ({ headers: { ...headers, 'content-type': 'text/html' } }),
		}),
	},
	redirect: {
		answer: (_, draw) => ({
			status: oneOf(draw, [301, 302, 303, 307, 308]),
			headers: { location: `${ELSEWHERE}/login` },
		}),
	},
	'quotes the request': {
		passes: true,
		answer: (_, draw) => ({ status: oneOf(draw, [429, 503]), body: oneOf(draw, QUOTES) }),
	},
	'quotes the request, as a success': {
		passes: true,
		loses: true,
		answer: (_, draw) => ({ status: 200, body: oneOf(draw, QUOTES) }),
	},
	'one entry too many': {
		passes: true,
		loses: true,
		only: V2_BULK,
		answer: (_, draw) => withEntries((errors) => [...errors, unknownEntry(draw)]),
	},
	'entries of something else': {
		passes: true,
		loses: true,
		only: V2_BULK,
		answer: (_, draw) =>
			withEntries((errors) => [unknownEntry(draw), ...errors.map(() => unknownEntry(draw))]),
	},
	'entries twice': {
		passes: true,
		loses: true,
		only: V2_BULK,
		answer: () => withEntries((errors) => [...errors, ...errors]),
	},
});

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** A URL that no client may request: it is not valid. */
export const ELSEWHERE = 'http://elsewhere.invalid';

/** Returns the answer to queue for one request that a test chooses. */
export const faultNamed = (
	kibana: TestKibana,
	name: FaultName,
	request: FaultyRequest = { route: 'bulk', headers: {}, payload: {} },
	seed = 1,
): ScriptedAnswer => FAULTS[name].answer(kibana, drawsFrom(seed), request);

export interface FaultOptions {
	readonly api: 'v1' | 'v2';
	/** Printed with a failure, to reproduce it. */
	readonly seed: number;
	/** The faults to choose from. */
	readonly names: readonly FaultName[];
	/** The share of requests that get a fault, from 0 to 1. */
	readonly rate: number;
	/** The routes whose requests get faults; by default those that write. */
	readonly routes?: readonly ScriptedRoute[];
	/** Whether this request may get this fault. */
	readonly allows?: (fault: Fault, request: FaultyRequest) => boolean;
	/** Called with every fault that was injected. */
	readonly onFault?: (name: FaultName, fault: Fault, request: FaultyRequest) => void;
}

/**
 * Sets a source of random faults for the requests to some routes. The fault of a request depends on the seed, on
 * its content, and on how often the same content has been sent before.
 */
export const drawFaults = (kibana: TestKibana, options: FaultOptions): void => {
	const { api, seed, names, rate, allows = () => true, onFault } = options;
	const { routes = ['bulk', 'create'] } = options;
	const repeats = new Map<string, number>();
	kibana.setFaults((request) => {
		const { route, path, payload } = request;
		if (!routes.includes(route)) return undefined;
		const sent = `${route} ${JSON.stringify(route === 'list' ? path : payload)}`;
		const repeat = repeats.get(sent) ?? 0;
		repeats.set(sent, repeat + 1);
		const digest = createHash('sha256').update(`${seed} ${repeat} ${sent}`).digest();
		const draw = drawsFrom(digest.readInt32LE(0));
		if (draw() >= rate) return undefined;
		const possible = names.filter((name) => {
			const fault: Fault = FAULTS[name];
			const { only } = fault;
			return (
				(only?.api ?? api) === api && (only?.route ?? route) === route && allows(fault, request)
			);
		});
		if (possible.length === 0) return undefined;
		const name = oneOf(draw, possible);
		onFault?.(name, FAULTS[name], request);
		return FAULTS[name].answer(kibana, draw, request);
	});
};
