/**
 * Runs a scenario through the node's own way of sending, over real HTTP to a test Kibana, with time
 * simulated: nothing ever waits. n8n's engine is left out, so that thousands of runs take a minute.
 */
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';

import type { Outcome } from '../../nodes/KibanaEntityStore/bulk/outcomes';
import type { BulkRecord } from '../../nodes/KibanaEntityStore/bulk/record';
import type { SendOptions } from '../../nodes/KibanaEntityStore/bulk/send';
import { sendByStrategies } from '../../nodes/KibanaEntityStore/bulk/strategies';
import {
	createRecordBuilder,
	type RecordBuilder,
} from '../../nodes/KibanaEntityStore/entity/record';
import { createClient } from '../../nodes/KibanaEntityStore/kibana/http/client';
import { redactorOf } from '../../nodes/KibanaEntityStore/kibana/http/redaction';
import { generationNamed } from '../../nodes/KibanaEntityStore/kibana/detect';
import type { Generation, WriteStep } from '../../nodes/KibanaEntityStore/kibana/generation';
import { toItems, type ItemResult } from '../../nodes/KibanaEntityStore/n8n/items';
import { createTransport } from '../../nodes/KibanaEntityStore/n8n/transport';
import type { TestKibana } from '../../sandbox/kibana/server';
import { readReported, type Reported } from './oracle';
import { toSource, type ItemSpec, type Scenario } from './scenario';

interface RawAnswer {
	readonly statusCode: number;
	readonly headers: Record<string, string | string[] | undefined>;
	readonly body: Readable;
}

const withCode = (code: string) => Object.assign(new Error(code), { code });

/** One request as n8n's HTTP helper makes it; a server that hangs ends it at once, as a timeout would. */
const ask = async (
	{ method, url, headers, body }: IHttpRequestOptions,
	authorization: string,
	hanging: Map<number, () => void>,
): Promise<RawAnswer> =>
	await new Promise((resolve, reject) => {
		let port: number | undefined;
		const sent = httpRequest(url, {
			method,
			agent: false,
			headers: {
				...(headers as Record<string, string>),
				authorization,
				'content-length': Buffer.byteLength((body as string | undefined) ?? ''),
			},
		});
		const end = (settle: () => void) => {
			if (port !== undefined) hanging.delete(port);
			settle();
		};
		const fail = (error: NodeJS.ErrnoException) => end(() => reject(withCode(error.code ?? 'X')));
		sent.on('socket', (socket) =>
			socket.once('connect', () => {
				port = socket.localPort as number;
				hanging.set(port, () => sent.destroy(withCode('ECONNABORTED')));
			}),
		);
		sent.on('error', fail);
		sent.on('response', (response) => {
			const parts: Buffer[] = [];
			response.on('data', (part: Buffer) => parts.push(part));
			response.on('error', fail);
			response.on('end', () =>
				end(() =>
					resolve({
						statusCode: response.statusCode as number,
						headers: response.headers,
						body: Readable.from([Buffer.concat(parts)]),
					}),
				),
			);
		});
		sent.end(body as string | undefined);
	});

export interface CoreRun {
	readonly reported: readonly Reported[];
	/** Items as they leave the node under "continue", as text. */
	readonly text: string;
	/** What it throws under "stop", as text; undefined when it does not. */
	readonly thrown: string | undefined;
	readonly requests: number;
	readonly records: number;
	/** All pauses, with the time that the last answer before each asked for. */
	readonly pauses: ReadonlyArray<{ readonly ms: number; readonly askedMs: number }>;
}

export interface CoreOptions {
	/** What the pauses are made of; 0 to 1. */
	readonly random: () => number;
	/** Reads a `Retry-After` header without the package's own code; milliseconds. */
	readonly askedMs: (header: string | undefined) => number;
}

const SECRET_IDENTITY = (kibana: TestKibana) => ({
	authentication: 'apiKey',
	apiKey: kibana.apiKey,
});

const toResult = (
	outcome: Outcome | undefined,
	known: { entityId?: string; entityType: string },
): ItemResult => {
	if (outcome === undefined) throw new Error('A record without an outcome');
	return 'failure' in outcome
		? { failure: outcome.failure, ...known }
		: { outputs: [{ ...known, status: outcome.status }] };
};

/** Making a builder costs more than a record, so there is one for each generation and type. */
const builders = new Map<string, RecordBuilder>();

