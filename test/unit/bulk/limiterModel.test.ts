import { createLimiter } from '../../../nodes/KibanaEntityStore/bulk/limiter';
import { createModel, createVirtualTime, type ModelOptions } from './kibanaModel';

const REFRESH_MS = 1_000;
const SERVICE_MS = 3;
/** Creations in a second that the model can do at all. */
const CAPACITY = 1_000 / SERVICE_MS;

interface Observed {
	readonly seconds: number;
	/** Milliseconds of the requests of somebody else, the fastest first. */
	readonly bystander: readonly number[];
	/** Requests after the first minute, and those of them that were refused. */
	readonly later: { readonly requests: number; readonly refused: number };
	readonly highest: number;
}

const percentile = (sorted: readonly number[], share: number): number =>
	sorted[Math.floor(sorted.length * share)] as number;

/** Creates entities as the node does, while somebody else asks for the status. Timers come up to 2 ms late. */
const createEntities = async (
	count: number,
	model: ModelOptions,
	most = 500,
): Promise<Observed> => {
	const time = createVirtualTime();
	const kibana = createModel(time, model);
	let late = 0;
	const sleep = async (ms: number) => {
		late = (late + 1) % 3;
		await kibana.sleep(Math.ceil(ms) + late);
	};
	const limiter = createLimiter({ start: 8, most, now: time.now, sleep });
	const bystander: number[] = [];
	const later = { requests: 0, refused: 0 };
	let left = count;
	let running = 0;
	let highest = 0;
	let isDone = false;

	const create = async () => {
		running += 1;
		highest = Math.max(highest, running);
		const result = await kibana.create();
		running -= 1;
		const isRefused = result === 'overloaded';
		if (time.now() > 60_000) {
			later.requests += 1;
			if (isRefused) later.refused += 1;
		}
		return isRefused;
	};
	const worker = async () => {
		while (left > 0) {
			left -= 1;
			while (await limiter.run(create, (isRefused) => isRefused)) await time.sleep(500);
		}
	};
	const watch = async () => {
		while (!isDone) {
			bystander.push(await kibana.status());
			// Not in step with the refreshes.
			await time.sleep(60 + ((bystander.length * 37) % 83));
		}
	};
	const work = Promise.all(Array.from({ length: most }, worker)).then(() => {
		isDone = true;
	});
	void watch();
	await time.until(work);
	bystander.sort((one, other) => one - other);
	return { seconds: time.now() / 1_000, bystander, later, highest };
};

describe('the concurrency limiter with a model of Kibana', () => {
	it('creates 100,000 entities with 85 % of what Kibana can do at all, and others hardly wait', async () => {
		const count = 100_000;
		const { seconds, bystander } = await createEntities(count, {
			serviceMs: SERVICE_MS,
			refreshMs: REFRESH_MS,
		});
		expect(count / seconds).toBeGreaterThan(0.85 * CAPACITY);
		// Half of the time nothing is in front but a creation that has begun.
		expect(percentile(bystander, 0.5)).toBeLessThan(2 * SERVICE_MS);
		expect(percentile(bystander, 0.95)).toBeLessThan(3.5 * SERVICE_MS);
	}, 60_000);

	it.each([100, 30])(
		'hardly meets a limit of %s creations in a second again',
		async (mostPerSecond) => {
			const { seconds, later } = await createEntities(10_000, {
				serviceMs: SERVICE_MS,
				refreshMs: REFRESH_MS,
				mostPerSecond,
			});
			expect(later.refused).toBeLessThan(0.02 * later.requests);
			expect(10_000 / seconds).toBeGreaterThan(0.6 * mostPerSecond);
		},
		60_000,
	);

	it.each([
		['that is slow', { serviceMs: 20, refreshMs: REFRESH_MS }],
		['that answers at once', { serviceMs: SERVICE_MS, refreshMs: 0 }],
		['that refreshes every 5 seconds', { serviceMs: SERVICE_MS, refreshMs: 5_000 }],
	])(
		'uses a Kibana %s',
		async (_, model) => {
			const { seconds, highest } = await createEntities(10_000, model);
			const capacity = Math.min(
				1_000 / model.serviceMs,
				model.refreshMs === 5_000 ? 100 : Infinity,
			);
			// Finding the limit takes longer the longer Kibana waits with its answers.
			expect(10_000 / seconds).toBeGreaterThan(0.45 * capacity);
			expect(highest).toBeLessThanOrEqual(500);
		},
		60_000,
	);

	it('uses a Kibana where both machines are busy with something else most of the time', async () => {
		const { seconds } = await createEntities(10_000, {
			serviceMs: SERVICE_MS,
			refreshMs: REFRESH_MS,
			busy: 0.6,
		});
		expect(10_000 / seconds).toBeGreaterThan(98);
	}, 60_000);

	it('gives way where Kibana has paused, so that others wait for it only a moment longer', async () => {
		const pauses = { everyMs: 10_700, ms: 300 };
		const { seconds, bystander } = await createEntities(50_000, {
			serviceMs: SERVICE_MS,
			refreshMs: REFRESH_MS,
			pauses,
		});
		const slow = bystander.filter((ms) => ms > 7 * SERVICE_MS).length;
		expect(slow).toBeLessThan(4.5 * (seconds / (pauses.everyMs / 1_000)));
	}, 60_000);

	it('keeps to the maximum', async () => {
		const { highest } = await createEntities(500, { serviceMs: 1, refreshMs: REFRESH_MS }, 20);
		expect(highest).toBeGreaterThan(17);
		expect(highest).toBeLessThanOrEqual(20);
	});
});
