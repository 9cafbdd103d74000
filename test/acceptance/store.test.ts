/** The operations of the resource Store, on both generations of the API. */
import type { IDataObject } from 'n8n-workflow';

import type { KibanaOptions, TestKibana } from '../../sandbox/kibana/server';
import { withKibana } from '../../sandbox/kibana/testing';
import { runNode, startRun } from '../../sandbox/n8n/engine';
import { errorsOf, parametersOf as parameters, runner, watch } from './resource';
import { mapping, nodeOn } from './run';

const runOn = runner('store');

const parametersOf = (operation: string, more?: IDataObject) =>
	parameters('store', operation, more);

const BOTH: KibanaOptions[] = [{ api: 'v1' }, { api: 'v2' }];

describe.each(BOTH)('Store on $api', (options) => {
	/** A Kibana without a store. */
	const withEmpty = async (more: KibanaOptions, work: (kibana: TestKibana) => Promise<void>) =>
		await withKibana({ ...options, installed: false, ...more }, async (kibana) => {
			if (options.api === 'v1') await runOn(kibana, 'uninstall', { confirm: true });
			await work(kibana);
		});

	it('answers "not installed" as a status, and not as an error', async () => {
		await withEmpty({}, async (kibana) => {
			expect(await runOn(kibana, 'getStatus')).toMatchObject({
				done: [{ space: 'default', status: 'not_installed', engines: [] }],
				failed: [],
			});
		});
	});

	it('tells of engines, and of their components on request, in the space of each item', async () => {
		await withKibana(options, async (kibana) => {
			const items = [{ at: 'default' }, { at: 'soc' }, { at: 'NO' }];
			const { done, failed } = await runOn(
				kibana,
				'getStatus',
				{ space: { mode: 'id', value: '={{ $json.at }}' }, includeComponents: true },
				items,
			);
			expect(done.map(({ space, status }) => [space, status])).toEqual([
				['default', 'running'],
				['soc', 'running'],
			]);
			const [engine] = done[0]?.engines as IDataObject[];
			expect(engine).toMatchObject({ status: 'started', components: [{ installed: true }] });
			expect(failed.map(({ details }) => (details as IDataObject).reason)).toEqual([
				'invalidRecord',
			]);
		});
	});

	it('stops and starts engines, all of them or those of some types', async () => {
		await withKibana(options, async (kibana) => {
			const statesOf = (result: { done: IDataObject[] }) =>
				Object.fromEntries(
					(result.done[0]?.engines as IDataObject[]).map(({ type, status }) => [type, status]),
				);
			const some = await runOn(kibana, 'stop', { entityTypes: ['host'] });
			expect(statesOf(some)).toMatchObject({ host: 'stopped', user: 'started' });
			const all = await runOn(kibana, 'stop');
			expect(all.done[0]?.status).toBe('stopped');
			const again = await runOn(kibana, 'start', { entityTypes: ['user', 'host'] });
			expect(statesOf(again)).toMatchObject({
				host: 'started',
				user: 'started',
				generic: 'stopped',
			});
			expect((await runOn(kibana, 'start')).done[0]?.status).toBe('running');
		});
	});

	it.each(['install', 'start', 'uninstall'])(
		'refuses to %s where the time to wait is no number, as the run would not end',
		async (operation) => {
			await withKibana(options, async (kibana) => {
				const { changes } = watch(kibana);
				const result = await runOn(kibana, operation, {
					confirm: true,
					wait: true,
					waitTimeout: '={{ "five minutes" }}',
				});
				expect(errorsOf(result)).toMatchObject([
					{ error: 'The wait timeout must be a number of seconds, 0 or more' },
				]);
				expect(changes()).toEqual([]);
			});
		},
	);

	it('takes numbers that expressions give as text', async () => {
		await withEmpty({}, async (kibana) => {
			const { bodies } = watch(kibana);
			const logExtraction = { fieldHistoryLength: '={{ "20" }}' };
			expect((await runOn(kibana, 'install', { logExtraction })).failed).toEqual([]);
			expect(JSON.stringify(bodies)).toContain('"fieldHistoryLength":20');
		});
	});

	it('says that there is nothing to start or to stop where nothing is installed', async () => {
		await withKibana(options, async (kibana) => {
			await runOn(kibana, 'uninstall', { confirm: true, entityTypes: ['host'] });
			const one = await runOn(kibana, 'start', { entityTypes: ['host', 'user'] });
			expect(errorsOf(one)).toEqual([
				{
					error: 'The entity store is not installed for host',
					message: expect.stringContaining('"Install" of the resource "Store"'),
					reason: 'notInstalled',
				},
			]);
			await runOn(kibana, 'uninstall', { confirm: true });
			const none = await runOn(kibana, 'stop');
			expect(errorsOf(none).map(({ error }) => error)).toEqual([
				'The entity store is not installed in this space',
			]);
		});
	});

	it('installs what is missing, and waits until it runs', async () => {
		await withEmpty({ installDelayMs: 400 }, async (kibana) => {
			const { changes, bodies } = watch(kibana);
			const { done } = await runOn(kibana, 'install', {
				entityTypes: ['user', 'host'],
				logExtraction: { lookbackPeriod: '12h', additionalIndexPatterns: 'a-*, b-*' },
			});
			expect(done[0]).toMatchObject({ space: 'default', status: 'running' });
			const types = (done[0]?.engines as IDataObject[]).map(({ type }) => type);
			expect(types.sort()).toEqual(['host', 'user']);
			const entityTypes = ['user', 'host'];
			const [route, body] =
				options.api === 'v1'
					? [
							'POST /api/entity_store/enable',
							{ entityTypes, lookbackPeriod: '12h', indexPattern: 'a-*,b-*' },
						]
					: [
							'POST /api/security/entity_store/install',
							{
								entityTypes,
								logExtraction: {
									lookbackPeriod: '12h',
									additionalIndexPatterns: ['a-*', 'b-*'],
								},
							},
						];
			expect(changes()).toEqual([route]);
			expect(bodies).toEqual([body]);
			// A second installation changes nothing, and is no error.
			expect((await runOn(kibana, 'install')).done[0]?.status).toBe('running');
		});
	});

	it('uninstalls nothing until the user has confirmed it', async () => {
		await withKibana(options, async (kibana) => {
			const { changes } = watch(kibana);
			for (const confirm of [false, 'true', 1]) {
				const value = typeof confirm === 'boolean' ? confirm : `={{ ${JSON.stringify(confirm)} }}`;
				const refused = await runOn(kibana, 'uninstall', { confirm: value });
				expect(errorsOf(refused).map(({ error }) => error)).toEqual([
					'Nothing was uninstalled: "Confirm Uninstall" is off',
				]);
			}
			expect(changes()).toEqual([]);
		});
	});

	it('uninstalls some types or all, and waits until they are gone', async () => {
		await withKibana({ ...options, uninstallDelayMs: 400 }, async (kibana) => {
			const some = await runOn(kibana, 'uninstall', { confirm: true, entityTypes: ['host'] });
			const left = (some.done[0]?.engines as IDataObject[]).map(({ type }) => type);
			expect(left.sort()).toEqual(['generic', 'service', 'user']);
			const all = await runOn(kibana, 'uninstall', { confirm: true });
			expect(all.done).toEqual([{ space: 'default', status: 'not_installed', engines: [] }]);
		});
	});

	it('refuses an entity type that is none, before anything is sent', async () => {
		await withKibana(options, async (kibana) => {
			const { changes } = watch(kibana);
			const types = { entityTypes: '={{ ["user", "printer"] }}', confirm: true };
			for (const operation of ['install', 'start', 'stop', 'uninstall']) {
				expect(errorsOf(await runOn(kibana, operation, types))).toMatchObject([
					{ error: 'The entity type must be one of generic, host, service, user' },
				]);
			}
			expect(changes()).toEqual([]);
		});
	});

	it('says that the credential lacks the privilege, and repeats what may pass', async () => {
		await withKibana(options, async (kibana) => {
			const run = (credential: IDataObject, more: IDataObject) =>
				runNode({
					...nodeOn(kibana, credential),
					items: [{}],
					parameters: parametersOf('getStatus', more),
					onError: 'continueErrorOutput',
				});
			const denied = await run({ apiKey: kibana.unprivilegedApiKey }, {});
			expect(denied.outputs[1]?.[0]?.json.error).toContain('lacks the privilege');
			kibana.answerNextOn('entityStoreStatus', { status: 500, body: '{}' }, { reset: 'before' });
			const patient = await run({}, { options: { maxRetries: 3 } });
			expect(patient.outputs[0]?.[0]?.json.status).toBe('running');
		});
	});

	it('says what a version lacks, and which has it', async () => {
		await withKibana(options, async (kibana) => {
			const name = options.api === 'v1' ? 'Kibana 9.2 and 9.3' : 'This Kibana';
			for (const operation of ['enableHistorySnapshot', 'disableHistorySnapshot']) {
				const [failure] = errorsOf(await runOn(kibana, operation));
				expect(failure?.error).toContain(name);
				expect(failure?.message).toContain('Kibana 9.6 is the first that can');
				expect(failure?.reason).toBe('routeMissing');
			}
			const [failure] = errorsOf(await runOn(kibana, 'renewApiKey'));
			expect(failure?.error).toContain(`${name} cannot renew the API key of the entity store`);
			expect(failure?.message).toContain('Serverless can');
		});
	});

	it('hands on what went wrong when it is set to stop', async () => {
		await withKibana(options, async (kibana) => {
			const { error } = await runNode({
				...nodeOn(kibana),
				items: [{}, {}],
				parameters: parametersOf('uninstall', { confirm: '={{ $itemIndex === 0 }}' }),
			});
			expect(error?.message).toBe(
				'1 of 2 items failed: Nothing was uninstalled: "Confirm Uninstall" is off',
			);
			expect(error?.description).toContain('Item 1: Nothing was uninstalled');
		});
	});
});

