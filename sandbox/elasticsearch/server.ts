/**
 * A test Elasticsearch: a real HTTP server on loopback that indexes documents into data streams and indices, and
 * answers as Elasticsearch documents it. It knows the routes of the index API and of the bulk API, and nothing else.
 */
import { server as createServer, type Request, type ResponseToolkit } from '@hapi/hapi';

import {
	createIndices,
	type Document,
	type Refusal,
	type Write,
	type WriteResult,
} from './indices';

export type { Document, Refusal } from './indices';

/** A request as it came in. */
export interface RecordedWrite {
	readonly method: string;
	readonly path: string;
	readonly contentType: string;
	/** 0 until the request is answered. */
	readonly status: number;
}

export interface TestElasticsearch {
	readonly url: string;
	readonly username: string;
	readonly password: string;
	/** All requests, in order of arrival. */
	readonly requests: readonly RecordedWrite[];
	/** Returns the documents of a data stream or index in the order in which they were stored. */
	documents(target: string): readonly Document[];
	/** Sets or clears a rule by which a document is refused. */
	refuse(rule?: (document: Document) => Refusal | undefined): void;
	/** Removes documents, requests and the rule. */
	clear(): void;
	stop(): Promise<void>;
}

const USERNAME = 'n8n';
const PASSWORD = 'changeme-or-else';
const AUTHORIZATION = `Basic ${Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64')}`;

interface Answer {
	readonly status: number;
	readonly body: object;
}

const refusal = (status: number, type: string, reason: string): Answer => ({
	status,
	body: { error: { root_cause: [{ type, reason }], type, reason }, status },
});

const toAnswer = (result: WriteResult): Answer =>
	'error' in result
		? refusal(result.status, result.error.type, result.error.reason)
		: { status: result.status, body: stored(result) };

const stored = ({ index, id }: Extract<WriteResult, { index: string }>): object => ({
	_index: index,
	_id: id,
	_version: 1,
	result: 'created',
	_shards: { total: 2, successful: 1, failed: 0 },
	_seq_no: 0,
	_primary_term: 1,
});

const entryOf = ({ action, target }: Write, result: WriteResult): object => ({
	[action]:
		'error' in result
			? { _index: target, _id: result.id ?? null, status: result.status, error: result.error }
			: { ...stored(result), status: result.status },
});

const ACTIONS = new Set(['create', 'index']);

/**
 * Reads lines of actions and documents.
 *
 * @throws when the body as a whole cannot be read
 */
const readBulk = (body: string, target: string | undefined): Write[] => {
	if (!body.endsWith('\n')) {
		throw new Error('The bulk request must be terminated by a newline [\\n]');
	}
	const lines = body.slice(0, -1).split('\n');
	const writes: Write[] = [];
	for (let at = 0; at < lines.length; at += 2) {
		const [[action, meta] = []] = Object.entries(JSON.parse(lines[at] as string)) as Array<
			[string, { _index?: string; _id?: string }]
		>;
		if (action === undefined || !ACTIONS.has(action)) {
			throw new Error(
				`Malformed action/metadata line [${at + 1}], expected [create, index] but found [${action}]`,
			);
		}
		const index = meta?._index ?? target;
		if (index === undefined) throw new Error('Validation Failed: 1: index is missing;');
		writes.push({
			action: action as Write['action'],
			target: index,
			id: meta?._id,
			document: JSON.parse(lines[at + 1] as string) as Document,
		});
	}
	return writes;
};

/**
 * Starts a test Elasticsearch on 127.0.0.1. Names such as `logs-app.users-default` are data streams, by the index
 * template that Elasticsearch has for `logs-*-*`.
 */
export const startElasticsearch = async (): Promise<TestElasticsearch> => {
	const requests: Array<{ -readonly [Key in keyof RecordedWrite]: RecordedWrite[Key] }> = [];
	const indices = createIndices();
	const server = createServer({
		port: 0,
		host: '127.0.0.1',
		// `http.max_content_length` of Elasticsearch.
		routes: { payload: { parse: false, output: 'data', maxBytes: 100 * 1_048_576 } },
	});

	const one = (write: Omit<Write, 'document'>, body: string): Answer =>
		toAnswer(indices.write({ ...write, document: JSON.parse(body) as Document }));

	const bulk = (body: string, target: string | undefined): Answer => {
		const startedAt = performance.now();
		const writes = readBulk(body, target);
		const items = writes.map((write) => [write, indices.write(write)] as const);
		return {
			status: 200,
			body: {
				took: Math.ceil(performance.now() - startedAt),
				errors: items.some(([, result]) => 'error' in result),
				items: items.map(([write, result]) => entryOf(write, result)),
			},
		};
	};

	const answer = (work: (request: Request, body: string) => Answer) => {
		return (request: Request, h: ResponseToolkit) => {
			const recorded = {
				method: request.method.toUpperCase(),
				path: request.path,
				contentType: String(request.headers['content-type'] ?? ''),
				status: 0,
			};
			requests.push(recorded);
			const { status, body } = authorized(request, () => {
				try {
					return work(request, (request.payload as Buffer | null)?.toString('utf8') ?? '');
				} catch (error) {
					return refusal(400, 'illegal_argument_exception', (error as Error).message);
				}
			});
			recorded.status = status;
			const response = h.response(body).code(status);
			return status === 401
				? response.header('www-authenticate', 'Basic realm="security", charset="UTF-8"')
				: response;
		};
	};

	const authorized = (request: Request, work: () => Answer): Answer => {
		const given = request.headers.authorization as string | undefined;
		if (given !== AUTHORIZATION) {
			const reason =
				given === undefined
					? 'missing authentication credentials for REST request'
					: 'unable to authenticate user for REST request';
			return refusal(401, 'security_exception', reason);
		}
		const type = String(request.headers['content-type'] ?? '').split(';')[0] as string;
		if (!['application/json', 'application/x-ndjson'].includes(type)) {
			const error = `Content-Type header [${type}] is not supported`;
			return { status: 406, body: { error, status: 406 } };
		}
		return work();
	};

	const targetOf = ({ params }: Request): string => params.target as string;
	const idOf = ({ params }: Request): string | undefined => params.id as string | undefined;
	const route = (
		methods: ReadonlyArray<'POST' | 'PUT'>,
		path: string,
		work: (request: Request, body: string) => Answer,
	): void => server.route({ method: [...methods], path, handler: answer(work) });

	route(['POST', 'PUT'], '/_bulk', (_, body) => bulk(body, undefined));
	route(['POST', 'PUT'], '/{target}/_bulk', (request, body) => bulk(body, targetOf(request)));
	route(['POST', 'PUT'], '/{target}/_create/{id}', (request, body) =>
		one({ action: 'create', target: targetOf(request), id: idOf(request) }, body),
	);
	// Without an ID the operation is `create`, with one it is `index`.
	route(['POST'], '/{target}/_doc', (request, body) =>
		one({ action: 'create', target: targetOf(request), id: undefined }, body),
	);
	route(['POST', 'PUT'], '/{target}/_doc/{id}', (request, body) =>
		one({ action: 'index', target: targetOf(request), id: idOf(request) }, body),
	);

	await server.start();
	return {
		url: server.info.uri,
		username: USERNAME,
		password: PASSWORD,
		requests,
		documents: (target) => indices.documents(target),
		refuse: (rule) => indices.refuse(rule),
		clear: () => {
			requests.length = 0;
			indices.clear();
		},
		stop: async () => await server.stop({ timeout: 0 }),
	};
};
