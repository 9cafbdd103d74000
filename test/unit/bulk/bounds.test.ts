/** What one run may cost at most, and what is kept of it whatever is thrown. Time is simulated. */
import { createBreaker } from '../../../nodes/KibanaEntityStore/bulk/breaker';
import type { BulkRecord } from '../../../nodes/KibanaEntityStore/bulk/record';
import { MAX_TOTAL_DELAY_MS } from '../../../nodes/KibanaEntityStore/bulk/retry';
import { sendAll, type SendOptions } from '../../../nodes/KibanaEntityStore/bulk/send';
import type { Verdict } from '../../../nodes/KibanaEntityStore/bulk/verdict';
import type { Failure } from '../../../nodes/KibanaEntityStore/failure';
import { ENVELOPE_BYTES, recordOf } from './records';

/** A run with a clock of its own, which passes while it sleeps and while it waits for answers. */
const simulate = (
	post: (records: readonly BulkRecord[], nowMs: number) => Verdict,
	more: Partial<SendOptions> = {},
	answerMs = 0,
) => {
	let clock = 0;
	const options: SendOptions = {
		limits: { maxRecords: 1_000, maxBytes: 1e7, envelopeBytes: ENVELOPE_BYTES },
		concurrency: 2,
		maxRetries: 4,
		random: () => 0.5,
		now: () => clock,
		sleep: async (ms) => void (clock += ms),
		isCancelled: () => false,
		tooLarge: () => ({ reason: 'tooLarge', message: 'too large' }),
		breaker: createBreaker(),
		post: async (records) => {
			clock += answerMs;
			return post(records, clock);
		},
		...more,
	};
	return { options, elapsed: () => clock };
};

const numbered = (count: number): BulkRecord[] =>
	Array.from({ length: count }, (_, index) => recordOf(index, `e${index}`, 'user', ''));

const sameEntity = (count: number): BulkRecord[] =>
	Array.from({ length: count }, (_, index) => recordOf(index, 'jane', 'user', ''));

const BROKEN: Failure = { reason: 'refused', message: 'Kibana failed', httpStatus: 500 };
const BUSY: Failure = { reason: 'overloaded', message: 'Kibana is overloaded', httpStatus: 429 };
const LOST: Failure = { reason: 'noAnswer', message: 'no answer', mayBeStored: true };
const STORED: Verdict = { kind: 'stored', status: 'updated' };

const broken = (): Verdict => ({ kind: 'bisect', failure: BROKEN, mayPass: true });
const busy = (): Verdict => ({ kind: 'transient', failure: BUSY });

describe('a run against a Kibana that fails on everything', () => {
	it('stops after a bounded number of requests, and says so on the rest', async () => {
		for (const count of [2_000, 20_000]) {
			const { options } = simulate(broken);
			const { outcomes, requests } = await sendAll(numbered(count), options);
			expect(outcomes.outcomes.filter(Boolean)).toHaveLength(count);
			expect(requests).toBeLessThanOrEqual(60);
			expect(outcomes.outcomes.at(-1)).toEqual({
				status: 'failed',
				failure: {
					reason: 'overloaded',
					message: 'Stopped after 10 requests in a row failed permanently: Kibana failed',
					hint: 'Run the failed items again later',
					httpStatus: 500,
				},
			});
			// Those that were tried alone carry what Kibana said of them.
			expect(outcomes.outcomes[0]).toEqual({ status: 'failed', failure: BROKEN });
		}
	});

	it('stops as soon when it has no answer, and does not call unsent records unknown', async () => {
		const { options } = simulate(() => ({ kind: 'transient', failure: LOST }));
		const limits = { ...options.limits, maxRecords: 10 };
		const { outcomes, requests } = await sendAll(numbered(2_000), { ...options, limits });
		expect(requests).toBeLessThanOrEqual(60);
		expect(outcomes.outcomes[0]).toMatchObject({ failure: { mayBeStored: true } });
		expect(outcomes.outcomes.at(-1)).not.toMatchObject({ failure: { mayBeStored: true } });
		expect(outcomes.outcomes.at(-1)).toMatchObject({ failure: { reason: 'overloaded' } });
	});

	it('stops within an hour and a half even if Kibana asks to wait for a minute each time', async () => {
		const { options, elapsed } = simulate(() => ({
			kind: 'transient',
			failure: BUSY,
			retryAfterMs: 60_000,
		}));
		const limits = { ...options.limits, maxRecords: 1 };
		const { requests } = await sendAll(numbered(5_000), { ...options, limits });
		expect(requests).toBeLessThanOrEqual(60);
		expect(elapsed()).toBeLessThanOrEqual(12 * MAX_TOTAL_DELAY_MS);
	});

	it('goes on as long as something is stored in between', async () => {
		let calls = 0;
		const { options } = simulate((records) => {
			calls += 1;
			const isPoisoned = records.some(({ index }) => index % 9 !== 0);
			return isPoisoned ? broken() : STORED;
		});
		const limits = { ...options.limits, maxRecords: 1 };
		const { outcomes } = await sendAll(numbered(90), { ...options, limits, maxRetries: 0 });
		const stored = outcomes.outcomes.filter((one) => one?.status === 'updated');
		expect(stored).toHaveLength(10);
		expect(calls).toBe(90);
	});

	it('does not take records that fail alone in round after round for a Kibana that fails', async () => {
		const isPoison = ({ index }: BulkRecord) => index < 3;
		const { options } = simulate((records) => (records.some(isPoison) ? broken() : STORED));
		const limits = { ...options.limits, maxRecords: 8 };
		const { outcomes } = await sendAll(numbered(80), { ...options, limits, concurrency: 1 });
		const failed = [...outcomes.outcomes.keys()].filter(
			(at) => outcomes.outcomes[at]?.status === 'failed',
		);
		expect(failed).toEqual([0, 1, 2]);
	});
});

