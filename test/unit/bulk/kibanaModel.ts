/** A model of a Kibana that creates entities, in virtual time: hours of a run take seconds. */

interface Wakening {
	readonly at: number;
	/** What falls asleep first is woken first. */
	readonly number: number;
	readonly wake: () => void;
}

const isEarlier = (one: Wakening, other: Wakening): boolean =>
	one.at === other.at ? one.number < other.number : one.at < other.at;

/** A clock that jumps to the next moment at which something happens, when nothing else is to be done. */
export const createVirtualTime = () => {
	let now = 0;
	let sleepers = 0;
	/** A binary heap, the earliest first. */
	const heap: Wakening[] = [];

	const swap = (one: number, other: number) => {
		[heap[one], heap[other]] = [heap[other] as Wakening, heap[one] as Wakening];
	};
	const push = (wakening: Wakening) => {
		let at = heap.push(wakening) - 1;
		while (at > 0) {
			const parent = (at - 1) >> 1;
			if (isEarlier(heap[parent] as Wakening, heap[at] as Wakening)) break;
			swap(at, parent);
			at = parent;
		}
	};
	const pop = (): Wakening | undefined => {
		const first = heap[0];
		const last = heap.pop();
		if (first === undefined || last === undefined || heap.length === 0) return first;
		heap[0] = last;
		for (let at = 0; ; ) {
			const [left, right] = [2 * at + 1, 2 * at + 2];
			let least = at;
			for (const child of [left, right]) {
				const isFirst =
					child < heap.length && isEarlier(heap[child] as Wakening, heap[least] as Wakening);
				if (isFirst) least = child;
			}
			if (least === at) return first;
			swap(at, least);
			at = least;
		}
	};

	return {
		now: () => now,
		sleep: async (ms: number) =>
			await new Promise<void>((wake) => {
				sleepers += 1;
				push({ at: now + Math.max(0, ms), number: sleepers, wake });
			}),
		/** Lets time pass until the work is done. */
		until: async (work: Promise<unknown>): Promise<void> => {
			let isDone = false;
			void work.finally(() => (isDone = true));
			while (!isDone) {
				await new Promise((idle) => setImmediate(idle));
				const next = pop();
				if (next === undefined) continue;
				now = next.at;
				next.wake();
				// What happens at the same moment belongs together.
				while (heap[0]?.at === now) pop()?.wake();
			}
		},
	};
};

export type VirtualTime = ReturnType<typeof createVirtualTime>;

export interface ModelOptions {
	/** Milliseconds for which Kibana works on the creation of an entity, and on nothing else. */
	readonly serviceMs: number;
	/** Milliseconds between two refreshes. Answers to creations wait for the next one. */
	readonly refreshMs: number;
	/** Creations in a second, above which Kibana answers 429. */
	readonly mostPerSecond?: number;
	/** Share of the time for which both machines do something else. */
	readonly busy?: number;
	/** Kibana does nothing for a while, as when it collects garbage. */
	readonly pauses?: { readonly everyMs: number; readonly ms: number };
}

/** How long other processes have a processor at a time, at most. */
const SLICE_MS = 100;

/** Pseudorandom: from 0 (inclusive) to 1 (exclusive), the same for the same number. */
const randomOf = (number: number): number => {
	const mixed = Math.imul(number ^ (number >>> 15), 0x2c1b3c6d);
	return ((Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39) ^ mixed) >>> 0) / 2 ** 32;
};

/** Returns the time from which a process that others keep from its processor goes on. */
const resumedAt = (now: number, busy: number, process: number): number => {
	const slice = Math.floor(now / SLICE_MS);
	const stalledMs = SLICE_MS * Math.min(1, 2 * busy * randomOf(2 * slice + process));
	const from = slice * SLICE_MS + randomOf(slice + 0.5) * (SLICE_MS - stalledMs);
	return now >= from && now < from + stalledMs ? from + stalledMs : now;
};

const STATUS_MS = 0.5;
const ANSWER_MS = 0.02;
const NETWORK_MS = 1;
/** How long n8n works on an answer. */
const CLIENT_MS = 0.7;

/** How long n8n works on what has come before timers and new connections have their turn. */
const TURN_MS = 5;

/** The event loop of n8n. */
const createClient = (time: VirtualTime) => {
	let busySince = 0;
	let freeAt = 0;
	const waitUntil = async (at: number) => await time.sleep(at - time.now());
	return {
		/** Waits until timers and new connections have their turn. */
		turn: async (): Promise<void> => {
			const now = time.now();
			if (now >= freeAt) return;
			const turns = Math.floor((now - busySince) / TURN_MS) + 1;
			await waitUntil(Math.min(freeAt, busySince + turns * TURN_MS));
		},
		work: async (ms: number): Promise<void> => {
			const now = time.now();
			if (now >= freeAt) busySince = now;
			freeAt = Math.max(freeAt, now) + ms;
			await waitUntil(freeAt);
		},
	};
};

/** Creates a Kibana with one event loop: whatever it does, everything else waits for it. */
export const createModel = (
	time: VirtualTime,
	{ serviceMs, refreshMs, mostPerSecond = Infinity, busy = 0, pauses }: ModelOptions,
) => {
	/** On the way to Kibana and back, both processes have to have their turn. */
	const travel = async () => {
		await time.sleep(NETWORK_MS / 2);
		for (const process of [0, 1]) {
			const at = resumedAt(time.now(), busy, process);
			if (at > time.now()) await time.sleep(at - time.now());
		}
	};
	let freeAt = 0;
	const client = createClient(time);
	let tokens = mostPerSecond === Infinity ? Infinity : mostPerSecond / 10;
	let filledAt = 0;
	const work = async (ms: number) => {
		freeAt = Math.max(freeAt, time.now()) + ms;
		await time.sleep(freeAt - time.now());
	};
	const pauseNowAndThen = async (everyMs: number, ms: number) => {
		for (;;) {
			await time.sleep(everyMs);
			void work(ms);
		}
	};
	if (pauses) void pauseNowAndThen(pauses.everyMs, pauses.ms);
	const isAllowed = (): boolean => {
		if (tokens === Infinity) return true;
		tokens = Math.min(
			mostPerSecond / 10,
			tokens + ((time.now() - filledAt) / 1_000) * mostPerSecond,
		);
		filledAt = time.now();
		if (tokens < 1) return false;
		tokens -= 1;
		return true;
	};
	return {
		/** A timer of n8n. */
		sleep: async (ms: number): Promise<void> => {
			await time.sleep(ms);
			await client.turn();
		},
		create: async (): Promise<'created' | 'overloaded'> => {
			await client.turn();
			await travel();
			if (!isAllowed()) {
				await work(STATUS_MS);
				return 'overloaded';
			}
			await work(serviceMs);
			if (refreshMs > 0) {
				await time.sleep(Math.ceil(time.now() / refreshMs) * refreshMs - time.now());
				await work(ANSWER_MS);
			}
			await travel();
			await client.work(CLIENT_MS);
			return 'created';
		},
		/** Somebody else's request, which only asks for the status. Returns its milliseconds. */
		status: async (): Promise<number> => {
			const sentAt = time.now();
			await time.sleep(NETWORK_MS);
			await work(STATUS_MS);
			return time.now() - sentAt;
		},
	};
};
