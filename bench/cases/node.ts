/** This node, with each of its ways to map fields. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { subscribe } from 'node:diagnostics_channel';

import type { EngineResult } from '../../sandbox/n8n/engine';
import { listUsers, toRecord } from '../directory';
import { fingerprintOf } from '../fingerprint';
import { COMPLEX_MAPPING, mapperValue, SIMPLE_MAPPING } from '../mapping';
import { EntityStoreNode, runInEngine, startExpressionEngine, type NodeRun } from './engine';
import { liveBytes, peakRssBytes, runJob, WARM_UP_ITEMS, type Job, type Report } from './job';
import { profile } from './profile';

type Way = Pick<NodeRun, 'parameters' | 'continues'> & {
	readonly itemsOf: (n: number) => object[];
};

const BROKEN_EVERY = 10;

const users = (n: number): object[] => listUsers(n, 0);
/** What the node adds to a record by itself. */
const ADDED = ['id', 'EngineMetadata'];

/** Records of the mapped fields only: the node forms the ID itself, as in the other ways. */
const records = (n: number): object[] =>
	listUsers(n, 0).map((user) => {
		const { entity, ...sections } = toRecord(user);
		const mapped = Object.entries(entity).filter(([key]) => !ADDED.includes(key));
		return { ...sections, entity: Object.fromEntries(mapped) };
	});

const parametersOf = (more: INodeParameters, options: IDataObject): INodeParameters => ({
	resource: 'entity',
	operation: 'upsert',
	space: { __rl: true, mode: 'list', value: '' },
	entityType: 'user',
	force: true,
	options: options as INodeParameters,
	...more,
});

const reading = (operation: string, more: INodeParameters = {}): INodeParameters => ({
	resource: 'entity',
	operation,
	space: { __rl: true, mode: 'list', value: '' },
	simplify: true,
	options: {},
	...more,
});

const manual = (
	mapping: Readonly<Record<string, string>>,
	options: IDataObject,
	more: IDataObject = {},
) =>
	parametersOf({ inputMode: 'fields', userFields: mapperValue(mapping) }, { ...options, ...more });

const wayOf = ({ way, chunkSize, concurrency }: Job): Way => {
	const options = { chunkSize, concurrency };
	switch (way) {
		case '2a':
			return { parameters: manual(SIMPLE_MAPPING, options), itemsOf: users };
		case '2b':
			return { parameters: manual(COMPLEX_MAPPING, options), itemsOf: users };
		case '2c':
			return {
				parameters: parametersOf({ inputMode: 'fields', userFields: mapperValue(null) }, options),
				itemsOf: records,
			};
		case '2d':
			return {
				parameters: parametersOf({ inputMode: 'json', record: '={{ $json }}' }, options),
				itemsOf: records,
			};
		case '2e':
			return { parameters: manual(SIMPLE_MAPPING, options, { dryRun: true }), itemsOf: users };
		case '2f':
			return {
				parameters: manual(SIMPLE_MAPPING, options),
				itemsOf: (n) => listUsers(n, BROKEN_EVERY),
				continues: true,
			};
		case '2g':
			return { parameters: manual(SIMPLE_MAPPING, options), itemsOf: users, continues: true };
		case '4b':
			return {
				parameters: reading('getAll', { returnAll: true, filters: {} }),
				itemsOf: () => [{}],
			};
		case '4c':
			return {
				parameters: reading('get', {
					entityType: 'user',
					findBy: 'id',
					entityId: { __rl: true, mode: 'id', value: '={{ $json.entity.id }}' },
				}),
				itemsOf: (n) => users(n).map(toRecord as (user: object) => object),
			};
		case '4d':
			return {
				parameters: manual(SIMPLE_MAPPING, options, { skipUnchanged: true }),
				itemsOf: users,
			};
		case '6a':
		case '6b':
			return { parameters: manual(SIMPLE_MAPPING, {}), itemsOf: users };
		default:
			throw new Error(`There is no way ${way}`);
	}
};

const countOutputs = ({ outputs: [success = [], failure = []] }: EngineResult) => {
	const counts: Record<string, number> = {};
	for (const { json } of success) {
		// What was read has no status.
		const status = String(json.status ?? 'read');
		counts[status] = (counts[status] ?? 0) + 1;
	}
	return failure.length === 0 ? counts : { ...counts, failed: failure.length };
};

/** Only for ways that create: a list of all IDs takes memory. */
const fingerprint = ({ outputs: [success = []] }: EngineResult): string | undefined =>
	success[0]?.json.status === 'created'
		? fingerprintOf(success.map(({ json }) => String(json.entityId)))
		: undefined;

const SAMPLES = 20;

/** Runs the node and measures its live heap before, at some of its requests, and after. */
const watchHeap = (requests: number) => {
	const node = new EntityStoreNode();
	const { execute } = node;
	const every = Math.max(1, Math.floor(requests / SAMPLES));
	let [before, sending, end, request] = [0, 0, 0, 0];
	let isRunning = false;
	subscribe('http.client.request.start', () => {
		if (isRunning && request % every === 0) sending = Math.max(sending, liveBytes());
		request += 1;
	});
	node.execute = async function () {
		before = liveBytes();
		isRunning = true;
		const output = await execute.call(this);
		isRunning = false;
		end = liveBytes();
		return output;
	};
	return { node, result: () => ({ sendingBytes: sending - before, endBytes: end - before }) };
};

const measure = async (job: Job): Promise<Report> => {
	const { n, baseUrl, apiKey, warmUpUrl, chunkSize } = job;
	const { itemsOf, ...way } = wayOf(job);
	await startExpressionEngine();
	const warmUp = itemsOf(WARM_UP_ITEMS);
	await runInEngine({ ...way, node: new EntityStoreNode(), items: warmUp, baseUrl: warmUpUrl });

	const watched = job.heap ? watchHeap(Math.ceil(n / chunkSize)) : undefined;
	const node = watched?.node ?? new EntityStoreNode();
	const profiler = profile(node, job);
	const result = await runInEngine({ ...way, node, items: itemsOf(n), baseUrl, apiKey });
	return {
		seconds: result.executionTime / 1000,
		peakRssBytes: peakRssBytes(),
		outputs: countOutputs(result),
		fingerprint: fingerprint(result),
		...(watched && { heap: watched.result() }),
		profile: await profiler?.end(),
	};
};

runJob(measure);
