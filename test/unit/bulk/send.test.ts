import fc from 'fast-check';

import type { Failure } from '../../../nodes/KibanaEntityStore/failure';
import type { Outcomes } from '../../../nodes/KibanaEntityStore/bulk/outcomes';
import type { BulkRecord } from '../../../nodes/KibanaEntityStore/bulk/record';
import type { RecordVerdict, Verdict } from '../../../nodes/KibanaEntityStore/bulk/verdict';
import { sendAll, type SendOptions } from '../../../nodes/KibanaEntityStore/bulk/send';
import { MAX_TOTAL_DELAY_MS } from '../../../nodes/KibanaEntityStore/bulk/retry';
import { anyRecords, ENVELOPE_BYTES, recordOf } from './records';

const failure = (message: string): Failure => ({ reason: 'refused', message });

const options = (post: SendOptions['post'], more: Partial<SendOptions> = {}): SendOptions => ({
	limits: { maxRecords: 8, maxBytes: 2_000, envelopeBytes: ENVELOPE_BYTES },
	concurrency: 3,
	maxRetries: 3,
	random: () => 0.5,
	now: () => 0,
	sleep: async () => undefined,
	isCancelled: () => false,
	tooLarge: () => failure('too large'),
	post,
	...more,
});

const statusOf = (outcomes: Outcomes['outcomes'], index: number) => outcomes[index]?.status;

const numbered = (count: number, type = 'user'): BulkRecord[] =>
	Array.from({ length: count }, (_, index) => recordOf(index, `e${index}`, type, ''));

/** Rejects a whole request when one of its records is poisoned, and names no record. */
const poisoned =
	(isPoison: (record: BulkRecord) => boolean, calls: BulkRecord[][] = []): SendOptions['post'] =>
	async (records) => {
		calls.push([...records]);
		return records.some(isPoison)
			? { kind: 'bisect', failure: failure('poison inside') }
			: { kind: 'stored', status: 'accepted' };
	};

