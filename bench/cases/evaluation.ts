/**
 * A node as the documentation shows it: `getNodeParameter('columns.value', i)` for each item, then the
 * values as they are, in chunks. It checks nothing and blames nobody.
 */
import {
	NodeConnectionTypes,
	type IDataObject,
	type IExecuteFunctions,
	type INodeType,
} from 'n8n-workflow';

import { nest } from '../../test/entity/nest';
import { listUsers } from '../directory';
import { mapperValue, SIMPLE_MAPPING } from '../mapping';
import { runInEngine, startExpressionEngine } from './engine';
import { peakRssBytes, runJob, WARM_UP_ITEMS, type Job, type Report } from './job';

const send = async (context: IExecuteFunctions, url: string, body: string): Promise<void> => {
	await context.helpers.httpRequestWithAuthentication.call(context, 'kibanaApi', {
		method: 'PUT',
		url,
		headers: { 'content-type': 'application/json', 'kbn-xsrf': 'bench' },
		body,
	});
};

const nodeOf = (chunkSize: number, concurrency: number): INodeType => ({
	description: {
		displayName: 'Evaluation per Item',
		name: 'evaluationPerItem',
		group: ['output'],
		version: 1,
		description: '',
		defaults: { name: 'Evaluation per Item' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'kibanaApi', required: true }],
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
		const { baseUrl } = await this.getCredentials('kibanaApi');
		const url = `${String(baseUrl)}/api/security/entity_store/entities/bulk?force=true`;
		const rows = items.map((_, index) => {
			const values = this.getNodeParameter('columns.value', index) as IDataObject;
			return { type: 'user', doc: nest(Object.entries(values)) };
		});
		const chunks = Array.from({ length: Math.ceil(rows.length / chunkSize) }, (_, chunk) =>
			rows.slice(chunk * chunkSize, (chunk + 1) * chunkSize),
		).values();
		const lane = async () => {
			for (const entities of chunks) await send(this, url, JSON.stringify({ entities }));
		};
		await Promise.all(Array.from({ length: concurrency }, lane));
		return [items.map((_, item) => ({ json: { status: 'sent' }, pairedItem: { item } }))];
	},
});

const measure = async (job: Job): Promise<Report> => {
	const { n, baseUrl, warmUpUrl, chunkSize, concurrency } = job;
	const parameters = { columns: mapperValue(SIMPLE_MAPPING) };
	const node = nodeOf(chunkSize, concurrency);
	await startExpressionEngine();
	await runInEngine({ node, parameters, items: listUsers(WARM_UP_ITEMS, 0), baseUrl: warmUpUrl });
	const result = await runInEngine({ node, parameters, items: listUsers(n, 0), baseUrl });
	return {
		seconds: result.executionTime / 1000,
		peakRssBytes: peakRssBytes(),
		outputs: { sent: result.outputs[0]?.length ?? 0 },
	};
};

runJob(measure);