describe('the circuit breaker', () => {
	it('opens after ten in a row, closes for one trial, and closes for good after a success', () => {
		const breaker = createBreaker();
		for (let nth = 0; nth < 9; nth += 1) breaker.noteGivenUp(BUSY);
		breaker.noteSuccess();
		for (let nth = 0; nth < 9; nth += 1) breaker.noteGivenUp(BUSY);
		expect(breaker.reason()).toBeUndefined();
		breaker.noteGivenUp(BUSY);
		expect(breaker.reason()).toMatchObject({ reason: 'overloaded' });
		breaker.allowTrial();
		expect(breaker.reason()).toBeUndefined();
		breaker.noteGivenUp(BUSY);
		expect(breaker.reason()).toBeDefined();
		breaker.allowTrial();
		breaker.noteSuccess();
		breaker.noteGivenUp(BUSY);
		expect(breaker.reason()).toBeUndefined();
	});
});

describe('many items of one entity', () => {
	it('end within the budget of one chunk while Kibana is overloaded', async () => {
		for (const retryAfterMs of [undefined, 20_000]) {
			const { options, elapsed } = simulate(() => ({
				kind: 'transient',
				failure: BUSY,
				...(retryAfterMs !== undefined && { retryAfterMs }),
			}));
			const { outcomes, requests } = await sendAll(sameEntity(300), options);
			expect(outcomes.outcomes.filter(Boolean)).toHaveLength(300);
			expect(elapsed()).toBeLessThanOrEqual(MAX_TOTAL_DELAY_MS);
			expect(requests).toBeLessThanOrEqual(60);
		}
	});

	it('share the budget also when each gets through after a wait', async () => {
		let calls = 0;
		const { options, elapsed } = simulate(() => ((calls += 1) % 3 === 0 ? STORED : busy()), {
			random: () => 0.9,
		});
		await sendAll(sameEntity(2_000), options);
		expect(elapsed()).toBeLessThanOrEqual(MAX_TOTAL_DELAY_MS);
	});

	it('leave the budget of other entities alone', async () => {
		const others = Array.from({ length: 20 }, (_, nth) =>
			recordOf(40 + nth, `other ${nth % 10}`, 'user', ''),
		);
		const met = new Set<number>();
		const { options } = simulate((records) => {
			const [{ id, index }] = records as [BulkRecord];
			if (id === 'jane') return { kind: 'transient', failure: BUSY, retryAfterMs: 60_000 };
			if (met.has(index)) return STORED;
			met.add(index);
			return busy();
		});
		const limits = { ...options.limits, maxRecords: 1 };
		const { outcomes } = await sendAll([...sameEntity(40), ...others], { ...options, limits });
		const stored = outcomes.outcomes.filter((one) => one?.status === 'updated');
		expect(stored).toHaveLength(20);
	});
});

