import {
	type IAuthenticateGeneric,
	type ICredentialType,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type ILoadOptionsFunctions,
	type INodeExecutionData,
	type INodeType,
	NodeConnectionTypes,
	NodeOperationError,
} from 'n8n-workflow';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callListSearch, callResourceMapping, runNode, startRun } from './engine';

/** A credential type whose `authenticate` is a function, because it has two ways to sign in. */
const keyApi: ICredentialType = {
	name: 'keyApi',
	displayName: 'Key API',
	properties: [
		{ displayName: 'URL', name: 'url', type: 'string', default: '' },
		{ displayName: 'Key', name: 'key', type: 'string', default: '' },
		{ displayName: 'Scheme', name: 'scheme', type: 'string', default: 'ApiKey' },
	],
	async authenticate(credentials, options): Promise<IHttpRequestOptions> {
		const authorization = `${credentials.scheme as string} ${credentials.key as string}`;
		return { ...options, headers: { ...options.headers, authorization } };
	},
};

const genericAuthenticate: IAuthenticateGeneric = {
	type: 'generic',
	properties: { headers: { authorization: '=Bearer {{ $credentials.key }}' } },
};

function nodeWith(execute: INodeType['execute'], methods?: INodeType['methods']): INodeType {
	return {
		description: {
			displayName: 'Tiny',
			name: 'tiny',
			group: ['transform'],
			version: 1,
			description: '',
			defaults: { name: 'Tiny' },
			inputs: [NodeConnectionTypes.Main],
			outputs: [NodeConnectionTypes.Main],
			credentials: [{ name: 'keyApi' }],
			properties: [
				{ displayName: 'Text', name: 'text', type: 'string', default: 'by default' },
				{ displayName: 'Space', name: 'space', type: 'string', default: '' },
			],
		},
		execute,
		methods,
	};
}

/** Fails every item named `bad`, as a node reports the failure of one item. */
const failsBadItems = nodeWith(async function (this: IExecuteFunctions) {
	const results = this.getInputData().map(({ json }, item): INodeExecutionData => {
		const failure = { error: 'Refused', message: 'No such entity', details: { status: 404 } };
		return { json: json.name === 'bad' ? failure : { id: item }, pairedItem: { item } };
	});
	return [results];
});

const throwsOnSecondItem = nodeWith(async function (this: IExecuteFunctions) {
	throw new NodeOperationError(this.getNode(), 'Second item is wrong', { itemIndex: 1 });
});

const getsRoot = nodeWith(async function (this: IExecuteFunctions) {
	const { url } = await this.getCredentials<{ url: string }>('keyApi');
	const options: IHttpRequestOptions = { url, json: true };
	return [
		[{ json: await this.helpers.httpRequestWithAuthentication.call(this, 'keyApi', options) }],
	];
});

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
	server = createServer((request, response) => answer(request, response));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
	await new Promise((resolve) => server.close(resolve));
});

function credentials() {
	const { port } = server.address() as AddressInfo;
	return { keyApi: { url: `http://127.0.0.1:${port}/`, key: 'secret' } };
}

function echoAuthorization(request: IncomingMessage, response: ServerResponse) {
	response.setHeader('content-type', 'application/json');
	response.end(JSON.stringify({ authorization: request.headers.authorization }));
}

it('resolves parameters against the start node and pairs the items', async () => {
	const items = [{ name: 'a' }, { name: 'b' }];
	const node = nodeWith(async function (this: IExecuteFunctions) {
		const results = this.getInputData().map(({ json }, item) => {
			const value = this.getNodeParameter('text', item);
			// The engine passes its own objects: this change is visible in $('Start') from here on.
			json.name = 'edited by the node';
			return { json: { value, space: this.getNodeParameter('space', item) }, pairedItem: { item } };
		});
		return [results];
	});
	const parameters = { text: "={{ $('Start').item.json.name }}/{{ $json.name }}" };

	const { outputs, error, status, finished } = await runNode({ node, parameters, items });

	expect(outputs).toEqual([
		[
			{ json: { value: 'a/a', space: '' }, pairedItem: { item: 0 } },
			{ json: { value: 'b/b', space: '' }, pairedItem: { item: 1 } },
		],
		[],
	]);
	expect({ error, status }).toEqual({ error: undefined, status: 'success' });
	expect(finished.data.resultData.runData.Success?.[0]?.data?.main?.[0]).toHaveLength(2);
	expect(items).toEqual([{ name: 'a' }, { name: 'b' }]);
});

it('sends a failed item to the error output, merged with its input, only with this setting', async () => {
	const items = [{ name: 'good' }, { json: { name: 'bad', ip: '10.0.0.1' } }];
	const run = { node: failsBadItems, parameters: {}, items };
	const failure = { error: 'Refused', message: 'No such entity', details: { status: 404 } };
	const good = { json: { id: 0 }, pairedItem: { item: 0 } };

	const split = await runNode({ ...run, onError: 'continueErrorOutput' });
	const regular = await runNode({ ...run, onError: 'continueRegularOutput' });

	const merged = { json: { name: 'bad', ip: '10.0.0.1', ...failure }, pairedItem: { item: 1 } };
	expect(split.outputs).toEqual([[good], [merged]]);
	expect(split.finished.data.resultData.runData.Error?.[0]?.data?.main?.[0]).toHaveLength(1);
	expect(regular.outputs).toEqual([[good, { json: failure, pairedItem: { item: 1 } }], []]);
});

