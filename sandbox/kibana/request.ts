import axios, { type AxiosResponse } from 'axios';
import { Agent } from 'node:http';

import type { TestKibana } from './server';

export interface RequestParts {
	readonly method: string;
	readonly path: string;
	readonly body?: unknown;
	/** Headers in addition to, or instead of, those that a request needs. null removes a header. */
	readonly headers?: object;
}

/** A connection that is kept may have been cut by a fault of an earlier request. */
const httpAgent = new Agent({ keepAlive: false });

/** Sends one valid request to a test Kibana. No status is treated as an error. */
export const request = async (
	kibana: Pick<TestKibana, 'url' | 'apiKey'>,
	{ method, path, body, headers = {} }: RequestParts,
): Promise<AxiosResponse> =>
	await axios.request({
		method,
		url: `${kibana.url}${path}`,
		data: body,
		headers: {
			'kbn-xsrf': 'test',
			'content-type': 'application/json',
			authorization: `ApiKey ${kibana.apiKey}`,
			...headers,
		},
		httpAgent,
		validateStatus: () => true,
	});
