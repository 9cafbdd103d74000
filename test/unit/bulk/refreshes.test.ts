import { createRefreshes } from '../../../nodes/KibanaEntityStore/bulk/refreshes';

const REFRESH_MS = 1_000;
const SECONDS = 4;

/**
 * Notes what a server answers that refreshes once a second, to tasks that start at even distances.
 *
 * @param gapMs milliseconds between two starts
 * @param queueMs how long a task waits in front of the server
 * @param handlingMs how long the client works on each answer
 */
const answer = ({ gapMs = 4, queueMs = 0, handlingMs = 1 }) => {
	const refreshes = createRefreshes();
	let nextStart = 0;
	for (let at = REFRESH_MS; at <= SECONDS * REFRESH_MS; at += REFRESH_MS) {
		let freeAt = at;
		for (; nextStart + queueMs < at; nextStart += gapMs) {
			freeAt += handlingMs;
			refreshes.note(nextStart, freeAt);
		}
	}
	return refreshes;
};

describe('refreshes', () => {
	it('show how long the server needs for a task, however long the client works on the answers', () => {
		for (const handlingMs of [0.01, 1, 3]) {
			expect(answer({ handlingMs }).waitMs()).toBeLessThan(2 * 4 + handlingMs);
		}
	});

	it('show the tasks that are in front of a task', () => {
		for (const queueMs of [20, 100, 400]) {
			const waitMs = answer({ queueMs }).waitMs();
			expect(waitMs).toBeGreaterThanOrEqual(queueMs);
			expect(waitMs).toBeLessThan(queueMs + 2 * 4 + 1);
		}
	});

	it('show how many answers come', () => {
		for (const gapMs of [4, 10, 100]) expect(answer({ gapMs }).rate()).toBeCloseTo(1 / gapMs, 2);
	});

	it('are not taken for two where a process pauses in the middle of the answers', () => {
		const refreshes = answer({});
		const before = refreshes.waitMs();
		for (const [startedAt, at] of [
			[4_100, 5_001],
			[4_500, 5_002],
			[4_700, 5_102],
			[4_998, 5_103],
			[5_100, 6_001],
		] as const) {
			refreshes.note(startedAt, at);
		}
		expect(refreshes.waitMs()).toBeLessThanOrEqual(before);
	});

	it('are single answers of a server without refreshes', () => {
		const refreshes = createRefreshes();
		for (let task = 0; task < 100; task += 1) refreshes.note(10 * task, 10 * task + 5);
		expect(refreshes.waitMs()).toBe(5);
		expect(refreshes.rate()).toBeCloseTo(0.1, 5);
	});

	it('show what the newest one has shown once, as soon as its answers have ended', () => {
		const refreshes = answer({ queueMs: 100 });
		// The last answers came at 4 seconds and a quarter of one.
		expect(refreshes.newWaitMs(4_240)).toBeUndefined();
		expect(refreshes.newWaitMs(4_260)).toBeUndefined();
		const waitMs = refreshes.newWaitMs(4_300);
		expect(waitMs).toBeGreaterThanOrEqual(100);
		expect(waitMs).toBeLessThan(100 + 2 * 4 + 1);
		expect(refreshes.newWaitMs(4_400)).toBeUndefined();
	});

	it('have not ended where a process looks that was busy, and has yet to read what has come', () => {
		const refreshes = answer({});
		refreshes.note(4_100, 5_001);
		refreshes.newWaitMs(5_002);
		refreshes.note(4_500, 5_003);
		expect(refreshes.newWaitMs(5_103)).toBeUndefined();
		refreshes.note(4_999, 5_104);
		expect(refreshes.newWaitMs(5_140)).toBeUndefined();
		expect(refreshes.newWaitMs(5_150)).toBe(2);
	});

	it('show nothing before the first one is complete', () => {
		expect(createRefreshes().waitMs()).toBe(Infinity);
	});
});
