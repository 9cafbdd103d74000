/** Controls the test server, which runs in its own process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Command, Counts, RunSettings } from './kibana';

export interface TestServer {
	/** Returns the base URL of a run. Every request below it is counted for that run. */
	baseUrl(run: string): string;
	/** Begins a run and sets its counts to 0. */
	open(run: string, settings: RunSettings): Promise<void>;
	count(run: string): Promise<Counts>;
	stop(): void;
}

export const startServer = async (): Promise<TestServer> => {
	const child = fork(join(__dirname, 'kibana.ts'), [], { execArgv: ['--import', 'tsx'] });
	const [{ port }] = (await once(child, 'message')) as [{ port: number }];

	let last: Promise<unknown> = Promise.resolve();
	/** Sends one command at a time, so that every answer belongs to the last command. */
	const ask = async (command: Command): Promise<Counts> => {
		const turn = last.then(async () => {
			child.send(command);
			const [{ counts }] = (await once(child, 'message')) as [{ counts: Counts }];
			return counts;
		});
		last = turn.catch(() => undefined);
		return await turn;
	};

	return {
		baseUrl: (run) => `http://127.0.0.1:${port}/${run}`,
		open: async (run, settings) => void (await ask({ open: run, settings })),
		count: async (run) => await ask({ count: run }),
		stop: () => {
			if (child.connected) child.disconnect();
		},
	};
};
