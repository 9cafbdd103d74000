/** Common parts of the tests of the test Kibana. */
import type { AxiosResponse } from 'axios';

import { request } from './request';
import { startKibana, type KibanaOptions, type TestKibana } from './server';

export const V2 = '/api/security/entity_store';

/** Sends a request to a Kibana by method, path and body. */
export const asking =
	(kibana: () => Pick<TestKibana, 'url' | 'apiKey'>) =>
	async (method: string, path: string, body?: unknown, headers?: object): Promise<AxiosResponse> =>
		await request(kibana(), { method, path, body, headers });

/** Returns the status and the message of an answer. */
export const outcome = ({ status, data }: AxiosResponse): [number, unknown] => [
	status,
	data.message,
];

/** Starts a Kibana for one test. */
export const withKibana = async (
	options: KibanaOptions,
	work: (kibana: TestKibana, ask: ReturnType<typeof asking>) => Promise<void>,
): Promise<void> => {
	const kibana = await startKibana(options);
	try {
		await work(
			kibana,
			asking(() => kibana),
		);
	} finally {
		await kibana.stop();
	}
};
