/** What leaves the node: one item per input, the failed ones, or one summary, in all modes of On Error. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { runNode, type EngineResult, type EngineRun } from '../../sandbox/n8n/engine';
import { jsonOf, mapping, nodeOn } from './run';

let kibana: TestKibana;

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
});

afterEach(() => {
	kibana.refuse();
	kibana.clear();
});

afterAll(async () => await kibana.stop());

const run = async (
	items: EngineRun['items'],
	options: IDataObject,
	onError?: EngineRun['onError'],
	more: INodeParameters = {},
): Promise<EngineResult> => {
	const parameters = mapping(
		{ 'user.email': '={{ $json.email }}', 'asset.criticality': '={{ $json.impact }}' },
		{ force: true, ...options },
		more,
	);
	return await runNode({ ...nodeOn(kibana), items, parameters, onError });
};

const GOOD = [{ email: 'a@b.c' }, { email: 'd@e.f' }];
/** As a directory sends them: the input has a status of its own. */
const MIXED = [
	{ email: 'a@b.c', status: 'ACTIVE' },
	{ email: 'kai@b.c', status: 'ACTIVE', impact: 'severe' },
	{ email: 'd@e.f', status: 'STAGED' },
	{ email: '', status: 'STAGED' },
];
const TEXT =
	/^4 entities: 2 created, 2 failed \(2 invalidRecord\)\. Item 1 \(user:kai@b\.c@unknown\): asset\.criticality expects one of [a-z_, ]+, got "severe"$/;

const SUMMARY = {
	text: expect.stringMatching(TEXT),
	total: 4,
	succeeded: 2,
	failed: 2,
	statuses: { created: 2, failed: 2 },
	reasons: { invalidRecord: 2 },
	failures: [
		{
			item: 1,
			entityId: 'user:kai@b.c@unknown',
			reason: 'invalidRecord',
			message: expect.stringMatching(/got "severe"$/),
		},
		{
			item: 3,
			reason: 'invalidRecord',
			message: expect.stringMatching(/^Nothing names this user/),
		},
	],
};

const ALL_PAIRED = MIXED.map((_, item) => ({ item }));

describe('Output: Summary', () => {
	it('is one item that counts, with a text of one line', async () => {
		const { outputs } = await run(GOOD, { output: 'summary' });
		expect(outputs[0]).toEqual([
			{
				json: {
					text: '2 entities: 2 created',
					total: 2,
					succeeded: 2,
					failed: 0,
					statuses: { created: 2 },
					reasons: {},
					failures: [],
				},
				pairedItem: [{ item: 0 }, { item: 1 }],
			},
		]);
	});

	it('counts one entity as one', async () => {
		const { outputs } = await run(GOOD.slice(0, 1), { output: 'summary' });
		expect(jsonOf(outputs[0])[0]?.text).toBe('1 entity: 1 created');
	});

	it('Stop: the error is the same as without it', async () => {
		const [plain, summary] = [
			await run(MIXED, {}),
			await run(MIXED, { output: 'summary', skipUnchanged: true }),
		];
		expect(summary.error?.message).toMatch(/^2 of 4 entities failed, 2 were written: /);
		expect(summary.error?.message).toBe(plain.error?.message);
		expect(summary.error?.description).toBe(plain.error?.description);
	});

	it('Continue: it is the only item', async () => {
		const { outputs } = await run(MIXED, { output: 'summary' }, 'continueRegularOutput');
		expect(outputs[0]).toEqual([{ json: SUMMARY, pairedItem: ALL_PAIRED }]);
	});

	it('Error output: it is the only item of the success output, and the failed ones leave as usual', async () => {
		const { outputs } = await run(MIXED, { output: 'summary' }, 'continueErrorOutput');
		expect(outputs[0]).toEqual([{ json: SUMMARY, pairedItem: ALL_PAIRED }]);
		expect(outputs[1]?.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }, { item: 3 }]);
		expect(jsonOf(outputs[1])[0]).toMatchObject({ email: 'kai@b.c', status: 'ACTIVE' });
	});

	it('lists the first ten failures, whole in one line, and counts the rest', async () => {
		kibana.refuse(() => ({ status: 400, message: 'no\nway' }));
		const items = [...Array(25).keys()].map((index) => ({ email: `u${index}@b.c` }));
		const { outputs } = await run(items, { output: 'summary' }, 'continueRegularOutput');
		const [summary] = jsonOf(outputs[0]);
		expect(summary).toMatchObject({ total: 25, failed: 25, reasons: { refused: 25 } });
		expect((summary?.failures as IDataObject[]).map(({ item }) => item)).toEqual([
			0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
		]);
		expect(summary?.text).toBe(
			'25 entities: 25 failed (25 refused). Item 0 (user:u0@b.c@unknown): Kibana refused the entity: no way',
		);
	});

	it('counts what a whole run could not do, and what a dry run would do', async () => {
		const { outputs } = await runNode({
			...nodeOn(kibana, { apiKey: 'bm9ib2R5Om5vdGhpbmc=' }),
			items: GOOD,
			parameters: mapping({ 'user.email': '={{ $json.email }}' }, { output: 'summary' }),
			onError: 'continueRegularOutput',
		});
		expect(jsonOf(outputs[0])).toMatchObject([
			{
				text: '2 entities: 2 failed (2 unauthorized). Item 0: Kibana does not accept the credential',
			},
		]);
		const dry = await run(MIXED, { output: 'summary', dryRun: true }, 'continueRegularOutput');
		expect(jsonOf(dry.outputs[0])[0]?.text).toMatch(/^4 entities: 2 in a dry run, 2 failed \(/);
		expect(kibana.bulkRequests()).toEqual([]);
	});
});