describe('the deadline of a run', () => {
	it('sends nothing more when it has passed, and says so on the rest', async () => {
		const { options } = simulate(() => STORED, { deadline: 10_000, concurrency: 1 }, 3_000);
		const limits = { ...options.limits, maxRecords: 10 };
		const { outcomes, requests } = await sendAll(numbered(100), { ...options, limits });
		expect(requests).toBe(4);
		expect(outcomes.outcomes.filter((one) => one?.status === 'updated')).toHaveLength(40);
		expect(outcomes.outcomes[40]).toEqual({
			status: 'failed',
			failure: {
				reason: 'deadlineExceeded',
				message: 'Not sent: the time limit of the run is over',
				fix: 'maxRunTime',
			},
		});
	});

	it('is not slept through', async () => {
		const { options, elapsed } = simulate(busy, { deadline: 5_000 });
		const { outcomes } = await sendAll(numbered(10), options);
		expect(elapsed()).toBeLessThanOrEqual(5_000);
		expect(outcomes.outcomes[0]).toEqual({ status: 'failed', failure: BUSY });
	});
});

const THROWN: ReadonlyArray<readonly [string, unknown]> = [
	['an error', new Error('no')],
	['null', null],
	[
		'an object that cannot be shown',
		{
			toString: () => {
				throw null;
			},
		},
	],
];

describe.each(THROWN)('when %s is thrown', (_, thrown) => {
	it('by a request, the others go on, and its own records are unknown', async () => {
		let calls = 0;
		const { options } = simulate(() => {
			calls += 1;
			if (calls === 3) throw thrown;
			return STORED;
		});
		const limits = { ...options.limits, maxRecords: 10 };
		for (const concurrency of [1, 2]) {
			calls = 0;
			const { outcomes } = await sendAll(numbered(100), { ...options, limits, concurrency });
			const statuses = outcomes.outcomes.map((one) => one?.status);
			expect(statuses.filter((status) => status === 'updated')).toHaveLength(90);
			expect(outcomes.outcomes[20]).toMatchObject({
				status: 'failed',
				failure: { reason: 'unexpectedAnswer', mayBeStored: true },
			});
		}
	});

	it('by every request, the run ends', async () => {
		const { options } = simulate(() => {
			throw thrown;
		});
		const limits = { ...options.limits, maxRecords: 1 };
		const { outcomes, requests } = await sendAll(numbered(1_000), { ...options, limits });
		expect(outcomes.outcomes.filter(Boolean)).toHaveLength(1_000);
		expect(requests).toBeLessThanOrEqual(15);
	});

	it('by the source of the records, what is known stays, and the rest is not sent', async () => {
		const source = function* () {
			for (const record of numbered(100)) {
				if (record.index === 55) throw thrown;
				yield record;
			}
		};
		const { options } = simulate(() => STORED);
		const limits = { ...options.limits, maxRecords: 10 };
		const { outcomes, broken: why } = await sendAll(source(), { ...options, limits });
		const statuses = outcomes.outcomes.map((one) => one?.status);
		expect(statuses.filter((status) => status === 'updated').length).toBeGreaterThanOrEqual(50);
		expect(statuses.slice(0, 55).filter((status) => status === undefined)).toEqual([]);
		expect(statuses.slice(55).every((status) => status === undefined)).toBe(true);
		expect(why).toMatchObject({
			reason: 'unexpectedAnswer',
			message: expect.stringMatching(/^Not sent: the node failed before it came to this item: /),
		});
		expect(why).not.toHaveProperty('mayBeStored');
	});

	it('by a clock or a pause, every record has an outcome all the same', async () => {
		for (const wrong of ['now', 'sleep', 'random'] as const) {
			let calls = 0;
			const { options } = simulate(() => ((calls += 1) === 2 ? busy() : STORED));
			const limits = { ...options.limits, maxRecords: 10 };
			const { outcomes } = await sendAll(numbered(50), {
				...options,
				limits,
				[wrong]: () => {
					throw thrown;
				},
			});
			expect(outcomes.outcomes.filter(Boolean)).toHaveLength(50);
		}
	});
});
