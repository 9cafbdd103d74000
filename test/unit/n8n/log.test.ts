import type { INode } from 'n8n-workflow';

import { createRunLog } from '../../../nodes/KibanaEntityStore/n8n/log';

const NODE = { name: 'Write Users' } as INode;

/** A log with a clock of its own, and what was written to it. */
const logAt = (clock: { ms: number }, isCancelled = false) => {
	const lines: Array<readonly [level: string, text: string]> = [];
	const writer = (level: string) => (text: string) => void lines.push([level, text]);
	const logger = {
		debug: writer('debug'),
		info: writer('info'),
		warn: writer('warn'),
		error: writer('error'),
		scoped: () => logger,
	};
	const signal = isCancelled ? AbortSignal.abort() : undefined;
	const log = createRunLog(
		{
			logger: logger as never,
			getNode: () => NODE,
			getExecutionId: () => '7',
			getExecutionCancelSignal: () => signal,
		},
		() => clock.ms,
	);
	return { log, lines };
};

describe('the log of a run', () => {
	it('says how far the run is, at most once a second', () => {
		const clock = { ms: 5_000 };
		const { log, lines } = logAt(clock);
		for (let step = 0; step < 30; step += 1) {
			clock.ms += 100;
			log.progress(() => `step ${step}`);
		}
		expect(lines).toEqual([
			['info', 'Kibana Entity Store: step 9'],
			['info', 'Kibana Entity Store: step 19'],
			['info', 'Kibana Entity Store: step 29'],
		]);
	});

	it('makes no line that is not written', () => {
		const { log } = logAt({ ms: 0 });
		log.progress(() => {
			throw new Error('made');
		});
	});

	it('says the end of a short run to those who debug, and of others to all', () => {
		const clock = { ms: 0 };
		const { log, lines } = logAt(clock);
		log.end('quick');
		clock.ms = 1_000;
		log.end('slow');
		expect(lines).toEqual([
			['debug', 'Kibana Entity Store: quick'],
			['info', 'Kibana Entity Store: slow'],
		]);
	});

	it('says to all what a cancelled run has done', () => {
		const { log, lines } = logAt({ ms: 0 }, true);
		log.end('2 entities: 1 created, 1 failed');
		expect(lines).toEqual([
			['info', 'Kibana Entity Store: cancelled. 2 entities: 1 created, 1 failed'],
		]);
	});

	it('does not end a run where n8n has no log', () => {
		const log = createRunLog({ getExecutionCancelSignal: () => undefined } as never, () => 0);
		expect(() => log.end('done')).not.toThrow();
	});
});