describe('Output: Failed Items', () => {
	it('Stop: nothing comes out when nothing failed', async () => {
		const { outputs, error, hints } = await run(GOOD, { output: 'failed' });
		expect(error).toBeUndefined();
		expect(outputs[0]).toEqual([]);
		expect(hints.map(({ message }) => message)[0]).toMatch(/^Kibana created 2 of 2 entities/);
	});

	it('Continue: the failed items come out, paired with their input', async () => {
		const { outputs } = await run(MIXED, { output: 'failed' }, 'continueRegularOutput');
		expect(outputs[0]?.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }, { item: 3 }]);
		expect(jsonOf(outputs[0])[0]).toEqual({
			error: expect.stringMatching(/got "severe"$/),
			details: expect.objectContaining({ reason: 'invalidRecord' }),
		});
	});

	it('Error output: nothing leaves by the success output', async () => {
		const { outputs } = await run(MIXED, { output: 'failed' }, 'continueErrorOutput');
		expect(outputs[0]).toEqual([]);
		expect(outputs[1]?.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }, { item: 3 }]);
	});
});

describe('Include Input Fields', () => {
	it('keeps the fields of the item, and puts the result under the key that failures use', async () => {
		const { outputs } = await run(MIXED, { includeInputFields: true }, 'continueErrorOutput');
		expect(outputs[0]).toEqual([
			{
				json: {
					email: 'a@b.c',
					status: 'ACTIVE',
					details: { entityId: 'user:a@b.c@unknown', entityType: 'user', status: 'created' },
				},
				pairedItem: { item: 0 },
			},
			{
				json: expect.objectContaining({ email: 'd@e.f', status: 'STAGED' }),
				pairedItem: { item: 2 },
			},
		]);
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			email: 'kai@b.c',
			status: 'ACTIVE',
			details: { entityId: 'user:kai@b.c@unknown', status: 'failed' },
		});
	});

	it('Continue: failed items keep their fields too, and the result wins over a field of its name', async () => {
		const items = MIXED.map((item) => ({ ...item, details: 'mine', error: 'mine' }));
		const { outputs } = await run(items, { includeInputFields: true }, 'continueRegularOutput');
		const json = jsonOf(outputs[0]);
		expect(json.map(({ email }) => email)).toEqual(MIXED.map(({ email }) => email));
		expect(json[0]).toMatchObject({ details: { status: 'created' } });
		// An error of its own would be the error of an item that failed before.
		expect(json[0]).not.toHaveProperty('error');
		expect(json[1]).toMatchObject({
			details: { status: 'failed' },
			error: expect.stringMatching(/got "severe"$/),
		});
		expect(outputs[0]?.map(({ pairedItem }) => pairedItem)).toEqual(ALL_PAIRED);
	});

	it('leaves the input as it was, and works with failed items only', async () => {
		const input = GOOD.map((json) => ({ json }));
		await runNode({
			...nodeOn(kibana),
			items: () => input,
			parameters: mapping({ 'user.email': '={{ $json.email }}' }, { includeInputFields: true }),
		});
		expect(input.map(({ json }) => json)).toEqual(GOOD);
		const { outputs } = await run(
			MIXED,
			{ includeInputFields: true, output: 'failed' },
			'continueRegularOutput',
		);
		expect(jsonOf(outputs[0]).map(({ email }) => email)).toEqual(['kai@b.c', '']);
	});
});
