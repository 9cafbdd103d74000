import {
	createOutcomeTracker,
	mapFailures,
	withLater,
} from '../../../nodes/KibanaEntityStore/bulk/outcomes';
import type { Failure } from '../../../nodes/KibanaEntityStore/failure';
import { recordOf } from './records';

const failure: Failure = { reason: 'refused', message: 'no' };
const lost: Failure = { ...failure, mayBeStored: true };
const first = recordOf(0, 'a', 'user', '');
const second = recordOf(1, 'a', 'user', '');
const other = recordOf(2, 'b', 'host', '');

describe('the outcome tracker', () => {
	it('notes type and ID of every item, and the failure of one without a record', () => {
		const tracker = createOutcomeTracker(true);
		tracker.note(first);
		tracker.note({ index: 1, type: 'host', failure });
		tracker.settle([first], { status: 'created' });
		expect(tracker.noted).toEqual({
			outcomes: [{ status: 'created' }, { status: 'failed', failure }],
			types: ['user', 'host'],
			ids: ['a', undefined],
		});
	});

	it('holds back what follows a deferred record of the same entity, and nothing else', () => {
		const tracker = createOutcomeTracker(false);
		tracker.settleOne(first, { status: 'deferred', failure: lost }, false);
		expect(tracker.withoutFollowers([second, other])).toEqual([other]);
		expect(tracker.noted.outcomes[1]).toEqual({
			status: 'deferred',
			failure: { ...failure, mayBeStored: undefined },
		});
		const last = createOutcomeTracker(true);
		last.settleOne(first, { status: 'deferred', failure }, false);
		expect(last.withoutFollowers([second])).toEqual([second]);
	});

	it('halts records of one type, or all', () => {
		const tracker = createOutcomeTracker(true);
		tracker.halt(failure, 'host');
		expect(tracker.haltOf(other)).toBe(failure);
		expect(tracker.haltOf(first)).toBeUndefined();
		tracker.halt(lost);
		expect(tracker.haltOf(first)).toBe(lost);
	});

	it('knows which records have no outcome yet', () => {
		const tracker = createOutcomeTracker(true);
		tracker.fail([first], failure);
		expect(tracker.unsettled([first, second])).toEqual([second]);
	});
});

describe('outcomes after another way of writing', () => {
	const outcomesOf = (...outcomes: Parameters<typeof withLater>[0]['outcomes'][number][]) => ({
		outcomes,
		types: [],
		ids: [],
	});

	it('are the later ones, and a lost answer stays lost in a failure', () => {
		const earlier = outcomesOf(
			{ status: 'deferred', failure: lost },
			{ status: 'deferred', failure },
			{ status: 'updated' },
		);
		const later = outcomesOf({ status: 'failed', failure }, { status: 'created' });
		const { outcomes } = withLater(earlier, [first, second], later);
		expect(outcomes[0]).toMatchObject({ status: 'failed', failure: { mayBeStored: true } });
		expect(outcomes.slice(1)).toEqual([{ status: 'created' }, { status: 'updated' }]);
	});

	it('change in their failures only', () => {
		const changed = mapFailures(
			outcomesOf({ status: 'updated' }, { status: 'failed', failure }),
			() => lost,
		);
		expect(changed.outcomes).toEqual([{ status: 'updated' }, { status: 'failed', failure: lost }]);
	});
});
