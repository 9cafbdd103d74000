import type { INode } from 'n8n-workflow';

import { createRunLog } from '../../../nodes/KibanaEntityStore/n8n/log';

const NODE = { name: 'Write Users' } as INode;

/** A log with a clock of its own, and what was written to it. */
const logAt = (clock: { ms: number }, isCancelled = false) => {
	const lines: Array<readonly [level: string, text: string]> = [];
	const shown: string[] = [];
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
			sendMessageToUI: (text: string) => void shown.push(text),
		},
		() => clock.ms,
	);
	return { log, lines, shown };
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

	it('says how long ago the line before was', () => {
		const clock = { ms: 0 };
		const { log, lines } = logAt(clock);
		for (const ms of [1_500, 4_000]) {
			clock.ms = ms;
			log.progress((sinceMs) => `${sinceMs} ms`);
		}
		expect(lines.map(([, text]) => text)).toEqual([
			'Kibana Entity Store: 1500 ms',
			'Kibana Entity Store: 2500 ms',
		]);
	});

	it('shows the same lines to whoever runs it by hand, but not those for debugging', () => {
		const clock = { ms: 0 };
		const { log, lines, shown } = logAt(clock);
		log.end('quick');
		clock.ms = 1_000;
		log.progress(() => 'half');
		log.end('slow');
		expect(lines).toHaveLength(3);
		expect(shown).toEqual(['Kibana Entity Store: half', 'Kibana Entity Store: slow']);
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

	it('does not end a run where n8n has no log and no browser', () => {
		const clock = { ms: 0 };
		const context = { getExecutionCancelSignal: () => undefined };
		const log = createRunLog(context as never, () => clock.ms);
		clock.ms = 1_000;
		expect(() => log.progress(() => 'half')).not.toThrow();
		expect(() => log.end('done')).not.toThrow();
	});
});
