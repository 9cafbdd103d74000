import fc from 'fast-check';

import type { Failure } from '../../../nodes/KibanaEntityStore/failure';
import type { Outcomes } from '../../../nodes/KibanaEntityStore/bulk/outcomes';
import type { BulkRecord } from '../../../nodes/KibanaEntityStore/bulk/record';
import type { RecordVerdict } from '../../../nodes/KibanaEntityStore/bulk/verdict';
import type { SendOptions } from '../../../nodes/KibanaEntityStore/bulk/send';
import { sendByStrategies } from '../../../nodes/KibanaEntityStore/bulk/strategies';
import { ENVELOPE_BYTES, recordOf } from './records';

const failure = (message: string): Failure => ({ reason: 'refused', message });

/** A store that updates in bulk and creates one by one, as the second generation does. */
const createStore = (initial: Iterable<string>) => {
	const stored = new Map<string, number | undefined>();
	for (const key of initial) stored.set(key, undefined);
	const requests: Array<{ step: string; indexes: number[] }> = [];
	const note = (step: string, records: readonly BulkRecord[]) =>
		requests.push({ step, indexes: records.map(({ index }) => index) });

	const base = {
		concurrency: 3,
		maxRetries: 2,
		random: () => 0,
		now: () => 0,
		sleep: async () => undefined,
		isCancelled: () => false,
		tooLarge: () => failure('too large'),
	};
	const limits = (maxRecords: number) => ({
		maxRecords,
		maxBytes: 1e6,
		envelopeBytes: ENVELOPE_BYTES,
	});
	const update: SendOptions = {
		...base,
		limits: limits(4),
		post: async (records) => {
			note('update', records);
			const verdicts = records.map(({ key, index }): RecordVerdict => {
				if (!stored.has(key)) return { status: 'deferred', failure: failure('missing') };
				stored.set(key, index);
				return { status: 'updated' };
			});
			return { kind: 'each', verdicts };
		},
	};
	const create = (
		more: Partial<SendOptions> = {},
		meanwhile: (key: string) => void = () => undefined,
	): SendOptions => ({
		...base,
		limits: limits(1),
		post: async (records) => {
			note('create', records);
			const { key, index } = records[0] as BulkRecord;
			meanwhile(key);
			if (stored.has(key)) {
				return { kind: 'each', verdicts: [{ status: 'deferred', failure: failure('exists') }] };
			}
			stored.set(key, index);
			return { kind: 'stored', status: 'created' };
		},
		...more,
	});
	return { stored, requests, update, create };
};

const records = (keys: readonly string[]): BulkRecord[] =>
	keys.map((key, index) => recordOf(index, key, 'user', ''));

const keyOf = (key: string) => `user ${key}`;

const statuses = ({ outcomes }: Outcomes, count: number): Array<string | undefined> =>
	Array.from({ length: count }, (_, index) => outcomes[index]?.status);

