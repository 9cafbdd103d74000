/**
 * Nodes that check nothing and do not find rejected records: they only send chunks. One reads the values of
 * each item as the documentation of n8n shows: `getNodeParameter('columns.value', i)`. The other sends its items
 * unchanged, which is the minimum for a node in n8n that sends requests.
 */
import {
	NodeConnectionTypes,
	type IDataObject,
	type IExecuteFunctions,
	type INodeType,
} from 'n8n-workflow';

import { nest } from '../../sandbox/nest';
import { listUsers, toRecord } from '../directory';
import { mapperValue, SIMPLE_MAPPING } from '../mapping';
import { runInEngine, startExpressionEngine } from './engine';
import { peakRssBytes, runJob, WARM_UP_ITEMS, type Job, type Report } from './job';
import { profile } from './profile';

const send = async (
	context: IExecuteFunctions,
	url: string,
	entities: readonly object[],
): Promise<void> => {
	await context.helpers.httpRequestWithAuthentication.call(context, 'kibanaEntityStoreApi', {
		method: 'PUT',
		url,
		headers: { 'content-type': 'application/json', 'kbn-xsrf': 'bench' },
		// The HTTP helper would parse text again, to check whether it is JSON.
		body: Buffer.from(JSON.stringify({ entities })),
	});
};

/** Returns the record of an item. */
type RecordOf = (context: IExecuteFunctions, index: number) => IDataObject;

const evaluated: RecordOf = (context, index) => {
	const values = context.getNodeParameter('columns.value', index) as IDataObject;
	return nest(Object.entries(values)) as IDataObject;
};

const asItIs: RecordOf = (context, index) => context.getInputData()[index]?.json ?? {};

const nodeOf = (recordOf: RecordOf, { chunkSize, concurrency }: Job): INodeType => ({
	description: {
		displayName: 'Plain Node',
		name: 'plainNode',
		group: ['output'],
		version: 1,
		description: '',
		defaults: { name: 'Plain Node' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'kibanaEntityStoreApi', required: true }],
		properties: [
			{
				displayName: 'Columns',
				name: 'columns',
				type: 'resourceMapper',
				noDataExpression: true,
				default: { mappingMode: 'defineBelow', value: null },
				typeOptions: {
					resourceMapper: {
						resourceMapperMethod: 'getEntityFields',
						mode: 'add',
						fieldWords: { singular: 'field', plural: 'fields' },
					},
				},
			},
		],
	},
	async execute() {
		const items = this.getInputData();
		const { baseUrl } = await this.getCredentials('kibanaEntityStoreApi');
		const url = `${String(baseUrl)}/api/security/entity_store/entities/bulk?force=true`;
		const rows = items.map((_, index) => ({ type: 'user', doc: recordOf(this, index) }));
		const chunks = Array.from({ length: Math.ceil(rows.length / chunkSize) }, (_, chunk) =>
			rows.slice(chunk * chunkSize, (chunk + 1) * chunkSize),
		).values();
		const lane = async () => {
			for (const entities of chunks) await send(this, url, entities);
		};
		await Promise.all(Array.from({ length: concurrency }, lane));
		return [items.map((_, item) => ({ json: { status: 'sent' }, pairedItem: { item } }))];
	},
});

const measure = async (job: Job): Promise<Report> => {
	const { way, n, baseUrl, warmUpUrl } = job;
	const isAsItIs = way === '1c';
	const parameters = { columns: mapperValue(SIMPLE_MAPPING) };
	const node = nodeOf(isAsItIs ? asItIs : evaluated, job);
	const itemsOf = (count: number): object[] => {
		const users = listUsers(count, 0);
		return isAsItIs ? users.map(toRecord) : users;
	};
	await startExpressionEngine();
	await runInEngine({ node, parameters, items: itemsOf(WARM_UP_ITEMS), baseUrl: warmUpUrl });
	const profiler = profile(node, job);
	const result = await runInEngine({ node, parameters, items: itemsOf(n), baseUrl });
	return {
		seconds: result.executionTime / 1000,
		peakRssBytes: peakRssBytes(),
		outputs: { sent: result.outputs[0]?.length ?? 0 },
		profile: await profiler?.end(),
	};
};

runJob(measure);
