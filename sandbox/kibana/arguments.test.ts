import { HELP, readArguments } from './arguments';
import { REVISIONS, settingsOf, type KibanaOptions } from './options';

describe('the command line', () => {
	it.each<[string, KibanaOptions]>([
		['', {}],
		['--api v1', { api: 'v1' }],
		['--revision 9.6 --uninstalled', { revision: '9.6', installed: false }],
		['--null-criticality on --strict-keys off', { nullCriticality: true, strictKeys: false }],
		['--missing-link-status 400 --port 0', { missingLinkStatus: 400, port: 0 }],
		['--model --requests-per-second 200', { model: true, requestsPerSecond: 200 }],
		['--refresh-cycle 500 --create-work 5', { refreshCycleMs: 500, createWorkMs: 5 }],
		['--bulk-work 90 --other-work 2', { bulkWorkMs: 90, otherWorkMs: 2 }],
		['--feature-off --base-path /kbn', { featureEnabled: false, basePath: '/kbn' }],
	])('reads "%s"', (line, options) => {
		expect(readArguments(line.split(' ').filter(Boolean))).toEqual(options);
	});

	it.each<[string, string]>([
		['--api v3', '--api is one of v1, v2, both'],
		['--api', '--api needs a value'],
		['--port many', '--port is a number'],
		['--strict-keys yes', '--strict-keys is one of on, off'],
		['--nothing', '--nothing is unknown; npm run kibana -- --help lists what there is'],
		['api v1', 'api is unknown; npm run kibana -- --help lists what there is'],
	])('refuses "%s"', (line, message) => {
		expect(() => readArguments(line.split(' '))).toThrow(new Error(message));
	});

	it('asks for help', () => {
		expect(readArguments(['--api', 'v1', '--help'])).toBeUndefined();
	});

	it('names every switch of a revision in its help', () => {
		for (const name of Object.keys(REVISIONS['9.4'])) {
			const dashed = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
			expect(HELP).toContain(`--${dashed} `);
		}
		for (const line of HELP.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
	});

	it('takes the times of the model unless they are given', () => {
		const given = readArguments(['--model', '--create-work', '5']) as KibanaOptions;
		expect(settingsOf(given)).toMatchObject({
			createWorkMs: 5,
			bulkWorkMs: 70,
			refreshCycleMs: 1_000,
		});
		expect(settingsOf({})).toMatchObject({ createWorkMs: 0, refreshCycleMs: 0 });
	});

	it('changes only the options that it names', () => {
		expect(settingsOf(readArguments(['--api', 'v2']) as KibanaOptions)).toEqual(
			settingsOf({ api: 'v2' }),
		);
	});
});