describe('delivery in steps', () => {
	it('updates what exists and creates what is missing, with one outcome each', async () => {
		const { stored, requests, update, create } = createStore([keyOf('b')]);
		const { outcomes } = await sendByStrategies(records(['a', 'b', 'c']), [
			update,
			create(),
			update,
		]);
		expect(statuses(outcomes, 3)).toEqual(['created', 'updated', 'created']);
		expect(requests.map(({ step, indexes }) => [step, ...indexes])).toEqual([
			['update', 0, 1, 2],
			['create', 0],
			['create', 2],
		]);
		expect([...stored.keys()].sort()).toEqual(['a', 'b', 'c'].map(keyOf));
	});

	it('updates what another client has created in the meantime', async () => {
		const { stored, update, create } = createStore([]);
		const other = create({}, (key) => stored.set(key, undefined));
		const { outcomes } = await sendByStrategies(records(['a']), [update, other, update]);
		expect(statuses(outcomes, 1)).toEqual(['updated']);
		expect(stored.get(keyOf('a'))).toBe(0);
	});

	it('fails what the last step defers, with the reason of that step', async () => {
		const { update, create } = createStore([keyOf('a')]);
		const updated = await sendByStrategies(records(['b']), [update]);
		expect(updated.outcomes.outcomes[0]).toEqual({ status: 'failed', failure: failure('missing') });
		const created = await sendByStrategies(records(['a']), [create()]);
		expect(created.outcomes.outcomes[0]).toEqual({ status: 'failed', failure: failure('exists') });
	});

	it('lets the last record of an entity win, whatever other clients do', async () => {
		const anyKeys = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 20 });
		const anyInitial = fc.subarray(['a', 'b', 'c', 'd'].map(keyOf));
		const anyMoment = fc.integer({ min: 1, max: 6 });
		await fc.assert(
			fc.asyncProperty(anyKeys, anyInitial, anyMoment, async (keys, initial, moment) => {
				const { stored, requests, update, create } = createStore(initial);
				// Another client creates every entity at some moment between two requests.
				const disturbed: SendOptions = {
					...update,
					post: async (sent) => {
						if (requests.length === moment) {
							for (const key of ['a', 'b', 'c', 'd'].map(keyOf)) {
								if (!stored.has(key)) stored.set(key, undefined);
							}
						}
						return await update.post(sent);
					},
				};
				const { outcomes } = await sendByStrategies(records(keys), [
					disturbed,
					create(),
					disturbed,
				]);
				expect(statuses(outcomes, keys.length).every((status) => status !== 'failed')).toBe(true);
				for (const key of new Set(keys)) {
					expect(stored.get(keyOf(key))).toBe(keys.lastIndexOf(key));
				}
			}),
			{ numRuns: 300 },
		);
	});

	it('updates with a record that cannot be created when another client creates its entity', async () => {
		const { stored, update, create } = createStore([]);
		const refuse = ({ index }: BulkRecord) => (index === 0 ? undefined : failure('by ID alone'));
		const { outcomes } = await sendByStrategies(records(['a', 'a', 'b']), [
			update,
			create({ refuse }),
			update,
		]);
		expect(statuses(outcomes, 3)).toEqual(['created', 'updated', 'failed']);
		expect(outcomes.outcomes[2]).toEqual({ status: 'failed', failure: failure('by ID alone') });
		expect(stored.get(keyOf('a'))).toBe(1);
	});

	it('still reports in a later step that an answer was lost in an earlier one', async () => {
		const { update, create } = createStore([]);
		const lost: Failure = { reason: 'noAnswer', message: 'lost', mayBeStored: true };
		let calls = 0;
		// It was created, so the repeat finds it.
		const lossy: SendOptions = {
			...create(),
			post: async (sent) => {
				const verdict = await create().post(sent);
				return (calls += 1) === 1 ? { kind: 'transient', failure: lost } : verdict;
			},
		};
		const revoked: SendOptions = {
			...update,
			post: async (sent) =>
				calls === 0
					? await update.post(sent)
					: { kind: 'halt', failure: failure('the key is revoked') },
		};
		const { outcomes } = await sendByStrategies(records(['a', 'a']), [revoked, lossy, revoked]);
		expect(outcomes.outcomes[0]).toMatchObject({
			status: 'failed',
			failure: { mayBeStored: true },
		});
		// The second was never sent.
		expect(outcomes.outcomes[1]).toMatchObject({ status: 'failed' });
		expect(outcomes.outcomes[1]).not.toMatchObject({ failure: { mayBeStored: true } });
	});

	it('gives the record after a deferred one its own answer', async () => {
		const { update } = createStore([]);
		const { outcomes } = await sendByStrategies(records(['a', 'a']), [
			{
				...update,
				post: async ([record]) => {
					const verdict: RecordVerdict =
						record?.index === 0
							? { status: 'deferred', failure: failure('missing then') }
							: { status: 'updated' };
					return { kind: 'each', verdicts: [verdict] };
				},
			},
		]);
		expect(statuses(outcomes, 2)).toEqual(['failed', 'updated']);
	});
});
