/** The option that links the users of a sync with those that Kibana has found in logs. */
import { withKibana } from '../../sandbox/kibana/testing';
import { runNode } from '../../sandbox/n8n/engine';
import { mapping, nodeOn } from './run';

const MAILS = ['jane@example.com', 'bob@example.com', 'eve@example.com'];
const LINKING = { linkToProvider: 'okta', maxRetries: 0 };

const user = (mail: string, provider: string) => `user:${mail}@${provider}`;

const write = async (kibana: Parameters<typeof nodeOn>[0], mails: readonly string[] = MAILS) => {
	const { outputs, hints } = await runNode({
		...nodeOn(kibana),
		items: mails.map((mail) => ({ mail })),
		parameters: mapping(
			{ 'user.name': '={{ $json.mail }}', 'user.email': '={{ $json.mail }}' },
			{ ...LINKING, force: true },
		),
		onError: 'continueErrorOutput',
	});
	return {
		done: (outputs[0] ?? []).map(({ json }) => json),
		hints: hints.map(({ message }) => message),
	};
};

describe('Link to Identity Provider User', () => {
	it('links users that Kibana found in logs, and leaves the others as they are', async () => {
		await withKibana({ revision: '9.5' }, async (kibana) => {
			const [jane, bob, eve] = MAILS as [string, string, string];
			for (const mail of [jane, bob]) kibana.seed('user', { entity: { id: user(mail, 'okta') } });
			kibana.seed('user', {
				entity: {
					id: user(bob, 'unknown'),
					relationships: { resolution: { resolved_to: 'user:other@okta' } },
				},
			});
			const { done } = await write(kibana);
			expect(done).toMatchObject([
				{ entityId: user(jane, 'unknown'), status: 'created', linkedTo: user(jane, 'okta') },
				{
					entityId: user(bob, 'unknown'),
					status: 'updated',
					linkWarning: expect.stringContaining('is already resolved to'),
				},
				{ entityId: user(eve, 'unknown'), status: 'created' },
			]);
			expect(Object.keys(done[2] ?? {})).toEqual(['entityId', 'entityType', 'status']);
			const linking = () => kibana.requests.filter(({ path }) => path.endsWith('/link')).length;
			const before = linking();
			const again = await write(kibana);
			expect(again.done[0]?.linkedTo).toBe(user(jane, 'okta'));
			// The first is linked already, so only the refused one is asked for again.
			expect(linking() - before).toBe(1);
		});
	});

	it('asks for long IDs in several requests, as an address has its limits', async () => {
		await withKibana({ revision: '9.5' }, async (kibana) => {
			const mails = Array.from(
				{ length: 60 },
				(_, nth) => `${'long.'.repeat(30)}${nth}@example.com`,
			);
			for (const mail of mails) kibana.seed('user', { entity: { id: user(mail, 'okta') } });
			const { done } = await write(kibana, mails);
			expect(done.map(({ linkedTo }) => linkedTo)).toEqual(mails.map((mail) => user(mail, 'okta')));
			const lengths = kibana.requests.map(({ path }) => path.length);
			expect(Math.max(...lengths)).toBeLessThan(8_000);
		});
	});

	it('asks no more once the licence has turned out not to include it', async () => {
		await withKibana({ revision: '9.4', license: 'platinum' }, async (kibana) => {
			const mails = Array.from({ length: 60 }, (_, nth) => `user-${nth}@example.com`);
			for (const mail of mails) kibana.seed('user', { entity: { id: user(mail, 'okta') } });
			const { done } = await write(kibana, mails);
			expect(new Set(done.map(({ linkWarning }) => linkWarning))).toEqual(
				new Set([expect.stringContaining('Enterprise license')]),
			);
			const links = kibana.requests.filter(({ path }) => path.endsWith('/link'));
			// Those that were on their way when the first answer came.
			expect(links.length).toBeLessThanOrEqual(8);
		});
	});

	it('warns where the licence does not include it, and where Kibana cannot do it', async () => {
		await withKibana({ revision: '9.4', license: 'platinum' }, async (kibana) => {
			kibana.seed('user', { entity: { id: user(MAILS[0] as string, 'okta') } });
			const { done } = await write(kibana);
			expect(done[0]).toMatchObject({
				status: 'created',
				linkWarning: expect.stringContaining('Enterprise license'),
			});
		});
		await withKibana({ api: 'v1' }, async (kibana) => {
			const { done, hints } = await write(kibana);
			expect(done.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted']);
			expect(hints).toContain(
				'No users were linked: Kibana 9.4 is the first that can link entities',
			);
		});
	});
});
