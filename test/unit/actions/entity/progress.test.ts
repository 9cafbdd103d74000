import { createProgress } from '../../../../nodes/KibanaEntityStore/actions/entity/progress';
import type { BulkRecord } from '../../../../nodes/KibanaEntityStore/bulk/record';
import type { Verdict } from '../../../../nodes/KibanaEntityStore/bulk/verdict';
import type { Failure } from '../../../../nodes/KibanaEntityStore/failure';

const FAILURE: Failure = { reason: 'refused', message: 'no' };

const records = (count: number, type = 'user'): BulkRecord[] =>
	Array.from({ length: count }, (_, index) => ({ index, type }) as BulkRecord);

/** Notes an answer to a request with five records, and returns how many are done by it. */
const doneBy = (verdict: Verdict, sent = records(5), isLast = false): number => {
	const lines: string[] = [];
	const progress = createProgress(
		{ progress: (text) => void lines.push(text(1_000)), end: () => undefined },
		5,
	);
	progress.answered(verdict, sent, isLast);
	return Number(/^\d+/.exec(lines[0] ?? '')?.[0]);
};

const each = (...statuses: readonly string[]): Verdict => ({
	kind: 'each',
	verdicts: statuses.map((status) => ({ status, failure: FAILURE }) as never),
});

describe('the progress of a run', () => {
	it.each<[string, Verdict, number]>([
		['everything that is stored', { kind: 'stored', status: 'updated' }, 5],
		['everything that failed for good', { kind: 'failed', failure: FAILURE }, 5],
		[
			'the records of a type that cannot succeed',
			{ kind: 'halt', failure: FAILURE, type: 'host' },
			0,
		],
		['all, where no request can succeed', { kind: 'halt', failure: FAILURE }, 5],
		['the rejected records', { kind: 'rejected', positions: [1, 3], failure: FAILURE }, 2],
		['none that is looked for by bisecting', { kind: 'bisect', failure: FAILURE }, 0],
		['none that is sent again', { kind: 'transient', failure: FAILURE }, 0],
		['none that is created later', each('updated', 'deferred', 'retry', 'failed', 'deferred'), 2],
	])('counts %s', (_, verdict, expected) => {
		expect(doneBy(verdict)).toBe(expected);
	});

	it('counts what is deferred where no other way follows', () => {
		expect(
			doneBy(each('deferred', 'retry', 'failed', 'deferred', 'updated'), records(5), true),
		).toBe(4);
	});

	it('counts a rejected record that is alone, unless the same request may succeed later', () => {
		expect(doneBy({ kind: 'bisect', failure: FAILURE }, records(1))).toBe(1);
		expect(doneBy({ kind: 'bisect', failure: FAILURE, mayPass: true }, records(1))).toBe(0);
	});

	it('says what is done and left, each item once, and how many in a second since the line before', () => {
		const lines: string[] = [];
		let sinceMs = 1_000;
		const progress = createProgress(
			{ progress: (text) => void lines.push(text(sinceMs)), end: () => undefined },
			12_000,
		);
		progress.settled([{ index: 11_999 }]);
		progress.answered({ kind: 'stored', status: 'updated' }, records(3_000), false);
		progress.answered({ kind: 'stored', status: 'updated' }, records(3_000), false);
		sinceMs = 2_000;
		progress.answered({ kind: 'stored', status: 'updated' }, records(5_000), false);
		expect(lines).toEqual([
			'3,001 of 12,000 entities done, 8,999 left, 3,001 a second, 1 request so far',
			'3,001 of 12,000 entities done, 8,999 left, 0 a second, 2 requests so far',
			'5,001 of 12,000 entities done, 6,999 left, 1,000 a second, 3 requests so far',
		]);
	});
});