const builderOf = (generation: Generation, entityType: ItemSpec['type']): RecordBuilder => {
	const key = `${generation.name} ${entityType}`;
	const known = builders.get(key);
	if (known) return known;
	const builder = createRecordBuilder({
		generation: generation.name,
		identify: generation.identify,
		entityType,
		force: true,
		unknownKeys: 'reject',
		emptyLists: 'ignore',
		timeZone: 'UTC',
	});
	builders.set(key, builder);
	return builder;
};

/** A node context as far as putting out items needs one. */
const OUTPUT_CONTEXT = {
	getExecutionCancelSignal: () => undefined,
	getNode: () => ({ name: 'Node', type: 'x', typeVersion: 1, parameters: {} }),
} as unknown as IExecuteFunctions;

export const runCore = async (
	kibana: TestKibana,
	scenario: Scenario,
	{ random, askedMs }: CoreOptions,
): Promise<CoreRun> => {
	const { api, operation, items, chunkSize, limits, concurrency, maxRetries } = scenario;
	const generation = generationNamed(api) as Generation;
	const hanging = new Map<number, () => void>();
	kibana.onHang((port) => hanging.get(port)?.());

	let lastAskedMs = 0;
	let requests = 0;
	const context = {
		helpers: {
			httpRequestWithAuthentication: async (_type: string, options: IHttpRequestOptions) => {
				requests += 1;
				lastAskedMs = 0;
				const answer = await ask(options, `ApiKey ${kibana.apiKey}`, hanging);
				if ([408, 429, 502, 503, 504].includes(answer.statusCode)) {
					lastAskedMs = askedMs(answer.headers['retry-after'] as string | undefined);
				}
				return answer;
			},
		},
	};
	const transport = createTransport(
		context as unknown as IExecuteFunctions,
		redactorOf(SECRET_IDENTITY(kibana)),
	);
	const client = createClient(transport, kibana.url);

	const results: ItemResult[] = [];
	const records: BulkRecord[] = [];
	for (const [index, item] of items.entries()) {
		const { record, entityId, isSelfNamed, problems } = builderOf(
			generation,
			item.type,
		)(toSource(item, index, scenario));
		if (record === undefined || entityId === undefined) {
			const message = problems.map((one) => one.message).join('; ');
			results[index] = {
				failure: { reason: 'invalidRecord', message },
				entityId,
				entityType: item.type,
			};
			continue;
		}
		const json = JSON.stringify(record);
		records.push({
			index,
			key: generation.entityKey(item.type, entityId),
			type: item.type,
			id: entityId,
			json,
			bytes: generation.write.bytesOf(item.type, json),
			isSelfNamed: isSelfNamed === true,
		});
	}

	const pauses: Array<{ ms: number; askedMs: number }> = [];
	const steps = generation.write.stepsOf(operation, client, true, () => Date.now());
	if ('reason' in steps) {
		for (const { index } of records) results[index] = { failure: steps };
	} else {
		const toOptions = ({ carries, post, refuse }: WriteStep): SendOptions => ({
			limits: {
				maxRecords: carries === 'chunk' ? chunkSize : 1,
				maxBytes: limits.chunkBytes,
				envelopeBytes: generation.write.envelopeBytes,
			},
			concurrency,
			maxRetries,
			random,
			now: () => Date.now(),
			sleep: async (ms) => {
				pauses.push({ ms, askedMs: lastAskedMs });
				await kibana.comeUp();
			},
			isCancelled: () => false,
			tooLarge: () => ({ reason: 'tooLarge', message: 'too large' }),
			post,
			refuse,
		});
		const report = await sendByStrategies(records, steps.map(toOptions));
		for (const { index, key, type } of records) {
			results[index] = toResult(report.outcomes.outcomes[index], {
				entityId: key,
				entityType: type,
			});
		}
	}

	const out = toItems(OUTPUT_CONTEXT, results, { things: 'entities', done: 'written' }, true);
	let thrown: string | undefined;
	try {
		toItems(OUTPUT_CONTEXT, results, { things: 'entities', done: 'written' }, false);
	} catch (error) {
		const { message, description } = error as { message: string; description?: string };
		thrown = `${message}\n${description ?? ''}`;
	}
	return {
		reported: out.map(readReported),
		text: JSON.stringify(out),
		thrown,
		requests,
		records: records.length,
		pauses,
	};
};