describe('delivery', () => {
	it('gives every record exactly one outcome and rejects exactly the poisoned ones', async () => {
		await fc.assert(
			fc.asyncProperty(anyRecords, fc.nat(0xffff), async (records, pattern) => {
				const isPoison = ({ index }: BulkRecord) => ((pattern >> index % 16) & 1) === 1;
				const {
					outcomes: { outcomes },
				} = await sendAll(records, options(poisoned(isPoison)));
				expect(outcomes.filter(Boolean)).toHaveLength(records.length);
				for (const record of records) {
					expect(statusOf(outcomes, record.index)).toBe(isPoison(record) ? 'failed' : 'accepted');
				}
			}),
		);
	});

	it('takes at most 2n − 1 requests for a chunk of n, and 1 + 2·g·⌈log₂ n⌉ when g are rejected', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc
					.integer({ min: 1, max: 64 })
					.chain((size) =>
						fc.tuple(fc.constant(size), fc.uniqueArray(fc.nat(size - 1), { maxLength: size })),
					),
				async ([size, rejected]) => {
					const limits = { maxRecords: 64, maxBytes: 1e6, envelopeBytes: ENVELOPE_BYTES };
					const isPoison = ({ index }: BulkRecord) => rejected.includes(index);
					const { requests } = await sendAll(
						numbered(size),
						options(poisoned(isPoison), { limits }),
					);
					expect(requests).toBeLessThanOrEqual(2 * size - 1);
					expect(requests).toBeLessThanOrEqual(
						1 + 2 * rejected.length * Math.ceil(Math.log2(size)),
					);
				},
			),
		);
	});

	it('sends the rest again when the answer names the rejected records, and no rejected record twice', async () => {
		const calls: number[][] = [];
		const rejected = new Set([1, 4]);
		const post: SendOptions['post'] = async (records) => {
			calls.push(records.map(({ index }) => index));
			const position = records.findIndex(({ index }) => rejected.has(index));
			if (position === -1) return { kind: 'stored', status: 'accepted' };
			return { kind: 'rejected', positions: [position], failure: failure('named') };
		};
		const {
			outcomes: { outcomes },
		} = await sendAll(numbered(6), options(post));
		expect(calls).toEqual([
			[0, 1, 2, 3, 4, 5],
			[0, 2, 3, 4, 5],
			[0, 2, 3, 5],
		]);
		expect(
			[...outcomes.entries()].filter(([, one]) => one?.status === 'failed').map(([i]) => i),
		).toEqual([1, 4]);
	});

	it.each<[string, Verdict]>([
		[
			'a position outside the request',
			{ kind: 'rejected', positions: [99], failure: failure('?') },
		],
		['nobody at all', { kind: 'rejected', positions: [], failure: failure('?') }],
		['a type that was not sent', { kind: 'halt', type: 'host', failure: failure('?') }],
		['parts that leave records out', { kind: 'bisect', parts: [[0], [1]], failure: failure('?') }],
	])('still ends, with bounded requests, when an answer blames %s', async (_, verdict) => {
		const {
			outcomes: { outcomes },
			requests,
		} = await sendAll(
			numbered(8),
			options(async () => verdict),
		);
		expect(outcomes.filter(Boolean)).toHaveLength(8);
		expect(requests).toBeLessThanOrEqual(15);
	});

	it('retries transient failures until the attempts are used up, and only then fails', async () => {
		for (const [failing, expected] of [
			[3, 'accepted'],
			[4, 'failed'],
		] as const) {
			let calls = 0;
			const delays: number[] = [];
			const {
				outcomes: { outcomes },
				requests,
			} = await sendAll(
				numbered(2),
				options(
					async () =>
						(calls += 1) <= failing
							? { kind: 'transient', failure: failure('busy') }
							: { kind: 'stored', status: 'accepted' },
					{ sleep: async (ms) => void delays.push(ms) },
				),
			);
			expect(statusOf(outcomes, 0)).toBe(expected);
			expect(requests).toBe(4);
			expect(delays).toEqual([500, 1000, 2000]);
		}
	});

	it('continues with the other chunks when one has used up its attempts', async () => {
		const post: SendOptions['post'] = async (records) =>
			records.some(({ index }) => index === 0)
				? { kind: 'transient', failure: failure('busy') }
				: { kind: 'stored', status: 'accepted' };
		const {
			outcomes: { outcomes },
		} = await sendAll(numbered(24), options(post));
		const failed = [...outcomes.entries()].filter(([, one]) => one?.status === 'failed');
		expect(failed.map(([index]) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
	});

	it('sends nothing more after a halt, and every unsent record has the cause', async () => {
		let calls = 0;
		const {
			outcomes: { outcomes },
		} = await sendAll(
			numbered(100),
			options(
				async () => {
					calls += 1;
					return { kind: 'halt', failure: failure('wrong key') };
				},
				{ concurrency: 1 },
			),
		);
		expect(calls).toBe(1);
		expect(outcomes.filter(Boolean)).toHaveLength(100);
		for (const outcome of outcomes) {
			expect(outcome).toEqual({ status: 'failed', failure: failure('wrong key') });
		}
	});

	it('continues with other types when a halt concerns one type only', async () => {
		const records = Array.from({ length: 40 }, (_, index) =>
			recordOf(index, `e${index}`, index % 4 === 0 ? 'service' : 'user', ''),
		);
		const post: SendOptions['post'] = async (sent) =>
			sent.some(({ type }) => type === 'service')
				? { kind: 'halt', type: 'service', failure: failure('engine off') }
				: { kind: 'stored', status: 'accepted' };
		const {
			outcomes: { outcomes },
		} = await sendAll(records, options(post, { concurrency: 1 }));
		for (const { index, type } of records) {
			expect(statusOf(outcomes, index)).toBe(type === 'service' ? 'failed' : 'accepted');
		}
	});

	it('sends nothing more after a cancel', async () => {
		let calls = 0;
		const {
			outcomes: { outcomes },
		} = await sendAll(
			numbered(40),
			options(
				async () => {
					calls += 1;
					return { kind: 'stored', status: 'accepted' };
				},
				{ concurrency: 1, isCancelled: () => calls === 2 },
			),
		);
		expect(calls).toBe(2);
		expect(outcomes.filter((one) => one?.status === 'accepted')).toHaveLength(16);
		expect(outcomes[39]).toMatchObject({ failure: { reason: 'cancelled' } });
	});

	it('never has more requests in flight than allowed, nor one entity twice, in any order of answers', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.scheduler(),
				anyRecords,
				fc.integer({ min: 1, max: 10 }),
				async (scheduler, records, concurrency) => {
					const inFlight: BulkRecord[][] = [];
					const arrived: BulkRecord[] = [];
					const post: SendOptions['post'] = async (sent) => {
						const request = [...sent];
						arrived.push(...request);
						inFlight.push(request);
						expect(inFlight.length).toBeLessThanOrEqual(concurrency);
						const keys = inFlight.flat().map(({ key }) => key);
						expect(new Set(keys).size).toBe(keys.length);
						await scheduler.schedule(Promise.resolve());
						inFlight.splice(inFlight.indexOf(request), 1);
						return { kind: 'stored', status: 'accepted' };
					};
					const limits = { maxRecords: 4, maxBytes: 1e6, envelopeBytes: ENVELOPE_BYTES };
					const sending = sendAll(records, options(post, { concurrency, limits }));
					await scheduler.waitFor(sending);
					for (const key of new Set(records.map((record) => record.key))) {
						const order = arrived.filter((one) => one.key === key).map(({ index }) => index);
						expect(order).toEqual([...order].sort((a, b) => a - b));
					}
				},
			),
			{ numRuns: 60 },
		);
	});

	it('ends for any sequence of answers, within the bounds on requests and waiting', async () => {
		const anyVerdict: fc.Arbitrary<Verdict> = fc.oneof(
			fc.constant<Verdict>({ kind: 'stored', status: 'accepted' }),
			fc.constant<Verdict>({ kind: 'failed', failure: failure('f') }),
			fc.record({
				kind: fc.constant('transient' as const),
				failure: fc.constant(failure('t')),
				retryAfterMs: fc.option(fc.nat(90_000), { nil: undefined }),
			}),
			fc.record({
				kind: fc.constant('bisect' as const),
				failure: fc.constant(failure('n')),
				mayPass: fc.boolean(),
			}),
			fc.record({
				kind: fc.constant('rejected' as const),
				failure: fc.constant(failure('g')),
				positions: fc.array(fc.nat(9), { maxLength: 3 }),
			}),
			fc.record({
				kind: fc.constant('halt' as const),
				failure: fc.constant(failure('h')),
				type: fc.constantFrom('user', 'host'),
			}),
		);
		await fc.assert(
			fc.asyncProperty(anyRecords, fc.infiniteStream(anyVerdict), async (records, verdicts) => {
				let waitedMs = 0;
				const sent: BulkRecord[] = [];
				const {
					outcomes: { outcomes },
					requests,
				} = await sendAll(
					records,
					options(
						async (chunk) => {
							sent.push(...chunk);
							return verdicts.next().value as Verdict;
						},
						{ sleep: async (ms) => void (waitedMs += ms), maxRetries: 2 },
					),
				);
				expect(outcomes.filter(Boolean)).toHaveLength(records.length);
				expect(requests).toBeLessThanOrEqual(3 * 2 * Math.max(1, records.length));
				expect(waitedMs).toBeLessThanOrEqual(MAX_TOTAL_DELAY_MS * records.length);
			}),
		);
	});

	it('settles each record as the answer says, and retries only those that may succeed later', async () => {
		const calls: number[][] = [];
		const delays: number[] = [];
		const verdictOf = (index: number, call: number): RecordVerdict => {
			if (index === 1) return { status: 'failed', failure: failure('no') };
			if (index === 2) return { status: 'deferred', failure: failure('missing') };
			if (index === 3 && call < 3) {
				return { status: 'retry', failure: failure('busy'), pauseMs: 700 };
			}
			return { status: 'updated' };
		};
		const post: SendOptions['post'] = async (sent) => {
			calls.push(sent.map(({ index }) => index));
			const verdicts = sent.map(({ index }) => verdictOf(index, calls.length));
			return { kind: 'each', verdicts };
		};
		const {
			outcomes: { outcomes },
		} = await sendAll(numbered(5), options(post, { sleep: async (ms) => void delays.push(ms) }));
		expect(calls).toEqual([[0, 1, 2, 3, 4], [3], [3]]);
		expect(delays).toEqual([700, 1000]);
		expect([0, 1, 2, 3, 4].map((index) => statusOf(outcomes, index))).toEqual([
			'updated',
			'failed',
			'deferred',
			'updated',
			'updated',
		]);
	});

	it('fails each record with its own reason when the retries are used up', async () => {
		const {
			outcomes: { outcomes },
			requests,
		} = await sendAll(
			numbered(3),
			options(async (sent) => ({
				kind: 'each',
				verdicts: sent.map(({ index }) => ({ status: 'retry', failure: failure(`busy ${index}`) })),
			})),
		);
		expect(requests).toBe(4);
		for (const index of [0, 1, 2]) {
			expect(outcomes[index]).toEqual({ status: 'failed', failure: failure(`busy ${index}`) });
		}
	});

	it('reports that the record may have been stored in any failure after a lost answer', async () => {
		const lost: Failure = { reason: 'noAnswer', message: 'lost', mayBeStored: true };
		for (const later of [
			{ kind: 'failed', failure: failure('no') },
			{ kind: 'bisect', failure: failure('no') },
			{ kind: 'halt', failure: failure('no') },
			{ kind: 'each', verdicts: [{ status: 'failed', failure: failure('no') }] },
		] satisfies Verdict[]) {
			const answers: Verdict[] = [{ kind: 'transient', failure: lost }, later];
			const {
				outcomes: { outcomes },
			} = await sendAll(
				numbered(1),
				options(async () => answers.shift() as Verdict),
			);
			expect(outcomes[0]).toMatchObject({
				failure: {
					message: expect.stringMatching(/^no\. An earlier answer was lost/),
					mayBeStored: true,
				},
			});
		}
	});

	it('fails a record that is too large alone, without a request', async () => {
		const large = recordOf(1, 'large', 'user', 'x'.repeat(3_000));
		const sent: number[] = [];
		const {
			outcomes: { outcomes },
		} = await sendAll(
			[recordOf(0, 'a', 'user', ''), large, recordOf(2, 'b', 'user', '')],
			options(async (records) => {
				sent.push(...records.map(({ index }) => index));
				return { kind: 'stored', status: 'accepted' };
			}),
		);
		expect(sent).toEqual([0, 2]);
		expect(outcomes[1]).toEqual({ status: 'failed', failure: failure('too large') });
	});

	it('repeats a chunk on which Kibana fails unchanged, before it bisects', async () => {
		const calls: number[] = [];
		const {
			outcomes: { outcomes },
		} = await sendAll(
			numbered(8),
			options(async (sent) => {
				calls.push(sent.length);
				return calls.length <= 2
					? { kind: 'bisect', failure: failure('500'), mayPass: true }
					: { kind: 'stored', status: 'accepted' };
			}),
		);
		expect(calls).toEqual([8, 8, 8]);
		expect(statusOf(outcomes, 0)).toBe('accepted');
	});

	it('retries a good record as often as ever, after another record has used up its retries', async () => {
		const alone = new Map<number, number>();
		const post: SendOptions['post'] = async (sent) => {
			const [{ index }] = sent as [BulkRecord];
			if (sent.length === 1) alone.set(index, (alone.get(index) ?? 0) + 1);
			const isPoisoned = sent.some((record) => record.index === 5);
			// The good records meet their own failures when they are alone.
			const isBusy = sent.length === 1 && index === 4 && (alone.get(4) ?? 0) <= 3;
			if (isBusy) return { kind: 'transient', failure: failure('busy') };
			const isShaky = sent.length === 1 && index === 6 && (alone.get(6) ?? 0) <= 3;
			return isPoisoned || isShaky
				? { kind: 'bisect', failure: failure('500'), mayPass: true }
				: { kind: 'stored', status: 'accepted' };
		};
		const slept: number[] = [];
		const {
			outcomes: { outcomes },
		} = await sendAll(
			numbered(8),
			options(async (sent) => await post(sent), { sleep: async (ms) => void slept.push(ms) }),
		);
		const failed = [...outcomes.entries()].filter(([, one]) => one?.status === 'failed');
		expect(failed.map(([index]) => index)).toEqual([5]);
		// Suspects wait together: three pauses of the whole chunk, three of the busy one, three rounds.
		expect(slept).toHaveLength(9);
	});
});

