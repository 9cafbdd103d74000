import { startKibana, type TestKibana } from '../../../sandbox/kibana/server';
import type { Execution } from '../../../sandbox/n8n/rest';
import type { Installed } from './installed';
import {
	connect,
	credentialData,
	ITEMS,
	node,
	START,
	startWith,
	workflowOf,
	writeNode,
} from './workflow';

const WRITE = 'Write';
const SUCCESS = 'Success';
const ERROR = 'Error';

const USERS = [
	{ login: 'jane', impact: 'high_impact' },
	{ login: 'kai', impact: 'severe' },
	{ login: 'mia', impact: 'low_impact' },
	{ login: '', impact: 'low_impact' },
];

const MAPPING = {
	'user.name': '={{ $json.login }}',
	'asset.criticality': '={{ $json.impact }}',
};

const KAI = {
	error:
		'asset.criticality expects one of low_impact, medium_impact, high_impact, extreme_impact, unassigned, got "severe"',
	details: { status: 'failed', reason: 'invalidRecord', fields: ['asset.criticality'] },
};

/** All three settings of On Error: which item leaves where, and with what. */
export const describeOnError = (installed: Installed): void => {
	describe('On Error', () => {
		let kibana: TestKibana;
		let credentialId: string;

		beforeAll(async () => {
			kibana = await startKibana({ api: 'v2' });
			credentialId = await installed.client.createCredential(
				'Kibana',
				'kibanaEntityStoreApi',
				credentialData(kibana),
			);
		});

		beforeEach(() => kibana.clear());
		afterAll(async () => await kibana?.stop());

		const run = async (onError: string): Promise<Execution> => {
			const outputs = onError === 'continueErrorOutput' ? [[SUCCESS], [ERROR]] : [[SUCCESS]];
			const workflow = workflowOf(
				`On Error: ${onError}`,
				[
					...startWith(USERS),
					writeNode(WRITE, credentialId, MAPPING, { onError, force: true }),
					node(SUCCESS, 'noOp', 1, [660, 0], {}),
					node(ERROR, 'noOp', 1, [660, 200], {}),
				],
				connect({ [START]: [[ITEMS]], [ITEMS]: [[WRITE]], [WRITE]: outputs }),
			);
			const id = await installed.client.createWorkflow(workflow);
			return await installed.client.run(id, START);
		};

		const jsonOf = (execution: Execution, name: string, output = 0) =>
			execution.itemsOf(name, output).map(({ json }) => json);

		const created = (login: string) => ({
			entityId: expect.stringContaining(login),
			entityType: 'user',
			status: 'created',
		});
		const withoutId = { error: expect.stringMatching(/^Nothing names this user/) };

		it('stops the workflow with one error that names every failed item', async () => {
			const execution = await run('stopWorkflow');
			expect(execution.status).toBe('error');
			expect(execution.runOf(WRITE)?.error).toMatchObject({
				message: expect.stringContaining('2 of 4 entities failed, 2 were written: '),
				description: expect.stringMatching(
					/Item 1 .*got &quot;severe&quot;.*Item 3.*Nothing names this user/,
				),
			});
			expect(execution.runOf(SUCCESS)).toBeUndefined();
			expect(kibana.entities('user')).toHaveLength(2);
		});

		it('continues with failed items in their places, without the fields of the input', async () => {
			const execution = await run('continueRegularOutput');
			expect(execution.status).toBe('success');
			const [jane, kai, mia, nobody, ...more] = jsonOf(execution, SUCCESS);
			expect([jane, mia]).toEqual([created('jane'), created('mia')]);
			expect(kai).toMatchObject(KAI);
			expect(kai).not.toHaveProperty('login');
			expect(nobody).toMatchObject(withoutId);
			expect(more).toEqual([]);
			expect(execution.itemsOf(SUCCESS).map(({ pairedItem }) => pairedItem)).toEqual([
				{ item: 0 },
				{ item: 1 },
				{ item: 2 },
				{ item: 3 },
			]);
		});

		it('sends failed items to the error output with error, message, details and their input', async () => {
			const execution = await run('continueErrorOutput');
			expect(execution.status).toBe('success');
			expect(jsonOf(execution, WRITE, 0)).toEqual([created('jane'), created('mia')]);
			const failed = jsonOf(execution, WRITE, 1);
			expect(failed).toMatchObject([
				{ ...USERS[1], ...KAI },
				{ ...USERS[3], ...withoutId, message: expect.any(String) },
			]);
			// Nothing beyond the fields of the input and ours, such as the hidden mark that routes the item.
			expect(failed.map((json) => Object.keys(json).sort())).toEqual([
				['details', 'error', 'impact', 'login'],
				['details', 'error', 'impact', 'login', 'message'],
			]);
			expect(jsonOf(execution, SUCCESS)).toHaveLength(2);
			expect(jsonOf(execution, ERROR)).toEqual(failed);
			expect(execution.itemsOf(ERROR).every((item) => item.json.details !== undefined)).toBe(true);
		});
	});
};
