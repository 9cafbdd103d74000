/** Common parts of all routes of Kibana. */
import { STATUS_CODES } from 'node:http';
import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi';

export const API_VERSION = '2023-10-31';

/** The answer of a route: JSON, or text unchanged. */
export interface Answer {
	readonly status: number;
	readonly body: object | string;
	readonly headers?: Readonly<Record<string, string>>;
}

const reasonOf = (status: number): string =>
	status === 413 ? 'Request Entity Too Large' : (STATUS_CODES[status] ?? 'Unknown');

/** Kibana's error body (docs/kibana-api.md#error-bodies). */
export const refuse = (status: number, message: string): Answer => ({
	status,
	body: { statusCode: status, error: reasonOf(status), message },
});

export const reply = (
	h: ResponseToolkit,
	{ status, body, headers = {} }: Answer,
): ResponseObject => {
	const response = h.response(body === '' ? undefined : body).code(status);
	for (const [name, value] of Object.entries(headers)) response.header(name, value);
	return response;
};

const CHANGING = new Set(['put', 'post', 'delete', 'patch']);

export interface XsrfRules {
	/** Version of the server, which `kbn-version` must equal. */
	readonly version: string;
	/** Whether a request with an API key or a bearer token needs no `kbn-xsrf`. */
	readonly exemptsKeys: boolean;
}

/**
 * Checks `kbn-xsrf` and `kbn-version`, after authentication and after the body was read
 * (docs/kibana-api.md#order-of-checks).
 */
export const checkXsrf = (
	request: Request,
	{ version, exemptsKeys }: XsrfRules,
): Answer | undefined => {
	const given = request.headers['kbn-version'] as string | undefined;
	if (given !== undefined) {
		if (given === version) return undefined;
		return refuse(400, `The kbn-version header is "${given}" but the server is "${version}".`);
	}
	if (!CHANGING.has(request.method)) return undefined;
	if (request.headers['kbn-xsrf'] !== undefined) return undefined;
	if (exemptsKeys && /^(?:apikey|bearer) /i.test(String(request.headers.authorization))) {
		return undefined;
	}
	return refuse(400, 'Request must contain a kbn-xsrf header.');
};

export interface VersionRules {
	/** The name of the route in the error. */
	readonly path: string;
	/** Whether `apiVersion` in the query can replace the header. */
	readonly allowsQuery: boolean;
}

/** Checks the API version, after privileges and before validation (docs/kibana-api.md#headers). */
export const checkVersion = (
	request: Request,
	{ path, allowsQuery }: VersionRules,
): Answer | undefined => {
	const inQuery = request.query.apiVersion as string | undefined;
	if (inQuery !== undefined && !allowsQuery) {
		return refuse(
			400,
			'Use of query parameter "apiVersion" is not allowed. Please specify the API version using the "elastic-api-version" header.',
		);
	}
	const asked = (request.headers['elastic-api-version'] as string | undefined) ?? inQuery;
	if (asked === undefined || asked === API_VERSION) return undefined;
	if (!/^\d{4}-\d{2}-\d{2}$/.test(asked)) {
		return refuse(
			400,
			`Invalid version. Received "${asked}", expected a valid date string formatted as YYYY-MM-DD.`,
		);
	}
	return refuse(
		400,
		`No version "${asked}" available for [${request.method}] [${path}]. Available versions are: [${API_VERSION}]`,
	);
};

/** The error of Elasticsearch as Kibana passes it on, including newlines and tabs. */
export const securityException = (reason: string): string =>
	`[security_exception\n\tRoot causes:\n\t\tsecurity_exception: ${reason}]: ${reason}`;