it('reports an exception, and passes the input on when the node may continue', async () => {
	const run = { node: throwsOnSecondItem, parameters: {}, items: [{ n: 1 }, { n: 2 }] };

	const stopped = await runNode({ ...run, onError: 'stopWorkflow' });
	const continued = await runNode({ ...run, onError: 'continueErrorOutput' });

	expect(stopped.error).toMatchObject({
		name: 'NodeOperationError',
		message: 'Second item is wrong',
		context: { itemIndex: 1 },
	});
	expect({ status: stopped.status, outputs: stopped.outputs }).toEqual({
		status: 'error',
		outputs: [[], []],
	});
	expect(continued.error).toMatchObject({ message: 'Second item is wrong' });
	expect(continued.status).toBe('success');
	expect(continued.outputs.map((items) => items.map(({ json }) => json))).toEqual([
		[{ n: 1 }, { n: 2 }],
		[],
	]);
});

it('reports hints', async () => {
	const node = nodeWith(async function (this: IExecuteFunctions) {
		this.addExecutionHints({ message: '2 records skipped', location: 'outputPane' });
		return [this.getInputData()];
	});

	const { hints } = await runNode({ node, parameters: {}, items: [{}] });

	expect(hints).toEqual([{ message: '2 records skipped', location: 'outputPane' }]);
});

it('runs the node again after a failure, as often as the setting allows', async () => {
	let tries = 0;
	const node = nodeWith(async function (this: IExecuteFunctions) {
		tries += 1;
		if (tries < 3) throw new NodeOperationError(this.getNode(), 'Not yet');
		return [[{ json: { tries } }]];
	});
	const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

	const { outputs, error } = await runNode({ node, parameters: {}, items: [{}], ...retry });

	expect({ json: outputs[0]?.[0]?.json, error }).toEqual({ json: { tries: 3 }, error: undefined });
});

it('authenticates by function or by generic object, with default values', async () => {
	answer = echoAuthorization;
	const run = { node: getsRoot, parameters: {}, items: [{}], credentials: credentials() };
	const generic = { ...keyApi, authenticate: genericAuthenticate };

	const byFunction = await runNode({ ...run, credentialTypes: [keyApi] });
	const byObject = await runNode({ ...run, credentialTypes: [generic] });

	expect(byFunction.outputs[0]?.[0]?.json).toEqual({ authorization: 'ApiKey secret' });
	expect(byObject.outputs[0]?.[0]?.json).toEqual({ authorization: 'Bearer secret' });
});

it('aborts a request in flight when it is cancelled, by handle or by timeout', async () => {
	const run = { node: getsRoot, parameters: {}, items: [{}], credentials: credentials() };
	const hanging = { ...run, credentialTypes: [keyApi] };
	const closed: Array<Promise<unknown>> = [];
	const arrived = new Promise<void>((resolve) => {
		answer = (_request, response) => {
			closed.push(once(response, 'close'));
			resolve();
		};
	});

	const started = startRun(hanging);
	await arrived;
	started.cancel();
	const byHandle = await started.result;
	const byTime = await runNode({ ...hanging, cancelAfterMs: 100 });

	for (const { status, error } of [byHandle, byTime]) {
		expect({ status, error }).toMatchObject({
			status: 'canceled',
			error: { name: 'NodeApiError', httpCode: 'ERR_CANCELED' },
		});
	}
	expect(await Promise.all(closed)).toHaveLength(2);
});

it('answers listSearch and resourceMapping with credentials, parameters and requests', async () => {
	answer = echoAuthorization;
	async function load(this: ILoadOptionsFunctions) {
		const { url } = await this.getCredentials<{ url: string }>('keyApi');
		const request = this.helpers.httpRequestWithAuthentication;
		const { authorization } = await request.call(this, 'keyApi', { url, json: true });
		return `${authorization} ${this.getCurrentNodeParameter('text') as string}`;
	}
	const node = nodeWith(undefined, {
		listSearch: {
			async spaces(filter, paginationToken) {
				const name = `${await load.call(this)} ${this.getNodeParameter('space') as string}`;
				return { results: [{ name, value: filter ?? '' }], paginationToken };
			},
		},
		resourceMapping: {
			async fields() {
				const displayName = await load.call(this);
				const flags = { required: false, defaultMatch: false, display: true };
				return { fields: [{ id: 'entity.id', displayName, type: 'string', ...flags }] };
			},
		},
	});
	const setup = {
		parameters: { space: 'soc' },
		credentials: credentials(),
		credentialTypes: [keyApi],
	};

	const list = await callListSearch(node, 'spaces', { ...setup, filter: 'so' });
	const mapping = await callResourceMapping(node, 'fields', setup);

	expect(list.results).toEqual([{ name: 'ApiKey secret by default soc', value: 'so' }]);
	expect(mapping.fields).toMatchObject([{ displayName: 'ApiKey secret by default' }]);
});

it('rejects when n8n refuses the parameters or the engine itself fails', async () => {
	const broken = nodeWith(async () => [[{ json: null as unknown as IDataObject }]]);
	const strict = nodeWith(broken.execute);
	strict.description.properties[1]!.required = true;

	await expect(runNode({ node: strict, parameters: {}, items: [{}] })).rejects.toThrow('issues');
	await expect(runNode({ node: broken, parameters: {}, items: [{}] })).rejects.toThrow('null');
	await expect(callListSearch(broken, 'none', { parameters: {} })).rejects.toThrow('none');
});
