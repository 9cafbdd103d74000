/**
 * The server that all ways write to and read from. It reads each body to its end, counts, and answers as a Kibana
 * in which all records exist. It validates nothing, so that the clients are measured and not the server.
 *
 * `server.ts` runs it in its own process. The first segment of a path names a run, so that the server counts
 * each run separately: `http://127.0.0.1:port/<run>/api/…`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { listUsers, toRecord } from './directory';
import { pageOf } from './pages';

export interface RunSettings {
	readonly api: 'v1' | 'v2';
	/** A bulk answer waits for the next tick of this many milliseconds, as `refresh=wait_for` does. */
	readonly refreshMs?: number;
	/** The number of users of the directory that are stored and listed. */
	readonly stored?: number;
	/** How many entities are listed, where it does not matter which. */
	readonly entities?: number;
}

export interface Counts {
	readonly records: number;
	/** Requests with records, and requests for entities. */
	readonly requests: number;
	readonly bytes: number;
	/** Every other request, such as the request for the version. */
	readonly others: number;
}

/** Stored entities as JSON text, made before the clock starts. */
interface Stored {
	readonly whole: readonly string[];
	/** With the fields alone that make up the short form of the node. */
	readonly short: readonly string[];
	readonly byId: ReadonlyMap<string, number>;
}

interface Run {
	readonly stored: Stored;
	readonly settings: RunSettings;
	readonly counts: { -readonly [Name in keyof Counts]: Counts[Name] };
}

export type Command =
	| { readonly open: string; readonly settings: RunSettings }
	| { readonly count: string };

const VERSIONS = { v1: '9.3.2', v2: '9.4.3' } as const;
/** Precedes every record in a bulk body. No value of the benchmark contains it. */
const MARKERS = { v1: Buffer.from('"record":{'), v2: Buffer.from('"doc":{') } as const;
const ANSWERS = { v1: '', v2: '{"ok":true,"errors":[]}' } as const;

const LIST = 'api/security/entity_store/entities';

const runs = new Map<string, Run>();

const occurrences = (body: Buffer, marker: Buffer): number => {
	let found = 0;
	for (let at = body.indexOf(marker); at !== -1; at = body.indexOf(marker, at + marker.length)) {
		found += 1;
	}
	return found;
};

const answer = (response: ServerResponse, status: number, body: string): void => {
	response.writeHead(status, {
		'content-type': 'application/json',
		'content-length': Buffer.byteLength(body),
	});
	response.end(body);
};

const statusBody = (api: RunSettings['api']): string =>
	JSON.stringify({
		name: 'bench',
		version: { number: VERSIONS[api], build_flavor: 'traditional', build_snapshot: false },
		status: { overall: { level: 'available' } },
	});

const TIME = '2026-01-02T00:00:00.000Z';

const store = (count: number): Stored => {
	const records = listUsers(count, 0).map(toRecord);
	return {
		whole: records.map((record) => JSON.stringify({ '@timestamp': TIME, ...record })),
		short: records.map(({ entity, asset }) => {
			const { id, EngineMetadata, name, lifecycle, risk } = entity;
			const { criticality } = asset;
			const listed = { id, EngineMetadata, name, lifecycle, risk };
			return JSON.stringify({ '@timestamp': TIME, entity: listed, asset: { criticality } });
		}),
		byId: new Map(records.map(({ entity }, index) => [entity.id, index])),
	};
};

const LOOKED_UP = /"((?:[^"\\]|\\.)*)"/g;

/** Answers a page of all entities, or the entities whose IDs the filter names. */
const listBody = (query: URLSearchParams, { whole, short, byId }: Stored): string => {
	const filter = query.get('filter') ?? '';
	if (filter.includes('entity.id:(')) {
		const found = [...filter.matchAll(LOOKED_UP)].flatMap(([, id = '']) => {
			const index = byId.get(id);
			return index === undefined ? [] : (whole[index] as string);
		});
		return `{"entities":[${found.join(',')}]}`;
	}
	const after = query.get('searchAfter');
	const from = after === null ? 0 : (JSON.parse(after) as [string, number])[1] + 1;
	const all = query.has('source') ? short : whole;
	const page = all.slice(from, from + Number(query.get('size') ?? 10));
	const next = JSON.stringify([TIME, from + page.length - 1]);
	return `{"entities":[${page.join(',')}]${page.length > 0 ? `,"nextSearchAfter":${next}` : ''}}`;
};

const serve = (request: IncomingMessage, response: ServerResponse): void => {
	const [address = '', query = ''] = (request.url ?? '').split('?');
	const [, name = '', ...rest] = address.split('/');
	const path = rest.join('/');
	const run = runs.get(name);
	const parts: Buffer[] = [];
	request.on('data', (part: Buffer) => parts.push(part));
	request.on('end', () => {
		if (!run) return answer(response, 404, '{"statusCode":404,"message":"Not Found"}');
		const { settings, counts, stored } = run;
		const { api, refreshMs = 0, entities } = settings;
		if (request.method === 'GET' && path === LIST) {
			counts.requests += 1;
			const search = new URLSearchParams(query);
			const page = entities === undefined ? listBody(search, stored) : pageOf(entities, search);
			return answer(response, 200, page);
		}
		if (request.method !== 'PUT') {
			counts.others += 1;
			if (path === 'api/status') return answer(response, 200, statusBody(api));
			return answer(response, 404, '{"statusCode":404,"message":"Not Found"}');
		}
		const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
		counts.requests += 1;
		counts.bytes += body.length;
		// A request for one entity contains only its record.
		counts.records += path.endsWith('/bulk') ? occurrences(body, MARKERS[api]) : 1;
		if (refreshMs === 0) return answer(response, 200, ANSWERS[api]);
		const untilRefresh = refreshMs - (performance.now() % refreshMs);
		setTimeout(() => answer(response, 200, ANSWERS[api]), untilRefresh);
	});
};

const obey = (command: Command): Counts | undefined => {
	if ('count' in command) return runs.get(command.count)?.counts;
	const counts = { records: 0, requests: 0, bytes: 0, others: 0 };
	const { settings } = command;
	runs.set(command.open, { settings, counts, stored: store(settings.stored ?? 0) });
	return counts;
};

const server = createServer({ keepAliveTimeout: 60_000 }, serve);
server.listen(0, '127.0.0.1', () => {
	process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('message', (command: Command) => process.send?.({ counts: obey(command) }));
process.on('disconnect', () => process.exit(0));