describe('Store on Kibana 9.2 and 9.3', () => {
	it('keeps the entities when it is uninstalled, unless they are to go', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			const add = async () =>
				await runNode({
					...nodeOn(kibana),
					items: [{}],
					parameters: mapping({ 'user.name': 'jane' }),
				});
			await add();
			await runOn(kibana, 'uninstall', { confirm: true });
			expect(kibana.entities().map(({ id }) => id)).toEqual(['jane']);
			await runOn(kibana, 'install');
			await runOn(kibana, 'uninstall', { confirm: true, deleteData: true });
			expect(kibana.entities()).toEqual([]);
		});
	});

	it('names settings that only later versions have', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			const settings = { logExtraction: { docsLimit: 5 }, historySnapshot: { frequency: '2h' } };
			expect(errorsOf(await runOn(kibana, 'install', settings))).toEqual([
				{
					error: 'Kibana 9.2 and 9.3 have no setting docsLimit, historySnapshot.frequency',
					message: 'Leave it out, or use Kibana 9.4 or later',
					reason: 'invalidSetting',
				},
			]);
			const change = { logExtraction: { delay: '2m' } };
			expect(errorsOf(await runOn(kibana, 'updateConfiguration', change))).toMatchObject([
				{
					error:
						'Kibana 9.2 and 9.3 cannot change the settings of an entity store that is installed',
					reason: 'routeMissing',
				},
			]);
		});
	});
});

