/** Measures what connections cost a client and a server: one for each request, or one for all of them. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { CHUNK_SIZE, CONCURRENCY, runProcess } from './conductor';
import type { ConnectionMeasurement, ConnectionWay } from './results';
import type { ConnectionCounts, SecureServer } from './secure';

export const CONNECTION_WAYS: readonly ConnectionWay[] = ['http', 'https', 'keepAlive', 'reused'];

/** As many as the creation of entities makes. */
export const PER_SECOND = 200;

const LONGEST_MS = 5 * 60_000;

/**
 * Measures all ways, one after another.
 *
 * @param seconds for each way
 * @param onMeasured called after each of them
 */
export const measureConnections = async (
	seconds: number,
	onMeasured: (measured: ConnectionMeasurement) => void,
): Promise<ConnectionMeasurement[]> => {
	const child = fork(join(__dirname, 'secure.ts'), [], { execArgv: ['--import', 'tsx'] });
	const counts = async (): Promise<ConnectionCounts> => {
		child.send('counts');
		const [message] = (await once(child, 'message')) as [{ counts: ConnectionCounts }];
		return message.counts;
	};
	try {
		const [addresses] = (await once(child, 'message')) as [SecureServer];
		const n = PER_SECOND * seconds;

		const measure = async (way: ConnectionWay): Promise<ConnectionMeasurement> => {
			const baseUrl = way === 'http' ? addresses.http : addresses.https;
			const job = { way, n, baseUrl, warmUpUrl: baseUrl, perSecond: PER_SECOND };
			const limits = { chunkSize: CHUNK_SIZE, concurrency: CONCURRENCY };
			await counts();
			const report = await runProcess('connections', { ...job, ...limits }, LONGEST_MS);
			const { connections, resumed, cpuMs } = await counts();
			const { latency, cpuMs: clientMs = NaN } = report;
			return {
				...{ way, perSecond: PER_SECOND, latency, connections, resumed },
				clientMs: clientMs / n,
				// Those of the warm-up as well.
				serverMs: cpuMs / (n + PER_SECOND),
			};
		};
		const results: ConnectionMeasurement[] = [];
		for (const way of CONNECTION_WAYS) {
			const result = await measure(way).catch(
				({ message }: Error): ConnectionMeasurement => ({
					way,
					perSecond: PER_SECOND,
					failed: message,
				}),
			);
			onMeasured(result);
			results.push(result);
		}
		return results;
	} finally {
		if (child.connected) child.disconnect();
	}
};
