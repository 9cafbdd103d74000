/** What every route of Kibana has in common (contract §2). */
import { STATUS_CODES } from 'node:http';
import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi';

export const API_VERSION = '2023-10-31';

/** What a route answers: JSON, or text as it is. */
export interface Answer {
	readonly status: number;
	readonly body: object | string;
	readonly headers?: Readonly<Record<string, string>>;
}

const reasonOf = (status: number): string =>
	status === 413 ? 'Request Entity Too Large' : (STATUS_CODES[status] ?? 'Unknown');

/** Kibana's error body (§2.5). */
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

/** Checked before authentication (§2.2, §2.3). */
export const checkXsrf = (request: Request): Answer | undefined => {
	if (!CHANGING.has(request.method)) return undefined;
	if (request.headers['kbn-xsrf'] !== undefined) return undefined;
	if (request.headers['kbn-version'] !== undefined) return undefined;
	return refuse(400, 'Request must contain a kbn-xsrf header.');
};

export interface VersionRules {
	/** As the complaint names it. */
	readonly path: string;
	/** Whether `apiVersion` in the query may stand for the header. */
	readonly allowsQuery: boolean;
}

/** Checked after authentication and privileges, before validation (§2.2, §2.3). */
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

/** Elasticsearch's complaint as Kibana passes it on, newlines and tabs included (§2.4). */
export const securityException = (reason: string): string =>
	`[security_exception\n\tRoot causes:\n\t\tsecurity_exception: ${reason}]: ${reason}`;