describe('Store on Kibana 9.4 and later', () => {
	const engineOf = (result: { done: IDataObject[] }) =>
		(result.done[0]?.engines as IDataObject[])[0] as IDataObject;

	it('changes the settings of a store that is installed', async () => {
		await withKibana({ revision: '9.4' }, async (kibana) => {
			const change = { logExtraction: { frequency: '5m', fieldHistoryLength: 3 } };
			const changed = await runOn(kibana, 'updateConfiguration', change);
			expect(engineOf(changed)).toMatchObject({
				frequency: '5m',
				fieldHistoryLength: 3,
				delay: '1m',
			});
			const refused = await runOn(kibana, 'updateConfiguration', {
				logExtraction: { frequency: '1s' },
			});
			expect(errorsOf(refused)[0]?.error).toContain('frequency');
			expect(errorsOf(await runOn(kibana, 'updateConfiguration'))).toMatchObject([
				{ error: 'There is no setting to change', reason: 'invalidRecord' },
			]);
		});
	});

	it('changes later settings on 9.6, and says before 9.6 that nothing was changed', async () => {
		const change = {
			logExtraction: { frequency: '5m' },
			historySnapshot: { frequency: '6h' },
			changeExcludedUserNames: true,
			excludedUserNames: 'svc-a, svc-b',
		};
		for (const revision of ['9.4', '9.5'] as const) {
			await withKibana({ revision }, async (kibana) => {
				const [failure] = errorsOf(await runOn(kibana, 'updateConfiguration', change));
				expect(failure?.error).toContain('refused the history snapshot settings');
				expect(failure?.message).toContain('Kibana 9.6 is the first');
				expect(engineOf(await runOn(kibana, 'getStatus')).frequency).toBe('1m');
			});
		}
		await withKibana({ revision: '9.6' }, async (kibana) => {
			const { changes, bodies } = watch(kibana);
			const changed = await runOn(kibana, 'updateConfiguration', change);
			expect(engineOf(changed).frequency).toBe('5m');
			expect(changes()).toEqual([
				'PUT /api/security/entity_store',
				'PUT /api/security/entity_store',
			]);
			expect(bodies).toEqual([
				{ historySnapshot: { frequency: '6h' }, excludedUserNames: ['svc-a', 'svc-b'] },
				{ logExtraction: { frequency: '5m' } },
			]);
		});
	});

	it('turns history snapshots on and off on 9.6', async () => {
		await withKibana({ revision: '9.6' }, async (kibana) => {
			const { changes, bodies } = watch(kibana);
			kibana.seed('host', { host: { name: 'a' } });
			const off = await runOn(kibana, 'disableHistorySnapshot', { clearSnapshots: true });
			expect(off.done).toEqual([{ space: 'default', historySnapshot: 'disabled' }]);
			expect(kibana.snapshot()).toBe(0);
			const on = await runOn(kibana, 'enableHistorySnapshot');
			expect(on.done).toEqual([{ space: 'default', historySnapshot: 'enabled' }]);
			expect(kibana.snapshot()).toBe(1);
			expect(changes()).toEqual([
				'PUT /api/security/entity_store/history_snapshot/disable',
				'PUT /api/security/entity_store/history_snapshot/enable',
			]);
			expect(bodies).toEqual([{ clearHistorySnapshots: true }]);
		});
	});

	it.each([
		'enableHistorySnapshot',
		'disableHistorySnapshot',
		'renewApiKey',
		'updateConfiguration',
	])('%s says that there is no store', async (operation) => {
		const options = { revision: '9.6', installed: false, updatesApiKey: true } as const;
		await withKibana(options, async (kibana) => {
			const change = { logExtraction: { delay: '2m' } };
			const [failure] = errorsOf(await runOn(kibana, operation, change));
			expect(failure).toMatchObject({
				error: 'There is no entity store: Entity store is not installed',
				reason: 'notInstalled',
			});
			expect(failure?.message).toContain('"Install" of the resource "Store"');
		});
	});

	it('renews the API key, and names the tasks that kept their old one', async () => {
		await withKibana({ api: 'v2', flavor: 'serverless' }, async (kibana) => {
			const renewed = await runOn(kibana, 'renewApiKey');
			expect(renewed.done).toEqual([{ space: 'default', renewed: true }]);
			const body = JSON.stringify({ ok: false, failed: ['task-a', { id: 'task-b' }] });
			kibana.answerNextOn('store', { status: 200, body });
			expect(errorsOf(await runOn(kibana, 'renewApiKey'))).toMatchObject([
				{
					error: 'These background tasks kept their old API key: task-a, {"id":"task-b"}',
					reason: 'refused',
				},
			]);
		});
	});

	it('waits for an installation that is under way already', async () => {
		const options = { api: 'v2', installed: false, installDelayMs: 600 } as const;
		await withKibana(options, async (kibana) => {
			const first = await runOn(kibana, 'install', { wait: false });
			expect(first.done[0]?.status).toBe('installing');
			// Kibana answers 500 while it installs.
			const second = await runOn(kibana, 'install', { options: { maxRetries: 8 } });
			expect(second.done[0]?.status).toBe('running');
		});
	});

	it('fails when the store is not ready in time, or has an error', async () => {
		const options = { api: 'v2', installed: false, installDelayMs: 60_000 } as const;
		await withKibana(options, async (kibana) => {
			const late = await runOn(kibana, 'install', { waitTimeout: 0 });
			expect(errorsOf(late)).toEqual([
				{
					error: 'The entity store was not ready within 0 seconds; its status is installing',
					message: 'Kibana goes on with it. Look at it with Get Status, or raise Wait Timeout',
					reason: 'notRunning',
				},
			]);
		});
		await withKibana({ api: 'v2' }, async (kibana) => {
			kibana.setStoreEngines('error', ['host']);
			const broken = await runOn(kibana, 'install');
			expect(errorsOf(broken)[0]?.error).toBe('The engine of host has stopped with an error');
		});
	});

	it('ends a wait when the execution is cancelled', async () => {
		const options = { api: 'v2', installed: false, installDelayMs: 60_000 } as const;
		await withKibana(options, async (kibana) => {
			const started = startRun({
				...nodeOn(kibana),
				items: [{}, {}],
				parameters: parametersOf('install'),
				onError: 'continueErrorOutput',
			});
			while (!kibana.requests.some(({ path }) => path.endsWith('/install'))) {
				await new Promise((resolve) => setTimeout(resolve, 20));
			}
			started.cancel();
			expect((await started.result).status).toBe('canceled');
		});
	});

	it('says that the feature is switched off', async () => {
		await withKibana({ api: 'v2', featureEnabled: false }, async (kibana) => {
			const [failure] = errorsOf(await runOn(kibana, 'install', { options: { maxRetries: 2 } }));
			expect(failure?.error).toContain('The entity store is switched off in this Kibana');
			expect(failure?.message).toContain('securitySolution:entityStoreEnableV2');
			expect(kibana.requests.filter(({ path }) => path.endsWith('/install'))).toHaveLength(1);
		});
	});

	it('does not know whether an answer that was lost has done its work', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			kibana.answerNextOn('store', { reset: 'after' });
			const stopped = await runOn(kibana, 'stop', { options: { maxRetries: 0 } });
			expect(stopped.failed[0]).toMatchObject({
				error: expect.stringContaining('so Kibana may or may not have done it'),
				details: { status: 'unknown' },
			});
			kibana.answerNextOn('store', { reset: 'after' }, { status: 400, body: '{"message":"no"}' });
			const refused = await runOn(kibana, 'stop', { options: { maxRetries: 1 } });
			expect(refused.failed[0]).toMatchObject({
				error: expect.stringContaining('An earlier answer was lost'),
				details: { status: 'unknown', reason: 'refused' },
			});
		});
	});
});

describe('Store and writing', () => {
	it.each([
		['v1', 'Start', 'notRunning'],
		['v2', 'Install', 'notInstalled'],
	] as const)(
		'%s: a write that finds no store names the operation %s',
		async (api, name, reason) => {
			await withKibana({ api }, async (kibana) => {
				if (api === 'v1') kibana.setEngine('user', 'stopped');
				else kibana.uninstall();
				const { outputs } = await runNode({
					...nodeOn(kibana),
					items: [{}],
					parameters: mapping({ 'user.name': 'jane' }),
					onError: 'continueErrorOutput',
				});
				const failed = outputs[1]?.[0]?.json;
				expect(failed?.message).toContain(`"${name}" of the resource "Store"`);
				expect(failed?.details).toMatchObject({ reason });
			});
		},
	);
});
