import fc from 'fast-check';

import { createLimitSearch } from '../../../nodes/KibanaEntityStore/bulk/limitSearch';

const START = 8;
const MOST = 500;
const ENOUGH = 200;

const createSearch = () => createLimitSearch(START, MOST, () => ENOUGH);

const noteCalm = (search: ReturnType<typeof createSearch>, windows: number): number[] =>
	Array.from({ length: windows }, () => {
		search.noteWindow('calm');
		return search.limit();
	});

/** A search that has met a queue and now rests. */
const createResting = () => {
	const search = createSearch();
	noteCalm(search, 6);
	search.noteWindow('queue');
	search.noteWindow('calm');
	return search;
};

describe('the search for a limit', () => {
	it('doubles the limit while there is no queue, and later adds 64, up to the maximum', () => {
		expect(noteCalm(createSearch(), 11)).toEqual([
			16, 32, 64, 128, 192, 256, 320, 384, 448, 500, 500,
		]);
	});

	it('checks a queue with half of the tasks, and then keeps a little less than the server can do', () => {
		const search = createSearch();
		noteCalm(search, 6);
		expect([search.limit(), search.isTrial()]).toEqual([256, true]);
		expect(search.noteWindow('queue')).toBe(true);
		expect([search.limit(), search.isCalm()]).toEqual([128, false]);
		expect(search.noteWindow('calm')).toBe(true);
		expect(search.limit()).toBeGreaterThan(0.9 * ENOUGH);
		expect(search.limit()).toBeLessThan(ENOUGH);
		expect([search.isTrial(), search.isCalm()]).toEqual([false, true]);
	});

	it('goes on where fewer tasks show the same: they were no reason for it', () => {
		const search = createSearch();
		noteCalm(search, 6);
		search.noteWindow('queue');
		search.noteWindow('falseAlarm');
		expect(search.limit()).toBe(256);
		expect(noteCalm(search, 1)).toEqual([320]);
	});

	it('rests, and tries a little more after many windows', () => {
		const search = createResting();
		const rest = search.limit();
		const limits = noteCalm(search, 70);
		const trial = limits.find((limit) => limit > rest) as number;
		expect(limits.indexOf(trial)).toBeGreaterThan(50);
		expect(trial).toBeLessThan(1.05 * rest);
	});

	it('keeps where it rested to the end, whatever a queue above that says the server can do', () => {
		const search = createResting();
		const rest = search.limit();
		while (!search.isTrial()) noteCalm(search, 1);
		noteCalm(search, 5);
		search.noteWindow('queue');
		search.noteWindow('calm');
		noteCalm(search, 5);
		expect(search.limit()).toBeGreaterThanOrEqual(rest);
	});

	it('halves the limit for each overload, and counts only the first limit of several as too high', () => {
		const search = createSearch();
		noteCalm(search, 5);
		search.noteOverload();
		search.noteOverload();
		expect(search.limit()).toBe(48);
		const limits = noteCalm(search, 8);
		expect(Math.max(...limits)).toBeGreaterThan(128);
		expect(Math.max(...limits)).toBeLessThan(192);
	});

	it('raises the limit by one for each full round of answers where it is below the start', () => {
		const search = createSearch();
		search.noteOverload();
		search.noteOverload();
		expect(search.limit()).toBe(2);
		for (let answer = 0; answer < 2; answer += 1) search.noteAnswer();
		expect(search.limit()).toBeCloseTo(3, 0);
		expect(search.noteWindow('queue')).toBe(false);
		for (let answer = 0; answer < 100; answer += 1) search.noteAnswer();
		expect(search.limit()).toBe(START);
	});

	it('never leaves the bounds, whatever the answers show', () => {
		const events = fc.array(fc.constantFrom('calm', 'queue', 'falseAlarm', 'overload', 'answer'), {
			maxLength: 200,
		});
		fc.assert(
			fc.property(
				events,
				fc.integer({ min: 1, max: 20 }),
				fc.integer({ min: 0, max: 600 }),
				fc.integer({ min: 0, max: 1_000 }),
				(sequence, start, room, enough) => {
					const most = start + room;
					const search = createLimitSearch(start, most, () => enough);
					for (const event of sequence) {
						if (event === 'overload') search.noteOverload();
						else if (event === 'answer') search.noteAnswer();
						else search.noteWindow(event as 'calm');
						expect(search.limit()).toBeGreaterThanOrEqual(1);
						expect(search.limit()).toBeLessThanOrEqual(most);
					}
				},
			),
		);
	});
});
