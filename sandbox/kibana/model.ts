/**
 * A model of a Kibana under load: one event loop, which works on one request after another, refreshes at fixed
 * times, and a limit of requests. The work passes as time on a timer, so it needs no processor of this machine.
 * Timers end up to 2 milliseconds late. That is added to the answer of a request, but not to the requests behind it.
 */
import type { Request, Server } from '@hapi/hapi';
import { setImmediate } from 'node:timers/promises';

import { refuse, reply } from './http';
import type { Settings } from './options';
import { isBulk, isCreation, stateOf } from './recording';

type Pause = (ms: number) => Promise<void>;

/** Waits until a time on the clock of `performance.now()`, and not a part of a millisecond less. */
const createClock = (pause: Pause) => async (time: number) => {
	const ms = time - performance.now();
	if (ms > 0) await pause(Math.ceil(ms));
};

/** @returns a function that waits for its turn and then for the time that the work takes */
const createEventLoop = (waitUntil: (time: number) => Promise<void>) => {
	let freeAt = 0;
	return async (ms: number): Promise<void> => {
		if (ms === 0) return;
		freeAt = Math.max(freeAt, performance.now()) + ms;
		await waitUntil(freeAt);
	};
};

/** A token bucket for a tenth of a second. */
const createLimit = (perSecond: number) => {
	if (perSecond === Infinity) return () => true;
	const most = Math.max(1, perSecond / 10);
	let tokens = most;
	let filledAt = performance.now();
	return (): boolean => {
		const now = performance.now();
		tokens = Math.min(most, tokens + ((now - filledAt) / 1_000) * perSecond);
		filledAt = now;
		if (tokens < 1) return false;
		tokens -= 1;
		return true;
	};
};

const rowsIn = (payload: unknown): number => {
	const { entities } = (payload ?? {}) as { entities?: unknown };
	return Array.isArray(entities) ? entities.length : 0;
};

const workOf = (request: Request, { createWorkMs, bulkWorkMs, otherWorkMs }: Settings): number => {
	const { recorded } = stateOf(request);
	if (isCreation(recorded)) return createWorkMs;
	if (isBulk(recorded))
		return Math.max(otherWorkMs, (bulkWorkMs * rowsIn(request.payload)) / 1_000);
	return otherWorkMs;
};

export interface Model {
	/** Makes every request wait for its turn, or refuses it. */
	addTo(server: Server): void;
	/** Waits for the next refresh, if there are refreshes at fixed times. */
	refreshed(): Promise<void>;
}

/** @param pause waits for a number of milliseconds */
export const createModel = (settings: Settings, pause: Pause): Model => {
	const { refreshCycleMs, requestsPerSecond, otherWorkMs } = settings;
	const waitUntil = createClock(pause);
	const work = createEventLoop(waitUntil);
	const isWithinLimit = createLimit(requestsPerSecond);
	let nextRefresh: { readonly at: number; readonly waiting: Array<() => void> } | undefined;

	/** Elasticsearch answers what has waited for a refresh with one message after another, and not at once. */
	const refresh = async (at: number, waiting: ReadonlyArray<() => void>) => {
		await waitUntil(at);
		for (const answer of waiting) {
			answer();
			await setImmediate();
		}
	};

	return {
		addTo: (server) => {
			server.ext('onPreHandler', async (request, h) => {
				// Kibana limits neither its status nor what its own pages read.
				if (request.method === 'get' || isWithinLimit()) {
					await work(workOf(request, settings));
					return h.continue;
				}
				await work(otherWorkMs);
				return reply(h, refuse(429, 'Server is overloaded')).takeover();
			});
		},
		refreshed: async () => {
			if (refreshCycleMs === 0) return;
			const at = (Math.floor(performance.now() / refreshCycleMs) + 1) * refreshCycleMs;
			await new Promise<void>((answer) => {
				if (nextRefresh?.at === at) return void nextRefresh.waiting.push(answer);
				nextRefresh = { at, waiting: [answer] };
				void refresh(at, nextRefresh.waiting);
			});
		},
	};
};
