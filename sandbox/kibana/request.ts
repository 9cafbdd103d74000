import axios, { type AxiosResponse } from 'axios';

import type { TestKibana } from './server';

export interface RequestParts {
	readonly method: string;
	readonly path: string;
	readonly body?: unknown;
	/** Beside, or in place of, those that a request needs; null leaves one out. */
	readonly headers?: object;
}

/** One request to a test Kibana with all that it needs to be accepted; no status is an error. */
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
		validateStatus: () => true,
	});
