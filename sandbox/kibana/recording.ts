/** What a test Kibana records of each request. */
import type { Request } from '@hapi/hapi';

export interface RecordedRequest {
	readonly method: string;
	/** Path as received, with the query. */
	readonly path: string;
	readonly headers: Readonly<Record<string, string>>;
	/** Bytes of the body. */
	readonly bytes: number;
	/**
	 * The rows of a bulk request, if it could be read, or the document of a create request. In the second generation
	 * the ID is `entity.id`, or the derived ID.
	 */
	readonly rows: ReadonlyArray<{ readonly type: string; readonly id: string | undefined }>;
	/** 0 until the request is answered. It stays 0 when the connection was cut. */
	readonly status: number;
	/** Milliseconds on the clock of `performance.now()`. */
	readonly startedAt: number;
	readonly endedAt: number;
}

export type Rows = RecordedRequest['rows'];

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What the server stores with a request while it processes it. */
export interface RequestState {
	space: string;
	/** The answer comes from a proxy in front of Kibana. */
	isForeign?: true;
	readonly recorded: Writable<RecordedRequest>;
}

export const stateOf = (request: Request): RequestState => request.app as RequestState;

/** Starts the record of a new request. */
export const recordOf = (request: Request): RequestState['recorded'] => ({
	method: request.method.toUpperCase(),
	path: request.url.pathname + request.url.search,
	headers: request.headers as Record<string, string>,
	bytes: Number(request.headers['content-length'] ?? 0),
	rows: [],
	status: 0,
	startedAt: performance.now(),
	endedAt: Infinity,
});

const BULK_PATH = /\/api\/(?:security\/)?entity_store\/entities\/bulk$/;
const LIST_PATH = /\/api\/(?:entity_store\/entities\/list|security\/entity_store\/entities)$/;
const CREATE_PATH = /\/api\/security\/entity_store\/entities\/[^/]+$/;

const selects =
	(method: string, path: RegExp) =>
	(request: RecordedRequest): boolean =>
		request.method === method && path.test(request.path.split('?')[0] as string);

export const isBulk = selects('PUT', BULK_PATH);
export const isCreation = selects('POST', CREATE_PATH);
export const isList = selects('GET', LIST_PATH);