describe('the source of the records', () => {
	it('is read when the next chunk can be sent, not before', async () => {
		const taken: number[] = [];
		const source = function* () {
			for (const record of numbered(40)) {
				taken.push(record.index);
				yield record;
			}
		};
		const takenAtPost: number[] = [];
		const {
			outcomes: { outcomes },
		} = await sendAll(
			source(),
			options(
				async () => {
					takenAtPost.push(taken.length);
					return { kind: 'stored', status: 'updated' };
				},
				{ concurrency: 2 },
			),
		);
		expect(outcomes.filter(Boolean)).toHaveLength(40);
		// Two chunks of eight in flight, and the record that showed each of them to be full.
		expect(takenAtPost[0]).toBeLessThanOrEqual(2 * 9);
		expect(takenAtPost).toEqual([...takenAtPost].sort((one, other) => one - other));
	});

	it('is sent in fewer requests at a time while the server is overloaded', async () => {
		let inFlight = 0;
		const seen: number[] = [];
		let calls = 0;
		await sendAll(
			numbered(400),
			options(
				async () => {
					inFlight += 1;
					seen.push(inFlight);
					await new Promise((done) => setImmediate(done));
					inFlight -= 1;
					calls += 1;
					return calls > 8 && calls <= 16
						? { kind: 'transient', failure: { reason: 'overloaded', message: 'busy' } }
						: { kind: 'stored', status: 'updated' };
				},
				{ concurrency: 8 },
			),
		);
		expect(Math.max(...seen.slice(0, 8))).toBe(8);
		expect(Math.max(...seen.slice(20, 26))).toBeLessThanOrEqual(5);
		expect(Math.max(...seen)).toBe(8);
	});
});
